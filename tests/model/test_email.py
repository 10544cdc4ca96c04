from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadctl.model import email
from leadctl.model.email import (
    EmailState,
    company_domain,
    contact,
    email_domain,
    email_kind,
    judge,
    kind_and_company,
    suggestion,
)


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("Kari@Fjord.no", "kari@fjord.no"),
        (" kari@fjord.no\u00a0", "kari@fjord.no"),
        ("mailto:Kari@Fjord.no?subject=x", "kari@fjord.no"),
        ("<kari@fjord.no>", "kari@fjord.no"),
        ('"Nordmann, Kari" <kari@fjord.no>', "kari@fjord.no"),
        ("max.xxl@firm.de", "max.xxl@firm.de"),
        ("info@xxxlutz.at", "info@xxxlutz.at"),
        ("foxx@example.com", "foxx@example.com"),
        ("a@b.de", "a@b.de"),
        ("kari@firm.example", "kari@firm.example"),
        ("o'brien+x@sub.firm.co.uk", "o'brien+x@sub.firm.co.uk"),
        ('"a b"@firm.de', '"a b"@firm.de'),
        ("kari@[192.0.2.1]", "kari@[192.0.2.1]"),
        ("kari@fjord.no (Kari Nordmann)", "kari@fjord.no"),
        ("(Kari) kari@fjord.no", "kari@fjord.no"),
        ("info@müller.de", "info@xn--mller-kva.de"),
        ("info@xn--mller-kva.de", "info@xn--mller-kva.de"),
        ("info@straße.de", "info@xn--strae-oqa.de"),  # not strasse.de, which is another's
        ("Jürgen@web.de", "jürgen@web.de"),
        ("test@firm.de", "test@firm.de"),
        ("al@al.com", "al@al.com"),
    ],
)
def test_right_ones(text: str, address: str) -> None:
    assert judge(text) == (address, EmailState.VALID, None)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("sXXXXXXX@gmail.com", "masked"),
        ("j***@x.com", "masked"),
        ("xxxx@gmail.com", "masked"),
        ("xx@gmail.com", "masked"),
        ("****", "masked"),
        ("a...@x", "masked"),
        ("[redacted]", "masked"),
        ("hidden", "masked"),
        ("k####@firm.de", "masked"),
        ("k••••@firm.de", "masked"),
        ("kari@****.com", "masked"),
        ("none@none.com", "placeholder"),
        ("NoEmail@firm.de", "placeholder"),
        ("no@email.com", "placeholder"),
        ("test@test.com", "placeholder"),
        ("n/a", "placeholder"),
        ("unknown@firm.de", "placeholder"),
        ("example@example.com", "placeholder"),
        ("a@a.com", "placeholder"),
        ("", "no @"),
        ("Kari Nordmann", "no @"),
        ("kari@fjord", "bad domain"),
        ("kari@fjord..no", "bad domain"),
        ("kari@-fjord.no", "bad domain"),
        ("kari@fjord.n", "bad domain"),
        ("kari@192.0.2.1", "bad domain"),
        ("kari@[999.0.2.1]", "bad domain"),
        ("kari.@fjord.no", "syntax"),
        (".kari@fjord.no", "syntax"),
        ("ka..ri@fjord.no", "syntax"),
        ("ka ri@fjord.no", "syntax"),
        ("ka\u200bri@fjord.no", "syntax"),
        ("a@b@c.de", "syntax"),
        ("a@b.de; c@d.de", "several addresses"),
        ("k" * 65 + "@fjord.no", "too long"),
        ("k@" + "fjord." * 45 + "no", "too long"),
    ],
)
def test_wrong_ones_keep_their_text(text: str, reason: str) -> None:
    assert judge(f" {text} ") == (text, EmailState.INVALID, reason)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("Kari@GMIAL.com", "kari@gmail.com"),
        ("kari@gmail.con", "kari@gmail.com"),
        ("kari@hotmial.com", "kari@hotmail.com"),
        ("Kari <kari@yaho.com>", "kari@yahoo.com"),
        ("info@gmx.ed", "info@gmx.de"),
    ],
)
def test_a_misspelt_provider_is_kept_and_doubted(text: str, meant: str) -> None:
    address, state, reason = judge(text)
    local, _, domain = meant.partition("@")
    assert address != meant
    assert address.startswith(f"{local}@")
    assert (state, reason) == (EmailState.UNVERIFIED, f"{domain} misspelt")
    assert contact(text) == (address, EmailState.UNVERIFIED, "free")
    assert judge(address) == (address, state, reason)
    assert suggestion(address) == meant


def test_nothing_is_suggested_for_others() -> None:
    for address in ("kari@fjord.no", "kari@gmail.com", "kari@gmail.fjord.no", "gmial.com", "@gmial.com", ""):
        assert suggestion(address) is None
    assert judge("j***@gmial.com")[1] == EmailState.INVALID


def test_misspellings_are_no_addresses_of_anybody() -> None:
    misspelt = email._misspelt()
    assert len(misspelt) > 150
    for domain, meant in misspelt.items():
        assert email_kind(f"kari@{meant}") == "free"
        assert judge(f"kari@{meant}")[1] == EmailState.VALID
        assert judge(f"kari@{domain}")[1] == EmailState.UNVERIFIED


@given(st.text(alphabet="aAxX*#.@<>\" äß-_1[]:'\\\n\u200b", max_size=20))
def test_judging_twice_is_judging_once(text: str) -> None:
    address, state, _ = judge(text)
    assert state in (EmailState.VALID, EmailState.INVALID)  # no great provider can be spelt with these letters
    if state == EmailState.VALID:
        assert judge(address) == (address, EmailState.VALID, None)


def test_a_long_hostile_text_takes_no_time() -> None:
    for text in ("a." * 50_000 + "@", "a@" + "a-" * 50_000, '"' * 50_000 + "@x.de", "<" * 50_000, "x" * 50_000):
        assert judge(text)[1] == EmailState.INVALID


@pytest.mark.parametrize(
    ("address", "kind", "company"),
    [
        ("kari@fjord.no", "business", "fjord.no"),
        ("info@fjord.no", "role", "fjord.no"),
        ("sales+eu@fjord.no", "role", "fjord.no"),
        ("kari@gmail.com", "free", None),
        ("info@gmail.com", "free", None),
        ("kari@yahoo.co.uk", "free", None),
        ("kari@yahoo.fjord.no.example", "business", "yahoo.fjord.no.example"),
        ("kari@gmx.de", "free", None),
        ("kari@orange.fr", "free", None),
        ("kari@rediffmail.com", "free", None),
        ("kari@163.com", "free", None),
        ("kari@mail.ru", "free", None),
        ("info@mailinator.com", "disposable", None),
        ("kari@gmial.com", "free", None),
        ("info@gmial.com", "free", None),
        ("kari@[192.0.2.1]", "business", None),
        ("KARI@Fjord.no", "business", "fjord.no"),
        ("j***@fjord.no", None, None),
        ("none", None, None),
    ],
)
def test_kinds(address: str, kind: str | None, company: str | None) -> None:
    assert email_kind(address) == kind
    assert company_domain(address) == company
    if kind is not None:
        assert kind_and_company(judge(address)[0]) == (kind, company)


def test_domain() -> None:
    assert email_domain("kari@fjord.no") == "fjord.no"
    assert email_domain("kari") is None
    assert email_domain("kari@") is None
