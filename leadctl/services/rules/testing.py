"""Running the tests of the rules: in an empty database in memory, their leads taken in as an import takes them in, scored by
the very same scoring."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from leadctl.compiler.catalogue import Field
from leadctl.compiler.findings import Findings
from leadctl.compiler.load import LoadError, load_file
from leadctl.compiler.parts import Part, parts
from leadctl.compiler.rule_tests import Expected, GivenLead, RuleTest, RuleTestChecker
from leadctl.compiler.sql import ConditionSql
from leadctl.compiler.tree import Rules
from leadctl.config import Settings
from leadctl.errors import BrokeOff, Mistake, NotFound, Place, RuleError
from leadctl.intake.batch import Batch
from leadctl.intake.mapping.plan import Origin
from leadctl.intake.values.convert import Converter
from leadctl.model.date_reader import DateReader
from leadctl.model.report import Column, Report, Unit
from leadctl.model.text import fold
from leadctl.services.explaining import values_of
from leadctl.services.importing.ledger import Ledger
from leadctl.services.importing.placing import Placing
from leadctl.services.scoring import score_within
from leadctl.services.setting import plain_converter
from leadctl.store.activities import Days
from leadctl.store.database import Database, Operation, open_in_memory
from leadctl.store.trial import Activity, add_activities, hold_rungs, scores_of

_COMMAND = "leadctl rules test"
_MARKS = ("total", "letter", "number", "grade", "temperature", "lifecycle")  # follow from the dimensions
Value = str | int | bool | None


@dataclass(frozen=True)
class Difference:
    """Something that came out otherwise. `lead` is the test's name for it; `why` are the points behind what was found."""

    lead: str
    what: str
    expected: Value
    found: Value
    why: str = ""


@dataclass(frozen=True)
class Outcome:
    """What became of a test."""

    file: str
    test: str
    differences: tuple[Difference, ...]

    @property
    def passed(self) -> bool:
        return not self.differences


@dataclass
class Trial:
    """The tests of one day, scored in one pass: their database is as `leadctl score` would have left it."""

    database: Database
    settings: Settings
    rules: Rules
    today: date
    ids: Mapping[tuple[int, str], int]  # number of a test, its name for a lead -> the lead's id
    scores: Mapping[int, Mapping[str, Any]]
    _parts: dict[int, dict[str, list[Part]]] = field(default_factory=dict)

    @property
    def dimensions(self) -> tuple[str, ...]:
        return tuple(dimension.name for dimension in self.rules.dimensions)

    def parts(self, lead: int) -> dict[str, list[Part]]:
        """The parts of each dimension."""
        if not self._parts:
            found = values_of(self.database, self.rules, self.today, self.settings.zone, "SELECT id FROM lead")
            self._parts = {
                id_: {dimension.name: parts(dimension, values) for dimension in self.rules.dimensions}
                for id_, values in found.items()
            }
        return self._parts[lead]

    def segments(self, lead: int) -> list[str]:
        """The segments that a lead is in."""
        conditions = ConditionSql(self.rules, self.today, self.settings.zone)
        found = []
        for name, condition in self.rules.segments.items():
            query = "SELECT 1 FROM lead WHERE lead.id = ? AND " + conditions.holds(condition)
            if self.database.connection.execute(query.text, (lead, *query.values)).fetchone():
                found.append(name)
        return found


def files_of_tests(settings: Settings, files: Sequence[str] = (), here: Path = Path()) -> list[tuple[Path, str]]:
    """The files of tests, each with what messages call it: those that are named, else all of `rules/tests/`.

    Raises NotFound.
    """
    if files:
        named = [(here / Path(each).expanduser(), each) for each in files]
        for path, name in named:
            if not path.exists():
                raise NotFound("no such file", place=Place(name))
        return named
    folder = settings.rules / "tests"
    paths = sorted([*folder.glob("*.yaml"), *folder.glob("*.yml")])
    return [(path, f"{settings.rules.name}/tests/{path.name}") for path in paths]


