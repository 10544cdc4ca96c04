"""Explain: every point of a lead's score, today or on any past day. The same compiled conditions as the scoring's, run for one
lead; every limit is a part of its own, so the parts always add up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from leadctl.compiler.fading import WHOLE, weight
from leadctl.compiler.fragment import Sql
from leadctl.compiler.parts import Part, grade, parts
from leadctl.compiler.rulebook import meaning_hash
from leadctl.compiler.score_sql import RULES_AT_ONCE, Scoring
from leadctl.compiler.sql import ConditionSql, leaves_of, score_conditions, texts_compared
from leadctl.compiler.tree import Did, Rule, Rules
from leadctl.compiler.wording import because
from leadctl.config import Settings
from leadctl.model.dates import utc_bounds
from leadctl.model.derived import derived_facts
from leadctl.model.report import Column, Record, Report, Unit
from leadctl.services.rules.versions import rules_that_ran
from leadctl.store import apart, scores
from leadctl.store.database import Database

_SHOWN_DAYS = 3


@dataclass(frozen=True)
class ExplainedPart:
    """Points by a rule or taken by a limit, and why."""

    rule: str
    points: int
    because: str


@dataclass(frozen=True)
class Explanation:
    """A lead's score as of `today`; `stored` is the total that was written for that day (None: never scored)."""

    lead: int
    name: str | None
    today: str
    rules: str
    dimensions: Mapping[str, tuple[ExplainedPart, ...]]
    grade: str | None
    stored: int | None
    notes: tuple[str, ...] = ()

    def score(self, dimension: str) -> int:
        return sum(part.points for part in self.dimensions[dimension])

    @property
    def total(self) -> int:
        return sum(self.score(name) for name in self.dimensions)


@dataclass(frozen=True)
class Moment:
    """What a day's score is worked out from: the fields as they were `after` an operation (None: now), the activities known
    then or, of a day on which nothing was scored, those known now; the rules and the zone. `seen`: the last change that the
    scoring of that day had seen."""

    today: date
    rules: Rules
    zone: ZoneInfo
    after: int | None = None
    scored_then: bool = False
    seen: int | None = None
    note: str | None = None


def explain_lead(
    database: Database, settings: Settings, rules: Rules, lead: int, *, today: date, as_of: date | None = None
) -> Explanation:
    """Every point of one lead's score by the rules in force; or on another day: as it was scored then, by the rules of that
    scoring, to the last point. A day on which the lead was not scored is worked out from its facts and the rules in force."""
    moment = Moment(today, rules, settings.zone)
    if as_of is not None and as_of != today:
        moment = _moment(database, settings, rules, lead, as_of, today)
    rules = moment.rules
    database.fit_columns(rules.catalogue, [each.name for each in rules.dimensions])
    connection = database.connection
    keys = texts_compared(score_conditions(rules), rules)
    with apart.set_apart(connection, lead, keys, moment.after, seen=moment.seen, activities_too=moment.scored_then):
        apart.count_days(connection, moment.zone)
        facts = _facts(database, moment)
        found = values_of(database, rules, moment.today, moment.zone, "SELECT id FROM lead")[lead]
        dimensions = {
            dimension.name: tuple(
                ExplainedPart(part.name, part.points, _why(database, part, facts, moment))
                for part in parts(dimension, found)
            )
            for dimension in rules.dimensions
        }
    sums = {name: sum(part.points for part in own) for name, own in dimensions.items()}
    stored = scores.total_of(connection, lead, moment.after)
    notes: tuple[str, ...] = (moment.note,) if moment.note else ()
    if moment.scored_then and stored is not None and stored != sum(sums.values()):
        notes += (
            f"that scoring wrote {stored}: some of what it counted has been taken back since (leadctl operations)",
        )
    ruleset = meaning_hash(rules)
    return Explanation(
        lead, facts["name"], moment.today.isoformat(), ruleset, dimensions, grade(rules, sums), stored, notes
    )


def _moment(database: Database, settings: Settings, rules: Rules, lead: int, day: date, today: date) -> Moment:
    if day > today:
        return Moment(day, rules, settings.zone, note="as it will be if nothing is added")
    run = scores.run_of_day(database.connection, day)
    if run is not None and scores.there_since(database.connection, lead) <= run.operation:
        note = f"as run {run.id} scored it on {day}, by the rules of that day"
        return Moment(
            day, rules_that_ran(database, run.ruleset), ZoneInfo(run.timezone), run.operation, True, run.change, note
        )
    after = scores.last_operation_before(database.connection, utc_bounds(day + timedelta(days=1), settings.zone))
    note = "it was not scored on that day: by its fields as they were, what it had done by then, and the rules in force"
    return Moment(day, rules, settings.zone, after, note=note)


