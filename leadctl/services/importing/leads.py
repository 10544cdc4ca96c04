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

_CLOSING = ("won", "lost")  # what other systems say of the end, and kinds of stages here
_OF_PROGRAMS = (
    "json",
    "jsonl",
    "form",
)  # not every object that they send is about somebody; answers of known forms are


def leads_of(incoming: Incoming, layout: Layout, mapping: FileMapping | None) -> Callable[[Operation], Placing]:
    """What makes the work on a file of leads."""
    database, settings, rules, options = incoming.database, incoming.settings, incoming.rules, incoming.options
    database.fit_columns(rules.catalogue, [each.name for each in rules.dimensions])
    fields = rules.catalogue.given_fields
    chosen = plan(layout.header, fields, mapping, options.columns, options.constants, incoming.file, tells=True)
    stages = [stage.name for stage in rules.pipeline]
    ready = mapping is not None and mapping.packaged
    # What a ready mapping reads as won refuses no row of somebody whose pipeline knows no such end.
    closing = dict.fromkeys(_CLOSING, "") if ready else {}
    closing |= {stage.kind: stage.name for stage in reversed(rules.pipeline) if stage.kind in _CLOSING}
    with incoming.constants_read():
        converter = Converter(
            chosen,
            layout.header,
            rules.catalogue.fields,
            incoming.dates(mapping),
            settings.country,
            stages,
            closing=closing,
            somebody=layout.kind in _OF_PROGRAMS and mapping is None,
        )

    def begin(operation: Operation) -> Placing:
        ledger = incoming.ledger(operation, layout, chosen, LEADS)
        ledger.notes += _nameless(chosen)
        work = Placing(
            database.connection, rules, converter, ledger, operation, options.on_match, incoming.now, incoming.today
        )
        work.progress = options.progress
        if chosen.told:
            # Ready mappings of one system tell of the same things in the same order: a file and a payload about one lead
            # tell of one activity.
            told_by = chosen.system if ready else chosen.mapping
            work.telling = Telling(database.connection, settings.zone, rules, told_by or "")
        return work

    return begin


def _nameless(chosen: Plan) -> list[str]:
    if not chosen.columns or chosen.mapping or chosen.origins.keys() & {"name", "first_name", "last_name", "company"}:
        return []
    likely = next((header for header, field in chosen.columns.items() if field is None), "HEADER")
    return [
        "no column was recognised as a name or a company; "
        f"--map-column '{likely[:60]}=name' says which column is which, and a mapping in rules/mappings/ for every time; "
        "--as spend, companies or activities, if it is that; leadctl undo takes it back"
    ]
