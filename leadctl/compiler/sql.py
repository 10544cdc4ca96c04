"""Checked conditions -> SQL with bound values.

Two values only: what stands on a missing value is false, except `present: no`. Conditions without `not` need no care for
that (NULL ends as false in a CASE or a WHERE); under `not` the part is made 0 or 1 first, so that it is an exact complement.

Text is compared in the form that `leadctl.model.text.words` gives. For fields whose texts recur (a title, a country), each
distinct text stands once in the table `wording` beside that form, so a test is a look into a short list of texts; a field
that names nearly every lead by itself (a name, an e-mail) is compared directly.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from leadctl.compiler.catalogue import Field
from leadctl.compiler.fragment import Sql, balanced, joined
from leadctl.compiler.tree import All, AnyOf, Condition, InSegment, Not, Rules, Test
from leadctl.model.dates import utc_bounds
from leadctl.model.text import has, inside, prefix, suffix, whole

LONG_LIST = 40  # beyond this, a list of constants is bound as one JSON array


@dataclass(frozen=True)
class ConditionSql:
    """Compiles conditions for one day in one time zone."""

    rules: Rules
    today: date
    zone: ZoneInfo

    def holds(self, condition: Condition) -> Sql:
        """An expression that is true where the condition holds; NULL or 0 where it does not."""
        if isinstance(condition, All):
            return balanced(" AND ", [self.holds(part) for part in condition.parts])
        if isinstance(condition, AnyOf):
            return balanced(" OR ", [self.holds(part) for part in condition.parts])
        if isinstance(condition, Not):
            return "CASE WHEN " + self.holds(condition.part) + " THEN 0 ELSE 1 END = 1"
        if isinstance(condition, InSegment):
            return self.holds(self.rules.segments[condition.name])
        return self.test(condition)

    def test(self, test: Test) -> Sql:
        column = f'{test.field.table}."{test.field.name}"'
        if test.operator == "present":
            return self.present(test, column)
        if test.field.type == "grade":
            return _grade(test)
        if test.field.type == "text":
            return self.text_test(test, column)
        if test.field.type == "time":
            return self.time_test(test, column)
        if test.field.type == "date":
            return _days(test, column, self.today, lambda day: day.isoformat())
        return _numbers(test, column)

    def present(self, test: Test, column: str) -> Sql:
        """Whether there is a value. Text of nothing but blanks and control characters is none."""
        there = Sql(f"{column} IS NOT NULL")
        if test.field.type == "text" and not test.field.tidy:
            there = _by_wording(
                test.field, column, Sql(f"words({column}) IS NOT NULL" if test.field.identifying else "words <> ''")
            )
        return there if test.values[0] else "CASE WHEN " + there + " THEN 0 ELSE 1 END = 1"

    def text_test(self, test: Test, column: str) -> Sql:
        if test.operator in ("is_not", "does_not_contain"):
            positive = Test(test.field, "is" if test.operator == "is_not" else "contains", test.values, test.place)
            there = Test(test.field, "present", (True,), test.place)
            return "(" + self.present(there, column) + " AND NOT " + self.text_test(positive, column) + ")"
        asked = _wording(test, f"words({column})" if test.field.identifying else "words")
        return _by_wording(test.field, column, asked)

    def time_test(self, test: Test, column: str) -> Sql:
        """Days of a moment: `on or after day D` is `not before D's local midnight`, as UTC text."""
        return _days(test, column, self.today, self.midnight)

    def midnight(self, day: date) -> str:
        """The UTC text of a day's local midnight; at the ends of the calendar, where there is none, the day itself."""
        return utc_bounds(day, self.zone) if 1 < day.year < 9999 else day.isoformat()


def _by_wording(field: Field, column: str, asked: Sql) -> Sql:
    """What is asked of the compared form of a column's text: directly, or by the list of its distinct texts."""
    if field.identifying:
        return asked
    return f"{column} IN (SELECT text FROM wording WHERE field = '{field.name}' AND " + asked + ")"


def _wording(test: Test, words: str) -> Sql:
    """A text operator on an expression that holds the compared form."""
    constants = [str(value) for value in test.values]
    if test.operator == "is":
        return _one_of(words, [whole(each) for each in constants])
    if len(constants) > LONG_LIST:
        return _one_of_many(test.operator, words, constants)
    if test.operator == "starts_with":
        forms = [prefix(each) for each in constants]
        return _any(Sql(f"substr({words}, 1, {len(form)}) = ?", (form,)) for form in forms)
    if test.operator == "ends_with":
        forms = [suffix(each) for each in constants]
        return _any(Sql(f"substr({words}, -{len(form)}) = ?", (form,)) for form in forms)
    if test.operator == "has":
        return _any(Sql(f"instr({words}, ?) > 0", (form,)) for each in constants for form in has(each))
    return _any(Sql(f"instr({words}, ?) > 0", (inside(each),)) for each in constants)


# How one of many constants is looked for; the first makes the forms to look for.
_MANY: dict[str, tuple[Callable[[str], tuple[str, ...]], str]] = {
    "starts_with": (lambda text: (prefix(text),), "substr({0}, 1, length(value)) = value"),
    "ends_with": (lambda text: (suffix(text),), "substr({0}, -length(value)) = value"),
    "has": (has, "instr({0}, value) > 0"),
    "contains": (lambda text: (inside(text),), "instr({0}, value) > 0"),
}


