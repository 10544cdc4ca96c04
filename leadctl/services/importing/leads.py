"""Import of leads: rows are about leads by `identity`.

A later file updates what it gives; what it leaves empty stays. Within one file the first row about a lead wins, later ones
fill what is empty, and what they say differently is kept in `extra` under `also`: so a second import of the same file
finds nothing to change.
"""

from __future__ import annotations

from collections.abc import Callable

from leadctl.intake.batch import Layout
from leadctl.intake.mapping.columns import plan
from leadctl.intake.mapping.plan import LEADS, FileMapping, Plan
from leadctl.intake.values.convert import Converter
from leadctl.services.importing.placing import Placing
from leadctl.services.importing.receiving import Incoming
from leadctl.services.importing.telling import Telling
from leadctl.store.database import Operation


def leads_of(incoming: Incoming, layout: Layout, mapping: FileMapping | None) -> Callable[[Operation], Placing]:
    """What makes the work on a file of leads."""
    database, settings, rules, options = incoming.database, incoming.settings, incoming.rules, incoming.options
    database.fit_columns(rules.catalogue, [each.name for each in rules.dimensions])
    fields = rules.catalogue.given_fields
    chosen = plan(layout.header, fields, mapping, options.columns, options.constants, incoming.file, tells=True)
    stages = [stage.name for stage in rules.pipeline]
    with incoming.constants_read():
        dates = incoming.dates(mapping)
        converter = Converter(chosen, layout.header, rules.catalogue.fields, dates, settings.country, stages)

    def begin(operation: Operation) -> Placing:
        ledger = incoming.ledger(operation, layout, chosen, LEADS)
        ledger.notes += _nameless(chosen)
        work = Placing(
            database.connection, rules, converter, ledger, operation, options.on_match, incoming.now, incoming.today
        )
        work.progress = options.progress
        if chosen.told:
            work.telling = Telling(database.connection, settings.zone, rules, chosen.mapping or "")
        return work

    return begin


def _nameless(chosen: Plan) -> list[str]:
    if chosen.origins.keys() & {"name", "first_name", "last_name", "company"}:
        return []
    likely = next((header for header, field in chosen.columns.items() if field is None), "HEADER")
    return [
        "no column was recognised as a name or a company; "
        f"--map-column '{likely[:60]}=name' says which column is which, and a mapping in rules/mappings/ for every time"
    ]
