"""Tests of the rules, written as rules are: leads, what they did, and what must come out. Nodes -> checked tests.

A test names its leads by any word. What it gives is text until the import's own reading has judged it; what it expects has
the type of what the rules work out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from leadctl.compiler import load
from leadctl.compiler.catalogue import ACTIVITY_FIELDS, Field
from leadctl.compiler.findings import Findings
from leadctl.compiler.lifecycle_rules import FIRST_RUNG
from leadctl.compiler.load import Node, Scalar
from leadctl.compiler.parts import part_names
from leadctl.compiler.tree import Marks, Rules
from leadctl.errors import Place
from leadctl.model.date_reader import DateReader
from leadctl.model.text import fold

NOTHING = "none"  # in `expect`: no persona, no grade, …
MOST_TIMES = 10_000
MOST_ACTIVITIES = 100_000  # of one test
_OF_ACTIVITY = tuple(field.name for field in ACTIVITY_FIELDS)
_ROUTED = ("owner", "queue", "route")
_CALLED = {"qualified": "result of the qualification", "lifecycle": "rung of the lifecycle"}
_HOW_TO_SAY_A_DAY = "write days as 2026-11-22"


@dataclass(frozen=True)
class GivenLead:
    """A lead of a test: its fields as texts, and the rungs of the lifecycle that it held before."""

    id: str
    values: Mapping[str, str]
    rungs: tuple[str, ...] = ()


@dataclass(frozen=True)
class GivenActivity:
    """Something that a lead of the test did, `times` times. `occurred_at` is UTC text; `fields` its topic, path, …"""

    lead: str
    type: str
    occurred_at: str
    times: int
    fields: Mapping[str, str]


@dataclass(frozen=True)
class Expected:
    """What must come out for a lead: `what` is a column of the scores; or `segment`, and `value` names one that it is in; or
    `because`, and `value` is the points of the part of that name. None: nothing."""

    lead: str
    what: str
    value: str | int | bool | None
    part: str | None = None


@dataclass(frozen=True)
class RuleTest:
    """A test. `today` is None where it does not say which day it is: then it is the day of the run."""

    name: str
    file: str
    today: date | None
    leads: tuple[GivenLead, ...]
    activities: tuple[GivenActivity, ...]
    expected: tuple[Expected, ...]
    place: Place


class RuleTestChecker:
    """Checks files of tests against the rules. Mistakes go to `findings`.

    `read` reads a text as a field's value, as an import does, and raises ValueError where it cannot; `dates` reads days.
    """

    def __init__(
        self, findings: Findings, rules: Rules, dates: DateReader, read: Callable[[Field, str], object]
    ) -> None:
        self.findings = findings
        self.rules = rules
        self.dates = dates
        self.read = read
        self.given = {field.name: field for field in rules.catalogue.given_fields}

    def check(self, content: load.Mapping | None, file: str) -> list[RuleTest]:
        """The tests of a file; one with a mistake is left out."""
        parts = self.findings.keys(content, "a file of tests", ("tests",)) if content is not None else {}
        if "tests" not in parts:
            self.findings.error(Place(file), "a file of tests has one key: `tests:`")
            return []
        held = self.findings.sequence(parts["tests"], "`tests`")
        tests: list[RuleTest] = []
        names: dict[str, Place] = {}
        for item in held.items if held else ():
            mistakes = len(self.findings.errors)
            found = self.test(item, file, names)
            if found is not None and len(self.findings.errors) == mistakes:
                tests.append(found)
        return tests

    def test(self, node: Node, file: str, names: dict[str, Place]) -> RuleTest | None:
        found = self.findings.mapping(node, "a test")
        if found is None:
            return None
        parts = self.findings.keys(found, "a test", ("name", "today", "leads", "activities", "expect"))
        missing = [key for key in ("name", "leads", "expect") if key not in parts]
        if missing:
            self.findings.error(node.place, f"the test has no {' and no '.join(f'`{key}`' for key in missing)}")
        name = self.findings.scalar(parts["name"], "`name`") if "name" in parts else None
        if name is not None and name.text in names:
            first = names[name.text].line
            self.findings.error(name.place, f"there is a test called '{name.text}' already, on line {first}")
        if name is not None:
            names.setdefault(name.text, name.place)
        place = name.place if name is not None else node.place
        if "today" not in parts:
            self.findings.warning(
                place,
                "the test does not say which day it is: what it finds can differ from day to day",
                "add `today: 2026-11-22`",
            )
        today = self.day(parts["today"], "`today`") if "today" in parts else None
        ids: dict[str, Place] = {}
        leads = tuple(self.leads(parts["leads"], ids)) if "leads" in parts else ()
        activities = tuple(self.activities(parts["activities"], ids)) if "activities" in parts else ()
        expected = tuple(self.expected(parts["expect"], ids)) if "expect" in parts else ()
        return RuleTest(name.text if name is not None else "", file, today, leads, activities, expected, place)

    def day(self, node: Node, what: str) -> date | None:
        found = self.findings.scalar(node, what)
        if found is None:
            return None
        try:
            return date.fromisoformat(self.dates.read_day(found.text))
        except ValueError as error:
            self.findings.error(found.place, f"{what}: {error}", _HOW_TO_SAY_A_DAY)
            return None

    def leads(self, node: Node, ids: dict[str, Place]) -> Iterator[GivenLead]:
        """The leads; their ids are noted even where something else about them is wrong."""
        held = self.findings.sequence(node, "`leads`")
        if held is not None and not held.items:
            self.findings.error(node.place, "the test has no leads")
        for item in held.items if held else ():
            found = self.findings.mapping(item, "a lead")
            if found is None:
                continue
            name = self.findings.scalar(id_, "`id`") if (id_ := found.get("id")) is not None else None
            if id_ is None or (name is not None and fold(name.text) is None):
                hint = "any word: `expect` and `activities` name the lead by it"
                self.findings.error(item.place, "the lead has no `id`", hint)
            if name is None or fold(name.text) is None:
                continue
            if name.text in ids:
                first = ids[name.text].line
                self.findings.error(name.place, f"there is a lead called '{name.text}' already, on line {first}")
            ids.setdefault(name.text, name.place)
            rungs: tuple[str, ...] = ()
            values: dict[str, str] = {}
            for key, value in found.entries:
                if key.text == "lifecycle":
                    rungs = self.rungs(value)
                elif key.text != "id":
                    text = self.lead_value(key, value)
                    if text is not None:
                        values[key.text] = text
            yield GivenLead(name.text, values, rungs)

    def lead_value(self, key: Scalar, node: Node) -> str | None:
        field = self.given.get(key.text)
        if field is None:
            if key.text in self.rules.catalogue.fields:
                hint = "it can stand under `expect`" if self.rules.catalogue.fields[key.text].table == "score" else None
                self.findings.error(key.place, f"'{key.text}' is worked out, not given", hint)
            else:
                self.findings.unknown(key, "field", ("id", "lifecycle", *self.given))
            return None
        found = self.findings.scalar(node, f"'{key.text}'")
        if found is None:
            return None
        text = found.text.replace("\0", "")  # as an import takes them out
        try:
            self.read(field, text)
        except ValueError as error:
            hint = _HOW_TO_SAY_A_DAY if field.type in ("date", "time") else None
            self.findings.error(found.place, f"'{key.text}': {error}", hint)
            return None
        return text

    def rungs(self, node: Node) -> tuple[str, ...]:
        """The rungs that a lead held before; `lead`, where everybody begins, is none."""
        own = {fold(rung.name): rung.name for rung in self.rules.lifecycle}
        held: list[str] = []
        for each in self.findings.texts(node, "a rung of the lifecycle"):
            if fold(each.text) in own:
                held.append(own[fold(each.text)])
            elif fold(each.text) != FIRST_RUNG:
                self.findings.unknown(each, "rung of the lifecycle", (FIRST_RUNG, *own.values()))
        return tuple(held)

    def activities(self, node: Node, ids: Iterable[str]) -> Iterator[GivenActivity]:
        held = self.findings.sequence(node, "`activities`")
        count = 0
        for item in held.items if held else ():
            found = self.findings.mapping(item, "an activity")
            allowed = ("lead", "type", "on", "times", *_OF_ACTIVITY)
            parts = self.findings.keys(found, "an activity", allowed) if found is not None else {}
            missing = [key for key in ("lead", "type", "on") if key not in parts]
            if found is not None and missing:
                self.findings.error(item.place, f"the activity has no {' and no '.join(f'`{key}`' for key in missing)}")
            lead = self.lead(parts["lead"], ids) if "lead" in parts else None
            kind = self.activity_type(parts["type"]) if "type" in parts else None
            moment = self.moment(parts["on"]) if "on" in parts else None
            times = self.findings.whole(parts["times"], "`times`") if "times" in parts else 1
            if times is not None and not 1 <= times <= MOST_TIMES:
                self.findings.error(parts["times"].place, f"`times` goes from 1 to {MOST_TIMES:,}")
                times = None
            fields = {name: self.findings.text(parts[name], f"'{name}'") for name in _OF_ACTIVITY if name in parts}
            if lead is None or kind is None or moment is None or times is None:
                continue
            count += times
            if count > MOST_ACTIVITIES:
                self.findings.error(item.place, f"more than {MOST_ACTIVITIES:,} activities in one test")
                return
            kept = {name: text.replace("\0", "") for name, text in fields.items() if text is not None}
            yield GivenActivity(lead, kind, moment, times, kept)

    def activity_type(self, node: Node) -> str | None:
        found = self.findings.scalar(node, "`type`")
        if found is not None and found.text not in self.rules.activities:
            self.findings.unknown(found, "event", self.rules.activities)
            return None
        return found.text if found is not None else None

    def moment(self, node: Node) -> str | None:
        found = self.findings.scalar(node, "`on`")
        if found is None:
            return None
        try:
            return self.dates.read(found.text)
        except ValueError as error:
            self.findings.error(found.place, f"`on`: {error}", f"{_HOW_TO_SAY_A_DAY}, or 2026-11-22 14:30")
            return None

    def lead(self, node: Node, ids: Iterable[str]) -> str | None:
        found = self.findings.scalar(node, "`lead`")
        if found is not None and found.text not in ids:
            self.findings.unknown(found, "lead in this test", ids)
            return None
        return found.text if found is not None else None

    def expected(self, node: Node, ids: Iterable[str]) -> Iterator[Expected]:
        held = self.findings.sequence(node, "`expect`")
        if held is not None and not held.items:
            self.findings.error(node.place, "the test expects nothing")
        for item in held.items if held else ():
            found = self.findings.mapping(item, "what is expected of a lead")
            if found is None:
                continue
            named = found.get("lead")
            if named is None:
                self.findings.error(item.place, "it does not say of which `lead` this is expected")
                continue
            if len(found.entries) == 1:
                self.findings.error(item.place, "nothing is expected of this lead")
            lead = self.lead(named, ids)
            for key, value in found.entries:
                if key.text != "lead":
                    yield from self.of_lead(lead or "", key, value)

    def of_lead(self, lead: str, key: Scalar, node: Node) -> Iterator[Expected]:
        name, rules = key.text, self.rules
        whole = (*(dimension.name for dimension in rules.dimensions), "total")
        marks = {"letter": _marks(rules.letter), "number": _marks(rules.number)}
        named = {**rules.choices, **marks, "grade": _grades(marks["letter"], marks["number"])}
        named.pop("stage")
        if name in whole:
            points = self.findings.whole(node, f"'{name}'")
            if points is not None:
                yield Expected(lead, name, points)
        elif name in named:
            for value in self.one_of(node, name, named[name]):
                yield Expected(lead, name, value)
        elif name == "window_shopper":
            shopper = self.findings.yes_no(node, f"'{name}'")
            if shopper is not None:
                yield Expected(lead, name, shopper)
        elif name == "segment":
            for each in self.findings.texts(node, "a segment's name"):
                if each.text in rules.segments:
                    yield Expected(lead, name, each.text)
                else:
                    self.findings.unknown(each, "segment", rules.segments)
        elif name == "because":
            yield from self.because(lead, node)
        elif name in _ROUTED:
            self.findings.error(key.place, f"a test cannot expect `{name}` yet: tests do not route")
        else:
            allowed = ("lead", *whole, *named, "window_shopper", "segment", "because")
            self.findings.unknown(key, "thing to expect", allowed)

    def one_of(self, node: Node, what: str, names: Iterable[str]) -> Iterator[str | None]:
        """One of the names that the rules give, in their own spelling; or `none`."""
        found = self.findings.scalar(node, f"'{what}'")
        known = {fold(each): each for each in names}
        if found is None:
            return
        if fold(found.text) in known:
            yield known[fold(found.text)]
        elif found.text == NOTHING:
            yield None
        else:
            self.findings.unknown(found, _CALLED.get(what, what), (*known.values(), NOTHING))

    def because(self, lead: str, node: Node) -> Iterator[Expected]:
        known = part_names(self.rules)
        held = self.findings.mapping(node, "`because`")
        for key, value in held.entries if held else ():
            if key.text not in known:
                self.findings.unknown(key, "rule or limit", known)
                continue
            points = self.findings.whole(value, f"the points of '{key.text}'")
            if points is not None:
                yield Expected(lead, "because", points, key.text)


def _marks(marks: Marks | None) -> tuple[str, ...]:
    return tuple(name for name, _ in marks.marks) if marks is not None else ()


def _grades(letters: tuple[str, ...], numbers: tuple[str, ...]) -> tuple[str, ...]:
    """Every grade that there can be; `A` alone only where the rules give no number."""
    return tuple(a + b for a in letters or ("",) for b in numbers or ("",) if a + b)
