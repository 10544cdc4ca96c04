"""Returning: files that leadctl exported come back by import, changed or not.

A row of this database is about the lead or the activity with its id, whatever else it says. Rows of other databases are
about whom they name by e-mail, phone and external id, as in any file.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from leadctl.errors import UsageError
from leadctl.intake.batch import Layout
from leadctl.intake.mapping.plan import ACTIVITIES, LEADS
from leadctl.intake.values.activity_rows import FIELDS
from leadctl.intake.values.convert import Values
from leadctl.intake.values.exported import ExportedActivities, ExportedLeads, is_of_activities, plan_for
from leadctl.services.importing.activities import Arriving
from leadctl.services.importing.identity import Known, Match, Person, who_of
from leadctl.services.importing.placing import Placing
from leadctl.services.importing.receiving import Incoming
from leadctl.store import leads
from leadctl.store.database import Operation
from leadctl.store.exports import STORED, database_mark, stored_activities

_NOTE = "an export of leadctl: ids count in the database that they are from, and nothing that leadctl works out is read"


def returning_leads(incoming: Incoming, layout: Layout, operation: Operation) -> Placing:
    """The work on an exported file of leads. Raises UsageError for one of activities."""
    if is_of_activities(layout.header):
        raise UsageError(f"{incoming.file} is an export of activities", hint="--as activities")
    rules, options, connection = incoming.rules, incoming.options, incoming.database.connection
    incoming.database.fit_columns(rules.catalogue, [each.name for each in rules.dimensions])
    chosen = plan_for(layout.header, rules.catalogue.given_fields, options.constants)
    stages = [stage.name for stage in rules.pipeline]
    fields, country = rules.catalogue.fields, incoming.settings.country
    own = database_mark(connection)
    converter = ExportedLeads(chosen, layout.header, fields, incoming.dates(), country, stages, own)
    ledger = incoming.ledger(operation, layout, chosen, LEADS)
    ledger.notes.append(_NOTE)
    work = Returning(connection, rules, converter, ledger, operation, options.on_match, incoming.now, incoming.today)
    work.progress = options.progress
    return work


def returning_activities(incoming: Incoming, layout: Layout, operation: Operation) -> Arriving:
    """The work on an exported file of activities. Raises UsageError for one of leads."""
    if not is_of_activities(layout.header):
        text = f"{incoming.file} is no export of activities that says what was done and when"
        raise UsageError(text, hint="leave --as out")
    chosen = plan_for(layout.header, FIELDS, incoming.options.constants)
    own, types = database_mark(incoming.database.connection), incoming.rules.activities
    country = incoming.settings.country
    converter = ExportedActivities(chosen, layout.header, incoming.dates(), country, types, own)
    ledger = incoming.ledger(operation, layout, chosen, ACTIVITIES)
    ledger.notes.append(_NOTE)
    return ReturningActivities(incoming, converter, ledger, operation)


class Returning(Placing):
    """The work on leads."""

    def take(self, values: Values) -> None:
        values = self.leaving_out.leads(values, who_of(values))
        numbers: list[int | None] = values.columns.pop("id", [None] * values.count)
        there = leads.there(self.connection, {each for each in numbers if each is not None})
        if self.on_match == "new" or not there:
            super().take(values)
            return
        back = [at for at, number in enumerate(numbers) if number in there]
        others = [at for at, number in enumerate(numbers) if number not in there]
        if others:
            super().take(values.part(others))
        self.bring_back(values.part(back), [number for number in numbers if number is not None and number in there])

    def bring_back(self, values: Values, numbers: Sequence[int]) -> None:
        """Rows about the leads with these ids."""
        self.remember_texts(values)
        if "external_id" in values.columns and "id_system" not in values.columns:
            systems = leads.rows_by_id(self.connection, set(numbers), ["id_system"])
            values.columns["id_system"] = [systems[number][0] for number in numbers]
        people = list(map(Person, *who_of(values).values()))
        self.match(values, people, _ByNumber(numbers), sorted(set(numbers)))


class _ByNumber(Known):
    """Each row is about the lead that its id says."""

    def __init__(self, numbers: Iterable[int]) -> None:
        super().__init__()
        self.numbers: Iterator[int] = iter(numbers)

    def find(self, person: Person) -> Match:
        return Match(next(self.numbers), "external_id")  # as sure as by the id of the system that the lead came from


class ReturningActivities(Arriving):
    """The work on activities. One that is as it was is left alone; one that was changed is taken as in any file."""

    back = 0

    def take(self, values: Values) -> None:
        numbers: list[int | None] = values.columns.pop("id", [None] * values.count)
        stored = stored_activities(self.connection, sorted({each for each in numbers if each is not None}))
        same = {
            at for at, number in enumerate(numbers) if number in stored and self._as_it_was(values, at, stored[number])
        }
        self.back += len(same)
        if len(same) < values.count:
            super().take(values.part([at for at in range(values.count) if at not in same]))

    def _as_it_was(self, values: Values, at: int, held: Sequence[Any]) -> bool:
        """Whether a row says of an activity what is stored, as far as it says anything."""
        columns = values.columns
        lead, who = held[0], held[1]
        if lead is None and {"email", "phone", "external_id"} & columns.keys():
            named = any(columns[name][at] is not None for name in ("email", "phone", "external_id") if name in columns)
            if not named or self.whose.stranger(columns, at)[0] != who:
                return False
        said = ((name, columns[name][at]) for name in STORED[2:] if name in columns)
        now = dict(zip(STORED, held, strict=True))
        lead_said = columns["lead"][at] if "lead" in columns else None
        return (lead is None or lead_said in (None, str(lead))) and all(now[name] == value for name, value in said)

    def settle(self, *, own_ids: bool, several: bool) -> None:
        super().settle(own_ids=own_ids, several=several)
        self.ledger.unchanged += self.back
        self.ledger.duplicate -= self.back
