"""Reports: pipeline, follow-up, conversion, spend."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from leadctl.compiler.catalogue import Phase
from leadctl.compiler.findings import nearest
from leadctl.compiler.fragment import Sql
from leadctl.compiler.sql import ConditionSql
from leadctl.compiler.tree import Condition, Rules
from leadctl.config import Settings
from leadctl.errors import UsageError
from leadctl.model.dates import utc_bounds
from leadctl.model.interval import wilson
from leadctl.model.report import Column, Report, Unit
from leadctl.services.choosing import where_sql
from leadctl.store import listing, reports, touches
from leadctl.store.database import Database
from leadctl.store.privacy.consent import left_out_of
from leadctl.store.spend import span

PIPELINE = (
    Column("stage"),
    Column("kind"),
    Column("leads", Unit.COUNT),
    Column("value", Unit.MONEY),
    Column("weighted_value", Unit.MONEY, "weighted"),
    Column("median_age_days", Unit.DAYS, "median days"),
    Column("stuck", Unit.COUNT),
)
FOLLOW_UP = (
    Column("lead", Unit.COUNT),
    Column("name"),
    Column("owner"),
    Column("due", Unit.DATE),
    Column("state"),
    Column("days_late", Unit.COUNT, "days"),
    Column("action"),
    Column("grade"),
)
CONVERSION = (
    Column("group"),
    Column("leads", Unit.COUNT),
    Column("won", Unit.COUNT),
    Column("lost", Unit.COUNT),
    Column("open", Unit.COUNT),
    Column("rate", Unit.PERCENT),
    Column("low", Unit.PERCENT),
    Column("high", Unit.PERCENT),
    Column("median_days_to_win", Unit.DAYS, "days to win"),
    Column("young", Unit.YES_NO),
)
SPEND = (
    Column("group"),
    Column("amount", Unit.MONEY),
    Column("leads", Unit.COUNT),
    Column("cost_per_lead", Unit.MONEY, "cost a lead"),
)
SPEND_GROUPS = ("source", "campaign", "month")
REPORT_COLUMNS = {"pipeline": PIPELINE, "follow_up": FOLLOW_UP, "conversion": CONVERSION, "spend": SPEND}


@dataclass(frozen=True)
class Question:
    """Which leads a report is about: captured from `first` to `last` (civil days), and a condition."""

    where: Condition | None = None
    first: date | None = None
    last: date | None = None


def _prepare(database: Database, settings: Settings, rules: Rules, question: Question, today: date) -> None:
    connection = database.connection
    database.fit_columns(rules.catalogue, [each.name for each in rules.dimensions])
    parts: list[Sql] = []
    if question.where is not None:
        parts.append("(" + where_sql(database, settings, rules, question.where, today) + ")")
    if question.first is not None:
        parts.append(Sql("lead.captured_at >= ?", (utc_bounds(question.first, settings.zone),)))
    if question.last is not None:
        parts.append(Sql("lead.captured_at < ?", (utc_bounds(question.last + timedelta(days=1), settings.zone),)))
    condition: Sql | None = None
    for part in parts:
        condition = part if condition is None else condition + " AND " + part
    reports.prepare(connection, settings.zone)
    reports.choose(connection, condition)


def _report(database: Database, name: str, title: str, values: dict[str, Any], notes: Sequence[str] = ()) -> Report:
    names, rows = reports.rows(database.connection, name, values)
    columns = REPORT_COLUMNS[name]
    if names != [column.name for column in columns]:
        raise RuntimeError(f"{name}.sql gives other columns than its report: {names}")
    return Report(title, columns, rows, tuple(notes))


def pipeline(database: Database, settings: Settings, rules: Rules, question: Question, today: date) -> Report:
    """By stage: leads, value, weighted value (value × the stage's probability), the median of days in the stage, and how
    many have stood there longer than the stage allows."""
    _prepare(database, settings, rules, question, today)
    stages = [
        {"name": s.name, "kind": s.kind, "probability": s.probability, "stuck_after": s.stuck_after}
        for s in rules.pipeline
    ]
    report = _report(database, "pipeline", "Pipeline", {"stages": json.dumps(stages), "today": today.isoformat()})
    waiting = [row for row in report.rows if row[1] == "open"]
    value, weighted = sum(row[3] for row in waiting), sum(row[4] for row in waiting)
    note = f"open: {sum(row[2] for row in waiting):,} leads, value {value:,.2f} {settings.currency}, weighted {weighted:,.2f}"
    return Report(report.title, report.columns, report.rows, (note,))


def follow_up(database: Database, settings: Settings, rules: Rules, question: Question, today: date) -> Report:
    """Planned actions that are due or overdue, then open leads nobody has touched: no move, no plan."""
    _prepare(database, settings, rules, question, today)
    values = {
        "today": today.isoformat(),
        "first": json.dumps(rules.stage_kinds("open")[:1]),
        "closed": json.dumps(rules.stage_kinds("won", "lost")),
    }
    out = left_out_of(database.connection, "follow_up", values)
    notes = [f"left out: {out:,} lead{'s' if out != 1 else ''} that opted out"] if out else []
    return _report(database, "follow_up", "Follow-up", values, notes)


def conversion(
    database: Database, settings: Settings, rules: Rules, question: Question, today: date, by: str
) -> Report:
    """Won ÷ all of the leads captured in each group, with a 95 % interval (Wilson 1927), and the median days to win."""
    _prepare(database, settings, rules, question, today)
    _group(database, settings, rules, today, by)
    values = {
        "today": today.isoformat(),
        "won": json.dumps(rules.stage_kinds("won")),
        "lost": json.dumps(rules.stage_kinds("lost")),
    }
    report = _report(database, "conversion", f"Conversion by {by}", values)
    rows = []
    for row in report.rows:
        low, high = wilson(row[2], row[1])
        rows.append((*row[:6], low, high, *row[8:]))
    notes = ["rate: won of all leads captured in the group; low and high: its 95 % interval (Wilson)"]
    if any(row[-1] for row in rows):
        notes.append("young: most of its leads have not had the time that wins usually take")
    return Report(report.title, report.columns, rows, tuple(notes))


def spend(database: Database, settings: Settings, rules: Rules, question: Question, by: str, today: date) -> Report:
    """What each source, campaign or month cost, beside the leads captured from there in that time. Without days in the
    question it is about the days of which spend is known. An amount that is cut falls on its days evenly, in whole cents."""
    if by not in SPEND_GROUPS:
        raise UsageError(f"spend cannot be grouped by '{by}'", hint=nearest(by, SPEND_GROUPS))
    known = [date.fromisoformat(each) if each is not None else today for each in span(database.connection)]
    first, last = question.first or known[0], question.last or known[1]
    _prepare(database, settings, rules, replace(question, first=first, last=last), today)
    values = {"by": by, "first": first.isoformat(), "last": last.isoformat()}
    report = _report(database, "spend", f"Spend by {by}", values)
    if not report.rows:
        hint = (
            "leadctl import FILE --as spend brings it in"
            if span(database.connection)[0] is None
            else "none in this time"
        )
        return Report(report.title, report.columns, report.rows, (f"no spend: {hint}",))
    total = round(sum(row[1] for row in report.rows), 2)
    notes = (
        f"from {first} to {last}: {total:,.2f} {settings.currency}",
        "leads: captured in that time"
        + (", of what was paid for in the month" if by == "month" else f", by their {by}"),
    )
    return Report(report.title, report.columns, report.rows, notes)


def _group(database: Database, settings: Settings, rules: Rules, today: date, by: str) -> None:
    connection = database.connection
    listing.register(connection, utc_bounds(today + timedelta(days=1), settings.zone))
    if by == "month":
        reports.group_by(connection, "substr(local_day(lead.captured_at), 1, 7)", text=False, in_order=True)
        return
    if by == "segment":
        conditions = ConditionSql(rules, today, settings.zone)
        for name, condition in rules.segments.items():
            where_sql(database, settings, rules, condition, today)  # makes the texts ready
            reports.group_by_condition(connection, name, conditions.holds(condition))
        reports.group_the_rest(connection)
        return
    field = rules.catalogue.fields.get(by)
    if field is None and by in touches.GROUPS:
        touches.note_each(connection, by)
        reports.group_by(connection, touches.NOTED, text=True, in_order=False)
        return
    if field is None or by == "days_since_activity":
        raise UsageError(
            f"leads cannot be grouped by '{by}'",
            hint=nearest(by, [*rules.catalogue.fields, *touches.GROUPS, "month", "segment"]),
        )
    expression = listing.expression(by, rules.catalogue, [each.name for each in rules.dimensions])
    if field.type == "time":
        expression = f"local_day({expression})"
    elif field.type == "yes_no":
        expression = f"CASE {expression} WHEN 1 THEN 'yes' WHEN 0 THEN 'no' END"
    ordered = field.type in ("date", "time", "number", "money", "grade") or field.phase is Phase.GRADE
    reports.group_by(connection, expression, text=field.type == "text", in_order=ordered)
