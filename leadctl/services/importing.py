"""Import: a file of leads into the database, in one transaction, every row accounted for.

Rows are about leads by `identity`. A later file updates what it gives; what it leaves empty stays. Within one file the
first row about a lead wins, later ones fill what is empty, and what they say differently is kept in `extra` under `also`:
so a second import of the same file finds nothing to change.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from leadctl.compiler.tree import Rules
from leadctl.config import Settings
from leadctl.errors import BrokeOff, UsageError
from leadctl.intake import open_reading
from leadctl.intake.batch import Layout
from leadctl.intake.convert import Converter
from leadctl.intake.mapping import Plan, find_mapping, fitting_mapping, plan
from leadctl.intake.rejects import OWN_COLUMNS, RejectFile
from leadctl.model.date_reader import DateReader
from leadctl.services.ledger import Ledger
from leadctl.services.placing import Placing
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


def import_leads(
    database: Database,
    settings: Settings,
    rules: Rules,
    file: str,
    options: ImportOptions,
    *,
    now: datetime,
    command: str,
    here: Path,
    stdin: BinaryIO | None = None,
) -> Ledger:
    """Imports one file ("-": `stdin`). Raises UsageError for a file or mapping that cannot be read at all."""
    database.fit_columns(rules.catalogue, [each.name for each in rules.dimensions])
    path = file if file == "-" else str(here / Path(file).expanduser())
    named = find_mapping(options.mapping, settings.rules, rules.catalogue, here) if options.mapping else None
    skip_lines = named.skip_lines if named and not _is_rejects(path) else 0
    with open_reading(
        path, stdin=stdin, encoding=options.encoding, delimiter=options.delimiter, skip_lines=skip_lines
    ) as reading:
        layout = reading.layout
        mapping = named or fitting_mapping(layout.header, settings.rules, rules.catalogue)
        chosen = plan(layout.header, rules.catalogue, mapping, options.columns, options.constants, file)
        order = options.date_order or (mapping.date_order if mapping else None) or settings.date_order
        converter = _converter(chosen, layout, rules, settings, order, file)
        with _no_garbage_collection(), database.operation("import", command, now, dry_run=options.dry_run) as operation:
            ledger = _start(operation, file, layout, chosen)
            rejects = RejectFile(_reject_path(file, options, settings, here, operation.id), layout.header)
            today = now.astimezone(settings.zone).date()
            work = Placing(database.connection, rules, converter, ledger, operation, options.on_match, now, today)
            work.progress = options.progress
            try:
                work.run(reading, rejects)
                if not ledger.balanced:
                    raise BrokeOff(f"the ledger of {file} does not balance: a bug of leadctl; nothing was written")
            except BaseException:
                rejects.discard()
                raise
            operation.leads = ledger.created + work.changed_leads
    if options.dry_run:
        rejects.discard()
    else:
        rejects.close()
        ledger.reject_file = rejects.path if rejects.count else None
    ledger.notes += work.notes()
    return ledger


def _is_rejects(path: str) -> bool:
    """Whether a file is one of refused rows: it has no preamble, whatever its origin had."""
    try:
        with Path(path).open("rb") as file:
            return Path(path).is_file() and file.read(64).lstrip(b"\xef\xbb\xbf").startswith(OWN_COLUMNS[0].encode())
    except OSError:
        return False


def _converter(
    chosen: Plan, layout: Layout, rules: Rules, settings: Settings, order: str | None, file: str
) -> Converter:
    zone = settings.zone
    try:
        return Converter(
            chosen,
            layout.header,
            rules.catalogue,
            lambda form: DateReader(order, form, zone),
            settings.country,
            [stage.name for stage in rules.pipeline],
        )
    except ValueError as error:
        raise UsageError(f"{file}: a constant, or the form of a date, cannot be read: {error}") from error


def _start(operation: Operation, file: str, layout: Layout, chosen: Plan) -> Ledger:
    ledger = Ledger(
        operation.id if operation.keep else None,
        file,
        columns=dict(chosen.columns),
        encoding=layout.encoding,
        delimiter=layout.delimiter,
        mapping=chosen.mapping,
        notes=list(layout.notes),
        dry_run=not operation.keep,
    )
    if not chosen.origins.keys() & {"name", "first_name", "last_name", "company"}:
        likely = next((header for header, field in chosen.columns.items() if field is None), "HEADER")
        ledger.notes.append(
            "no column was recognised as a name or a company; "
            f"--map-column '{likely[:60]}=name' says which column is which, and a mapping in rules/mappings/ for every time"
        )
    return ledger


def _reject_path(file: str, options: ImportOptions, settings: Settings, here: Path, operation: int) -> Path:
    if options.rejects is not None:
        return here / options.rejects.expanduser()
    stem = "stdin" if file == "-" else Path(file).stem
    folder = settings.workspace / "rejects" if settings.workspace is not None else here
    return folder / f"{stem}-{operation}.csv"


@contextmanager
def _no_garbage_collection() -> Iterator[None]:
    """A million rows make no circles; looking for them takes a fifth of the time."""
    on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if on:
            gc.enable()
