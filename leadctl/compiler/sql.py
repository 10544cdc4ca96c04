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
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from leadctl.compiler.catalogue import Field
from leadctl.compiler.fragment import Sql, Value, balanced, joined
from leadctl.compiler.tree import All, AnyOf, Condition, Criterion, Did, InSegment, Not, Rules, Test
from leadctl.model.dates import utc_bounds
from leadctl.model.text import has, inside, prefix, suffix, whole

LONG_LIST = 40  # beyond this, a list of constants is bound as one JSON array


class ConditionSql:
    """Compiles conditions for one day in one time zone, as expressions on the tables `lead`, `score` and `activity`."""

    def __init__(self, rules: Rules, today: date, zone: ZoneInfo) -> None:
        self.rules = rules
        self.today = today
        self.zone = zone

    @property
    def day(self) -> int:
        """Today as activities count days."""
        return day_number(self.today)

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
        if isinstance(condition, Did):
            return self.did(condition)
        return self.test(condition)

    def holds_not(self, criterion: Criterion) -> Sql:
        """Whether the answer is no: the condition does not hold, though every field that it needs is known."""
        known = fields_known(criterion, self.rules)
        return "(CASE WHEN " + self.holds(criterion.when) + " THEN 0 ELSE 1 END = 1" + joined(
            "", (" AND " + self.holds(test) for test in known)
        ) + ")"  # fmt: skip

    def test(self, test: Test) -> Sql:
        if test.field.name == "type":
            return self.matches(tuple(str(value) for value in test.values))
        if test.field.name in _BY_LAST_DAY:
            return self.last_activity(test)
        column = self.column(test.field)
        if test.operator == "present":
            return self.present(test, column)
        if test.field.type == "grade":
            return self.grade(test)
        if test.field.type == "text":
            return self.text_test(test, column)
        if test.field.type == "choice":
            return _choice(test, column)
        if test.field.type == "time":
            return self.time_test(test, column)
        if test.field.type == "date":
            return _days(test, column, self.today, lambda day: day.isoformat())
        return _numbers(test, column)

    def column(self, field: Field) -> Sql:
        """What holds a field's value."""
        if field.name == "email_domain":
            return Sql("CASE WHEN instr(lead.email, '@') > 0 THEN substr(lead.email, instr(lead.email, '@') + 1) END")
        if field.name == "phone_country":
            return Sql("CASE WHEN lead.phone_state = 'valid' THEN phone_country(lead.phone) END")
        return Sql(f'{field.table}."{field.derived_from or field.name}"')

    def did(self, did: Did) -> Sql:
        """How often something was done against what is asked for."""
        found = "(SELECT 1 FROM activity WHERE activity.lead = lead.id AND " + self.counted(did) + ")"
        if did.at_least == 1 and did.at_most is None:
            return "EXISTS " + found
        if did.at_least is None and did.at_most == 0:
            return "NOT EXISTS " + found
        return often_enough(did, "(SELECT count(*) FROM " + found + ")")

    def counted(self, did: Did) -> Sql:
        """Whether the row `activity` counts for a `did`."""
        first = self.day - did.within if did.within is not None else None
        days = Sql("activity.day <= ?", (self.day,))
        if first is not None:
            days = Sql("activity.day BETWEEN ? AND ?", (first, self.day))
        found = days + " AND " + self.matches(did.events)
        return found if did.where is None else found + " AND (" + self.holds(did.where) + ")"

    def matches(self, events: tuple[str, ...]) -> Sql:
        """Whether the row `activity` is one of these events; none named: something that the lead did."""
        if not events:
            others = self.rules.not_done_by_leads
            return Sql(f"activity.type NOT IN ({', '.join('?' * len(others))})", others)
        plain = Sql(f"activity.type IN ({', '.join('?' * len(events))})", events)
        if len(events) == 1:
            plain = Sql("activity.type = ?", events)
        kinds = [self.rules.activities[name].when for name in events]
        parts = [plain, *("(" + self.holds(when) + ")" for when in kinds if when is not None)]
        return parts[0] if len(parts) == 1 else balanced(" OR ", parts)

    def last_activity(self, test: Test) -> Sql:
        """Tests on the day of the last thing that the lead did."""
        last = self.last_day()
        if test.operator == "present":
            return last + (" IS NOT NULL" if test.values[0] else " IS NULL")
        if test.field.type == "number":
            return _numbers(test, "(" + Sql(f"{self.day} - ") + last + ")")
        return _days(test, last, self.today, day_number)

    def last_day(self) -> Sql:
        """The day of the last thing that the lead did, as activities count days."""
        found = "(SELECT max(activity.day) FROM activity WHERE activity.lead = lead.id AND activity.day <= "
        return Sql(f"{found}{self.day} AND ") + self.matches(()) + ")"

    def present(self, test: Test, column: Sql) -> Sql:
        """Whether there is a value. Text of nothing but blanks and control characters is none."""
        there = column + " IS NOT NULL"
        if test.field.type == "text" and not test.field.tidy:
            asked = "words(" + column + ") IS NOT NULL" if test.field.identifying else Sql("words <> ''")
            there = _by_wording(test.field, column, asked)
        return there if test.values[0] else "CASE WHEN " + there + " THEN 0 ELSE 1 END = 1"

    def grade(self, test: Test) -> Sql:
        """`A` is every A, `1` every 1, `A1` both."""
        parts: list[Sql] = []
        for value in test.values:
            mark = str(value)
            letter, number = mark.rstrip("0123456789"), mark.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
            wanted = [self.score("letter") + Sql(" = ?", (letter,))] if letter else []
            wanted += [self.score("number") + Sql(" = ?", (number,))] if number else []
            parts.append("(" + joined(" AND ", wanted) + ")")
        found = _any(parts)
        if test.operator == "is":
            return found
        return "(" + self.score("grade") + " IS NOT NULL AND NOT " + found + ")"

    def score(self, name: str) -> Sql:
        """A column of the table `score`."""
        return Sql(f'score."{name}"')

    def text_test(self, test: Test, column: Sql) -> Sql:
        if test.operator in ("is_not", "does_not_contain"):
            positive = Test(test.field, "is" if test.operator == "is_not" else "contains", test.values, test.place)
            there = Test(test.field, "present", (True,), test.place)
            return "(" + self.present(there, column) + " AND NOT " + self.text_test(positive, column) + ")"
        asked = _wording(test, "words(" + column + ")" if test.field.identifying else Sql("words"))
        return _by_wording(test.field, column, asked)

    def time_test(self, test: Test, column: Sql) -> Sql:
        """Days of a moment: `on or after day D` is `not before D's local midnight`, as UTC text."""
        return _days(test, column, self.today, self.midnight)

    def midnight(self, day: date) -> str:
        """The UTC text of a day's local midnight; at the ends of the calendar, where there is none, the day itself."""
        return utc_bounds(day, self.zone) if 1 < day.year < 9999 else day.isoformat()


