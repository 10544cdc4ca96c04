from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadctl.model.companies import stands_for_a_company, web_domain, without_legal_form
from leadctl.model.names import company_key
from leadctl.model.roles import decides


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("Fjord AS", "fjord"),
        ("FJORD a.s.", "fjord"),
        ("Fjord", "fjord"),
        ("Meyer GmbH & Co. KG", "meyer"),
        ("Meyer, Inc.", "meyer"),
        ("Ford Motor Co., Ltd.", "ford motor"),
        ("Smith & Co", "smith & co"),
        ("Société S.à r.l.", "société"),
        ("Foo Sp. z o.o.", "foo"),
        ("X UG (haftungsbeschränkt)", "x"),
        ("Bau Ges. m. b. H.", "bau"),
        ("Saga", "saga"),
        ("AG", "ag"),
        ("GmbH & Co. KG", "gmbh & co. kg"),
        ("[/] O'Brien :smile:", "[/] o'brien :smile:"),
        ("Meyer GmbH Wien", "meyer gmbh wien"),
        ("n/a", None),
        ("-", None),
        ("", None),
        (None, None),
    ],
)
def test_company_key(name: str | None, key: str | None) -> None:
    assert company_key(name) == key


@given(st.text(max_size=40), st.sampled_from(["", " AS", " GmbH", ", Inc.", " GmbH & Co. KG", " s.r.o."]))
def test_a_legal_form_at_the_end_changes_nothing_of_the_key(name: str, form: str) -> None:
    key = company_key(f"{name} Handel{form}")
    assert key == company_key(f"{name} Handel")
    assert key and without_legal_form(key) == key


@pytest.mark.parametrize(
    ("text", "domain"),
    [
        ("fjord.no", "fjord.no"),
        ("https://www.Fjord.no/kontakt?x=1", "fjord.no"),
        ("http://me:secret@fjord.no:8080", "fjord.no"),
        ("kari@fjord.no", "fjord.no"),
        ("FJORD.NO.", "fjord.no"),
        ("//fjord.no", "fjord.no"),
        ("bücher.example", "xn--bcher-kva.example"),
        ("fjord", None),
        ("n/a", None),
        ("a b.no", None),
        ("[1.2.3.4]", None),
        ("x" * 300 + ".no", None),
        ("\ud800.no", None),
        ("", None),
    ],
)
def test_web_domain(text: str, domain: str | None) -> None:
    assert web_domain(text) == domain


@given(st.text())
def test_web_domain_takes_any_text(text: str) -> None:
    found = web_domain(text)
    assert found is None or web_domain(found) == found


def test_domains_of_mail_providers_are_nobodys_company() -> None:
    assert stands_for_a_company("fjord.no")
    assert not stands_for_a_company("gmail.com")
    assert not stands_for_a_company("10minutemail.com")


@pytest.mark.parametrize(
    ("role", "yes"),
    [
        ("decision maker", True),
        ("Decision_Maker", True),
        ("decision-maker", True),
        ("Decider", True),
        ("Entscheider", True),
        ("Entscheiderin", True),
        ("economic buyer", True),
        ("final decision maker", True),
        ("CHAMPION;DECISION_MAKER", True),
        ("champion", False),
        ("not a decision maker", False),
        ("assistant to the decision maker", False),
        ("", False),
        (None, False),
        ("decision maker;" * 1000, False),
    ],
)
def test_who_decides_by_the_role(role: str | None, yes: bool) -> None:
    assert decides(role) is yes