def _one_of_many(operator: str, words: str, constants: list[str]) -> Sql:
    """A long list of constants, bound as one value: SQLite refuses an OR of more than a thousand."""
    forms, holds = _MANY[operator]
    listed = json.dumps([form for text in constants for form in forms(text)])
    return Sql(f"EXISTS (SELECT 1 FROM json_each(?) WHERE {holds.format(words)})", (listed,))


def _any(parts: Iterable[Sql]) -> Sql:
    found = list(dict.fromkeys(parts))
    return found[0] if len(found) == 1 else balanced(" OR ", found)


def _one_of(expression: str, constants: list[str]) -> Sql:
    found = tuple(dict.fromkeys(constants))
    if len(found) == 1:
        return Sql(f"{expression} = ?", found)
    if len(found) > LONG_LIST:
        return Sql(f"{expression} IN (SELECT value FROM json_each(?))", (json.dumps(found),))
    return Sql(f"{expression} IN ({', '.join('?' * len(found))})", found)


_SIGNS = {"at_least": ">=", "above": ">", "at_most": "<=", "below": "<"}


def _numbers(test: Test, column: str) -> Sql:
    if test.operator == "between":
        return Sql(f"{column} BETWEEN ? AND ?", test.values)
    if test.operator in _SIGNS:
        return Sql(f"{column} {_SIGNS[test.operator]} ?", test.values)
    values = tuple(int(value) if isinstance(value, bool) else value for value in test.values)
    listed = (
        Sql(f"{column} = ?", values)
        if len(values) == 1
        else Sql(f"{column} IN ({', '.join('?' * len(values))})", values)
    )
    return listed if test.operator == "is" else f"({column} IS NOT NULL AND NOT " + listed + ")"


def _days(test: Test, column: str, today: date, bound: Callable[[date], str]) -> Sql:
    """Tests on days, as one half-open range: first day included, the day after the last excluded."""
    if test.operator in ("is", "is_not"):
        single = (_range(column, date.fromisoformat(str(v)), date.fromisoformat(str(v)), bound) for v in test.values)
        found = _any(single)
        return found if test.operator == "is" else f"({column} IS NOT NULL AND NOT " + found + ")"
    first, last = day_range(test, today)
    return _range(column, first, last, bound)


def day_range(test: Test, today: date) -> tuple[date | None, date | None]:
    """The first and the last day for which a test on days holds (None: without an end)."""
    if test.operator in ("within", "older_than", "in_next"):
        span = timedelta(days=min(int(test.values[0]), 36_500))
        return {
            "within": (today - span, today),
            "older_than": (None, today - span - timedelta(days=1)),
            "in_next": (today, today + span),
        }[test.operator]
    first = date.fromisoformat(str(test.values[0]))
    last = date.fromisoformat(str(test.values[-1]))
    return {
        "at_least": (first, None),
        "above": (_next(first), None),
        "after": (_next(first), None),
        "at_most": (None, first),
        "below": (None, _before(first)),
        "before": (None, _before(first)),
        "between": (first, last),
    }[test.operator]


def _range(column: str, first: date | None, last: date | None, bound: Callable[[date], str]) -> Sql:
    parts: list[Sql] = []
    if first is not None:
        parts.append(Sql(f"{column} >= ?", (bound(first),)))
    if last is not None:
        parts.append(Sql(f"{column} < ?", (bound(_next(last)),)))
    return "(" + joined(" AND ", parts) + ")"


def _next(day: date) -> date:
    """The day after; the calendar's last one is its own."""
    return day if day == date.max else day + timedelta(days=1)


def _before(day: date) -> date:
    return day if day == date.min else day - timedelta(days=1)


def _grade(test: Test) -> Sql:
    """`A` is every A, `1` every 1, `A1` both."""
    parts: list[Sql] = []
    for value in test.values:
        mark = str(value)
        letter, number = mark.rstrip("0123456789"), mark.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
        wanted = [Sql("score.letter = ?", (letter,))] if letter else []
        wanted += [Sql("score.number = ?", (number,))] if number else []
        parts.append("(" + joined(" AND ", wanted) + ")")
    found = _any(parts)
    return found if test.operator == "is" else "(score.grade IS NOT NULL AND NOT " + found + ")"


def tests_of(condition: Condition, rules: Rules) -> Iterator[Test]:
    """Every test that a condition makes, its segments' too."""
    if isinstance(condition, Test):
        yield condition
    elif isinstance(condition, Not):
        yield from tests_of(condition.part, rules)
    elif isinstance(condition, InSegment):
        yield from tests_of(rules.segments[condition.name], rules)
    else:
        for part in condition.parts:
            yield from tests_of(part, rules)


def fields_by_wording(conditions: Iterable[Condition], rules: Rules) -> set[str]:
    """The fields whose distinct texts the compiled conditions look up in the table `wording`."""
    return {
        test.field.name
        for condition in conditions
        for test in tests_of(condition, rules)
        if test.field.type == "text"
        and not test.field.identifying
        and not (test.operator == "present" and test.field.tidy)
    }


def rule_conditions(rules: Rules) -> Iterator[Condition]:
    """Every condition in the rules."""
    yield from rules.segments.values()
    for dimension in rules.dimensions:
        for group in dimension.groups:
            yield from (rule.when for rule in group.rules)
    if rules.routing.only is not None:
        yield rules.routing.only
    yield from (route.when for route in rules.routing.routes if route.when is not None)
