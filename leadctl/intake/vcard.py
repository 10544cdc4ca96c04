"""vCards (2.1, 3.0, 4.0; RFC 6350, RFC 2426): cards → rows under the union of what they hold."""

from __future__ import annotations

import quopri
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple, TextIO

from leadctl.errors import BrokeOff, Place, UsageError
from leadctl.intake.batch import BadRow, Batch, Layout, Reading, batches_of
from leadctl.intake.json.objects import COLUMN_LIMIT
from leadctl.intake.rejects import whole_characters
from leadctl.intake.source import Source

CARD_LIMIT = 1 << 23  # characters of one card
MOST_ALIKE = 20  # addresses, numbers and other alike properties of a card that get columns of their own
VERSION = "vcard version"  # a column of every file of cards, by which its mapping knows it

_PROPERTY = re.compile(r'(?:[\w-]+\.)?[A-Za-z][\w-]*(?:;(?:"[^"]*"|[^":])*)?:')
_PARAMETER = re.compile(r';((?:"[^"]*"|[^";])*)')
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_ESCAPED_OR_END = re.compile(r"\\.|;", re.DOTALL)
_FOLDED = (" ", "\t")
_COLUMNS = {
    "VERSION": VERSION,
    "FN": "name",
    "TITLE": "title",
    "ROLE": "role",
    "EMAIL": "email",
    "TEL": "phone",
    "URL": "website",
    "NOTE": "note",
    "BDAY": "birthday",
    "LANG": "language",
    "NICKNAME": "nickname",
    "CATEGORIES": "categories",
    "UID": "uid",
    "REV": "revised",
    "TZ": "time zone",
}
_PARTS = {
    "N": ("last_name", "first_name", "middle name", "name prefix", "name suffix"),
    "ADR": ("po box", "address extra", "street", "city", "region", "postal code", "country"),
    "ORG": ("company", "department"),
}
_MEDIA = ("PHOTO", "LOGO", "SOUND", "KEY")
_LABELLED = ("EMAIL", "TEL", "ADR", "URL")
_CALLED = {"cell": "mobile", "iphone": "mobile", "main": "main", "pref": "", "internet": "", "voice": "", "x400": ""}
_FAX = ("fax", "facsimile")


class _Property(NamedTuple):
    """`TEL;TYPE=work,pref:+43 1 5550100`: its name, group, parameters (name -> values in lower case) and raw value."""

    name: str
    group: str
    parameters: dict[str, list[str]]
    value: str


@dataclass
class _Card:
    """A card as it stands in the file; with a `reason`, a stretch of text that is none."""

    line: int
    lines: list[str] = field(default_factory=list)
    reason: str | None = None
    closed: bool = True


class Cards(Reading):
    """A file of vCards. Opening it reads it once, to know all columns."""

    def __init__(self, source: Source, *, skip_lines: int = 0) -> None:
        super().__init__(source)
        self._skip = skip_lines
        columns: dict[str, None] = {VERSION: None}
        cards, pictures, unclosed = 0, 0, 0
        for card in self._cards():
            if card.reason is not None:
                continue
            cards += 1
            unclosed += not card.closed
            row, left_out = _row(card.lines, source.encoding)
            pictures += left_out
            columns.update(dict.fromkeys(row))
            if len(columns) > COLUMN_LIMIT:
                raise UsageError(
                    f"has more than {COLUMN_LIMIT} different properties: no file of people",
                    place=Place(source.name, card.line),
                )
        if not cards:
            raise UsageError(
                "holds no vCard that can be read", place=Place(source.name, 1), hint="a card begins with BEGIN:VCARD"
            )
        notes = list(source.notes)
        if pictures:
            notes.append(
                f"{pictures} picture{'s, sounds or keys were' if pictures > 1 else ', sound or key was'} left out"
            )
        if unclosed:
            notes.append(
                f"{unclosed} card{'s are' if unclosed > 1 else ' is'} not closed by END:VCARD: was the file cut off?"
            )
        self._keys = {name: index for index, name in enumerate(columns)}
        self.layout = Layout("vcard", source.encoding, None, tuple(columns), 0, tuple(notes))

    def _read(self, size: int) -> Iterator[Batch]:
        self.nul_count = self._source.nuls
        return batches_of(self._cards(), self._take, size)

    def _take(self, card: _Card, batch: Batch) -> None:
        if card.reason is not None:
            batch.bad.append(BadRow(card.line, None, None, card.reason, ["\n".join(card.lines)[:2000]]))
            return
        cells, _ = _row(card.lines, self._source.encoding)
        row = [""] * len(self._keys)
        try:
            for name, text in cells.items():
                row[self._keys[name]] = text
        except KeyError as error:
            place = Place(self._source.name)
            raise BrokeOff("changed while it was being read", place=place, hint="import it again") from error
        if any(text.strip() for text in row[1:]):
            batch.lines.append(card.line)
            batch.rows.append(row)
        else:
            batch.blank += 1

    def _cards(self) -> Iterator[_Card]:
        if self._source.longest > CARD_LIMIT:
            raise UsageError(
                "has a line of more than 8 million characters: no file of people", place=Place(self._source.name)
            )
        return _cards(self._source.text(newline=None), self._skip)


