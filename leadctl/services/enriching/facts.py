"""Enrich: facts about leads from a file, or from the companies that are known. What is there stays, unless asked otherwise.

Rows find their leads by one key: an id, an e-mail, a phone number, the domain or the name of the company. A row about a
company is about all of its leads.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from leadctl.compiler.catalogue import BUILT_IN, Field
from leadctl.compiler.findings import nearest
from leadctl.compiler.tree import Rules
from leadctl.errors import Place, UsageError
from leadctl.intake.ahead import ahead
from leadctl.intake.batch import Reading
from leadctl.intake.mapping.columns import plan
from leadctl.intake.mapping.plan import Plan
from leadctl.intake.rejects import RejectFile
from leadctl.intake.values.convert import Values
from leadctl.intake.values.fact_rows import KEYS, FactConverter, complete, facts
from leadctl.model.report import Record, Unit
from leadctl.services.importing.filling import FOLLOWS
from leadctl.services.importing.leaving_out import LeavingOut
from leadctl.services.importing.ledger import Ledger
from leadctl.services.importing.placing import LARGE_FILE
from leadctl.services.importing.receiving import ImportOptions, Incoming, account
from leadctl.store import enrichment, known_companies, leads
from leadctl.store.activities import adopt
from leadctl.store.database import Database, Operation
from leadctl.store.enrichment import Filled
from leadctl.store.mail_lists import keep_mail_lists
from leadctl.store.privacy.consent import keep_consent


def enrich_from_file(incoming: Incoming, by: str | None = None, *, overwrite: bool = False) -> Ledger:
    """Fills leads from one file. `by` names the key that finds them (None: the surest that has a column). Raises UsageError
    for a file that cannot be read, or that says of nobody who it is."""
    database, rules, options = incoming.database, incoming.rules, incoming.options
    database.fit_columns(rules.catalogue, [each.name for each in rules.dimensions])
    with incoming.open() as reading:
        layout = reading.layout
        key, others = _key(layout.header, by, options.columns, incoming.file)
        fields = [key, *facts(rules.catalogue.given_fields, key.name)]
        chosen = complete(plan(layout.header, fields, None, options.columns, {}, incoming.file))
        country, names = incoming.settings.country, rules.catalogue.fields
        converter = FactConverter(chosen, layout.header, names, incoming.dates(), country, key.name)

        def begin(operation: Operation) -> Enriching:
            ledger = incoming.ledger(operation, layout, chosen, "facts")
            ledger.notes.append(_found_by(chosen, key.name, others))
            work = Enriching(database.connection, rules, key.name, ledger, operation, overwrite=overwrite)
            work.converter, work.options = converter, options
            return work

        return incoming.carry_out(reading, begin, kind="enrich")


def _key(header: tuple[str, ...], by: str | None, by_hand: Mapping[str, str], file: str) -> tuple[Field, list[str]]:
    """The key that finds the leads, and the others that could."""

    def has(field: Field) -> bool:
        return field.name in by_hand.values() or bool(plan(header, [field], None, {}, {}, file).origins)

    if by is not None and by not in KEYS:
        raise UsageError(f"--by cannot be '{by}'", hint=nearest(by, KEYS))
    there = [name for name, field in KEYS.items() if has(field)]
    if by == "domain" and by not in there:  # the address of a site names its domain
        website = BUILT_IN["website"]
        field = KEYS[by]._replace(aliases=(website.name, *website.aliases, "url"))
        if has(field):
            return field, there
    chosen = by or next(iter(there), None)
    if chosen is None or chosen not in there:
        wanted = f"holds {chosen}s" if chosen is not None else f"says who a row is about ({', '.join(KEYS)})"
        hint = f"--map-column 'HEADER={chosen or 'domain'}' says which; there are: {', '.join(header)[:200]}"
        raise UsageError(f"no column was recognised that {wanted}", place=Place(file), hint=hint)
    if chosen == "id":  # the same column, read otherwise
        there = [name for name in there if name != "external_id" or has(_without_id(KEYS[name]))]
    return KEYS[chosen], [name for name in there if name != chosen]


def _without_id(field: Field) -> Field:
    return field._replace(aliases=tuple(alias for alias in field.aliases if alias != "id"))


def _found_by(chosen: Plan, by: str, others: list[str]) -> str:
    column = chosen.origins[by].columns[0]
    whose = ", the numbers that leadctl gives" if by == "id" else ""
    instead = f"; --by {others[0]} takes another column" if others else ""
    return f"leads are found by {by}{whose} (column '{column[:60]}'){instead}"


class Enriching:
    """The work on rows of facts within its transaction."""

    def __init__(
        self,
        connection: sqlite3.Connection,
        rules: Rules,
        by: str,
        ledger: Ledger,
        operation: Operation,
        *,
        overwrite: bool,
    ) -> None:
        self.connection = connection
        self.lists = rules.lists
        self.by = by
        self.ledger = ledger
        self.operation = operation
        self.overwrite = overwrite
        self.columns: dict[str, bool] = {}  # of the waiting facts, and whether anything stands in them
        self.filled = Filled(0, 0, 0, 0, 0)
        self.adopted = 0
        self.converter: FactConverter | None = None
        self.options = ImportOptions()
        self.leaving_out: LeavingOut | None = None

    def run(self, reading: Reading, rejects: RejectFile) -> None:
        converter = self.converter
        assert converter is not None

        def converted() -> Iterator[Values]:
            for batch in reading.batches():
                yield converter.convert(batch)

        plan, header, country = converter.plan, converter.header, converter.country
        self.leaving_out = LeavingOut(self.connection, self.ledger, plan, header, country)
        for values in ahead(converted, large=reading.size > LARGE_FILE):
            self.leaving_out.refused(values)
            account(self.ledger, values, rejects)
            self.take(values)
            if self.options.progress is not None:
                self.options.progress(self.ledger.read)
        self.settle()

    def take(self, values: Values, *, lines: bool = True) -> None:
        """Rows that wait until all are there. `lines`: they stand in a file, and are noted with what they change."""
        held: dict[str, list[Any]] = {name: each for name, each in values.columns.items() if name != self.by}
        held["extra"] = list(values.extra)
        if not self.columns:
            self.columns = dict.fromkeys(held, False)
            enrichment.open_facts(self.connection, list(held))
        for name, column in held.items():
            self.columns[name] = self.columns[name] or any(each is not None for each in column)
        rows = zip(
            values.lines if lines else [None] * values.count, values.columns[self.by], *held.values(), strict=True
        )
        enrichment.put(self.connection, ["line", "key", *held], rows)

    def settle(self) -> None:
        """Finds the leads of all rows, and fills them."""
        ledger, connection = self.ledger, self.connection
        if self.columns:
            enrichment.find(connection, self.by)
            filling = [name for name, filled in self.columns.items() if filled]
            self.filled = enrichment.fill(
                connection,
                self.operation.id,
                filling,
                FOLLOWS,
                overwrite=self.overwrite,
            )
            enrichment.close_facts(connection)
        ledger.updated, ledger.duplicate = self.filled.rows, self.filled.again
        ledger.unchanged = ledger.read - ledger.blank - ledger.rejected - ledger.updated - ledger.duplicate
        if self.filled.leads:
            keep_mail_lists(connection, self.lists, new_leads=True)
            self.adopted = adopt(connection, self.operation.id, leads.last_id(connection) + 1)
            keep_consent(connection, self.operation.id, changed=self.adopted > 0)  # also who got an address that is out

    @property
    def concerned(self) -> int:
        return self.filled.leads

    def notes(self) -> Iterator[str]:
        """What a person should know of the rows, beside the figures."""
        if self.leaving_out is not None:
            yield from self.leaving_out.notes()
        if self.filled.nobody:
            why = " (domains of free and disposable mail are nobody's company)" if self.by == "domain" else ""
            yield f"{_many(self.filled.nobody, 'row')} found no lead: counted as unchanged{why}"
        yield said(self.filled, self.overwrite)
        if self.adopted:
            yield f"{_many(self.adopted, 'activity', 'activities')} of people who were no leads are known to be theirs now"


def said(filled: Filled, overwrite: bool = False) -> str:
    """What was filled, in a sentence."""
    what = "set" if overwrite else "filled"
    return f"{_many(filled.values, 'value')} of {_many(filled.leads, 'lead')} {what}"


def _many(count: int, one: str, more: str | None = None) -> str:
    return f"{count:,} {one if count == 1 else more or one + 's'}"


@dataclass(frozen=True)
class CompaniesFilled:
    """What the known companies have given to their leads. No operation: a dry run, or there was nothing to fill."""

    operation: int | None
    companies: int
    used: int
    leads: int
    values: int
    dry_run: bool

    def as_record(self) -> Record:
        names = ("operation", "companies", "used", "leads", "values")
        return Record("Enrich", {name: getattr(self, name) for name in names}, dict.fromkeys(names, Unit.COUNT))


def enrich_from_companies(database: Database, *, now: datetime, command: str, dry_run: bool = False) -> CompaniesFilled:
    """Fills what is empty in leads from the companies that are known."""
    connection = database.connection
    with database.operation("enrich", command, now, dry_run=dry_run) as operation:
        known = known_companies.count(connection)
        filled = known_companies.fill_leads(connection, operation.id)
        operation.leads = filled.leads
        operation.keep = operation.keep and bool(filled.leads)
    return CompaniesFilled(
        operation.id if operation.keep else None, known, filled.rows, filled.leads, filled.values, dry_run
    )
