"""Coverage: which rules the tests try, for how many leads of the data each matches, and why one never does."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from leadctl.compiler.coverage import Asked, all_asked, steps
from leadctl.compiler.score_sql import Scoring
from leadctl.compiler.sql import ConditionSql, rule_conditions, texts_compared
from leadctl.compiler.tree import Condition, Did, Rules, Test
from leadctl.compiler.wording import because
from leadctl.config import Settings
from leadctl.errors import DatabaseError, NotFound, Place
from leadctl.model.report import Column, Report, Unit
from leadctl.services.rules.surveying import count_matches, events_that_came
from leadctl.services.rules.testing import Trial
from leadctl.store.snapshot import score_apart, snapshot


@dataclass(frozen=True)
class Covered:
    """For how many leads of the tests a rule matches and for how many not; for how many of the data (None: there is no
    database), and why for none of them."""

    rule: str
    matched: int
    not_matched: int
    in_data: int | None
    why: str | None


class Coverage:
    """Give `look` to the run of the tests; `result` then counts in the data."""

    def __init__(self, settings: Settings, rules: Rules) -> None:
        self.settings = settings
        self.rules = rules
        self.asked = all_asked(rules)
        self.leads = 0
        self.matched = [0] * len(self.asked)
        self.note: str | None = None  # why the data was not looked at

    def look(self, trial: Trial) -> None:
        """Counts among the leads of a trial."""
        zone = self.settings.zone
        leads, found = count_matches(trial.database.connection, trial.rules, self.asked, trial.today, zone)
        self.leads += leads
        self.matched = [before + more for before, more in zip(self.matched, found, strict=True)]

    def result(self, today: date, wait: float) -> list[Covered]:
        in_data: list[int | None] = [None] * len(self.asked)
        whys: list[str | None] = [None] * len(self.asked)
        keys = texts_compared(_with_presence(self.rules), self.rules)
        try:
            with snapshot(self.settings.database, self.rules.catalogue, keys, wait) as database:
                in_data, whys = self._in_data(database.connection, today)
        except (NotFound, DatabaseError) as error:
            self.note = error.message
        return [
            Covered(asked.name, matched, self.leads - matched, count, why)
            for asked, matched, count, why in zip(self.asked, self.matched, in_data, whys, strict=True)
        ]

    def _in_data(self, connection: sqlite3.Connection, today: date) -> tuple[list[int | None], list[str | None]]:
        rules, zone = self.rules, self.settings.zone
        score_apart(connection, Scoring(rules, today, zone), today)
        leads, found = count_matches(connection, rules, self.asked, today, zone)
        never = [number for number, count in enumerate(found) if count == 0]
        reasons = dict.fromkeys(never, "there are no leads yet")
        if leads:
            why = _Reasons(connection, rules, leads, today, self.settings)
            reasons = dict(zip(never, why.of([self.asked[number] for number in never]), strict=True))
        return list(found), [reasons.get(number) for number in range(len(found))]


class _Reasons:
    """Why rules match no lead: the first of a rule's conditions that none meets."""

    def __init__(
        self, connection: sqlite3.Connection, rules: Rules, leads: int, today: date, settings: Settings
    ) -> None:
        self.connection = connection
        self.rules = rules
        self.leads = leads
        self.today = today
        self.zone = settings.zone

    def of(self, never: Sequence[Asked]) -> list[str]:
        rules = self.rules
        parts = [_steps(asked, rules) for asked in never]
        wanted = list(dict.fromkeys(each for own in parts for step in own for each in (step, *_presence(step))))
        _, found = count_matches(
            self.connection, rules, [Asked("", condition=each) for each in wanted], self.today, self.zone
        )
        self.met = dict(zip(wanted, found, strict=True))
        events = {event for own in parts for step in own if isinstance(step, Did) for event in step.events}
        self.came = events_that_came(self.connection, events, ConditionSql(rules, self.today, self.zone))
        return [self.why(asked, own) for asked, own in zip(never, parts, strict=True)]

    def why(self, asked: Asked, own: Sequence[Condition]) -> str:
        failing = next((step for step in own if not self.met[step]), None)
        if failing is None:
            if asked.rule is not None and asked.rule.when is None:
                return f"{' or '.join(asked.rule.events)} came, but too long ago to count"
            return "each of its conditions holds for some leads, but all of them for none"
        if isinstance(failing, Did):
            if failing.events and not self.came & set(failing.events):
                return f"event {' or '.join(failing.events)} never came"
            return f"no lead {because(failing, None, self.rules)}"
        for present in _presence(failing):
            there = self.met[present]
            if not there:
                return f"0 of {self.leads:,} leads have a value for {present.field.name}"
            return (
                f"no lead meets: {because(failing, None, self.rules)} "
                f"({there:,} of {self.leads:,} leads have a value for {present.field.name})"
            )
        return f"no lead meets: {because(failing, None, self.rules)}"


def _steps(asked: Asked, rules: Rules) -> list[Condition]:
    """What must hold, one after the other."""
    if asked.rule is not None and asked.rule.when is None:
        return [Did(asked.rule.events, None, None, 1, None, asked.rule.place)]
    condition = asked.rule.when if asked.rule is not None else asked.condition
    return list(steps(condition, rules)) if condition is not None else []


def _presence(step: Condition) -> Iterator[Test]:
    """Whether there is a value for a test on a field of leads."""
    if isinstance(step, Test) and step.field.table == "lead" and step.operator != "present":
        yield Test(step.field, "present", (True,), Place(""))


def _with_presence(rules: Rules) -> Iterator[Condition]:
    """Every condition in the rules, and whether there is a value for each of their parts."""
    for condition in rule_conditions(rules):
        yield condition
        for step in steps(condition, rules):
            yield from _presence(step)


def coverage_report(covered: Sequence[Covered]) -> Report:
    columns = (
        Column("rule"),
        Column("matched", Unit.COUNT),
        Column("not_matched", Unit.COUNT),
        Column("in_data", Unit.COUNT),
        Column("why", whole=True),
    )
    return Report("Coverage", columns, [tuple(vars(each).values()) for each in covered])
