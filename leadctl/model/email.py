"""E-mail addresses: the one spelling they are compared in, whether they can be right, and what kind they are.

Only the form is judged; nobody is asked whether the mailbox exists.
"""

from __future__ import annotations

import re
from functools import cache
from unicodedata import category, normalize


class EmailState:
    """What is known of an address. `judge` gives the first three; CONFIRMED comes from people and mailers."""

    UNVERIFIED = "unverified"  # the form is right, and the domain surely a misspelling of another
    VALID = "valid"  # the form is right
    INVALID = "invalid"  # it cannot be one person's address; never compared with another
    CONFIRMED = "confirmed"  # somebody answered from it


Judgement = tuple[str, str, str | None]

_EDGES = " \t\r\n\u00a0\u200b\ufeff"
# No possessive quantifiers: Python 3.11.0 to 3.11.2 match them wrongly.
_ATOM = r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_TOP = r"(?:[a-z]{2,63}|xn--[a-z0-9-]{0,58}[a-z0-9])"
_USUAL = re.compile(rf"{_ATOM}(?:\.{_ATOM})*@(?:{_LABEL}\.)+{_TOP}")
# What the odd ones are held against is compiled when the first of them comes.
_DOMAIN = rf"(?:{_LABEL}\.)+{_TOP}"
_QUOTED_LOCAL = r'"(?:[ !#-\[\]-~]|\\[ -~])*"'
_LITERAL = r"\[(ipv6:)?([0-9a-f:.]+)\]"
_NAMED = r"[^<>]*<([^<>]+)>"
_COMMENT = r"\([^()\\\x00-\x1f\x7f]*\)"  # kari@fjord.no (Kari Nordmann)
_MASKED_LOCAL = r"x{4,}|[*#•]{2,}|\.{3,}|…"
_MASKED_DOMAIN = r"[*#•]|(?:^|\.)x{4,}\."
_MASK_WORDS = r"[\[(<]?(?:redacted|hidden|masked|private|removed|email protected)[\])>]?|[x*#•.\-]+"
_LONGEST = 254  # RFC 5321 4.5.3.1.3 less the angle brackets
_LONGEST_LOCAL = 64  # RFC 5321 4.5.3.1.1


def judge(text: str) -> Judgement:
    """The address in its one spelling, its state (VALID, UNVERIFIED or INVALID), and for the latter two why.

    `mailto:`, `Name <…>` and blanks around go; case goes. An INVALID address keeps the text as it was given. One at a
    domain that is surely a great provider's, misspelt (`gmial.com`), is UNVERIFIED, and the reason names the right one.
    A domain with letters beyond ASCII is written in its ASCII form (`xn--…`), which every mailer takes
    and in which no letter can pass for another.
    """
    address = text.strip(_EDGES).lower()
    if _USUAL.fullmatch(address) is None:
        return _judge_with_care(text.strip(_EDGES))
    local, _, domain = address.partition("@")
    if len(address) > _LONGEST or len(local) > _LONGEST_LOCAL:
        return text.strip(_EDGES), EmailState.INVALID, "too long"
    reason = _unusable(address, local, domain)
    return _of_right_form(address, domain) if reason is None else (text.strip(_EDGES), EmailState.INVALID, reason)


def suggestion(address: str) -> str | None:
    """The address that is surely meant, where the domain is a misspelling of a great provider's; None for others."""
    local, _, domain = address.strip(_EDGES).lower().rpartition("@")
    meant = _misspelt().get(domain)
    return f"{local}@{meant}" if local and meant is not None else None


def email_domain(address: str) -> str | None:
    """The part behind the last @; None where there is none."""
    return address.rpartition("@")[2] or None if "@" in address else None


def email_kind(address: str) -> str | None:
    """`disposable`, `free`, `role` or `business`, the first that fits; None for what is no usable address."""
    address, state, _ = judge(address)
    return kind_and_company(address)[0] if state != EmailState.INVALID else None


