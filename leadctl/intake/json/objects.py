"""JSON and JSON Lines: a stream of objects → rows under the union of their keys."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NoReturn

from leadctl.errors import BrokeOff, Place, UsageError
from leadctl.intake.batch import BadRow, Batch, Layout, Reading, batches_of, clean_names
from leadctl.intake.json.items import Item, Scanner, in_list, in_sequence
from leadctl.intake.json.payloads import flat_row
from leadctl.intake.json.values import Doubled, Refused, doubled, kind_of, shown, text_of
from leadctl.intake.recognise import LINES_ENDINGS
from leadctl.intake.rejects import whole_characters
from leadctl.intake.source import Source
from leadctl.model.exported import COLUMN as MARK

COLUMN_LIMIT = 2000  # more different keys than this are no table (and more than a database holds)


class _TooMany(Exception):
    """There are more different keys than a table has columns."""

    def __init__(self, line: int) -> None:
        super().__init__(line)
        self.line = line


class Objects(Reading):
    """A file of JSON objects. Opening it reads it once, to know all keys. Nested objects are taken apart, unless that
    makes more columns than a table can have: then they stay JSON text."""

    KIND: str | None = None  # of the layout; None: json, or jsonl where each object has a line of its own

    def __init__(self, source: Source, *, skip_lines: int = 0) -> None:
        super().__init__(source)
        self._skip = skip_lines
        self._apart = True
        notes = list(source.notes)
        try:
            kind, keys = self._survey()
        except _TooMany:
            self._apart = False
            try:
                kind, keys = self._survey()
            except _TooMany as many:
                raise UsageError(
                    f"has more than {COLUMN_LIMIT} different keys: no table of leads",
                    place=Place(source.name, many.line),
                    hint="give one object a lead, all with the same few keys",
                ) from None
            notes.append(f"taken apart, it would have more than {COLUMN_LIMIT} columns: what is nested stays JSON text")
        if kind is None:
            kind = "json"
            notes.append("holds no objects: no leads")
        self._keys = {key: index for index, key in enumerate(keys)}
        names = clean_names(key.replace("\0", "") for key in map(whole_characters, keys))
        self.layout = Layout(self.KIND or kind, source.encoding, None, names, 0, tuple(notes))

    def _survey(self) -> tuple[str | None, dict[str, None]]:
        """The kind of the layout (None: no objects) and all keys in order. Raises _TooMany, or UsageError."""
        keys: dict[str, None] = {}
        values, objects, one_line_each = 0, 0, True
        first_bad: Item | None = None
        for item in self._found():
            values += item.member <= 1
            one_line_each = one_line_each and item.lines == 1
            if isinstance(item.value, dict) and item.reason is None:
                objects += 1
                columns = item.value if item.flat else self._columns(item)
                if not columns.keys() <= keys.keys():
                    keys.update(dict.fromkeys(columns))
                    if len(keys) > COLUMN_LIMIT:
                        raise _TooMany(item.line)
            else:
                first_bad = first_bad or item
        if not objects and first_bad is not None:
            self._nothing_readable(first_bad)
        ending = self._source.name.lower().removesuffix(".gz").endswith(LINES_ENDINGS)
        by_lines = not self._is_list and one_line_each and (values > 1 or ending)
        return ("jsonl" if by_lines else "json") if objects else None, keys

    def _columns(self, item: Item) -> dict[str, Any]:
        """What an object has columns for; where it will be refused, its own keys."""
        value: dict[str, Any] = item.value
        if item.flat or not self._apart or MARK in value:
            return value
        try:
            return flat_row(value)
        except Refused:
            return value

    def _found(self) -> Iterator[Item]:
        scanner = Scanner(self._source.text(newline=None), self._skip)
        self._is_list = scanner.peek() == "["
        return in_list(scanner, apart=self._apart) if self._is_list else in_sequence(scanner, apart=self._apart)

    def _nothing_readable(self, bad: Item) -> NoReturn:
        reason = bad.reason or f"{kind_of(bad.value)} where an object with names and values should be"
        place = Place(self._source.name, *bad.place)
        hint = 'give one object a lead: {"name": "Ana", "email": "ana@example.org"}'
        raise UsageError(f"holds no lead that can be read: {reason}", place=place, hint=hint)

    def _read(self, size: int) -> Iterator[Batch]:
        self.nul_count = self._source.nuls
        return batches_of(self._found(), self._take, size)

    def _take(self, item: Item, batch: Batch) -> None:
        if item.reason is not None:
            values = [item.text] if not isinstance(item.value, dict) else self._best_effort(item.value)
            batch.bad.append(BadRow(item.line, None, None, item.reason, values))
        elif not isinstance(item.value, dict):
            reason = f"is not an object but {kind_of(item.value)}"
            batch.bad.append(BadRow(item.line, None, None, reason, [shown(item.value)]))
        else:
            try:
                row = self._row(item)
            except KeyError as error:  # a key that was not there when the file was opened
                raise BrokeOff(
                    "changed while it was being read", place=Place(self._source.name), hint="import it again"
                ) from error
            except Refused as refused:
                values = self._best_effort(item.value)
                batch.bad.append(BadRow(item.line, None, None, str(refused), values))
                return
            if any(map(str.strip, row)):
                batch.lines.append(item.line)
                batch.rows.append(row)
            else:
                batch.blank += 1

    def _row(self, item: Item) -> list[str]:
        """The texts of an object under the header. Raises Refused."""
        value = item.value
        if isinstance(value, Doubled):
            raise doubled(value)
        if not item.flat and self._apart and MARK not in value:  # an export's `extra` stays whole
            value = flat_row(value)
        row = [""] * len(self._keys)
        for key, held in value.items():
            row[self._keys[key]] = held if type(held) is str else text_of(held)
        joined = "".join(row)
        if not joined.isascii() and whole_characters(joined) != joined:
            raise Refused("holds half a character (a lone surrogate such as \\ud83d)")
        if "\0" in joined:
            self.nul_count += joined.count("\0")
            row = [text.replace("\0", "") for text in row]
        return row

    def _best_effort(self, value: dict[str, Any]) -> list[str]:
        row = [""] * len(self._keys)
        for key, item in value.items():
            row[self._keys[key]] = whole_characters(shown(item)).replace("\0", "")
        return row
