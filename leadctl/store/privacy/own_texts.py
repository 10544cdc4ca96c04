"""The texts of a person: what stands in its rows, which of it is its alone, and how each may be spelled in a file."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple
from unicodedata import normalize

# What many leads share by its nature, or what names nobody by itself.
_SHARED = frozenset(
    (
        *(
            "stage",
            "from_stage",
            "owner",
            "queue",
            "source",
            "campaign",
            "country",
            "language",
            "industry",
            "buying_role",
        ),
        *(
            "first_name",
            "last_name",
            "opted",
            "email_state",
            "email_kind",
            "phone_state",
            "state",
            "kind",
            "label",
            "type",
        ),
        *(
            "channel",
            "term",
            "system",
            "rule",
            "lifecycle",
            "from_lifecycle",
            "result",
            "medium",
            "fields",
            "noun",
            "field",
        ),
    )
)
_TIMES = re.compile(r"\d{4}-\d\d-\d\d(?:T[\d:.]+Z?)?")
_SHORTEST = 8  # characters of a text that is looked for in bytes; shorter ones stand anywhere by chance
_SHORTEST_ID = 5
_SHORTEST_NUMBER = 7  # digits behind the country
_BETWEEN = r"[ ./()-]{0,3}"  # what stands between the digits of a number


class Text(NamedTuple):
    """A text of a person. `what`: email, phone, name, external_id, or the column that it stood in; `sure`: wherever it
    stands, it means this person."""

    what: str
    text: str
    sure: bool = False
    table: str = ""
    column: str = ""


def texts_of(table: str, row: Mapping[str, Any]) -> Iterator[Text]:
    """The texts of one row that may tell of a person (column -> value)."""
    for column, value in row.items():
        if not isinstance(value, str) or not may_tell(column):
            continue
        if column in ("extra", "seen", "answers") or (column == "before" and value.startswith("{")):
            yield from (Text("extra", leaf, table=table, column=column) for leaf in _leaves(value))
        elif column == "who":
            kind, _, key = value.partition(":")
            yield from _text({"id": "external_id"}.get(kind, kind), key, table, column)
        elif column == "value" and table == "contact":
            yield from _text(str(row.get("kind")), value, table, column)
        else:
            yield from _text(column, value, table, column)


def may_tell(column: str) -> bool:
    """Whether the texts of a column may tell of a person."""
    return column not in _SHARED and not column.endswith(("_at", "_on", "_by"))


def _text(what: str, text: str, table: str, column: str) -> Iterator[Text]:
    sure = (
        (what == "email" and "@" in text and len(text) > 5)
        or (what == "phone" and sum(sign.isdigit() for sign in text) >= 7)
        or (what == "name" and len(text.split()) > 1 and len(text) > 6)
    )
    yield Text(what, text, sure, table, column)


def _leaves(text: str) -> Iterator[str]:
    """Every text and number within JSON; not the keys, which are headers."""
    try:
        waiting = [json.loads(text)]
    except (ValueError, RecursionError):
        yield text
        return
    while waiting:
        each = waiting.pop()
        if isinstance(each, dict):
            waiting.extend(each.values())
        elif isinstance(each, list):
            waiting.extend(each)
        elif isinstance(each, str | int | float) and not isinstance(each, bool):
            yield str(each)


def can_be_searched(text: Text) -> bool:
    """Whether finding it in bytes would say anything."""
    if text.sure:
        return True
    if text.what == "external_id":
        return len(text.text) >= (_SHORTEST if text.text.isdigit() else _SHORTEST_ID)
    return len(text.text.strip()) >= _SHORTEST and _TIMES.fullmatch(text.text) is None


def others_have(connection: sqlite3.Connection, table: str, column: str, texts: Iterable[str]) -> set[str]:
    """Which of these texts stand in a column as they are."""
    query = f'SELECT DISTINCT "{column}" FROM "{table}" WHERE "{column}" IN (SELECT value FROM json_each(?))'
    return {row[0] for row in connection.execute(query, (json.dumps(list(texts)),))}


def spellings(text: str) -> list[str]:
    """The text in the cases and forms in which it is likely to be written; letters without an accent need no cases, for
    they are compared without."""
    forms = [text, normalize("NFC", text), normalize("NFD", text)]
    if not text.isascii():
        forms += [change(form) for form in forms for change in (str.lower, str.upper, str.casefold, str.title)]
    escaped = [json.dumps(form, ensure_ascii=plain)[1:-1] for form in forms for plain in (True, False)]
    return list(dict.fromkeys(lower(form) for form in (*forms, *escaped)))


def forms_of(text: Text) -> list[str]:
    """`spellings` of a text, of an address also with its domain in its own letters (`smiðja` for `xn--smija-kta`)."""
    forms = spellings(text.text)
    if text.what == "email" and "xn--" in text.text:
        local, _, domain = text.text.rpartition("@")
        forms += spellings(f"{local}@{'.'.join(map(_in_its_letters, domain.split('.')))}")
    return list(dict.fromkeys(forms))


def _in_its_letters(label: str) -> str:
    try:
        return label[4:].encode("ascii").decode("punycode") if label.startswith("xn--") else label
    except UnicodeError:
        return label


def numbers_in(phone: str) -> str:
    """A pattern of a phone number as people write it: with blanks and strokes, with 00 or (0), or as within its country.
    A number without its country is not taken for it where digits stand before."""
    digits = _digits(phone)
    found: list[str] = []
    for at in (1, 2, 3):  # digits of the country
        if len(digits) - at >= _SHORTEST_NUMBER:
            country, own = _BETWEEN.join(digits[:at]), _BETWEEN.join(digits[at:])
            found += [rf"(?:\+|00){_BETWEEN}{country}{_BETWEEN}(?:\(?0\)?{_BETWEEN})?{own}", rf"0{_BETWEEN}{own}"]
            found.append(rf"(?<!\d[ ./()-])(?<!\+){own}")
    found.append(_BETWEEN.join(digits))
    return rf"(?<!\d)(?:{'|'.join(found)})(?!\d)"


def some_of_number(phone: str) -> str:
    """A pattern of SQLite's GLOB that every text with the number fits, however it is written."""
    return f"*{'*'.join(_digits(phone)[3:])}*"


def _digits(phone: str) -> str:
    return "".join(sign for sign in phone.partition(";")[0] if sign.isdigit())


def lower(text: str) -> str:
    """The text with A to Z in lower case, as SQLite's lower() and Python's bytes.lower() make it."""
    return text.encode("utf-8", "surrogatepass").lower().decode("utf-8", "surrogatepass")
