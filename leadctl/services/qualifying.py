"""Qualify: what a person found out about a lead, and what follows: go, no-go, or what is still to be asked."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from leadctl.compiler.fragment import Sql, joined
from leadctl.compiler.sql import ConditionSql
from leadctl.compiler.tree import Rules
from leadctl.config import Settings
from leadctl.errors import UsageError
from leadctl.model.report import Column, Record, Report, Unit
from leadctl.services.choosing import where_sql
from leadctl.services.setting import read_values, shown
from leadctl.store import leads
from leadctl.store.database import Database, utc_text

YES, NO, UNKNOWN = "yes", "no", "unknown"


@dataclass(frozen=True)
class Qualification:
    """`answers`: criterion -> yes, no or unknown. `result`: no_go where any is no, ask where any is unknown, else go."""

    operation: int | None
    lead: int
    answers: Mapping[str, str]
    questions: Mapping[str, str]  # criterion -> what to ask
    changed: tuple[str, ...] = ()  # what was set: `budget: - -> 20000`

    @property
    def result(self) -> str:
        given = set(self.answers.values())
        return "no_go" if NO in given else "ask" if UNKNOWN in given else "go"

    @property
    def ask(self) -> list[str]:
        """The questions still open, in the order of the rules."""
        return [question for name, question in self.questions.items() if self.answers[name] == UNKNOWN]

    def as_record(self) -> Record:
        values = {
            "operation": self.operation,
            "lead": self.lead,
            "result": self.result,
            "answers": dict(self.answers),
            "ask": self.ask,
        }
        return Record("Qualification", values, {"answers": Unit.JSON, "ask": Unit.JSON})

    def as_report(self) -> Report:
        rows = [
            [name, answer, self.questions[name] if answer == UNKNOWN else None] for name, answer in self.answers.items()
        ]
        title = f"Lead {self.lead}: {self.result.replace('_', '-')}"
        return Report(title, (Column("criterion"), Column("answer"), Column("ask", whole=True)), rows)


def qualify_lead(
    database: Database,
    settings: Settings,
    rules: Rules,
    lead: int,
    texts: Mapping[str, str],
    *,
    today: date,
    now: datetime,
    command: str,
) -> Qualification:
    """Sets the fields given (field -> text; an empty text takes the value away), then answers every criterion.

    The decision is recorded when it differs from the last one. Raises UsageError for a field or a value that cannot be, and
    where the rules have no `qualify`.
    """
    if not rules.qualify:
        raise UsageError("the rules have no `qualify`", hint="rules/lifecycle.yaml says what a lead must answer")
    questions = {criterion.name: criterion.ask for criterion in rules.qualify}
    database.fit_columns(rules.catalogue, [each.name for each in rules.dimensions])
    if not texts:
        return Qualification(None, lead, _answers(database, settings, rules, lead, today), questions)
    values = read_values(settings, rules, texts, today)
    with database.operation("qualify", command, now) as operation:
        held = leads.rows_by_id(database.connection, [lead], list(values))[lead]
        changed = {name: (old, new) for (name, new), old in zip(values.items(), held, strict=True) if new != old}
        if changed:
            leads.update(database.connection, {lead: {name: new for name, (_, new) in changed.items()}})
        answers = _answers(database, settings, rules, lead, today)
        said = tuple(f"{name}: {shown(old)} -> {shown(new)}" for name, (old, new) in changed.items())
        found = Qualification(operation.id, lead, answers, questions, said)
        noted = leads.note_qualification(
            database.connection, lead, found.result, json.dumps(answers), utc_text(now), operation.id
        )
        operation.leads = 1
        operation.keep = bool(changed) or noted
    return found if operation.keep else Qualification(None, lead, answers, questions)


def _answers(database: Database, settings: Settings, rules: Rules, lead: int, today: date) -> dict[str, str]:
    conditions = ConditionSql(rules, today, settings.zone)
    columns = []
    for criterion in rules.qualify:
        where_sql(database, settings, rules, criterion.when, today)  # makes the texts ready
        yes, no = conditions.holds(criterion.when), conditions.holds_not(criterion)
        columns.append("CASE WHEN " + yes + f" THEN '{YES}' WHEN " + no + f" THEN '{NO}' ELSE '{UNKNOWN}' END")
    query = (
        "SELECT "
        + joined(", ", columns)
        + Sql(" FROM lead LEFT JOIN score ON score.lead = lead.id WHERE lead.id = ?", (lead,))
    )
    row = database.connection.execute(query.text, query.values).fetchone()
    return {criterion.name: answer for criterion, answer in zip(rules.qualify, row, strict=True)}
