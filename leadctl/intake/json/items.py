"""A stream of JSON text → its items, one after the other: objects in a list, on lines, or within an envelope."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, TextIO

from leadctl.intake.json.payloads import Path, envelope, goes_along, is_flat, members
from leadctl.intake.json.values import DECODER, shown

CHUNK = 1 << 16  # characters read at a time
VALUE_LIMIT = 1 << 23  # characters of one object
SHOWN = 2000  # characters of broken text that are kept for the reject file


@dataclass(slots=True)
class Item:
    """One value of the stream, beginning on `line`; or, with a `reason`, a stretch of text that is none. `place` is
    the line and column to point at; `member` its number in the envelope that it stood in, 0 where it stood in none.
    `flat`: it is an object that holds no other."""

    line: int
    place: tuple[int, int]
    value: Any = None
    reason: str | None = None
    text: str = ""
    lines: int = 1
    member: int = 0
    flat: bool = False


class _Broken(Exception):
    """No JSON value stands here."""

    def __init__(self, reason: str, place: tuple[int, int]) -> None:
        super().__init__(reason)
        self.reason, self.place = reason, place


class _TooLong(_Broken):
    """The value is too long to be held."""


class Scanner:
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
        if self._at < len(self._text) and (sign := self._text[self._at]) not in blanks:
            return sign
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
        value, end = self._look()
        self._advance(end)
        return value

    def items(self, *, apart: bool) -> list[Item]:
        """The value here, or the members of the envelope that it is; the position moves behind it. Raises _Broken, and
        then stays."""
        place = self.place
        value, end = self._look()
        # No other bracket up to its end: the quickest way to know most objects for flat.
        text, at = self._text, self._at
        flat = text.find("{", at + 1, end) < 0 and text.find("[", at, end) < 0
        flat = isinstance(value, dict) and (flat or is_flat(value))
        path = envelope(value) if apart and not flat else ()
        if not path:
            self._advance(end)
            return [Item(place[0], place, value, None, "", self.line - place[0] + 1, 0, flat)]
        places = list(self._places(value, path))
        lines = self.line - place[0] + 1
        found = zip(places, members(value, path), strict=True)
        return [
            Item(place[0], place, member, lines=lines, member=number, flat=is_flat(member))
            for number, (place, member) in enumerate(found, start=1)
        ]

    def _look(self) -> tuple[Any, int]:
        """The value here and where it ends."""
        while True:
            try:
                value, end = DECODER.raw_decode(self._text, self._at)
                if self._ended or end < len(self._text) or self._text[end - 1] in '}]"':
                    return value, end
            except RecursionError:
                raise _Broken("is nested too deeply", self.place) from None
            except json.JSONDecodeError as error:
                if self._ended or not _cut_short(error, self._text):
                    raise self._broken(error) from None
            if len(self._text) - self._at > VALUE_LIMIT:
                raise _TooLong("is longer than 8 million characters", self.place)
            self._more()

    def _places(self, value: dict[str, Any], path: Path) -> Iterator[tuple[int, int]]:
        """Where the members of an envelope begin. The text is gone over once more, as a decoded value knows no lines;
        the position moves behind the envelope."""
        self.step()
        while (sign := self.peek()) != "}":
            if sign == ",":
                self.step()
                continue
            key = self.value()
            self.peek()
            self.step()  # the colon
            self.peek()
            if key != path[0]:
                self.value()
            elif isinstance(value[key], dict):
                if len(path) > 1:
                    yield from self._places(value[key], path[1:])
                else:
                    yield self.place
                    self.value()
            else:
                yield from self._places_in_list(value[key], path[1:])
        self.step()

    def _places_in_list(self, values: list[Any], path: Path) -> Iterator[tuple[int, int]]:
        self.step()
        for value in values:
            if self.peek() == ",":
                self.step()
                self.peek()
            if path and value.get(path[0]):
                yield from self._places(value, path)
            else:
                yield self.place
                self.value()
        self.peek()
        self.step()

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


def in_sequence(scanner: Scanner, *, apart: bool) -> Iterator[Item]:
    """Objects one after the other, a line each or many. Of a broken one the first line is refused, and reading goes
    on with the next line. `apart`: envelopes are opened."""
    while scanner.peek():
        try:
            found = scanner.items(apart=apart)
        except _Broken as broken:
            if apart and isinstance(broken, _TooLong) and scanner.peek() == "{":
                yield from _in_long_envelope(scanner, broken)
            else:
                yield Item(scanner.line, broken.place, reason=broken.reason, text=scanner.rest_of_line())
            continue
        if scanner.peek(" \t\r") not in ("", "\n", "{"):
            if not found or found[0].member:
                found.append(Item(scanner.line, scanner.place))
            found[-1].reason = "more text stands behind the object on its line"
            found[-1].text = scanner.rest_of_line()
        yield from found


def in_list(scanner: Scanner, *, apart: bool) -> Iterator[Item]:
    """The members of a list that is all there is. `apart`: envelopes in it are opened."""
    yield from _members(scanner, apart=apart)
    if scanner.peek():
        place = scanner.place
        yield Item(place[0], place, reason="more text stands behind the end of the list", text=scanner.rest_of_line())


def _members(scanner: Scanner, *, apart: bool) -> Iterator[Item]:
    """The members of the list that begins here. A broken one is refused together with all up to the next line that
    begins as it did; without such a line, nothing behind it can be read."""
    scanner.step()
    while True:
        following = scanner.peek()
        if following == "]":
            scanner.step()
            return
        place = scanner.place
        line = place[0]
        if not following:
            yield Item(line, place, reason="the list is not closed: was the file cut off?")
            return
        try:
            yield from scanner.items(apart=apart)
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
            yield Item(line, broken.place, reason=reason, text=text)
            if not resumed:
                return


def _resume(scanner: Scanner, column: int) -> bool:
    """Go to the next line that begins with an object just as far in: deeper ones are parts of a lead, not leads."""
    while following := scanner.peek():
        if following == "{" and scanner.place[1] == column:
            return True
        scanner.rest_of_line()
    return False


def _in_long_envelope(scanner: Scanner, too_long: _Broken) -> Iterator[Item]:
    """The members of a list in an object too long to be held: read one by one, without knowing what follows them."""
    place = scanner.place
    beside: dict[str, Any] = {}
    listed = False
    try:
        scanner.step()
        while (sign := scanner.peek()) != "}":
            if sign == "," and beside:
                scanner.step()
                scanner.peek()
            key = scanner.value()
            if not isinstance(key, str) or scanner.peek() != ":":
                raise too_long
            scanner.step()
            if scanner.peek() != "[" or listed or not all(map(goes_along, beside)):
                beside[key] = scanner.value()
                continue
            beside[key], listed = None, True
            for number, item in enumerate(_members(scanner, apart=False), start=1):
                item.member = number
                yield item
            if not scanner.peek():
                return
        scanner.step()
    except _Broken as broken:
        reason = broken.reason if listed else too_long.reason
        yield Item(place[0], place, reason=reason, text=scanner.rest_of_line())
        return
    if not listed:
        yield Item(place[0], place, reason=too_long.reason, text=shown(beside)[:SHOWN])
        return
    left = {key: value for key, value in beside.items() if value is not None and not goes_along(key)}
    if left:
        reason = "stands beside a list of more than 8 million characters, of which only the members are read"
        yield Item(place[0], place, reason=reason, text=shown(left)[:SHOWN])