def check_tests(
    settings: Settings, rules: Rules, files: Sequence[tuple[Path, str]]
) -> tuple[list[RuleTest], list[Mistake]]:
    """The tests in these files, and every mistake and warning in them."""
    findings = Findings()
    dates = DateReader(settings.date_order, None, settings.zone)
    checker = RuleTestChecker(findings, rules, dates, _reading(settings, rules))
    tests: list[RuleTest] = []
    for path, name in files:
        try:
            tests += checker.check(load_file(path, name), name)
        except LoadError as error:
            findings.mistakes.append(error.mistake)
    return tests, findings.mistakes


def load_tests(
    settings: Settings, rules: Rules, files: Sequence[tuple[Path, str]]
) -> tuple[list[RuleTest], list[Mistake]]:
    """The tests, and warnings. Raises RuleError with all mistakes."""
    tests, mistakes = check_tests(settings, rules, files)
    errors = [each for each in mistakes if each.level == "error"]
    if errors:
        raise RuleError(errors, "in the tests of the rules")
    return tests, mistakes


def run_tests(
    settings: Settings,
    rules: Rules,
    tests: Sequence[RuleTest],
    *,
    today: date,
    also: Callable[[Trial], None] | None = None,
) -> list[Outcome]:
    """Runs the tests; `today` is for those that do not say which day it is. Those of one day are scored together: what a lead
    scores does not depend on other leads. `also` may look at each day's trial."""
    rules = replace(rules, text={})  # no need to keep the rules' text a second time
    by_day: dict[date, list[int]] = {}
    for number, test in enumerate(tests):
        by_day.setdefault(test.today or today, []).append(number)
    outcomes: dict[int, Outcome] = {}
    if not tests:
        return []
    with closing(open_in_memory()) as database:
        database.fit_columns(rules.catalogue, [each.name for each in rules.dimensions])
        for day, numbers in by_day.items():
            now = datetime.combine(day, time(12), tzinfo=settings.zone)
            chosen = {number: tests[number] for number in numbers}
            with database.operation("score", _COMMAND, now, dry_run=True) as operation:  # leaves the database empty
                trial = _try_out(database, settings, rules, chosen, operation, now)
                for number, test in chosen.items():
                    outcomes[number] = Outcome(test.file, test.name, tuple(_differences(trial, number, test)))
                if also is not None:
                    also(trial)
    return [outcomes[number] for number in range(len(tests))]


def _try_out(
    database: Database,
    settings: Settings,
    rules: Rules,
    tests: Mapping[int, RuleTest],
    operation: Operation,
    now: datetime,
) -> Trial:
    """Takes in the leads and what they did, and scores them."""
    connection, today = database.connection, now.date()
    leads = [(number, lead) for number, test in tests.items() for lead in test.leads]
    header = tuple(dict.fromkeys(["external_id", *(name for _, lead in leads for name in lead.values)]))
    work = Placing(
        connection, rules, _converter(settings, rules, header), Ledger(None, ""), operation, "new", now, today
    )
    ids = {(number, lead.id): work.next_id + place for place, (number, lead) in enumerate(leads)}
    rows = [[_given(lead, name) for name in header] for _, lead in leads]
    values = work.converter.convert(Batch(list(range(1, len(rows) + 1)), rows))
    if values.count != len(leads):
        raise BrokeOff("a lead of a test was not taken in: a bug of leadctl")
    work.take(values)
    days = Days(settings.zone)
    done = (
        Activity(
            ids[number, each.lead], each.type, each.occurred_at, days[each.occurred_at],
            **_content(each.fields, rules.activities[each.type].topic),
        )
        for number, test in tests.items() for each in test.activities for _ in range(each.times)
    )  # fmt: skip
    add_activities(connection, done, operation.id)
    for number, lead in leads:
        if lead.rungs:
            hold_rungs(connection, ids[number, lead.id], lead.rungs, operation.id)
    score_within(database, settings, rules, operation, now=now, full=True)
    return Trial(database, settings, rules, today, ids, scores_of(connection))


