"""JSON and JSON Lines: a stream of objects → rows under the union of their keys."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NoReturn, TextIO

from leadctl.errors import BrokeOff, Place, UsageError
from leadctl.intake.batch import BadRow, Batch, Layout, Reading, clean_names
from leadctl.intake.rejects import whole_characters
from leadctl.intake.source import Source

CHUNK = 1 << 16  # characters read at a time
VALUE_LIMIT = 1 << 23  # characters of one object
COLUMN_LIMIT = 2000  # more different keys than this are no table (and more than a database holds)
SHOWN = 2000  # characters of broken text that are kept for the reject file
JSON_ENDINGS = (".json", ".jsonl", ".ndjson")
LINES_ENDINGS = (".jsonl", ".ndjson")
OBJECT_BEGINS = re.compile(r'\{\s*(?:"|\}|$)')
LIST_BEGINS = re.compile(r"\[\s*(?:[\{\]]|$)")


class _Number(str):
    """A number in its own spelling: 007.10 and 1e400 are not for a program to tidy."""

    __slots__ = ()


class _Doubled(dict[str, Any]):
    """An object in which a key stands twice: no telling which value is meant."""

    key = ""


class _Refused(Exception):
    """This value cannot become a row."""


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) == len(pairs):
        return found
    keys = [key for key, _ in pairs]
    doubled = _Doubled(found)
    doubled.key = next(key for key in keys if keys.count(key) > 1)
    return doubled


def _constant(name: str) -> _Number:
    """NaN is how pandas and JavaScript write a missing value; Infinity is left for the field to judge."""
    return _Number("" if name == "NaN" else name)


_DECODER = json.JSONDecoder(object_pairs_hook=_pairs, parse_float=_Number, parse_int=_Number, parse_constant=_constant)


def looks_like_json(name: str, beginning: str) -> bool:
    """Whether a text is JSON: by its first value, not by its first character, which a CSV may begin with too."""
    text = beginning.lstrip()
    if name.lower().endswith(JSON_ENDINGS) or OBJECT_BEGINS.match(text) or LIST_BEGINS.match(text):
        return True
    if not text.startswith(("{", "[")):
        return False
    try:
        _, end = _DECODER.raw_decode(text)
    except RecursionError:
        return True
    except ValueError:
        return False
    return text[end : end + 1] in ("", "\n")


@dataclass
class _Found:
    """One value of the stream, beginning on `line`; or, with a `reason`, a stretch of text that is none. `place` is
    the line and column to point at."""

    line: int
    place: tuple[int, int]
    value: Any = None
    reason: str | None = None
    text: str = ""
    lines: int = 1


class Objects(Reading):
    """A file of JSON objects. Opening it reads it once, to know all keys."""

    def __init__(self, source: Source, *, skip_lines: int = 0) -> None:
        super().__init__(source)
        self._skip = skip_lines
        keys: dict[str, None] = {}
        found, objects, one_line_each = 0, 0, True
        first_bad: _Found | None = None
        for item in self._found():
            found += 1
            one_line_each = one_line_each and item.lines == 1
            if isinstance(item.value, dict) and item.reason is None:
                objects += 1
                keys.update(dict.fromkeys(item.value))
                self._refuse_many(keys, item)
            else:
                first_bad = first_bad or item
        if not objects and first_bad is not None:
            self._nothing_readable(first_bad)
        self._keys = {key: index for index, key in enumerate(keys)}
        by_lines = not self._is_list and one_line_each and (found > 1 or source.name.lower().endswith(LINES_ENDINGS))
        notes = source.notes if objects else [*source.notes, "holds no objects: no leads"]
        names = clean_names(key.replace("\0", "") for key in map(whole_characters, keys))
        self.layout = Layout("jsonl" if by_lines else "json", source.encoding, None, names, 0, tuple(notes))

    def _found(self) -> Iterator[_Found]:
        scanner = _Scanner(self._source.text(newline=None), self._skip)
        self._is_list = scanner.peek() == "["
        return _list(scanner) if self._is_list else _sequence(scanner)

    def _refuse_many(self, keys: dict[str, None], item: _Found) -> None:
        if len(keys) > COLUMN_LIMIT:
            raise UsageError(
                f"has more than {COLUMN_LIMIT} different keys: no table of leads",
                place=Place(self._source.name, item.line),
                hint="give one object a lead, all with the same few keys",
            )

    def _nothing_readable(self, bad: _Found) -> NoReturn:
        reason = bad.reason or f"{_kind(bad.value)} where an object with names and values should be"
        place = Place(self._source.name, *bad.place)
        hint = 'give one object a lead: {"name": "Ana", "email": "ana@example.org"}'
        raise UsageError(f"holds no lead that can be read: {reason}", place=place, hint=hint)

    def _read(self, size: int) -> Iterator[Batch]:
        self.nul_count = self._source.nuls
        batch, count = Batch([], []), 0
        for item in self._found():
            self._take(item, batch)
            count += 1
            if count == size:
                yield batch
                batch, count = Batch([], []), 0
        if count:
            yield batch

    def _take(self, item: _Found, batch: Batch) -> None:
        if item.reason is not None:
            values = [item.text] if not isinstance(item.value, dict) else self._best_effort(item.value)
            batch.bad.append(BadRow(item.line, None, None, item.reason, values))
        elif not isinstance(item.value, dict):
            reason = f"is not an object but {_kind(item.value)}"
            batch.bad.append(BadRow(item.line, None, None, reason, [_shown(item.value)]))
        else:
            try:
                row = self._row(item.value)
            except KeyError as error:  # a key that was not there when the file was opened
                raise BrokeOff(
                    "changed while it was being read", place=Place(self._source.name), hint="import it again"
                ) from error
            except _Refused as refused:
                values = self._best_effort(item.value)
                batch.bad.append(BadRow(item.line, None, None, str(refused), values))
                return
            if any(map(str.strip, row)):
                batch.lines.append(item.line)
                batch.rows.append(row)
            else:
                batch.blank += 1

    def _row(self, value: dict[str, Any]) -> list[str]:
        """The texts of an object under the header. Raises _Refused."""
        if isinstance(value, _Doubled):
            raise _Refused(f"the key {value.key!r} stands twice in it")
        row = [""] * len(self._keys)
        for key, item in value.items():
            row[self._keys[key]] = item if type(item) is str else _text(item)
        joined = "".join(row)
        if not joined.isascii() and whole_characters(joined) != joined:
            raise _Refused("holds half a character (a lone surrogate such as \\ud83d)")
        if "\0" in joined:
            self.nul_count += joined.count("\0")
            row = [text.replace("\0", "") for text in row]
        return row

    def _best_effort(self, value: dict[str, Any]) -> list[str]:
        row = [""] * len(self._keys)
        for key, item in value.items():
            row[self._keys[key]] = whole_characters(_shown(item)).replace("\0", "")
        return row


def _text(value: Any) -> str:
    if value is None:
        return ""
    if value is True or value is False:
        return "true" if value else "false"
    if isinstance(value, str):
        return str(value)
    try:
        return _compact(value)
    except RecursionError:
        raise _Refused("is nested too deeply") from None


def _compact(value: Any) -> str:
    """JSON without blanks, numbers in their own spelling."""
    if isinstance(value, _Number):
        return str(value) or "null"
    if isinstance(value, _Doubled):
        raise _Refused(f"the key {value.key!r} stands twice in it")
    if isinstance(value, dict):
        return "{" + ",".join(f"{_compact(key)}:{_compact(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(_compact, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


def _shown(value: Any) -> str:
    try:
        return _text(value)
    except _Refused:
        return ""


def _kind(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, _Number):
        return "a number"
    return "a list" if isinstance(value, list) else "a text"


# --- text → values


class _Broken(Exception):
    """No JSON value stands here."""

    def __init__(self, reason: str, place: tuple[int, int]) -> None:
        super().__init__(reason)
        self.reason, self.place = reason, place


class _Scanner:
    """Text read in chunks, with a position in it whose line and column are known."""

    def __init__(self, stream: TextIO, skip_lines: int) -> None:
        self._stream = stream
        self._text = ""
        self._at = 0
        self._ended = False
        self._before = 0  # characters dropped in front of _text
        self._line_start = 0  # counted from the beginning of the stream
        self.line = 1
        for _ in range(skip_lines):
            if stream.readline():
                self.line += 1

    @property
    def place(self) -> tuple[int, int]:
        """Line and column of the position, from 1."""
        return self.line, self._before + self._at - self._line_start + 1

    def _more(self) -> None:
        """Read on. The chunks grow with what is kept, so that a long value is not gone over too often."""
        chunk = self._stream.read(max(CHUNK, len(self._text) - self._at))
        self._ended = not chunk
        self._before += self._at
        self._text = self._text[self._at :] + chunk.replace("\0", "")
        self._at = 0

    def _advance(self, to: int) -> None:
        feeds = self._text.count("\n", self._at, to)
        if feeds:
            self.line += feeds
            self._line_start = self._before + self._text.rindex("\n", self._at, to) + 1
        self._at = to

    def peek(self, blanks: str = " \t\n\r\ufeff") -> str:
        """The next character that is not blank, "" at the end; the position moves to it."""
        while True:
            to, length = self._at, len(self._text)
            while to < length and self._text[to] in blanks:
                to += 1
            self._advance(to)
            if to < length:
                return self._text[to]
            if self._ended:
                return ""
            self._more()

    def step(self) -> None:
        """Go past the character that `peek` gave."""
        self._advance(self._at + 1)

    def value(self) -> Any:
        """The value here; the position moves behind it. Raises _Broken, and then stays."""
        while True:
            try:
                value, end = _DECODER.raw_decode(self._text, self._at)
                if self._ended or end < len(self._text) or self._text[end - 1] in '}]"':
                    self._advance(end)
                    return value
            except RecursionError:
                raise _Broken("is nested too deeply", self.place) from None
            except json.JSONDecodeError as error:
                if self._ended or not _cut_short(error, self._text):
                    raise self._broken(error) from None
            if len(self._text) - self._at > VALUE_LIMIT:
                raise _Broken("is longer than 8 million characters", self.place)
            self._more()

    def _broken(self, error: json.JSONDecodeError) -> _Broken:
        line = self.line + self._text.count("\n", self._at, error.pos)
        feed = self._text.rfind("\n", self._at, error.pos)
        column = error.pos - feed if feed >= 0 else self.place[1] + error.pos - self._at
        reason = f"is broken JSON: {error.msg[:1].lower()}{error.msg[1:]} (line {line}, column {column})"
        return _Broken(reason, (line, column))

    def rest_of_line(self) -> str:
        """The beginning of what is left of this line; the position moves to its end."""
        shown = ""
        while True:
            feed = self._text.find("\n", self._at)
            to = feed if feed >= 0 else len(self._text)
            shown += self._text[self._at : min(to, self._at + SHOWN - len(shown))]
            self._advance(to)
            if feed >= 0 or self._ended:
                return shown
            self._more()


def _cut_short(error: json.JSONDecodeError, text: str) -> bool:
    """Whether a value seems broken only because the text in hand ends within it."""
    if len(text) - error.pos < 12:  # a word or an escape cut in two
        return True
    if error.msg.startswith("Unterminated string"):
        return text.find("\n", error.pos) < 0
    return False


def _sequence(scanner: _Scanner) -> Iterator[_Found]:
    """Objects one after the other, a line each or many. Of a broken one the first line is refused, and reading goes
    on with the next line."""
    while scanner.peek():
        place = scanner.place
        try:
            value = scanner.value()
        except _Broken as broken:
            yield _Found(place[0], broken.place, reason=broken.reason, text=scanner.rest_of_line())
            continue
        found = _Found(place[0], place, value, lines=scanner.line - place[0] + 1)
        if scanner.peek(" \t\r") not in ("", "\n", "{"):
            found.reason = "more text stands behind the object on its line"
            found.text = scanner.rest_of_line()
        yield found


def _list(scanner: _Scanner) -> Iterator[_Found]:
    """The members of a list. A broken one is refused together with all up to the next line that begins as it did;
    without such a line, nothing behind it can be read."""
    scanner.step()
    while True:
        following = scanner.peek()
        if following == "]":
            break
        place = scanner.place
        line = place[0]
        if not following:
            yield _Found(line, place, reason="the list is not closed: was the file cut off?")
            return
        try:
            value = scanner.value()
            yield _Found(line, place, value, lines=scanner.line - line + 1)
            line = scanner.line
            following = scanner.peek()
            if following == ",":
                scanner.step()
            elif following not in ("]", ""):
                raise _Broken("is broken JSON: a comma is missing", scanner.place)
        except _Broken as broken:
            text = scanner.rest_of_line()
            resumed = _resume(scanner, place[1])
            reason = broken.reason if resumed else f"{broken.reason}; the rest of the file could not be read"
            yield _Found(line, broken.place, reason=reason, text=text)
            if not resumed:
                return
    scanner.step()
    if scanner.peek():
        place = scanner.place
        yield _Found(place[0], place, reason="more text stands behind the end of the list", text=scanner.rest_of_line())


def _resume(scanner: _Scanner, column: int) -> bool:
    """Go to the next line that begins with an object just as far in: deeper ones are parts of a lead, not leads."""
    while following := scanner.peek():
        if following == "{" and scanner.place[1] == column:
            return True
        scanner.rest_of_line()
    return False
