"""Import: a file of leads into the database, in one transaction, every row accounted for.

Rows are about leads by `identity`. A later file updates what it gives; what it leaves empty stays. Within one file the
first row about a lead wins, later ones fill what is empty, and what they say differently is kept in `extra` under `also`:
so a second import of the same file finds nothing to change.
"""

from __future__ import annotations

from datetime import datetime
from functools import partial
from pathlib import Path
from typing import BinaryIO

from leadctl.compiler.tree import Rules
from leadctl.config import Settings
from leadctl.errors import UsageError
from leadctl.intake import open_reading
from leadctl.intake.batch import Layout
from leadctl.intake.columns import plan
from leadctl.intake.convert import Converter
from leadctl.intake.exported import comes_back
from leadctl.intake.mapping import Plan
from leadctl.intake.ready import Mappings
from leadctl.intake.rejects import OWN_COLUMNS
from leadctl.model.date_reader import DateReader
from leadctl.services.ledger import Ledger
from leadctl.services.placing import Placing
from leadctl.services.receiving import ImportOptions, receive, start_ledger
from leadctl.services.telling import Telling
from leadctl.store.database import Database, Operation

__all__ = ["ImportOptions", "import_leads"]


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
    mappings = Mappings(settings.rules, rules)
    named = mappings.named(options.mapping, "leads", here) if options.mapping else None
    skip_lines = named.skip_lines if named and not is_rejects(path) else 0
    known = mappings.known() if named is None else None
    with open_reading(
        path, stdin=stdin, encoding=options.encoding, delimiter=options.delimiter, skip_lines=skip_lines, known=known
    ) as reading:
        layout = reading.layout
        if comes_back(layout.header) and named is None and not options.columns:
            from leadctl.services.returning import returning_leads

            again = partial(returning_leads, database, settings, rules, layout, file, options, now)
            return receive(database, settings, reading, file, options, again, now=now, command=command, here=here)
        mapping = named or mappings.fitting(layout.header)
        fields = rules.catalogue.given_fields
        chosen = plan(layout.header, fields, mapping, options.columns, options.constants, file, tells=True)
        order = options.date_order or (mapping.date_order if mapping else None) or settings.date_order
        converter = _converter(chosen, layout, rules, settings, order, file)

        def begin(operation: Operation) -> Placing:
            ledger = start_ledger(operation, file, layout, chosen, "leads")
            ledger.notes += _nameless(chosen)
            today = now.astimezone(settings.zone).date()
            work = Placing(database.connection, rules, converter, ledger, operation, options.on_match, now, today)
            work.progress = options.progress
            if chosen.told:
                work.telling = Telling(database.connection, settings.zone, rules, chosen.mapping or "")
            return work

        return receive(database, settings, reading, file, options, begin, now=now, command=command, here=here)


def is_rejects(path: str) -> bool:
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
            rules.catalogue.fields,
            lambda form: DateReader(order, form, zone),
            settings.country,
            [stage.name for stage in rules.pipeline],
        )
    except ValueError as error:
        raise UsageError(f"{file}: a constant, or the form of a date, cannot be read: {error}") from error


def _nameless(chosen: Plan) -> list[str]:
    if chosen.origins.keys() & {"name", "first_name", "last_name", "company"}:
        return []
    likely = next((header for header, field in chosen.columns.items() if field is None), "HEADER")
    return [
        "no column was recognised as a name or a company; "
        f"--map-column '{likely[:60]}=name' says which column is which, and a mapping in rules/mappings/ for every time"
    ]