EPOCH = date(1970, 1, 1)
_BY_LAST_DAY = ("last_activity_at", "days_since_activity")


def day_number(day: date) -> int:
    """A day as activities count them: days since 1970-01-01."""
    return (day - EPOCH).days


def often_enough(did: Did, count: Sql) -> Sql:
    """Whether a count is what a `did` asks for."""
    parts = [count + f" >= {did.at_least}"] if did.at_least is not None else []
    parts += [count + f" <= {did.at_most}"] if did.at_most is not None else []
    return "(" + joined(" AND ", parts) + ")"


def wording_key(field: Field) -> str:
    """What the texts of a field are called in the table `wording`."""
    return f"activity.{field.name}" if field.table == "activity" else field.name


def _by_wording(field: Field, column: Sql, asked: Sql) -> Sql:
    """What is asked of the compared form of a column's text: directly, or by the list of its distinct texts."""
    if field.identifying:
        return asked
    return column + f" IN (SELECT text FROM wording WHERE field = '{wording_key(field)}' AND " + asked + ")"


def _choice(test: Test, column: Sql) -> Sql:
    found = _one_of(column, [str(value) for value in test.values])
    return found if test.operator == "is" else "(" + column + " IS NOT NULL AND NOT " + found + ")"


def _wording(test: Test, words: Sql) -> Sql:
    """A text operator on an expression that holds the compared form."""
    constants = [str(value) for value in test.values]
    if test.operator == "is":
        return _one_of(words, [whole(each) for each in constants])
    if len(constants) > LONG_LIST:
        return _one_of_many(test.operator, words, constants)
    if test.operator == "starts_with":
        forms = [prefix(each) for each in constants]
        return _any("substr(" + words + Sql(f", 1, {len(form)}) = ?", (form,)) for form in forms)
    if test.operator == "ends_with":
        forms = [suffix(each) for each in constants]
        return _any("substr(" + words + Sql(f", -{len(form)}) = ?", (form,)) for form in forms)
    if test.operator == "has":
        return _any("instr(" + words + Sql(", ?) > 0", (form,)) for each in constants for form in has(each))
    return _any("instr(" + words + Sql(", ?) > 0", (inside(each),)) for each in constants)


# How one of many constants is looked for; the first makes the forms to look for.
_MANY: dict[str, tuple[Callable[[str], tuple[str, ...]], str]] = {
    "starts_with": (lambda text: (prefix(text),), "substr({0}, 1, length(value)) = value"),
    "ends_with": (lambda text: (suffix(text),), "substr({0}, -length(value)) = value"),
    "has": (has, "instr({0}, value) > 0"),
    "contains": (lambda text: (inside(text),), "instr({0}, value) > 0"),
}


def _one_of_many(operator: str, words: Sql, constants: list[str]) -> Sql:
    """A long list of constants, bound as one value: SQLite refuses an OR of more than a thousand."""
    forms, holds = _MANY[operator]
    listed = json.dumps([form for text in constants for form in forms(text)])
    return Sql(f"EXISTS (SELECT 1 FROM json_each(?) WHERE {holds.format(words.text)})", (listed, *words.values))


