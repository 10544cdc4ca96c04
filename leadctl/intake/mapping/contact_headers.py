"""Headers of columns that hold an e-mail address, a phone number or a visitor of the site: `E-mail 2 - Value`, `Home Phone`."""

from __future__ import annotations

import re
from collections.abc import Sequence

from leadctl.model.text import fold

EMAIL, PHONE, VISITOR = "email", "phone", "visitor"
_MAILS = "email emails mail mails mailadresse emailadresse mailaddress emailaddress"
_MOBILES = "mobile mobil cell cellphone cellular mobilephone mobiltelefon mobilnummer handy handynummer"
_PHONES = """
    phone phones telephone telefon tel telefonnummer telefonnr rufnummer festnetz festnetznummer haupttelefon phonenumber
"""
_WORK = "work business geschäftlich geschaeftlich dienstlich beruflich direct direkt"
_HOME = "home private privat personal privates"
_OTHER = "other weitere weiteres weiterer alternate alternative alternativ additional"
# What may stand beside: a header with any other word (`Email Opt Out`, `Assistant's Phone`) holds something else. The number
# of a company, its main one or its fax, is no person's.
_OTHERS = """
    number numbers no nr nummer address adresse value wert second secondary third zweite zweites zweiter primary contact
    person lead your ihr ihre dein deine
"""
_MAIL_WORDS = frozenset(_MAILS.split())
_MOBILE_WORDS = frozenset(_MOBILES.split())
_PHONE_WORDS = _MOBILE_WORDS.union(_PHONES.split())
_LABELS = {
    **dict.fromkeys(_WORK.split(), "work"),
    **dict.fromkeys(_HOME.split(), "home"),
    **dict.fromkeys(_OTHER.split(), "other"),
}
_BESIDE = frozenset(_OTHERS.split())
_LABEL_WORDS = frozenset(("label", "type", "typ"))
_VISITORS = frozenset(("visitor id", "client id", "ga client id", "anonymous id"))


def read_header(header: str) -> tuple[str | None, str | None]:
    """What a column holds (email, phone, visitor, or None for all else), and what the header calls it: work, home, mobile,
    other, or None."""
    words = _words(header)
    if " ".join(words) in _VISITORS:
        return VISITOR, None
    beside = [word for word in words if word not in _MAIL_WORDS and word not in _PHONE_WORDS]
    if len(beside) == len(words) or any(
        word not in _LABELS and word not in _BESIDE and not word.isdecimal() for word in beside
    ):
        return None, None
    mail, phone = not _MAIL_WORDS.isdisjoint(words), not _PHONE_WORDS.isdisjoint(words)
    if mail and phone:
        return None, None
    label = next((_LABELS[word] for word in beside if word in _LABELS), None)
    if phone and not _MOBILE_WORDS.isdisjoint(words):
        label = "mobile"
    return (EMAIL if mail else PHONE), label


def label_columns(header: Sequence[str]) -> dict[str, str]:
    """Column of an address or number -> the column beside it that says what it is: `Phone 1 - Label`."""
    by_words: dict[tuple[str, ...], str] = {}
    for column in header:
        words = _words(column)
        if not _LABEL_WORDS.isdisjoint(words):
            by_words[tuple(word for word in words if word not in _LABEL_WORDS)] = column
    found = {}
    for column in header if by_words else ():
        words = _words(column)
        beside = by_words.get(tuple(word for word in words if word not in ("value", "wert", "address", "adresse")))
        if beside is not None and beside != column and read_header(column)[0] is not None:
            found[column] = beside
    return found


def _words(header: str) -> list[str]:
    """`E-Mail 2: Adresse` and `eMail2Adresse` are both email, 2, adresse."""
    apart = re.sub(r"(?<=[a-zäöüß])(?=[A-ZÄÖÜ0-9])|(?<=[0-9])(?=[A-Za-z])", " ", header)
    words = re.sub(r"[\W_]+", " ", fold(apart) or "").split()
    joined: list[str] = []
    for word in words:
        if word in ("mail", "mails") and joined and joined[-1] == "e":
            joined[-1] = "email"
        else:
            joined.append(word)
    return joined