def _given(lead: GivenLead, name: str) -> str:
    """A field's text. A lead is known by its name in the test where it has no other."""
    text = lead.values.get(name, "")
    return lead.id if name == "external_id" and fold(text) is None else text


def _content(fields: Mapping[str, str], topic: str | None) -> dict[str, str]:
    """The fields of an activity, with the topic that its type has by itself."""
    return dict(fields) if topic is None else {"topic": topic, **fields}


def _converter(settings: Settings, rules: Rules, header: tuple[str, ...]) -> Converter:
    return plain_converter(settings, rules, header, [stage.name for stage in rules.pipeline])


def _reading(settings: Settings, rules: Rules) -> Callable[[Field, str], object]:
    """How the import reads one text as a field's value."""
    converter = _converter(settings, rules, ())
    readers: dict[str, Callable[[str], object]] = {}

    def read(field_: Field, text: str) -> object:
        if field_.name not in readers:
            readers[field_.name] = converter.reader(field_, Origin(()))
        return readers[field_.name](text)

    return read


def _differences(trial: Trial, number: int, test: RuleTest) -> list[Difference]:
    result: list[Difference] = []
    shown: set[tuple[str, str]] = set()
    for expected in test.expected:
        lead = trial.ids[number, expected.lead]
        what, value = _found(trial, lead, expected)
        if value == expected.value:
            continue
        why = _why(trial, lead, expected)
        again = (expected.lead, why) in shown
        result.append(Difference(expected.lead, what, expected.value, value, "" if again else why))
        shown.add((expected.lead, why))
    return result


def _found(trial: Trial, lead: int, expected: Expected) -> tuple[str, Value]:
    """What came out, and what it is called."""
    if expected.what == "because":
        own = [
            part.points
            for dimension, each in trial.parts(lead).items()
            for part in each
            if expected.part in (part.name, f"{dimension} {part.name}")
        ]
        return f"because {expected.part}", sum(own)
    if expected.what == "segment":
        segments = trial.segments(lead)
        return "segment", expected.value if expected.value in segments else ", ".join(segments) or None
    value = trial.scores[lead][expected.what]
    if expected.what == "window_shopper" and value is not None:
        return expected.what, bool(value)
    return expected.what, value


def _why(trial: Trial, lead: int, expected: Expected) -> str:
    """The points behind a dimension, or the scores behind a mark."""
    own = trial.parts(lead) if expected.what in (*trial.dimensions, "because") else {}
    if expected.what in own:
        return _listed(own[expected.what])
    if expected.what == "because":
        return "; ".join(_listed(each) for each in own.values() if each)
    if expected.what in _MARKS:
        return ", ".join(f"{name} {trial.scores[lead][name]}" for name in trial.dimensions)
    return ""


def _listed(own: Sequence[Part]) -> str:
    return ", ".join(f"{part.name} {part.points:+}" for part in own) or "no rule matched"


def outcome_report(outcomes: Sequence[Outcome]) -> Report:
    """For programs: a row a test."""
    columns = (Column("file"), Column("test"), Column("passed", Unit.YES_NO), Column("differences", Unit.JSON))
    rows = [
        (
            each.file,
            each.test,
            each.passed,
            [{name: getattr(difference, name) for name in _KEYS} for difference in each.differences],
        )
        for each in outcomes
    ]
    return Report("Tests of the rules", columns, rows)


_KEYS = ("lead", "what", "expected", "found")


def difference_report(outcomes: Sequence[Outcome]) -> Report:
    """For people: a row a difference, with the points behind what was found."""
    columns = (
        Column("file"),
        Column("test", whole=True),
        Column("lead"),
        Column("what"),
        Column("expected"),
        Column("found"),
        Column("why", whole=True),
    )
    rows = [
        (each.file, each.test, d.lead, d.what, _drawn(d.expected), _drawn(d.found), d.why)
        for each in outcomes
        for d in each.differences
    ]
    return Report("What came out otherwise", columns, rows)


def _drawn(value: Value) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "none" if value is None else str(value)
