"""What the first lines of a CSV file tell: the sign between its values, and where its header stands."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice

from leadctl.errors import Place, UsageError

DELIMITERS = (",", ";", "\t", "|")
DELIMITER_WORDS = {"comma": ",", "semicolon": ";", "tab": "\t", "\\t": "\t", "pipe": "|"}
SAMPLE_LINES = 300
SAMPLE_RECORDS = 100
SAMPLE_LIMIT = 1 << 20  # characters
PREAMBLE_LIMIT = 20

EMAIL = re.compile(r"[^@\s<>]+@[^@\s<>]+\.[^@\s.<>]{2,}")
NUMBER = re.compile(r"[-+]?\d+([.,]\d+)*")


@dataclass
class Head:
    """Where the records begin: `cells` of the header, its physical line, and how many lines go before the records."""

    cells: list[str]
    line: int
    body: int
    agreement: float = 1.0  # the share of the first records that are as long as the header
    known: bool = False  # it is one of which a mapping knows the columns
    notes: list[str] = field(default_factory=list)


def delimiter_named(text: str) -> str:
    """The delimiter a user names: itself, or comma, semicolon, tab, pipe. Raises UsageError."""
    delimiter = DELIMITER_WORDS.get(text.lower(), text)
    if len(delimiter) != 1 or delimiter in '"\r\n\0':
        hint = "give comma, semicolon, tab, pipe, or one character"
        raise UsageError(f"{text!r} cannot be a delimiter", hint=hint)
    return delimiter


def first_lines(lines: Iterator[str]) -> Iterator[str]:
    """As many of the lines as are worth a look."""
    characters = 0
    for line in islice(lines, SAMPLE_LINES):
        yield line
        characters += len(line)
        if characters > SAMPLE_LIMIT:
            return


@dataclass(frozen=True)
class Top:
    """The first lines, of which the first has the number `first`, and how a header is known among them."""

    first: int
    sample: list[str]
    header_is_first: bool
    known: Callable[[Sequence[str]], bool] | None


def best_delimiter(top: Top) -> str:
    """The candidate under which the header is a known one, or the most records are as long as it; a file of one column has
    commas."""
    best, best_mark = ",", (False, 0.0, 0)
    for delimiter in DELIMITERS:
        head = find_head(top, delimiter)
        mark = (head.known, head.agreement, len(head.cells))
        if len(head.cells) > 1 and (best_mark == (False, 0.0, 0) or mark > best_mark):
            best, best_mark = delimiter, mark
    return best


def find_head(top: Top, delimiter: str) -> Head:
    """The header among the first lines."""
    first, sample = top.first, top.sample
    if not sample:
        return Head(["column 1"], first, first, notes=["holds only blank lines: no header, no leads"])
    records: list[list[str]] = []
    ends: list[int] = []
    reader = csv.reader(sample, delimiter=delimiter)
    for row in islice(reader, SAMPLE_RECORDS):
        records.append(row)
        ends.append(first - 1 + reader.line_num)
    full = [index for index, row in enumerate(records) if any(map(str.strip, row))]
    if not full:  # nothing but delimiters in sight
        return Head(records[0], first, ends[0], notes=["the header holds no names, only delimiters"])
    known = None
    at = full[0]
    if not top.header_is_first:
        if top.known is not None:
            known = next((index for index in full[: PREAMBLE_LIMIT + 1] if top.known(records[index])), None)
        at = known if known is not None else _behind_preamble(records, full)
    begin = ends[at - 1] + 1 if at else first
    head = Head(records[at], begin, ends[at], _agreement(records, full, at), known is not None)
    if at != full[0]:
        some = f"lines {first} to {begin - 1} stand" if begin - 1 > first else f"line {first} stands"
        head.notes.append(f"{some} above the header and {'were' if begin - 1 > first else 'was'} left out")
    return head


def _agreement(records: list[list[str]], full: list[int], at: int) -> float:
    below = [len(records[index]) == len(records[at]) for index in full if index > at]
    return sum(below) / len(below) if below else 1.0


def _behind_preamble(records: list[list[str]], full: list[int]) -> int:
    """The index of the header, behind the few lines of prose that some exports put above it.

    Such lines hold a single value. A blank line must follow them, or else the header be three columns or wider;
    and it must look like a header over records as long as itself.
    """
    above = 0
    while above < len(full) - 1 and len([cell for cell in records[full[above]] if cell.strip()]) == 1:
        above += 1
    if not 0 < above <= PREAMBLE_LIMIT:
        return full[0]
    at = full[above]
    cells = records[at]
    names = [cell.strip() for cell in cells if cell.strip()]
    parted = at > full[above - 1] + 1
    prose = all(len(records[index]) == 1 for index in full[:above])
    looks_right = len(names) > 1 and len(set(names)) == len(names) and not _is_data(names)
    wide_enough = parted or (prose and len(names) >= 3)
    return at if looks_right and wide_enough and _agreement(records, full, at) >= 0.5 else full[0]


def _is_data(names: list[str]) -> bool:
    return any(map(EMAIL.fullmatch, names)) or all(map(NUMBER.fullmatch, names))


def refuse_data_as_header(head: Head, name: str) -> None:
    """Raises UsageError where the header is a lead's data; numbers alone are only noted."""
    cells = [cell.strip() for cell in head.cells if cell.strip()]
    address = next((cell for cell in cells if EMAIL.fullmatch(cell)), None)
    if address is not None:
        raise UsageError(
            f"its first line looks like data, not like a header: it holds the e-mail address {address}",
            place=Place(name, head.line),
            hint="put a line of headers above it, such as: name,email,phone",
        )
    if cells and all(map(NUMBER.fullmatch, cells)):
        head.notes.append(f"the header on line {head.line} holds only numbers: is a line of headers missing?")