# --- text → cards


def _cards(stream: TextIO, skip_lines: int) -> Iterator[_Card]:
    """The cards of a file, and the stretches between them that are none. A card within another (an AGENT) is one of its
    own; one without an end is over where the next begins."""
    open_: list[_Card] = []
    beside: _Card | None = None
    length = 0
    for number, raw in enumerate(stream, start=1):
        line = raw.rstrip("\n").replace("\0", "").removeprefix("\ufeff")
        if number <= skip_lines:
            continue
        word = "".join(line.split()).upper() if len(line) < 40 and line.lstrip()[:1] in "bBeE" else ""
        if word == "BEGIN:VCARD":
            if beside is not None:
                yield beside
                beside = None
            agent = bool(open_) and re.match(
                r"(?:[\w-]+\.)?AGENT[^:]*:\s*$", open_[-1].lines[-1] if open_[-1].lines else ""
            )
            if open_ and not agent:
                yield _over(open_.pop(), closed=False)
            open_.append(_Card(number))
            length = 0
        elif word == "END:VCARD" and open_:
            yield _over(open_.pop(), closed=True)
            length = 0
        elif open_:
            length += len(line)
            if length > CARD_LIMIT:
                open_[-1].reason = "is longer than 8 million characters"
            elif open_[-1].reason is None:
                open_[-1].lines.append(line)
        elif line.strip() and beside is None:
            beside = _Card(number, [line], "stands outside a card (BEGIN:VCARD … END:VCARD)")
        elif beside is not None and len(beside.lines) < 20:
            beside.lines.append(line)
    if beside is not None:
        yield beside
    for card in reversed(open_):
        yield _over(card, closed=False)


def _over(card: _Card, *, closed: bool) -> _Card:
    card.closed = closed
    return card


def _properties(lines: list[str]) -> Iterator[_Property]:
    """The properties of a card, their lines unfolded. A line that is none goes on with the one before, as some programs
    break notes without folding them."""
    old = any(re.fullmatch(r"VERSION:\s*2\.1\s*", line, re.IGNORECASE) for line in lines[:3])
    waiting: list[str] = []
    soft = False  # whether the line before ends with the `=` that quoted-printable breaks lines with
    for line in lines:
        if soft and waiting:
            waiting[-1] = waiting[-1][:-1]
            waiting.append(line)
        elif line.startswith(_FOLDED) and waiting:
            # 2.1 folds where a blank is, and keeps it.
            waiting.append(line if old and not _is_media(waiting[0]) else line[1:])
        elif _PROPERTY.match(line):
            if waiting:
                yield _property("".join(waiting))
            waiting = [line]
        elif waiting and line.strip():
            waiting.append(line if _is_media(waiting[0]) else f"\\n{line}")
        soft = bool(waiting) and line.endswith("=") and _is_printable(waiting[0])
    if waiting:
        yield _property("".join(waiting))


def _is_printable(line: str) -> bool:
    return "QUOTED-PRINTABLE" in line.partition(":")[0].upper()


def _is_media(line: str) -> bool:
    return "BASE64" in (head := line.partition(":")[0].upper()) or "ENCODING=B" in head


def _property(line: str) -> _Property:
    match = _PROPERTY.match(line)
    assert match is not None
    head = match[0][:-1]
    name, _, rest = head.partition(";")
    group, dot, bare = name.rpartition(".")
    parameters: dict[str, list[str]] = {}
    for found in _PARAMETER.finditer(f";{rest}" if rest else ""):
        key, sign, value = found[1].partition("=")
        # 2.1 leaves the name out: `TEL;WORK;VOICE:`.
        key, value = (key.strip().upper(), value) if sign else (_nameless(found[1]), found[1])
        parameters.setdefault(key, []).extend(each.strip().lower() for each in value.replace('"', "").split(","))
    return _Property(bare.upper(), group.lower() if dot else "", parameters, line[match.end() :])


def _nameless(word: str) -> str:
    return "ENCODING" if word.strip().upper() in ("QUOTED-PRINTABLE", "BASE64", "8BIT", "7BIT") else "TYPE"


# --- cards → rows