def values_of(database: Database, rules: Rules, today: date, zone: ZoneInfo, leads: str) -> dict[int, dict[str, int]]:
    """Lead -> rule id -> what the rule found: 1 or 0 for a condition, thousandths of what is left for events."""
    connection = database.connection
    found: dict[int, dict[str, int]] = {}
    every = rules.all_rules
    scoring = Scoring(rules, today, zone)
    selects = [scoring.values(every[at : at + RULES_AT_ONCE], leads) for at in range(0, len(every), RULES_AT_ONCE)]
    try:
        scores.sum_up(connection, scoring.sums(leads), scoring.half_lives, today)
        for (lead,) in connection.execute(leads):
            found[lead] = {}
        for at, select in enumerate(selects):
            ids = [rule.id for rule in every[at * RULES_AT_ONCE : (at + 1) * RULES_AT_ONCE]]
            for lead, *values in connection.execute(select.text, select.values):
                found[lead].update(zip(ids, values, strict=True))
    finally:
        scores.forget(connection)
    return found


def _facts(database: Database, moment: Moment) -> dict[str, Any]:
    """The lead's fields, with those that are worked out."""
    cursor = database.connection.execute("SELECT * FROM lead")
    facts = dict(zip((each[0] for each in cursor.description), cursor.fetchone(), strict=True))
    facts |= derived_facts(facts)
    conditions = ConditionSql(moment.rules, moment.today, moment.zone)
    last = conditions.last_day()
    query = "SELECT " + last + " FROM lead"
    (day,) = database.connection.execute(query.text, query.values).fetchone()
    if day is not None:
        facts["days_since_activity"] = conditions.day - day
        facts["last_activity_at"] = (moment.today - timedelta(days=conditions.day - day)).isoformat()
    facts["persona"] = _persona(database, conditions, moment.rules)
    return facts


def _persona(database: Database, conditions: ConditionSql, rules: Rules) -> str | None:
    """The first persona that matches; unlike the marks, a scoring rule can name it."""
    for each in rules.personas:
        query = "SELECT 1 FROM lead WHERE " + conditions.holds(each.when)
        if database.connection.execute(query.text, query.values).fetchone():
            return each.name
    return None


def _why(database: Database, part: Part, facts: Mapping[str, Any], moment: Moment) -> str:
    if part.rule is None:
        return part.why
    if part.rule.when is None:
        return _evidence(database, part.rule, moment)
    dids = [leaf for leaf in leaves_of(part.rule.when, moment.rules) if isinstance(leaf, Did)]
    return because(part.rule.when, facts, moment.rules, {did: _count(database, did, moment) for did in dids})


def _count(database: Database, did: Did, moment: Moment) -> int:
    counted = ConditionSql(moment.rules, moment.today, moment.zone).counted(did)
    query = "SELECT count(*) FROM activity WHERE " + counted
    return int(database.connection.execute(query.text, query.values).fetchone()[0])


def _evidence(database: Database, rule: Rule, moment: Moment) -> str:
    """Which activities a rule counts, how old they are, and what is left of them: `pricing_view 3 times: 2 today (100 %),
    30 days ago (50 %)`."""
    conditions = ConditionSql(moment.rules, moment.today, moment.zone)
    query = (
        Sql(
            f"SELECT {conditions.day} - activity.day AS age, count(*) FROM activity WHERE activity.day <= {conditions.day} AND "
        )
        + conditions.matches(rule.events)
        + " GROUP BY activity.day ORDER BY activity.day DESC"
    )
    days = [
        (age, count, weight(age, rule.half_life))
        for age, count in database.connection.execute(query.text, query.values)
        if weight(age, rule.half_life)
    ]
    times = sum(count for _, count, _ in days)
    if rule.counts == "once":
        days = [(days[0][0], 1, days[0][2])]
    shown = [_day(age, count, left, rule.half_life) for age, count, left in days[:_SHOWN_DAYS]]
    if len(days) > _SHOWN_DAYS:
        rest = days[_SHOWN_DAYS:]
        shown.append(f"{sum(count for _, count, _ in rest)} more, up to {rest[-1][0]} days ago")
    what = " or ".join(rule.events)
    if rule.counts == "once":
        return f"{what}, last {shown[0]}"
    return f"{what} {times} time{'s' if times != 1 else ''}: {', '.join(shown)}"


def _day(age: int, count: int, left: int, half_life: int | None) -> str:
    when = "today" if age == 0 else "yesterday" if age == 1 else f"{age} days ago"
    kept = f" ({left * 100 / WHOLE:.10g} %)" if half_life is not None else ""
    return (f"{count} × " if count > 1 else "") + when + kept


def explanation_record(found: Explanation) -> Record:
    """For programs."""
    dimensions = {
        name: {"score": found.score(name), "parts": [vars(part) for part in own]}
        for name, own in found.dimensions.items()
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
    for name, own in found.dimensions.items():
        rows += [[name, part.rule, part.points, part.because] for part in own]
        rows.append([name, "=", found.score(name), ""])
    notes = [
        f"as of {found.today}, rules {found.rules}, total {found.total}"
        + (f", grade {found.grade}" if found.grade else ""),
        *found.notes,
    ]
    if found.stored is None and not found.notes:
        notes.append("not scored yet: leadctl score")
    elif found.stored != found.total and not found.notes:
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