def _any(parts: Iterable[Sql]) -> Sql:
    found = list(dict.fromkeys(parts))
    return found[0] if len(found) == 1 else balanced(" OR ", found)


def _one_of(expression: Sql, constants: list[str]) -> Sql:
    found = tuple(dict.fromkeys(constants))
    if len(found) == 1:
        return expression + Sql(" = ?", found)
    if len(found) > LONG_LIST:
        return expression + Sql(" IN (SELECT value FROM json_each(?))", (json.dumps(found),))
    return expression + Sql(f" IN ({', '.join('?' * len(found))})", found)


_SIGNS = {"at_least": ">=", "above": ">", "at_most": "<=", "below": "<"}


def _numbers(test: Test, column: Sql) -> Sql:
    if test.operator == "between":
        return column + Sql(" BETWEEN ? AND ?", test.values)
    if test.operator in _SIGNS:
        return column + Sql(f" {_SIGNS[test.operator]} ?", test.values)
    values = tuple(int(value) if isinstance(value, bool) else value for value in test.values)
    listed = column + (
        Sql(" = ?", values) if len(values) == 1 else Sql(f" IN ({', '.join('?' * len(values))})", values)
    )
    return listed if test.operator == "is" else "(" + column + " IS NOT NULL AND NOT " + listed + ")"


def _days(test: Test, column: Sql, today: date, bound: Callable[[date], Value]) -> Sql:
    """Tests on days, as one half-open range: first day included, the day after the last excluded."""
    if test.operator in ("is", "is_not"):
        single = (_range(column, date.fromisoformat(str(v)), date.fromisoformat(str(v)), bound) for v in test.values)
        found = _any(single)
        return found if test.operator == "is" else "(" + column + " IS NOT NULL AND NOT " + found + ")"
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


def _range(column: Sql, first: date | None, last: date | None, bound: Callable[[date], Value]) -> Sql:
    parts: list[Sql] = []
    if first is not None:
        parts.append(column + Sql(" >= ?", (bound(first),)))
    if last is not None:
        parts.append(column + Sql(" < ?", (bound(_next(last)),)))
    return "(" + joined(" AND ", parts) + ")"


def _next(day: date) -> date:
    """The day after; the calendar's last one is its own."""
    return day if day == date.max else day + timedelta(days=1)


def _before(day: date) -> date:
    return day if day == date.min else day - timedelta(days=1)


def leaves_of(condition: Condition, rules: Rules) -> Iterator[Test | Did]:
    """Every test and every `did` of a condition, its segments' too."""
    if isinstance(condition, (Test, Did)):
        yield condition
    elif isinstance(condition, Not):
        yield from leaves_of(condition.part, rules)
    elif isinstance(condition, InSegment):
        yield from leaves_of(rules.segments[condition.name], rules)
    else:
        for part in condition.parts:
            yield from leaves_of(part, rules)


def dids_of(conditions: Iterable[Condition], rules: Rules) -> Iterator[Did]:
    """Everything that the conditions ask of what leads did."""
    for condition in conditions:
        yield from (leaf for leaf in leaves_of(condition, rules) if isinstance(leaf, Did))


def fields_known(criterion: Criterion, rules: Rules) -> list[Test]:
    """Tests that every field which a criterion names has a value."""
    tests = (leaf for leaf in leaves_of(criterion.when, rules) if isinstance(leaf, Test))
    return list(dict.fromkeys(Test(test.field, "present", (True,), criterion.place) for test in tests))


def texts_compared(conditions: Iterable[Condition], rules: Rules) -> set[str]:
    """The keys of the table `wording` that the compiled conditions look up."""
    return {
        wording_key(test.field)
        for condition in conditions
        for test in _tests_of(condition, rules)
        if test.field.type == "text"
        and not test.field.identifying
        and not (test.operator == "present" and test.field.tidy)
    }


def _tests_of(condition: Condition, rules: Rules) -> Iterator[Test]:
    """Every test, those on activities too."""
    for leaf in leaves_of(condition, rules):
        if isinstance(leaf, Test):
            yield leaf
            kinds = [str(value) for value in leaf.values] if leaf.field.name == "type" else []
        else:
            kinds = list(leaf.events)
            if leaf.where is not None:
                yield from _tests_of(leaf.where, rules)
        for name in kinds:
            when = rules.activities[name].when
            if when is not None:
                yield from _tests_of(when, rules)


def score_conditions(rules: Rules) -> Iterator[Condition]:
    """Every condition that a score is made from."""
    yield from rules.segments.values()
    yield from (persona.when for persona in rules.personas)
    for rule in rules.all_rules:
        yield rule.when or Did(rule.events, None, None, 1, None, rule.place)
    yield from (criterion.when for criterion in rules.qualify)
    for rung in rules.lifecycle:
        yield rung.enter
        if rung.stay is not None:
            yield rung.stay


def rule_conditions(rules: Rules) -> Iterator[Condition]:
    """Every condition in the rules."""
    yield from score_conditions(rules)
    if rules.routing.only is not None:
        yield rules.routing.only
    yield from (route.when for route in rules.routing.routes if route.when is not None)