def company_domain(address: str) -> str | None:
    """The domain that stands for the sender's company; None for free, disposable and unusable addresses."""
    address, state, _ = judge(address)
    return kind_and_company(address)[1] if state != EmailState.INVALID else None


def kind_and_company(address: str) -> tuple[str, str | None]:
    """`email_kind` and `company_domain` at once, for an address as `judge` gave it back, unless with INVALID."""
    local, _, domain = address.rpartition("@")
    kind = _domain_kind(domain)
    if kind is not None:
        return kind, None
    kind = "role" if local.partition("+")[0] in _entries("role_mail.txt") else "business"
    return kind, None if domain.startswith("[") else domain


def contact(text: str) -> tuple[str, str, str | None]:
    """`judge` and `email_kind` in one, for imports: address, state, kind.

    The usual address is settled here with few steps; whatever is unusual about it goes the careful way.
    """
    address = text.strip().lower()
    local, _, domain = address.partition("@")
    if (
        len(local) > _LONGEST_LOCAL
        or local in _special_locals()
        or "xx" in address
        or "*" in local
        or "#" in local
        or _USUAL.fullmatch(address) is None
        or len(address) > _LONGEST
    ):
        address, state, _ = judge(text)
        return address, state, kind_and_company(address)[0] if state != EmailState.INVALID else None
    if domain in _misspelt():
        return address, EmailState.UNVERIFIED, _domain_kind(domain)
    return address, EmailState.VALID, _domain_kind(domain) or "business"


@cache
def _special_locals() -> frozenset[str]:
    """Local parts that need a closer look: roles, and what people type to fill the field."""
    whole, anywhere, twice = _made_up()
    return _entries("role_mail.txt") | anywhere | twice | {entry.partition("@")[0] for entry in whole}


def _domain_kind(domain: str) -> str | None:
    disposable, free, families = _providers()
    if domain in disposable:
        return "disposable"
    if domain in _misspelt():
        return "free"  # all of those providers are
    first, _, rest = domain.partition(".")
    # `yahoo.*` covers yahoo.de and yahoo.co.uk, but not yahoo.example.com.
    return "free" if domain in free or (first in families and len(rest) <= len("com.br")) else None


@cache
def _providers() -> tuple[frozenset[str], frozenset[str], frozenset[str]]:
    """Disposable domains, free ones, and the names that are free in every country."""
    free = _entries("free_mail.txt")
    families = frozenset(entry[:-2] for entry in free if entry.endswith(".*"))
    return _entries("disposable_mail.txt"), free, families


@cache
def _entries(name: str) -> frozenset[str]:
    return frozenset(entry for line in _lines(name) for entry in line.split())


def _lines(name: str) -> list[str]:
    from pathlib import Path

    lines = (Path(__file__).parent / "data" / name).read_text(encoding="utf-8").splitlines()
    return [line for line in lines if not line.startswith("#")]


@cache
def _misspelt() -> dict[str, str]:
    """Misspelt domain -> the provider's."""
    found: dict[str, str] = {}
    for line in _lines("misspelt_mail.txt"):
        meant, _, domains = line.partition(": ")
        found |= dict.fromkeys(domains.split(), meant)
    return found


@cache
def _made_up() -> tuple[frozenset[str], frozenset[str], frozenset[str]]:
    """What people type to fill the field: whole addresses, local parts, and local parts that are also the domain."""
    entries = _entries("placeholder_mail.txt")
    anywhere = frozenset(entry[:-1] for entry in entries if entry.endswith("@"))
    twice = frozenset(entry[1:] for entry in entries if entry.startswith("@"))
    return entries, anywhere, twice


