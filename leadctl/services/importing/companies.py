"""Import of companies: a row each, known by its domain or, without one, by its name. Then their leads are filled.

A later file updates what it gives; within one file the first row about a company wins, later ones fill what is empty.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from leadctl.errors import Place, UsageError
from leadctl.intake.batch import BadRow, Layout, Reading
from leadctl.intake.mapping.columns import plan
from leadctl.intake.mapping.plan import Plan
from leadctl.intake.rejects import RejectFile
from leadctl.intake.values.company_rows import FIELDS, CompanyConverter
from leadctl.intake.values.convert import Values
from leadctl.intake.values.fact_rows import complete
from leadctl.services.enriching.facts import said
from leadctl.services.importing.leaving_out import TextsLeftOut
from leadctl.services.importing.ledger import Ledger
from leadctl.services.importing.receiving import ImportOptions, Incoming, account
from leadctl.store import known_companies
from leadctl.store.database import Database, Operation
from leadctl.store.enrichment import Filled

_SHOWN = 5


def companies_of(incoming: Incoming, layout: Layout) -> Callable[[Operation], Companies]:
    """What makes the work on a file of companies. Raises UsageError for one that names none."""
    chosen = complete(plan(layout.header, FIELDS, None, incoming.options.columns, {}, incoming.file))
    _refuse_nameless(chosen, layout, incoming.file)
    converter = CompanyConverter(chosen, layout.header, incoming.dates())

    def begin(operation: Operation) -> Companies:
        ledger = incoming.ledger(operation, layout, chosen, "companies")
        left_out = TextsLeftOut(incoming.database.connection, incoming.settings.country)
        return Companies(incoming.database, converter, ledger, operation, incoming.options, left_out)

    return begin


def _refuse_nameless(chosen: Plan, layout: Layout, file: str) -> None:
    if not chosen.origins.keys() & {"name", "domain"}:
        hint = f"--map-column 'HEADER=name' says which; there are: {', '.join(layout.header)[:200]}"
        raise UsageError("no column was recognised that names a company", place=Place(file), hint=hint)


class Companies:
    """The work on one file of companies within its transaction."""

    def __init__(
        self,
        database: Database,
        converter: CompanyConverter,
        ledger: Ledger,
        operation: Operation,
        options: ImportOptions,
        left_out: TextsLeftOut,
    ) -> None:
        self.connection = database.connection
        self.converter = converter
        self.ledger = ledger
        self.operation = operation
        self.progress = options.progress
        self.left_out = left_out
        self.by_domain: dict[str, int] = {}
        self.by_key: dict[str, dict[int, str | None]] = {}  # name as it is compared -> company -> its domain
        self.brought: dict[int, int] = {}  # company -> the line that told of it first
        self.written: set[int] = set()
        self.filled = Filled(0, 0, 0, 0, 0)
        for company, key, domain in known_companies.keys(self.connection):
            self._learn(company, key, domain)

    def run(self, reading: Reading, rejects: RejectFile) -> None:
        for batch in reading.batches():
            values = self.converter.convert(batch)
            account(self.ledger, values, rejects)
            self.take(values, rejects)
            if self.progress is not None:
                self.progress(self.ledger.read)
        self.filled = known_companies.fill_leads(self.connection, self.operation.id, self.brought.items())

    def take(self, values: Values, rejects: RejectFile) -> None:
        for line, extra, *row in zip(values.lines, values.extra, *values.columns.values(), strict=True):
            given = dict(zip(values.columns, row, strict=True))
            given["extra"] = self.left_out.extra(extra)
            candidates = self._candidates(given["key"], given["domain"])
            if len(candidates) > 1:
                self._refuse(line, given, candidates, rejects)
            elif candidates:
                self._change(candidates[0], line, given)
            else:
                company = known_companies.insert(self.connection, given, line, self.operation.id)
                self._learn(company, given["key"], given["domain"])
                self.brought[company] = line
                self.written.add(company)
                self.ledger.created += 1

    def _candidates(self, key: str, domain: str | None) -> list[int]:
        """The companies that a row may be about."""
        called = self.by_key.get(key, {})
        without = [company for company, its in called.items() if its is None]
        if domain is None:
            return without or list(called)
        return [self.by_domain[domain]] if domain in self.by_domain else without

    def _refuse(self, line: int, given: Mapping[str, Any], candidates: list[int], rejects: RejectFile) -> None:
        domains = sorted(filter(None, (self.by_key[given["key"]][each] for each in candidates)))
        listed = ", ".join(domains[:_SHOWN]) + (", …" if len(domains) > _SHOWN else "")
        reason = f"{len(candidates)} companies are called '{given['name'][:60]}' ({listed}): say its domain"
        bad = BadRow(line, None, None, reason, self._texts(given))
        self.ledger.rejected += 1
        self.ledger.rejects.append(bad)
        rejects.add(bad)

    def _texts(self, given: Mapping[str, Any]) -> list[str]:
        """The row again as texts under the file's header, to be mended."""
        extra = json.loads(given["extra"]) if given["extra"] else {}
        found = []
        for header, field in self.converter.plan.columns.items():
            value = given.get(field) if field is not None else extra.get(header)
            found.append("" if value is None else f"{value:.15g}" if isinstance(value, float) else str(value))
        return found

    def _change(self, company: int, line: int, given: dict[str, Any]) -> None:
        """Brings what a row says into a company that is there."""
        held = known_companies.row(self.connection, company)
        again = company in self.brought
        differs = {
            name: value
            for name, value in given.items()
            if name not in ("extra", "key") and value is not None and value != held[name]
        }
        changes = {name: value for name, value in differs.items() if held[name] is None or not again}
        also = {name: value for name, value in differs.items() if name not in changes}
        if "name" in changes and given["name"] == given["domain"]:  # the row says no name
            changes.pop("name")
        if "name" in changes:
            changes["key"] = given["key"]
        extra = _merged(held["extra"], given["extra"], also, again=again)
        if extra != held["extra"]:
            changes["extra"] = extra
        if changes:
            known_companies.update(self.connection, company, changes)
            self._forget(company, held["key"])
            after = {**held, **changes}
            self._learn(company, after["key"], after["domain"])
        if company in self.written:
            self.ledger.duplicate += 1
        elif changes:
            self.ledger.updated += 1
            self.written.add(company)
        else:
            self.ledger.unchanged += 1
        self.brought.setdefault(company, line)

    def _learn(self, company: int, key: str, domain: str | None) -> None:
        self.by_key.setdefault(key, {})[company] = domain
        if domain is not None:
            self.by_domain[domain] = company

    def _forget(self, company: int, key: str) -> None:
        self.by_key[key].pop(company)

    @property
    def concerned(self) -> int:
        return self.filled.leads

    def notes(self) -> Iterator[str]:
        """What a person should know of the file, beside the figures."""
        yield from self.left_out.notes()
        providers = sorted(self.converter.providers)
        if providers:
            listed = ", ".join(providers[:_SHOWN]) + (", …" if len(providers) > _SHOWN else "")
            yield f"domains of mail providers are nobody's company and were left out: {listed}"
        yield f"what was empty in their leads: {said(self.filled)}"


def _merged(held: str | None, given: str | None, also: Mapping[str, Any], *, again: bool) -> str | None:
    """`extra` with what a row adds; what a second row of the file says differently is kept under `also`."""
    before = json.loads(held) if held else {}
    new = json.loads(given) if given else {}
    also = {**also, **{name: text for name, text in new.items() if again and before.get(name, text) != text}}
    merged = {**new, **before} if again else {**before, **new}
    if also:
        kept = dict(before["also"]) if isinstance(before.get("also"), dict) else {}
        for name, value in also.items():
            others = kept.get(name, [])
            kept[name] = others if value in others else [*others, value]
        merged["also"] = kept
    return held if merged == before else json.dumps(merged, ensure_ascii=False, separators=(",", ":"))
