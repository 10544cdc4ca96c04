"""Pairs of leads become one lead each, or are said to be two. Chains (A like B, B like C) are joined only as far as nothing in
them speaks against it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from leadctl.compiler.tree import Rules
from leadctl.errors import UsageError
from leadctl.model.likeness.comparing import AUTOMATIC, Population, compare
from leadctl.model.likeness.traits import Traits
from leadctl.model.report import Column, Record, Report, Unit
from leadctl.services.duplicates.merging import merge_within
from leadctl.services.duplicates.pairs import Leads, Pair, Pairs
from leadctl.store import leads as stored
from leadctl.store import pairs
from leadctl.store.database import Database

_REASONS = 3


@dataclass(frozen=True)
class United:
    """`merged`: the lead that stays -> those that are part of it now. `held_back`: pairs that were certain enough, but would
    have joined leads that cannot be one."""

    operation: int | None
    merged: dict[int, list[int]]
    held_back: Sequence[Pair] = ()

    @property
    def said(self) -> str:
        gone = sum(map(len, self.merged.values()))
        if not gone:
            return "no pair is certain enough to be merged: nothing was changed"
        into = len(self.merged)
        return f"{gone:,} lead{'s are' if gone != 1 else ' is'} part of {into:,} other{'s' if into != 1 else ''} now"

    def as_record(self) -> Record:
        merged = [{"lead": lead, "gone": gone} for lead, gone in sorted(self.merged.items())]
        held = [[pair.lead, pair.other] for pair in self.held_back]
        values = {"operation": self.operation, "merged": merged, "held_back": held}
        return Record("Duplicates", values, {"merged": Unit.JSON, "held_back": Unit.JSON})


@dataclass(frozen=True)
class Told:
    """Two leads that are two people. No operation: that was known."""

    operation: int | None
    leads: tuple[int, int]

    @property
    def said(self) -> str:
        known = "were said to be two already" if self.operation is None else "are two: they are not proposed again"
        return f"leads {self.leads[0]} and {self.leads[1]} {known}"

    def as_record(self) -> Record:
        return Record(
            "Duplicates", {"operation": self.operation, "distinct": list(self.leads)}, {"distinct": Unit.JSON}
        )


def certain(found: Pairs, above: float = AUTOMATIC) -> list[Pair]:
    """The pairs that may be merged without a look at each."""
    return [pair for pair in found.found if pair.can_be_merged and pair.certainty >= above]


def unite(database: Database, rules: Rules, found: Pairs, above: float, *, now: datetime, command: str) -> United:
    """Merges all pairs that are certain enough, the most certain first, as one operation."""
    database.fit_columns(rules.catalogue, [each.name for each in rules.dimensions])
    connection = database.connection
    with database.operation("merge", command, now) as operation:
        wanted = certain(found, above)
        known = Leads(connection, rules.catalogue)
        known.load({lead for pair in wanted for lead in (pair.lead, pair.other)})
        groups = _Groups(known.known, found.population, pairs.distinct(connection))
        held_back = [pair for pair in wanted if not groups.join(pair)]
        merged = {min(group): sorted(group - {min(group)}) for group in groups.all() if len(group) > 1}
        if not merged:
            operation.keep = False
            return United(None, {}, held_back)
        triples = [(lead, gone, groups.why[gone]) for lead, each in merged.items() for gone in each]
        merge_within(connection, rules, operation, triples)
        operation.leads = len(triples) + len(merged)
    return United(operation.id, merged, held_back)


class _Groups:
    """Leads that are one, growing pair by pair."""

    def __init__(self, known: dict[int, Traits], population: Population, distinct: set[tuple[int, int]]) -> None:
        self.known = known
        self.population = replace(
            population, count=lambda kind, value: 1
        )  # what is apart is so however rare values are
        self.distinct = distinct
        self.of: dict[int, set[int]] = {}
        self.why: dict[int, str] = {}

    def join(self, pair: Pair) -> bool:
        """Joins the groups of two leads; false where some of them cannot be one person, or are gone."""
        if pair.lead not in self.known or pair.other not in self.known:
            return False
        mine, other = (self.of.setdefault(lead, {lead}) for lead in (pair.lead, pair.other))
        if mine is other:
            return True
        if any(self._cannot_be_one(a, b, (a, b) == (pair.lead, pair.other)) for a in mine for b in other):
            return False
        text = f"certainty {pair.certainty:.2f}: {'; '.join(pair.reasons[:_REASONS])}"
        for lead in mine | other:
            self.why.setdefault(lead, text)
        mine |= other
        for lead in other:
            self.of[lead] = mine
        return True

    def all(self) -> list[set[int]]:
        return list({id(group): group for group in self.of.values()}.values())

    def _cannot_be_one(self, a: int, b: int, weighed: bool) -> bool:
        if (min(a, b), max(a, b)) in self.distinct:
            return True
        if weighed:
            return False
        likeness = compare(self.known[a], self.known[b], self.population)
        return likeness.apart or likeness.names_differ


def say_distinct(database: Database, lead: int, other: int, *, now: datetime, command: str) -> Told:
    """Notes that two leads are two people. Raises UsageError for a lead and itself."""
    if lead == other:
        raise UsageError(
            "a lead is no other than itself", hint="leadctl duplicates --distinct LEAD LEAD: two different ones"
        )
    both = (min(lead, other), max(lead, other))
    with database.operation("distinct", command, now) as operation:
        if not pairs.say_distinct(database.connection, *both, operation.id):
            operation.keep = False
            return Told(None, both)
        operation.leads = 2
    return Told(operation.id, both)


_SIDE_BY_SIDE = (
    *("name", "email", "phone", "company", "title", "city", "country", "external_id", "source", "stage", "owner"),
    *("captured_at", "extra"),
)


def side_by_side(database: Database, pair: Pair) -> Report:
    """Both leads of a pair, field by field, with a mark where they differ."""
    rows = stored.rows_by_id(database.connection, (pair.lead, pair.other), _SIDE_BY_SIDE)
    one, other = (
        {**dict(zip(_SIDE_BY_SIDE, row, strict=True)), **_rest(row[-1])} for row in (rows[pair.lead], rows[pair.other])
    )
    names = [name for name in {**one, **other} if name != "extra" and (one.get(name) or other.get(name))]
    values = [(name, "" if one.get(name) == other.get(name) else "≠", one.get(name), other.get(name)) for name in names]
    columns = (Column("field"), Column("differs", title=""), Column("one", title=str(pair.lead)))
    title = f"{pair.certainty:.0%} certain"
    return Report(title, (*columns, Column("other", title=str(pair.other))), values, notes=pair.reasons)


def _rest(extra: str | None) -> dict[str, str]:
    """What no field took, as texts."""
    held = json.loads(extra) if extra else {}
    return {
        name: value if isinstance(value, str) else json.dumps(value, ensure_ascii=False) for name, value in held.items()
    }


class Again:
    """Pairs that were found before some of their leads became part of others."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.into: dict[int, int] = {}

    def merged(self, pair: Pair) -> None:
        self.into[pair.other] = pair.lead

    def as_it_is_now(self, pair: Pair) -> Pair | None:
        """The pair of the leads that these are part of now; None where that is one, where one is gone, or where somebody has
        said meanwhile that they are two."""
        lead, other = sorted((self._now(pair.lead), self._now(pair.other)))
        connection = self.database.connection
        if (
            lead == other
            or len(stored.there(connection, (lead, other))) < 2
            or (lead, other) in pairs.distinct(connection)
        ):
            return None
        return replace(pair, lead=lead, other=other)

    def _now(self, lead: int) -> int:
        while lead in self.into:
            lead = self.into[lead]
        return lead