def _unusable(address: str, local: str, domain: str) -> str | None:
    """Why an address of the right form is nobody's: hidden by its publisher, or made up to fill a field."""
    may_be_masked = "xx" in address or "**" in local or "#" in local
    if may_be_masked and (_is_masked_local(local) or re.search(_MASKED_DOMAIN, domain)):
        return "masked"
    whole, anywhere, twice = _made_up()
    if local in anywhere or address in whole:
        return "placeholder"
    return "placeholder" if local in twice and domain.startswith(f"{local}.") else None


def _is_masked_local(local: str) -> bool:
    only_x = len(local) >= 2 and not local.strip("x")
    return only_x or re.search(_MASKED_LOCAL, local) is not None


def _judge_with_care(given: str) -> Judgement:
    address = _unwrapped(given)
    if re.fullmatch(_MASK_WORDS, address):
        return given, EmailState.INVALID, "masked"
    if address in ("n/a", "na", "none", "null", "unknown", "nil", "-"):
        return given, EmailState.INVALID, "placeholder"
    local, at, domain = address.rpartition("@")
    if not at:
        return given, EmailState.INVALID, "no @"
    if _is_masked_local(local) or re.search(_MASKED_DOMAIN, domain):
        return given, EmailState.INVALID, "masked"
    if "@" in local and not local.startswith('"'):
        return given, EmailState.INVALID, "several addresses" if re.search(r"[,;/\s]", address) else "syntax"
    plain_domain = _plain_domain(domain)
    if plain_domain is None:
        return given, EmailState.INVALID, "bad domain"
    if not _is_local(local):
        return given, EmailState.INVALID, "syntax"
    normal = f"{normalize('NFC', local)}@{plain_domain}"
    if len(normal.encode()) > _LONGEST or len(local.encode()) > _LONGEST_LOCAL:
        return given, EmailState.INVALID, "too long"
    reason = _unusable(normal, local, plain_domain)
    return _of_right_form(normal, plain_domain) if reason is None else (given, EmailState.INVALID, reason)


def _of_right_form(address: str, domain: str) -> Judgement:
    meant = _misspelt().get(domain)
    return (address, EmailState.VALID, None) if meant is None else (address, EmailState.UNVERIFIED, f"{meant} misspelt")


def _unwrapped(given: str) -> str:
    address = given
    named = re.fullmatch(_NAMED, address)
    if named is not None:
        address = named[1].strip(_EDGES)
    if address[:7].lower() == "mailto:":
        address = address[7:].partition("?")[0].strip(_EDGES)
    if address.startswith("(") or address.endswith(")"):
        address = re.sub(rf"^{_COMMENT}\s*|\s*{_COMMENT}$", "", address)
    return address.lower()


def _plain_domain(domain: str) -> str | None:
    """The domain in ASCII, or None where it cannot be one."""
    literal = re.fullmatch(_LITERAL, domain)
    if literal is not None:
        return domain if _is_ip(literal[2], 6 if literal[1] else 4) else None
    if not domain.isascii():
        try:
            domain.encode("idna")  # refuses what no domain may hold
            labels = normalize("NFKC", domain).lower().replace("。", ".").split(".")
            # The codec itself writes ß as ss, which is another domain since 2010 (RFC 5891).
            domain = ".".join(x if x.isascii() else f"xn--{x.encode('punycode').decode()}" for x in labels)
        except UnicodeError:
            return None
    return domain if re.fullmatch(_DOMAIN, domain) else None


def _is_ip(text: str, version: int) -> bool:
    from ipaddress import ip_address

    try:
        return ip_address(text).version == version
    except ValueError:
        return False


def _is_local(local: str) -> bool:
    if local.startswith('"'):
        return re.fullmatch(_QUOTED_LOCAL, local) is not None
    # Letters beyond ASCII are right (RFC 6531); blanks, controls and invisible marks are not.
    visible = "".join("a" if ord(c) > 127 and category(c)[0] in "LMNPS" else c for c in local)
    return re.fullmatch(rf"{_ATOM}(?:\.{_ATOM})*", visible) is not None
