"""Pairs of leads that may be one person: found by keys that they share, weighed by likeness, merged or said to be two."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import islice

from leadctl.compiler.catalogue import Catalogue
from leadctl.compiler.fragment import Sql
from leadctl.model.likeness.comparing import AUTOMATIC, REVIEW, Likeness, Population, compare, levels_of
from leadctl.model.likeness.facts import Column as FactColumn
from leadctl.model.likeness.facts import Kind, kind_of
from leadctl.model.likeness.traits import STORED, Traits, details_of, fact_key, keys_of, said_by, traits_of
from leadctl.model.report import Column, Report, Unit
from leadctl.store import pairs
from leadctl.store.database import Database
from leadctl.store.leads import rows_by_id

AT_ONCE = 20_000  # leads or pairs
REMEMBERED = 100_000  # leads
SAMPLE = 2000  # values of a field
FEWEST_TO_LEARN = 500  # leads
TO_LEARN = 20_000  # pairs
SURE = 0.98
COMPANY = 1  # the number of its field, beside those of facts
FEWEST_COLLEAGUES, MOST_COLLEAGUES = 0.3, 3.0
MOST_SAME = 1.0
# Fields that say what was done with a lead, and nothing of who it is.
_NOT_THE_PERSON = frozenset(("decision_maker", "buying_role", "opted", "opted_at"))

Progress = Callable[[int], None] | None


@dataclass(frozen=True)
class Pair:
    """Two leads, the lower id first. `rule`: `same` (a key is shared), `automatic`, `review`,
    `flagged` (by an import, and less certain than what else is reviewed)."""

    lead: int
    other: int
    certainty: float
    reasons: tuple[str, ...]
    rule: str

    @property
    def can_be_merged(self) -> bool:
        """Whether nobody has to look first, certainty allowing."""
        return self.rule in ("same", "automatic")


@dataclass(frozen=True)
class Pairs:
    """All pairs found, most certain first; what was left out, in words; and the leads among which they were found."""

    found: Sequence[Pair]
    left_out: tuple[str, ...]
    population: Population

    def report(self, limit: int | None = None) -> Report:
        columns = (
            Column("leads", Unit.JSON),
            Column("certainty", Unit.NUMBER),
            Column("reasons", Unit.JSON, whole=True),
            Column("rule"),
        )
        rows = [([each.lead, each.other], each.certainty, list(each.reasons), each.rule) for each in self.found[:limit]]
        return Report("Duplicates", columns, rows, total=len(self.found) if limit is not None else None)

    def listing(self, database: Database, limit: int | None = None) -> Report:
        """The same for reading: with names, and reasons in short."""
        shown = self.found[:limit]
        named = names_of(database, {lead for pair in shown for lead in (pair.lead, pair.other)})
        columns = (
            *(Column("lead"), Column("other"), Column("certainty", Unit.PERCENT), Column("rule")),
            Column("reasons", whole=True),
        )
        rows = [
            (
                *(f"{lead} {named[lead]}" for lead in (each.lead, each.other)),
                *(each.certainty, each.rule),
                "; ".join(why.partition(":")[0] for why in each.reasons),
            )
            for each in shown
        ]
        return Report("Duplicates", columns, rows, total=len(self.found) if limit is not None else None)


def names_of(database: Database, ids: Iterable[int]) -> dict[int, str]:
    """What a person calls these leads by."""
    rows = rows_by_id(database.connection, ids, ("name", "company", "email", "phone"))
    return {lead: next((each for each in values if each), "") for lead, values in rows.items()}


def find_pairs(
    database: Database,
    catalogue: Catalogue,
    *,
    above: float | None = None,
    condition: Sql | None = None,
    reading: Progress = None,
    comparing: Progress = None,
) -> Pairs:
    """The pairs that are at least so certain; without `above` those to be reviewed, and all that an import flagged. Pairs that a
    person said are two are left out. With a condition: those of which one lead fits or both."""
    connection = database.connection
    connection.execute("BEGIN")  # one state, however long it takes
    try:
        leads = Leads(connection, catalogue)
        pairs.prepare(connection)
        population, made = leads.survey(reading)
        population = _learned(leads, population)
        found = list(_weighed(leads, population, above, condition, comparing))
    finally:
        connection.rollback()
        pairs.forget(connection)
    found.sort(key=lambda pair: (-pair.certainty, pair.lead, pair.other))
    return Pairs(found, _left_out(made), population)


def _learned(leads: Leads, population: Population) -> Population:
    """What pairs that are surely one person's tell of this data: how often a fact of theirs differs, and how many there are."""
    if population.leads < FEWEST_TO_LEARN:
        return population
    seen = {key: [0, 0, 0] for key in population.kinds}
    asked = sure = 0
    for chunk in pairs.sample(leads.connection, TO_LEARN):
        leads.load({lead for pair in chunk for lead in pair})
        for pair in chunk:
            asked += 1
            one, other = (leads.known[lead] for lead in pair)
            if compare(one, other, population, SURE).certainty >= SURE:
                sure += 1
                for key, level in levels_of(one, other, population):
                    seen[key][level] += 1
    kinds = {key: kind.learned(seen[key]) for key, kind in population.kinds.items()}
    each = sure / max(1, asked) * pairs.how_many_candidates(leads.connection) / population.leads
    return replace(population, kinds=kinds, same=min(max(population.same, each), MOST_SAME))


