"""Explain: every point of a lead's score. The same compiled conditions as the scoring's, run for one lead; every clamp is
a part of its own, so the parts always add up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from leadctl.compiler.fragment import Sql, joined
from leadctl.compiler.rulebook import meaning_hash
from leadctl.compiler.sql import ConditionSql, fields_by_wording, rule_conditions
from leadctl.compiler.tree import Dimension, Marks, Rule, Rules
from leadctl.compiler.wording import because
from leadctl.config import Settings
from leadctl.model.report import Column, Record, Report, Unit
from leadctl.store import scores
from leadctl.store.database import Database, ready_to_compare

_AT_ONCE = 400  # rules asked about in one query; SQLite allows 2,000 columns


@dataclass(frozen=True)
class Part:
    rule: str
    points: int
    because: str


@dataclass(frozen=True)
class Explanation:
    """A lead's score as of `today`; `stored` is the total that the last scoring wrote (None: never scored)."""

    lead: int
    name: str | None
    today: str
    rules: str
    dimensions: Mapping[str, tuple[Part, ...]]
    grade: str | None
    stored: int | None

    def score(self, dimension: str) -> int:
        return sum(part.points for part in self.dimensions[dimension])

    @property
    def total(self) -> int:
        return sum(self.score(name) for name in self.dimensions)


def explain_lead(database: Database, settings: Settings, rules: Rules, lead: int, *, today: date) -> Explanation:
    """Every point of one lead's score by the rules in force."""
    database.fit_columns(rules.catalogue, [each.name for each in rules.dimensions])
    connection = database.connection
    ready_to_compare(connection, fields_by_wording(rule_conditions(rules), rules))
    cursor = connection.execute("SELECT * FROM lead WHERE id = ?", (lead,))
    facts = dict(zip((each[0] for each in cursor.description), cursor.fetchone(), strict=True))
    holds = _what_holds(database, ConditionSql(rules, today, settings.zone), rules, lead)
    dimensions = {each.name: _parts(each, holds, facts, rules) for each in rules.dimensions}
    stored = scores.of_lead(connection, lead)
    sums = {name: sum(part.points for part in parts) for name, parts in dimensions.items()}
    grade = "".join(_mark(marks, sums) for marks in (rules.letter, rules.number) if marks is not None) or None
    return Explanation(
        lead,
        facts["name"],
        today.isoformat(),
        meaning_hash(rules),
        dimensions,
        grade,
        stored["total"] if stored else None,
    )


def _mark(marks: Marks, sums: Mapping[str, int]) -> str:
    return next((name for name, least in marks.marks if sums[marks.of] >= least), "")


def _what_holds(database: Database, conditions: ConditionSql, rules: Rules, lead: int) -> dict[str, bool]:
    """Rule id -> whether its condition holds for the lead."""
    found = [rule for dimension in rules.dimensions for group in dimension.groups for rule in group.rules]
    holds: dict[str, bool] = {}
    for start in range(0, len(found), _AT_ONCE):
        some = found[start : start + _AT_ONCE]
        select = joined(", ", ("CASE WHEN " + conditions.holds(rule.when) + " THEN 1 ELSE 0 END" for rule in some))
        query = "SELECT " + select + Sql(" FROM lead WHERE id = ?", (lead,))
        row = database.connection.execute(query.text, query.values).fetchone()
        holds.update({rule.id: bool(value) for rule, value in zip(some, row, strict=True)})
    return holds


def _parts(dimension: Dimension, holds: Mapping[str, bool], facts: Mapping[str, Any], rules: Rules) -> tuple[Part, ...]:
    parts: list[Part] = []
    total = 0
    for group in dimension.groups:
        matched: list[Rule] = [rule for rule in group.rules if holds[rule.id]]
        if group.pick_first:
            matched = matched[:1]
        parts += [Part(rule.id, rule.points, because(rule.when, facts, rules)) for rule in matched]
        points = sum(rule.points for rule in matched)
        if group.most is not None and points > group.most:
            parts.append(Part(f"{group.name} cap", group.most - points, f"the group never adds more than {group.most}"))
            points = group.most
        total += points
    within = max(dimension.lowest, min(dimension.highest, total))
    if within != total:
        why = f"the range is {dimension.lowest} to {dimension.highest}"
        parts.append(Part("range", within - total, why))
    return tuple(parts)


def explanation_record(found: Explanation) -> Record:
    """For programs."""
    dimensions = {
        name: {"score": found.score(name), "parts": [vars(part) for part in parts]}
        for name, parts in found.dimensions.items()
    }
    values = {
        "lead": found.lead,
        "today": found.today,
        "rules": found.rules,
        "total": found.total,
        "dimensions": dimensions,
    }
    return Record("Explanation", values, {"dimensions": Unit.JSON})


def explanation_report(found: Explanation) -> Report:
    """For people: a row a point, a sum under each dimension."""
    rows: list[list[Any]] = []
    for name, parts in found.dimensions.items():
        rows += [[name, part.rule, part.points, part.because] for part in parts]
        rows.append([name, "=", found.score(name), ""])
    notes = [
        f"as of {found.today}, rules {found.rules}, total {found.total}"
        + (f", grade {found.grade}" if found.grade else "")
    ]
    if found.stored is None:
        notes.append("not scored yet: leadctl score")
    elif found.stored != found.total:
        notes.append(
            f"the last scoring wrote {found.stored}: something has changed since; leadctl score brings it up to date"
        )
    columns = (Column("dimension"), Column("rule"), Column("points", Unit.COUNT), Column("because", whole=True))
    return Report(
        f"Why lead {found.lead}{f' ({found.name})' if found.name else ''} has {found.total} points",
        columns,
        rows,
        tuple(notes),
    )
