"""Receiving a file: worked through in one transaction, every row accounted for, the refused ones put aside to be mended."""

from __future__ import annotations

import gc
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any, BinaryIO, Protocol

from leadctl.compiler.tree import Rules
from leadctl.config import Settings
from leadctl.errors import BrokeOff, UsageError
from leadctl.intake import open_reading
from leadctl.intake.batch import Layout, Reading
from leadctl.intake.mapping.plan import FileMapping, Plan
from leadctl.intake.rejects import RejectFile
from leadctl.intake.values.convert import Values
from leadctl.model.date_reader import DateReader
from leadctl.services.importing.ledger import Ledger
from leadctl.store.database import Database, Operation


@dataclass(frozen=True)
class ImportOptions:
    """What the flags of `leadctl import` say."""

    mapping: str | None = None
    columns: dict[str, str] = field(default_factory=dict)
    constants: dict[str, str] = field(default_factory=dict)
    encoding: str | None = None
    delimiter: str | None = None
    date_order: str | None = None
    on_match: str = "update"
    rejects: Path | None = None
    dry_run: bool = False
    progress: Callable[[int], None] | None = None  # is told how many rows have been read


class Work(Protocol):
    """What is done with the rows of one file within its transaction."""

    ledger: Ledger

    def run(self, reading: Reading, rejects: RejectFile) -> None: ...

    @property
    def concerned(self) -> int:
        """How many leads it changed."""

    def notes(self) -> Iterable[str]:
        """What a person should know of the file, beside the figures."""


@dataclass(frozen=True)
class Incoming:
    """A file that comes in, and what the work on it needs. `file` is how it was named ("-": standard input); where there is
    a `stream`, that is read in its place."""

    database: Database
    settings: Settings
    rules: Rules
    file: str
    options: ImportOptions
    now: datetime
    command: str
    here: Path
    stream: BinaryIO | None = None

    @property
    def path(self) -> str:
        """Where it lies ("-": standard input)."""
        return "-" if self.file == "-" else str(self.here / Path(self.file).expanduser())

    @property
    def today(self) -> date:
        return self.now.astimezone(self.settings.zone).date()

    def open(self, *, skip_lines: int = 0, known: Callable[[Sequence[str]], bool] | None = None) -> Reading:
        """Opens it for reading; see `open_reading`."""
        encoding, delimiter = self.options.encoding, self.options.delimiter
        return open_reading(
            self.path, stdin=self.stream, encoding=encoding, delimiter=delimiter, skip_lines=skip_lines, known=known
        )

    def dates(self, mapping: FileMapping | None = None) -> Callable[[str | None], DateReader]:
        """Makes what reads dates of a form: in the order that a flag, the mapping or the settings say."""
        order = self.options.date_order or (mapping.date_order if mapping else None) or self.settings.date_order
        return lambda form: DateReader(order, form, self.settings.zone)

    @contextmanager
    def constants_read(self) -> Iterator[None]:
        """Raises UsageError where the constants or forms of dates of a mapping turn out to be wrong within."""
        try:
            yield
        except ValueError as error:
            text = f"{self.file}: a constant, or the form of a date, cannot be read: {error}"
            raise UsageError(text) from error

    def ledger(self, operation: Operation, layout: Layout, chosen: Plan, kind: str) -> Ledger:
        """A ledger without rows, which says how the file is read."""
        return start_ledger(operation, self.file, layout, chosen, kind)

    def carry_out(self, reading: Reading, begin: Callable[[Operation], Work], *, kind: str = "import") -> Ledger:
        """Carries out the work that `begin` makes. Whatever breaks it leaves the database and the folder as they were."""
        options = self.options
        with (
            without_garbage_collection(),
            self.database.operation(kind, self.command, self.now, dry_run=options.dry_run) as operation,
        ):
            operation.file = self.file
            path = reject_path(self.settings, options, self.here, _stem(self.file), operation.id)
            rejects = RejectFile(path, reading.layout.header)
            work = begin(operation)
            try:
                work.run(reading, rejects)
                if not work.ledger.balanced:
                    raise BrokeOff(f"the ledger of {self.file} does not balance: a bug of leadctl; nothing was written")
            except BaseException:
                rejects.discard()
                raise
            operation.leads = work.concerned
        ledger = work.ledger
        if options.dry_run:
            rejects.discard()
        else:
            rejects.close()
            ledger.reject_file = rejects.path if rejects.count else None
        if ledger.left_out:
            what = "row is" if ledger.left_out == 1 else "rows are"
            ledger.notes.append(
                f"{ledger.left_out:,} {what} left out, as the mapping says: test leads, deleted records and the like"
            )
        if ledger.footer:
            what = "line below the data is no row" if ledger.footer == 1 else "lines below the data are no rows"
            ledger.notes.append(f"{ledger.footer:,} {what} (totals, a copyright): counted as blank")
        ledger.notes += work.notes()
        return ledger


def start_ledger(operation: Operation, file: str, layout: Layout, chosen: Plan, kind: str) -> Ledger:
    """A ledger without rows, which says how they are read; the operation remembers it."""
    operation.columns = json.dumps(_columns_of(chosen), ensure_ascii=False, separators=(",", ":"))
    return Ledger(
        operation.id if operation.keep else None,
        file,
        kind,
        columns=dict(chosen.columns),
        encoding=layout.encoding,
        delimiter=layout.delimiter,
        mapping=chosen.mapping,
        notes=list(layout.notes),
        dry_run=not operation.keep,
    )


def _columns_of(chosen: Plan) -> dict[str, Any]:
    """Which columns become which fields, as `store/origins` reads it."""
    columns = {
        name: (" or " if origin.first else " + ").join(origin.columns) for name, origin in chosen.origins.items()
    }
    for kind, points in (chosen.more or {}).items():  # the first that can be right is the lead's own
        columns[kind] = " or ".join(point.column for point in points)
    parts = [columns[name] for name in ("first_name", "last_name") if name in columns]
    if parts:
        columns.setdefault("name", " + ".join(parts))
    elif "name" in columns:
        columns |= dict.fromkeys(("first_name", "last_name"), columns["name"])
    return {"columns": columns, "constants": dict(chosen.constants), "header": list(chosen.columns)}


def account(ledger: Ledger, values: Values, rejects: RejectFile) -> None:
    """Counts the rows of a batch, and puts the refused ones aside."""
    ledger.read += values.count + len(values.bad) + values.blank
    ledger.blank += values.blank
    ledger.left_out += values.left_out
    ledger.footer += values.footer
    ledger.rejected += len(values.bad)
    ledger.rejects.extend(values.bad)
    for bad in values.bad:
        rejects.add(bad)


def reject_path(settings: Settings, options: ImportOptions, here: Path, stem: str, operation: int) -> Path:
    """Where refused rows go: where a flag says, else into the workspace's folder for them."""
    if options.rejects is not None:
        return here / options.rejects.expanduser()
    folder = settings.workspace / "rejects" if settings.workspace is not None else here
    return folder / f"{stem}-{operation}.csv"


def _stem(file: str) -> str:
    return "stdin" if file == "-" else Path(file).stem


@contextmanager
def without_garbage_collection() -> Iterator[None]:
    """A million rows make no circles; looking for them takes a fifth of the time."""
    on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if on:
            gc.enable()