def _weighed(
    leads: Leads, population: Population, above: float | None, condition: Sql | None, progress: Progress
) -> Iterator[Pair]:
    doubts = pairs.doubts(leads.connection)
    least = REVIEW if above is None else above
    done = 0
    for chunk in pairs.candidates(leads.connection, condition, AT_ONCE):
        leads.load({lead for pair in chunk for lead in pair})
        for pair in chunk:
            doubt = doubts.get(pair)
            asked_for = least if doubt is None or above is not None else 0.0
            likeness = compare(leads.known[pair[0]], leads.known[pair[1]], population, asked_for)
            if likeness.certainty >= asked_for:
                yield pair_of(*pair, likeness, doubt)
        done += len(chunk)
        if progress is not None:
            progress(done)


def pair_of(lead: int, other: int, likeness: Likeness, doubt: str | None) -> Pair:
    """By which rule a pair is proposed. A shared key tells that it is the same one, unless the evidence tells otherwise."""
    certain = likeness.certainty
    same = likeness.shared is not None and certain >= REVIEW and not likeness.apart
    rule = "same" if same else "automatic" if certain >= AUTOMATIC else "review"
    if doubt and certain < REVIEW:
        rule = "flagged"
    flagged = (f"flagged at import: {doubt}",) if doubt else ()
    return Pair(lead, other, certain, (*likeness.reasons, *flagged), rule)


class Leads:
    """The leads as they are compared; as many of them remembered as serve."""

    def __init__(self, connection: sqlite3.Connection, catalogue: Catalogue) -> None:
        self.connection = connection
        there = {row[1] for row in connection.execute("PRAGMA table_info(lead)")}
        self.own = [
            each.name for each in catalogue.custom_fields if each.name in there and each.name not in _NOT_THE_PERSON
        ]
        self.known: dict[int, Traits] = {}

    def load(self, wanted: set[int]) -> None:
        """Sees to it that these are in `known`."""
        if len(self.known) + len(wanted) > REMEMBERED:
            self.known = {lead: self.known[lead] for lead in islice(wanted & self.known.keys(), REMEMBERED)}
        missing = wanted - self.known.keys()
        if missing:
            for row, own, contacts in pairs.by_id(self.connection, STORED, self.own, sorted(missing)):
                self.known[row[0]] = traits_of(row, own, contacts)

    def survey(self, progress: Progress = None) -> tuple[Population, pairs.LeftOut | None]:
        """Looks at every lead once: what is said how often, and which pairs share a key."""
        connection = self.connection
        number = pairs.how_many(connection)
        fields: dict[str, int] = {}
        samples: dict[str, list[str]] = {}
        step = max(1, number // SAMPLE)
        low, high = pairs.ids(connection)
        done = 0
        if number <= pairs.MOST_IN_BLOCK:
            pairs.compare_all(connection)
        for start in range(low, high + 1, AT_ONCE):
            keys: list[tuple[int, int]] = []
            details: list[tuple[int, int]] = []
            facts: list[tuple[int, int, int]] = []
            said: list[tuple[int, int]] = []
            for row, own, contacts in pairs.between(connection, STORED, self.own, start, start + AT_ONCE - 1):
                traits = traits_of(row, own, contacts)
                lead = traits.lead
                keys += [(key, lead) for key in keys_of(traits)]
                details += [(key, lead) for key in details_of(traits)]
                for key, value in traits.facts.items():
                    field = fields.setdefault(key, len(fields) + 2)
                    facts.append((field, fact_key(key, value), lead))
                    said.append((field, _mark(f"fact {key}", value)))
                    if done % step == 0:
                        samples.setdefault(key, []).append(value)
                said += [(kind == "company", _mark(kind, value)) for kind, value in said_by(traits)]
                done += 1
            pairs.add(connection, keys, details, facts, said)
            if progress is not None:
                progress(done)
        columns = pairs.columns_said(connection)
        kinds = {name: kind_of(FactColumn(name, *columns[at], samples.get(name, []))) for name, at in fields.items()}
        useful = {name: kind for name, kind in kinds.items() if kind is not None}
        pairs.count_said(connection)
        own_fields = [fields[name] for name, kind in useful.items() if kind.own]
        shared_fields = [fields[name] for name, kind in useful.items() if not kind.own]
        made = pairs.find_candidates(connection, own_fields, shared_fields, number)
        together = columns[COMPANY][3] - 1 if COMPANY in columns else MOST_COLLEAGUES
        return self.population(number, useful, min(max(together, FEWEST_COLLEAGUES), MOST_COLLEAGUES)), made

    def population(self, number: int, kinds: Mapping[str, Kind], colleagues: float) -> Population:
        connection = self.connection

        @lru_cache(maxsize=200_000)
        def count(kind: str, value: str) -> int:
            return pairs.count(connection, _mark(kind, value))

        return Population(number, count, kinds, colleagues=colleagues)


def _mark(kind: str, value: str) -> int:
    """The number that stands for a value, in this run of the program only."""
    return hash((kind, value)) & 0x3FFF_FFFF_FFFF_FFFF


def _left_out(made: pairs.LeftOut | None) -> tuple[str, ...]:
    if made is None:
        return ()
    return (
        f"{made.leads:,} leads share a name, a number or an address with more than {pairs.MOST_IN_BLOCK} others (the most: "
        f"{made.most:,}) and nothing else with few of them: these were not compared with each other",
    )
