"""CSV and its kin: which delimiter, where the header stands, and the records with their lines."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from operator import itemgetter

from leadctl.errors import Place, UsageError
from leadctl.intake.batch import BadRow, Batch, Layout, Reading, clean_names
from leadctl.intake.heading import (
    Head,
    Top,
    best_delimiter,
    delimiter_named,
    find_head,
    first_lines,
    refuse_data_as_header,
)
from leadctl.intake.source import CHUNK, Source

RECORD_LIMIT = 1 << 23  # characters (csv needs 4 bytes for each): a mark never closed cannot swallow more
COLUMN_LIMIT = 20_000  # the widest spreadsheet has 16,384
AGAIN_LIMIT = 1 << 26  # characters read again because of broken records, before such records are given up sooner
LINE_COST = 64  # reading a line again costs as much as this many characters
SHORT_RECORD = 1 << 11
NEIGHBOURS = 50  # lines looked at to tell a mark never closed from a value of many lines

BARE_MARK = re.compile(r'(?<![0-9])"')  # after a digit it means inches or seconds: 37°36'37.8"N
SEPARATOR_LINE = re.compile(r'"?sep=(.)"?\s*', re.IGNORECASE)  # Excel's own first line

NEVER_CLOSED = "a quotation mark is opened in this row and not closed"
STRAY_MARK = "text follows a closing quotation mark (a mark inside a quoted value must be doubled)"
BARE = "a quotation mark stands inside a value that is not in quotation marks"


class Delimited(Reading):
    """A CSV file, open and understood, its header read."""

    def __init__(
        self,
        source: Source,
        *,
        delimiter: str | None = None,
        skip_lines: int = 0,
        known: Callable[[Sequence[str]], bool] | None = None,
    ) -> None:
        super().__init__(source)
        if source.longest > RECORD_LIMIT - 2 * CHUNK and (line := self._too_long()) is not None:
            raise UsageError(
                "has a line of more than 8 million characters: no table of leads",
                place=Place(source.name, line),
                hint="give one lead a line; leads with values of millions of characters come and go as JSON Lines "
                "(leadctl export leads --format jsonl)",
            )
        csv.field_size_limit(RECORD_LIMIT)
        first, sample = self._sample(skip_lines)
        if sample and first == 1 and (named := SEPARATOR_LINE.fullmatch(sample[0])):
            delimiter = delimiter or named[1]
            first, sample = 2, sample[1:]
        top = Top(first, sample, skip_lines > 0, known)
        self._delimiter = delimiter_named(delimiter) if delimiter else best_delimiter(top)
        head = find_head(top, self._delimiter)
        if len(head.cells) > COLUMN_LIMIT:
            raise UsageError(
                f"has {len(head.cells):,} columns: no table of leads",
                place=Place(source.name, head.line),
                hint=f"give one lead a line, with at most {COLUMN_LIMIT:,} columns; --delimiter says what parts them",
            )
        self._refuse_open_header(sample[head.line - first :], head)
        self._body = head.body
        self._width = len(head.cells)
        self._room = RECORD_LIMIT
        self._again = AGAIN_LIMIT
        self._cell = re.compile(f'{re.escape(self._delimiter)}("[^"]*(?:""[^"]*)*"|[^{re.escape(self._delimiter)}]*)')
        refuse_data_as_header(head, source.name)
        notes = (*source.notes, *head.notes)
        names = clean_names(head.cells)
        self.layout = Layout("csv", source.encoding, self._delimiter, names, head.line, notes)

    def _too_long(self) -> int | None:
        """The first line that is longer than a record may be. The source knows the longest one but for two chunks."""
        text, number = self._source.text(newline=None), 1
        while piece := text.readline(RECORD_LIMIT):
            if len(piece) == RECORD_LIMIT and not piece.endswith("\n"):
                return number
            number += 1
        return None

    def _lines(self) -> Iterator[str]:
        """The physical lines with their ends as they are, without NULs."""
        text = self._source.text(newline="")
        return (line.replace("\0", "") for line in text) if self._source.nuls else text

    def _sample(self, skip_lines: int) -> tuple[int, list[str]]:
        """The first lines that are worth a look, and the number of the first of them."""
        lines = self._lines()
        skipped = sum(1 for _ in islice(lines, skip_lines))
        number, any_left = skipped + 1, False
        for line in lines:
            any_left = True
            if line.strip():
                return number, [line, *first_lines(lines)]
            number += 1
        if not any_left:
            message = f"has only {skipped} lines: nothing is left after skipping {skip_lines}"
            raise UsageError(message, place=Place(self._source.name), hint="skip fewer lines")
        return skipped + 1, []

    def _read(self, size: int) -> Iterator[Batch]:
        self.nul_count = self._source.nuls
        lines = self._lines()
        number = 1 + sum(1 for _ in islice(lines, self._body))
        block: list[str] = []
        while True:
            block.extend(islice(lines, max(size - len(block), 0)))
            if not block:
                return
            records = _Records(number, block)
            used = self._parse(records, size, lines)
            yield self._judge(records)
            del block[:used]
            number += used

    def _refuse_open_header(self, lines: list[str], head: Head) -> None:
        try:
            next(csv.reader(lines, delimiter=self._delimiter, strict=True), [])
        except csv.Error as error:
            raise UsageError(
                "the header has a quotation mark that is not closed, or stands inside a name",
                place=Place(self._source.name, head.line),
                hint="mend the line of headers; a mark inside a quoted name must be doubled",
            ) from error

    # --- lines → records

    def _parse(self, records: _Records, size: int, more: Iterator[str]) -> int:
        """Take the records that begin in the first `size` lines; the number of lines used."""
        lines = records.block if len(records.block) <= size else records.block[:size]
        try:
            rows = list(csv.reader(lines, delimiter=self._delimiter, strict=True))
        except csv.Error:
            rows = []
        if len(rows) == len(lines):  # as many records as lines: each is a line of its own
            records.rows, records.starts, records.ends = rows, range(len(rows)), range(1, len(rows) + 1)
            return len(rows)
        return self._parse_one_by_one(records, len(lines), more)

    def _parse_one_by_one(self, records: _Records, count: int, more: Iterator[str]) -> int:
        """The slow way, for records of many lines and for broken ones: of these the first line alone is refused,
        and reading goes on behind it, so that a stray mark cannot take its neighbours with it."""
        at = 0
        records.starts = starts = list[int]()
        records.ends = ends = list[int]()
        while at < count:
            feed = _Feed(records.block, at, more, self._room)
            reader = csv.reader(feed, delimiter=self._delimiter, strict=True)
            try:
                for row in reader:
                    if feed.at - at > 1 and self._swallowed(feed, at, row):
                        raise csv.Error(NEVER_CLOSED)
                    starts.append(at)
                    at = feed.at
                    ends.append(at)
                    records.rows.append(row)
                    if at >= count:
                        break
                    feed.begin(self._room)
            except csv.Error as error:
                self._spend(feed.taken + LINE_COST * (feed.at - at))
                records.bad.append(self._broken(records, at, error, feed.at - at))
                at += 1
        return at

    def _spend(self, characters: int) -> None:
        """Reading again has a limit, else a hostile file of open marks would take hours."""
        self._again -= characters
        self._room = max(min(RECORD_LIMIT, self._again), SHORT_RECORD)

    def _swallowed(self, feed: _Feed, start: int, row: list[str]) -> bool:
        """Whether a record of several lines is in truth a line with a mark never closed and its sound neighbours.

        Sound records hold an even number of marks. So where a later one closed the open mark, either a mark is left
        over outside quotation marks, or the record ends in the midst of a sound one (and has the wrong length).
        """
        end = feed.at
        left_over = '"' in "".join(row) and bool(self._bare_cells("".join(feed.block[start:end])))
        if not left_over and len(row) == self._width:
            return False
        for at in range(start + 1, min(end, start + NEIGHBOURS)):
            sound_end = self._sound_end(feed, at)
            if sound_end is not None and (left_over or sound_end > end):
                return True
        return False

    def _sound_end(self, feed: _Feed, start: int) -> int | None:
        """Where a sound record that begins on this line ends, if there is one."""
        ahead = _Feed(feed.block, start, feed.more, SHORT_RECORD)
        try:
            row = next(csv.reader(ahead, delimiter=self._delimiter, strict=True))
        except (csv.Error, StopIteration):
            return None
        return ahead.at if len(row) == self._width else None

    def _bare_cells(self, raw: str) -> dict[int, str]:
        """The cells of a record that are not in quotation marks and yet hold one."""
        found = self._cell.findall(self._delimiter + raw.rstrip("\r\n"))
        return {column: cell for column, cell in enumerate(found) if '"' in cell and not cell.startswith('"')}

    def _broken(self, records: _Records, at: int, error: csv.Error, lines: int) -> BadRow:
        text = str(error)
        if lines > 1 or "unexpected end" in text or text == NEVER_CLOSED:
            reason = NEVER_CLOSED
        elif "expected after" in text:
            reason = STRAY_MARK
        else:
            reason = text
        return BadRow(records.number + at, None, None, reason, self._split(records.block[at]))

    def _split(self, line: str) -> list[str]:
        """A broken line in cells, as many as the header has if there is a way to see it so."""
        line = line.rstrip("\r\n")
        loose = next(csv.reader([line], delimiter=self._delimiter), [])
        plain = line.split(self._delimiter)
        return plain if len(plain) == self._width and len(loose) != self._width else loose

    # --- records → rows

    def _judge(self, records: _Records) -> Batch:
        """Sound rows as they are; only where a batch holds something odd is each row looked at."""
        rows, starts, number = records.rows, records.starts, records.number
        even = set(map(len, rows)) == {self._width} and all(map(str.strip, map(itemgetter(0), rows)))
        marked = self._delimiter != "\t" and records.hold_marks()
        if even and not marked:
            return Batch([number + start for start in starts], rows, 0, records.bad)
        batch = Batch([], [], 0, records.bad)
        for row, start, end in zip(rows, starts, records.ends, strict=True):
            if not any(map(str.strip, row)):
                batch.blank += 1
                continue
            line = number + start
            bad = self._wrong_length(line, row) if len(row) != self._width else None
            if bad is None and marked and '"' in "".join(row):
                bad = self._bare_mark(line, row, "".join(records.block[start:end]))
            if bad is not None:
                batch.bad.append(bad)
            else:
                batch.lines.append(line)
                batch.rows.append(row)
        batch.bad.sort(key=lambda one: one.line)
        return batch

    def _wrong_length(self, line: int, row: list[str]) -> BadRow | None:
        """A row is never shifted: a short one is refused, a long one too unless only empty values are over."""
        if len(row) > self._width and not any(map(str.strip, row[self._width :])):
            del row[self._width :]
            return None
        values = f"{len(row)} value{'s' if len(row) != 1 else ''}"
        return BadRow(line, None, None, f"has {values}, the header names {self._width}", row)

    def _bare_mark(self, line: int, row: list[str], raw: str) -> BadRow | None:
        for column, cell in self._bare_cells(raw).items():
            if column < len(row) and BARE_MARK.search(cell):
                return BadRow(line, self.layout.header[column], row[column], BARE, row)
        return None


@dataclass
class _Records:
    """The records of one block of lines, whose first line has the number `number`: `rows[i]` was read from
    `block[starts[i]:ends[i]]`."""

    number: int
    block: list[str]
    rows: list[list[str]] = field(default_factory=list)
    starts: Sequence[int] = ()
    ends: Sequence[int] = ()
    bad: list[BadRow] = field(default_factory=list)

    def hold_marks(self) -> bool:
        """Whether a value holds a quotation mark. Most lines hold none, which is told without their values."""
        if isinstance(self.starts, range):
            lines = enumerate(self.block[: len(self.rows)])
            return any('"' in "".join(self.rows[at]) for at, line in lines if '"' in line)
        return any('"' in "".join(row) for row in self.rows)


class _Feed:
    """Lines of a block from index `at` on, then further ones from the file (kept in the block), as long as one record
    stays within its room."""

    def __init__(self, block: list[str], at: int, more: Iterator[str], room: int) -> None:
        self.block, self.at, self.more = block, at, more
        self.begin(room)

    def begin(self, room: int) -> None:
        self.room, self.taken = room, 0

    def __iter__(self) -> _Feed:
        return self

    def __next__(self) -> str:
        if self.taken > self.room:
            raise StopIteration
        if self.at == len(self.block):
            self.block.append(next(self.more))
        line = self.block[self.at]
        self.at += 1
        self.taken += len(line)
        return line