def _row(lines: list[str], encoding: str) -> tuple[dict[str, str], int]:
    """A card as a row: column -> text; and how many pictures and the like were left out."""
    found = list(_properties(lines))
    labels = {each.group: each.value for each in found if each.name == "X-ABLABEL" and each.group}
    cells: dict[str, list[str]] = {}
    left_out = 0
    for one in sorted(found, key=_first_choice):
        if one.name in _MEDIA and (len(one.value) > 300 or not one.value.lower().startswith(("http:", "https:"))):
            left_out += bool(one.value.strip())
        elif not (one.name == "X-ABLABEL" and one.group):
            _put(cells, one, _label(one, labels), encoding)
    return {column: "\n".join(texts) for column, texts in cells.items()}, left_out


def _first_choice(one: _Property) -> tuple[int, int]:
    """What is preferred goes first, then what is for work; fax numbers are no numbers to call."""
    if one.name not in _LABELLED:
        return 0, 0
    types = one.parameters.get("TYPE", [])
    rank = one.parameters.get("PREF", ["1" if "pref" in types else "101"])[0]
    return int(rank) if rank.isdecimal() and len(rank) < 4 else 101, 0 if "work" in types else 1


def _label(one: _Property, labels: dict[str, str]) -> str:
    """What an address or number is called: work, home, mobile; the last two words for one, the first that says most."""
    own = labels.get(one.group, "").strip()
    if own:
        return re.sub(r"^_\$!<(.*)>!\$_$", r"\1", own).lower()
    types = [_CALLED.get(each, each) for each in one.parameters.get("TYPE", [])]
    types = [each for each in types if each and each not in _FAX]
    return "mobile" if "mobile" in types and one.name == "TEL" else " ".join(dict.fromkeys(types))


def _put(cells: dict[str, list[str]], one: _Property, label: str, encoding: str) -> None:
    if one.name in _PARTS:
        parts = [_text(each, one, encoding) for each in _split(one.value)]
        if one.name == "ORG":
            parts = [parts[0], ", ".join(filter(None, parts[1:]))]
        number = _number(cells, _PARTS[one.name])
        for column, text in zip(_PARTS[one.name], parts, strict=False):
            if text:
                _add(cells, f"{column}{number}", text)
        beyond = ", ".join(filter(None, parts[len(_PARTS[one.name]) :]))
        if beyond:
            _add(cells, f"{one.name.lower()} more{number}", beyond)
        if label and one.name == "ADR" and any(parts):
            _add(cells, f"address label{number}", label)
        return
    text = _text(one.value, one, encoding)
    if one.name in ("TEL", "EMAIL") and text[:7].lower().startswith(("tel:", "mailto:")):
        text = text.partition(":")[2]
    if not text.strip():
        return
    fax = one.name == "TEL" and any(each in _FAX for each in one.parameters.get("TYPE", []))
    column = "fax" if fax else _COLUMNS.get(one.name, one.name.lower().replace("_", "-"))
    number = _number(cells, (column,))
    _add(cells, f"{column}{number}", text)
    if label:
        _add(cells, f"{column}{number} label", label)


def _number(cells: dict[str, list[str]], columns: tuple[str, ...]) -> str:
    """ "" for the first of its kind in a card, " 2" for the second; the last number takes all that follow."""
    if any(f"{column}{_suffix(MOST_ALIKE)}" in cells for column in columns):  # a card may hold a million of a kind
        return _suffix(MOST_ALIKE)
    number = 1
    while number < MOST_ALIKE and any(f"{column}{_suffix(number)}" in cells for column in columns):
        number += 1
    return _suffix(number)


def _suffix(number: int) -> str:
    return f" {number}" if number > 1 else ""


def _add(cells: dict[str, list[str]], column: str, text: str) -> None:
    cells.setdefault(column, []).append(text)


def _split(value: str) -> list[str]:
    """The parts of a value between `;` that are not escaped."""
    if "\\" not in value:
        return value.split(";")
    ends = [found.start() for found in _ESCAPED_OR_END.finditer(value) if found[0] == ";"]
    return [value[start:end] for start, end in zip([0, *(end + 1 for end in ends)], [*ends, len(value)], strict=True)]


def _text(raw: str, one: _Property, encoding: str) -> str:
    """A raw value as text: its bytes read in its character set, its escapes undone."""
    charset = one.parameters.get("CHARSET", [""])[0]
    if "quoted-printable" in one.parameters.get("ENCODING", []):
        raw = _decoded(quopri.decodestring(raw.encode(encoding, "replace")), charset or "utf-8", encoding)
    elif charset and not raw.isascii():
        raw = _decoded(raw.encode(encoding, "replace"), charset, encoding)
    if "\\" in raw:
        raw = _ESCAPED.sub(lambda found: "\n" if found[1] in "nN" else found[1], raw)
    return raw.strip()


def _decoded(given: bytes, charset: str, encoding: str) -> str:
    for name in (charset, encoding, "utf-8"):
        try:
            return whole_characters(given.decode(name))
        except (LookupError, ValueError):
            continue
    return given.decode("latin-1")
