"""Condition nodes -> checked conditions. The same words stand in rules, segments, routes and after `--where`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from collections.abc import Mapping as MappingOf
from datetime import date

from leadctl.compiler.catalogue import ACTIVITY_FIELDS, OPERATORS, Catalogue, Field, Phase
from leadctl.compiler.findings import Findings, nearest
from leadctl.compiler.fragment import Value
from leadctl.compiler.load import Mapping, Node, Scalar, Sequence
from leadctl.compiler.tree import ActivityType, All, AnyOf, Condition, Did, InSegment, Not, Test
from leadctl.model.text import fold

_SPAN = re.compile(r"(\d{1,5})\s?([dwmy])")
_DAYS_IN = {"d": 1, "w": 7, "m": 30, "y": 365}
_NUMBER = re.compile(r"[+-]?\d{1,15}(\.\d{1,6})?")
_GRADE = re.compile(r"([A-Za-z])?(\d{1,2})?")


def span_in_days(text: str) -> int | None:
    """`7d`, `2w`, `3m`, `1y` as whole days (a month is 30, a year 365), or None."""
    found = _SPAN.fullmatch(text.strip())
    return int(found[1]) * _DAYS_IN[found[2]] if found else None


class ConditionChecker:
    """Checks conditions that stand in one phase. Mistakes go to `findings`; a wrong part yields None."""

    def __init__(
        self,
        findings: Findings,
        catalogue: Catalogue,
        lists: MappingOf[str, tuple[str, ...]],
        segments: MappingOf[str, Condition | None],
        activities: MappingOf[str, ActivityType] | None = None,
        choices: MappingOf[str, Iterable[str]] | None = None,
    ) -> None:
        """`activities` are the types that `did` may name (None: conditions here cannot ask what leads did). `choices` are the
        names that a field may have: field -> names."""
        self.findings = findings
        self.catalogue = catalogue
        self.lists = lists
        self.segments = segments
        self.activities = activities
        self.choices = dict(choices or {})
        self.marks: set[str] | None = None  # the letters and numbers of grades; None: not known yet
        self.rungs: tuple[str, ...] | None = None  # in the ladder itself: the rungs below, which may be named
        self.used_events: dict[str, Scalar] = {}
        self.used_lists: set[str] = set()
        self.used_segments: set[str] = set()

    def check(self, node: Node, phase: Phase) -> Condition | None:
        """The condition that a map stands for: all of its entries must hold."""
        found = self.findings.mapping(node, "a condition")
        if found is None:
            return None
        if not found.entries:
            self.findings.error(
                node.place, "an empty condition", "write `otherwise: yes` where everything should match"
            )
            return None
        parts = [self.entry(key, value, phase) for key, value in found.entries]
        good = tuple(part for part in parts if part is not None)
        if len(good) != len(parts):
            return None
        return good[0] if len(good) == 1 else All(good)

    def entry(self, key: Scalar, value: Node, phase: Phase) -> Condition | None:
        if key.text in ("all", "any"):
            return self.several(key, value, phase)
        if key.text == "not":
            part = self.check(value, phase)
            return Not(part) if part is not None else None
        if key.text == "segment" and self.activities is not None:
            return self.segment(key, value, phase)
        if key.text == "did" and self.activities is not None:
            return self.did(key, value, self.activities)
        field = self.catalogue.fields.get(key.text)
        if field is None:
            words = ("all", "any", "not", *(("segment", "did") if self.activities is not None else ()))
            self.findings.unknown(key, "field", [*self.catalogue.fields, *words])
            return None
        below = field.name == "lifecycle" and phase is Phase.LIFECYCLE and self.rungs is not None
        if field.phase >= phase and field.phase > Phase.FIELDS and not below:
            self.findings.error(
                key.place,
                f"'{key.text}' is not known yet where this stands: the phase '{field.phase.name.lower()}' works it out later",
                "a condition may only name what an earlier phase made",
            )
            return None
        return self.field(field, key, value)

    def several(self, key: Scalar, value: Node, phase: Phase) -> Condition | None:
        items = self.findings.sequence(value, f"`{key.text}`")
        if items is None:
            return None
        if not items.items:
            self.findings.error(value.place, f"`{key.text}` lists nothing")
            return None
        parts = [self.check(item, phase) for item in items.items]
        good = tuple(part for part in parts if part is not None)
        if len(good) != len(parts):
            return None
        return All(good) if key.text == "all" else AnyOf(good)

    def segment(self, key: Scalar, value: Node, phase: Phase) -> Condition | None:
        if phase <= Phase.SEGMENTS:
            self.findings.error(
                key.place, "a segment cannot name a segment", "a condition may only name what an earlier phase made"
            )
            return None
        names = self.findings.texts(value, "a segment's name")
        for name in names:
            if name.text in self.segments:
                self.used_segments.add(name.text)
            else:
                self.findings.unknown(name, "segment", self.segments)
                return None
        if not names:
            return None
        parts = tuple(InSegment(name.text, name.place) for name in names)
        return parts[0] if len(parts) == 1 else AnyOf(parts)

    def did(self, key: Scalar, value: Node, types: MappingOf[str, ActivityType]) -> Condition | None:
        """`did: {event, where, within, at_least, at_most}`; without a number, at least once."""
        found = self.findings.mapping(value, "`did`")
        allowed = ("event", "where", "within", "at_least", "at_most")
        parts = self.findings.keys(found, "`did`", allowed) if found is not None else {}
        if found is None or len(parts) < len(found.entries):
            return None
        mistakes = len(self.findings.errors)
        events = self.events(parts["event"]) if "event" in parts else ()
        where = self.of_activity().check(parts["where"], Phase.FIELDS) if "where" in parts else None
        within = self.days(parts["within"], "`within`") if "within" in parts else None
        least = self.count(parts["at_least"], "`at_least`") if "at_least" in parts else None
        most = self.count(parts["at_most"], "`at_most`") if "at_most" in parts else None
        if least is not None and most is not None and least > most:
            self.findings.error(parts["at_most"].place, f"at least {least} and at most {most}: nothing would match")
        if len(self.findings.errors) > mistakes:
            return None
        if least is None and most is None:
            least = 1
        return Did(events, where, within, least, most, key.place)

    def events(self, node: Node) -> tuple[str, ...]:
        """The types of activity named; unknown ones are mistakes."""
        names = self.findings.texts(node, "an event")
        if isinstance(node, Sequence) and not node.items:
            self.findings.error(node.place, "the list of events is empty")
        for name in names:
            if self.activities is not None and name.text not in self.activities:
                self.findings.unknown(name, "event", self.activities)
            self.used_events.setdefault(name.text, name)
        return tuple(dict.fromkeys(name.text for name in names))

    def of_activity(self) -> ConditionChecker:
        """The checker of `where`: conditions on the activity's own fields."""
        checker = ConditionChecker(
            self.findings, Catalogue({each.name: each for each in ACTIVITY_FIELDS}), self.lists, {}
        )
        checker.used_lists = self.used_lists
        return checker

    def count(self, node: Node, what: str) -> int | None:
        number = self.findings.whole(node, what)
        if number is not None and number < 0:
            self.findings.error(node.place, f"{what} cannot be negative: nobody does something {number} times")
            return None
        return number

    def field(self, field: Field, key: Scalar, value: Node) -> Condition | None:
        if not isinstance(value, Mapping):
            return self.test(field, "is", key, value)
        if not value.entries:
            self.findings.error(value.place, f"no operator for '{key.text}'", nearest("", OPERATORS[field.type]))
            return None
        parts = [self.operator(field, name, constant) for name, constant in value.entries]
        good = tuple(part for part in parts if part is not None)
        if len(good) != len(parts):
            return None
        return good[0] if len(good) == 1 else All(good)

    def operator(self, field: Field, name: Scalar, constant: Node) -> Condition | None:
        allowed = OPERATORS[field.type]
        if name.text in allowed:
            return self.test(field, name.text, name, constant)
        if any(name.text in operators for operators in OPERATORS.values()):
            self.findings.error(
                name.place,
                f"'{name.text}' does not go with '{field.name}', which is {_a_type(field.type)}",
                f"for {_a_type(field.type)} there are: {', '.join(allowed)}",
            )
        else:
            self.findings.error(name.place, f"there is no operator called '{name.text}'", nearest(name.text, allowed))
        return None

    def test(self, field: Field, operator: str, key: Scalar, constant: Node) -> Condition | None:
        if operator == "present":
            wanted = self.findings.yes_no(constant, "`present`")
            return None if wanted is None else Test(field, "present", (wanted,), key.place)
        if operator == "in_list":
            return self.in_list(field, constant)
        if operator in ("within", "older_than", "in_next"):
            return self.span(field, operator, constant)
        if operator == "between":
            return self.between(field, constant)
        if operator in ("at_least", "at_most", "above", "below", "before", "after"):
            found = self.findings.scalar(constant, f"`{operator}`")
            value = self.value(field, found) if found is not None else None
            return None if value is None else Test(field, operator, (value,), constant.place)
        scalars = self.findings.texts(constant, f"the value of '{field.name}'")
        if not scalars:
            if isinstance(constant, Sequence) and not constant.items:
                self.findings.error(constant.place, f"'{field.name}' is compared with an empty list")
            return None
        named = field.name in self.choices and operator in ("is", "is_not")
        values = [self.choice(field, each) if named else self.value(field, each) for each in scalars]
        good = tuple(value for value in values if value is not None)
        return Test(field, operator, good, constant.place) if len(good) == len(values) else None

    def in_list(self, field: Field, constant: Node) -> Condition | None:
        name = self.findings.scalar(constant, "a list's name")
        if name is None:
            return None
        if name.text not in self.lists:
            self.findings.unknown(name, "list", self.lists)
            return None
        self.used_lists.add(name.text)
        return Test(field, "is", self.lists[name.text], name.place, list_name=name.text)

    def span(self, field: Field, operator: str, constant: Node) -> Condition | None:
        days = self.days(constant, f"`{operator}`")
        return None if days is None else Test(field, operator, (days,), constant.place)

    def days(self, node: Node, what: str) -> int | None:
        """A span such as 7d, in days."""
        found = self.findings.scalar(node, what)
        days = span_in_days(found.text) if found is not None else None
        if found is not None and days is None:
            self.findings.error(
                found.place, f"'{found.text}' is no span of days", "write 7d, 2w, 3m (30 days each) or 1y (365 days)"
            )
        return days

    def between(self, field: Field, constant: Node) -> Condition | None:
        if not isinstance(constant, Sequence) or len(constant.items) != 2:
            self.findings.error(constant.place, "`between` takes two values: `between: [10, 50]`")
            return None
        scalars = self.findings.texts(constant, "`between`")
        values = [self.value(field, each) for each in scalars]
        good = [value for value in values if value is not None]
        if len(good) != 2:
            return None
        if good[0] > good[1]:  # type: ignore[operator]  # both came from one field's type
            self.findings.error(constant.place, "`between` has its ends the wrong way round; nothing would match")
            return None
        return Test(field, "between", tuple(good), constant.place)

    def value(self, field: Field, scalar: Scalar) -> Value | None:
        """The constant with the field's type."""
        text = scalar.text.strip()
        if field.type in ("text", "choice"):
            if fold(text) is None:
                self.findings.error(scalar.place, "an empty text matches nothing", "a missing value is `present: no`")
                return None
            return scalar.text
        if field.type in ("number", "money"):
            if _NUMBER.fullmatch(text):
                number = float(text)
                return int(number) if number.is_integer() else number
            self.findings.error(scalar.place, f"'{field.name}' is compared with a number, not '{scalar.text}'")
            return None
        if field.type == "yes_no":
            return self.findings.yes_no(scalar, f"'{field.name}'")
        if field.type == "grade":
            found = _GRADE.fullmatch(text)
            if found and text and self.marks is not None and not self.is_earned(found):
                self.findings.unknown(scalar, "grade", sorted(self.marks))
                return None
            if found and text:
                return text.upper()
            self.findings.error(scalar.place, f"'{scalar.text}' is no grade", "a letter, a number, or both: A, 1, A1")
            return None
        try:
            return date.fromisoformat(text).isoformat()
        except ValueError:
            self.findings.error(scalar.place, f"'{scalar.text}' is no day", "write days as 2026-11-22")
            return None

    def is_earned(self, mark: re.Match[str]) -> bool:
        """Whether the rules give this letter and this number."""
        return self.marks is None or all(part is None or part.upper() in self.marks for part in mark.groups())

    def choice(self, field: Field, scalar: Scalar) -> str | None:
        """One of the names that the field may have, in their own spelling."""
        names, what = self.choices[field.name], _ONE_OF.get(field.name, field.name)
        if field.name == "lifecycle" and self.rungs is not None:
            names, what = self.rungs, "rung below this one"
        known = {fold(each): each for each in names}
        found = known.get(fold(scalar.text))
        if found is None:
            self.findings.unknown(scalar, what, known.values())
        return found


_ONE_OF = {"lifecycle": "rung of the lifecycle", "qualified": "result of the qualification", "type": "event"}


def _a_type(name: str) -> str:
    return {
        "text": "text",
        "number": "a number",
        "money": "an amount of money",
        "date": "a date",
        "time": "a date",
        "yes_no": "yes or no",
        "grade": "a grade",
        "choice": "one of a few names",
    }[name]
