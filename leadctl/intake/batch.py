"""What the reader hands on: the layout of a file, batches of numbered rows, and the rows it had to refuse."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain, islice
from types import TracebackType
from typing import TYPE_CHECKING, TypeVar

from leadctl.errors import BrokeOff, Place

if TYPE_CHECKING:
    from leadctl.intake.source import Source

T = TypeVar("T")
BATCH_SIZE = 1000  # more rows at once are slower: they no longer fit the processor's cache


@dataclass
class BadRow:
    """A record that was refused.

    `line` is the physical line (from 1) on which it begins; `column` and `value` name the cell where there is one
    to blame; `values` are its texts as well as they could be told apart, for the reject file.
    """

    line: int
    column: str | None
    value: str | None
    reason: str
    values: list[str]


@dataclass
class Batch:
    """A stretch of records: `lines[i]` is the physical line on which `rows[i]` begins, and every row is as long as
    the header. Nothing goes missing: records read = `len(rows) + blank + len(bad)`."""

    lines: list[int]
    rows: list[list[str]]
    blank: int = 0
    bad: list[BadRow] = field(default_factory=list)


@dataclass(frozen=True)
class Layout:
    """How a file is built.

    `kind` is "csv", "json", "jsonl", "form" or "vcard"; `delimiter` is None but for CSV; `header` holds names that are
    neither empty nor twice there; `header_line` counts from 1 (0 for all but CSV, which have none); `notes` tell the
    user what was guessed.
    """

    kind: str
    encoding: str | None
    delimiter: str | None
    header: tuple[str, ...]
    header_line: int
    notes: tuple[str, ...] = ()


class Reading(ABC):
    """An open file of leads. Use it in a `with`; `batches` may be gone through once.

    `nul_count` is the number of NUL characters taken out of the text; it is final when the last batch was read.
    """

    layout: Layout
    nul_count: int = 0

    def __init__(self, source: Source) -> None:
        self._source = source

    def batches(self, size: int = BATCH_SIZE) -> Iterator[Batch]:
        """The records in the order of the file, at most `size` a batch.

        Raises BrokeOff when the file cannot be read on, or no longer holds what it held when it was opened.
        """
        place = Place(self._source.name)
        try:
            yield from self._read(size)
        except UnicodeError as error:
            raise BrokeOff("changed while it was being read", place=place, hint="import it again") from error
        except OSError as error:
            raise BrokeOff(f"cannot be read on: {error.strerror or error}", place=place) from error

    @property
    def size(self) -> int:
        """How many bytes there are to read."""
        return self._source.size

    @abstractmethod
    def _read(self, size: int) -> Iterator[Batch]: ...

    def close(self) -> None:
        self._source.close()

    def __enter__(self) -> Reading:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def batches_of(records: Iterable[T], take: Callable[[T, Batch], None], size: int) -> Iterator[Batch]:
    """Batches of so many records, each of which `take` puts into its batch."""
    found = iter(records)
    for first in found:
        batch = Batch([], [])
        for each in chain((first,), islice(found, size - 1)):
            take(each, batch)
        yield batch


def clean_names(raw: Iterable[str]) -> tuple[str, ...]:
    """Names for columns: white space collapsed, an empty one called `column 3`, a second `email` called `email (2)`."""
    names: list[str] = []
    taken: set[str] = set()
    counts: dict[str, int] = {}  # the last number given to a name: thousands of columns may be called alike
    for position, text in enumerate(raw, start=1):
        wanted = " ".join(text.replace("\ufeff", "").split()) or f"column {position}"
        name, count = wanted, counts.get(wanted, 1)
        while name in taken:
            count += 1
            name = f"{wanted} ({count})"
        counts[wanted] = count
        taken.add(name)
        names.append(name)
    return tuple(names)
