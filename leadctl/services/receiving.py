"""Receiving a file: worked through in one transaction, every row accounted for, the refused ones put aside to be mended."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Protocol

from leadctl.config import Settings
from leadctl.errors import BrokeOff
from leadctl.intake.batch import Layout, Reading
from leadctl.intake.convert import Values
from leadctl.intake.mapping import Plan
from leadctl.intake.rejects import RejectFile
from leadctl.services.ledger import Ledger
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


def receive(
    database: Database,
    settings: Settings,
    reading: Reading,
    file: str,
    options: ImportOptions,
    begin: Callable[[Operation], Work],
    *,
    now: datetime,
    command: str,
    here: Path,
    kind: str = "import",
) -> Ledger:
    """Carries out the work that `begin` makes. Whatever breaks it leaves the database and the folder as they were."""
    with without_garbage_collection(), database.operation(kind, command, now, dry_run=options.dry_run) as operation:
        operation.file = file
        rejects = RejectFile(_reject_path(file, options, settings, here, operation.id), reading.layout.header)
        work = begin(operation)
        try:
            work.run(reading, rejects)
            if not work.ledger.balanced:
                raise BrokeOff(f"the ledger of {file} does not balance: a bug of leadctl; nothing was written")
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
        one = ledger.left_out == 1
        ledger.notes.append(f"{ledger.left_out:,} {'row is a test lead' if one else 'rows are test leads'}: left out")
    ledger.notes += work.notes()
    return ledger


def start_ledger(operation: Operation, file: str, layout: Layout, chosen: Plan, kind: str) -> Ledger:
    """A ledger without rows, which says how the file is read."""
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


def account(ledger: Ledger, values: Values, rejects: RejectFile) -> None:
    """Counts the rows of a batch, and puts the refused ones aside."""
    ledger.read += values.count + len(values.bad) + values.blank
    ledger.blank += values.blank
    ledger.left_out += values.left_out
    ledger.rejected += len(values.bad)
    ledger.rejects.extend(values.bad)
    for bad in values.bad:
        rejects.add(bad)


def _reject_path(file: str, options: ImportOptions, settings: Settings, here: Path, operation: int) -> Path:
    if options.rejects is not None:
        return here / options.rejects.expanduser()
    stem = "stdin" if file == "-" else Path(file).stem
    folder = settings.workspace / "rejects" if settings.workspace is not None else here
    return folder / f"{stem}-{operation}.csv"


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
