"""What is legal but surely not meant. Warnings never stop a run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import inf

from leadctl.compiler.conditions import ConditionChecker
from leadctl.compiler.findings import Findings
from leadctl.compiler.load import Node
from leadctl.compiler.sql import rule_conditions
from leadctl.compiler.tree import (
    All,
    AnyOf,
    Condition,
    Did,
    Dimension,
    Group,
    InSegment,
    Marks,
    Not,
    Rule,
    Rules,
    Rung,
    Test,
)  # fmt: skip
from leadctl.model.text import fold

MAIL_LISTS = ("free_mail", "disposable_mail")  # they say what `email_kind` is


def lint(findings: Findings, rules: Rules, used: ConditionChecker, nodes: Mapping[str, Node]) -> None:
    """Notes warnings on rules that have no errors."""
    for marks in (rules.letter, rules.number):
        if marks is not None:
            _unreachable_marks(findings, marks, next(each for each in rules.dimensions if each.name == marks.of))
    for dimension in rules.dimensions:
        for group in dimension.groups:
            _hidden_rules(findings, group)
            for rule in group.rules:
                why = contradiction(rule.when) if rule.when is not None else None
                if why:
                    findings.warning(rule.place, f"'{rule.id}' never matches: {why}")
                if rule.most is not None and rule.points < 0 <= rule.most:
                    findings.warning(rule.place, f"the `max` of '{rule.id}' has no effect: its points only take away")
    for rung in rules.lifecycle:
        _stricter_stay(findings, rung)
    for condition in rule_conditions(rules):
        for test in tests_of(condition):
            _doubtful_test(findings, test)
    _never_used(findings, nodes, "lists", {*used.used_lists, *MAIL_LISTS}, "list")
    _never_used(findings, nodes, "segments", used.used_segments, "segment")


def reach(dimension: Dimension) -> tuple[float, float]:
    """The least and the most that a dimension can come to."""
    low = high = 0.0
    for group in dimension.groups:
        ranges = [_of_rule(rule) for rule in group.rules]
        if group.pick_first:
            least, most = min([0, *(low for low, _ in ranges)]), max([0, *(high for _, high in ranges)])
        else:
            least, most = sum(low for low, _ in ranges), sum(high for _, high in ranges)
        if group.most is not None:
            least, most = min(least, group.most), min(most, group.most)
        low, high = low + least, high + most
    return max(dimension.lowest, low), min(dimension.highest, max(high, dimension.lowest))


def _of_rule(rule: Rule) -> tuple[float, float]:
    """The least and the most that a rule adds."""
    least, most = float(min(rule.points, 0)), float(max(rule.points, 0))
    if rule.counts == "each":
        least, most = least * inf if least else 0.0, most * inf if most else 0.0
    return (least, most) if rule.most is None else (min(least, rule.most), min(most, rule.most))


def _stricter_stay(findings: Findings, rung: Rung) -> None:
    """Who has just entered should not fall out again at once."""
    if rung.stay is None:
        return
    entering = {(test.field.name, test.operator): test for test in _plain_tests(rung.enter)}
    for test in _plain_tests(rung.stay):
        other = entering.get((test.field.name, test.operator))
        if other is not None and not _implies(other, test):
            findings.warning(
                test.place,
                f"'{rung.name}' is entered with {_bound(other)} and wants {_bound(test)} to stay: who enters falls out again",
                "let `stay` ask for less than `enter`",
            )


def _bound(test: Test) -> str:
    return f"{test.field.name} {test.operator.replace('_', ' ')} {' or '.join(map(str, test.values))}"


def _plain_tests(condition: Condition) -> Iterator[Test]:
    """The tests that must all hold."""
    if isinstance(condition, Test):
        yield condition
    elif isinstance(condition, All):
        for part in condition.parts:
            yield from _plain_tests(part)


def _unreachable_marks(findings: Findings, marks: Marks, dimension: Dimension) -> None:
    _, highest = reach(dimension)
    for name, least in marks.marks:
        if least > highest:
            findings.warning(
                marks.place,
                f"nobody can get {name}: it needs {least}, and {dimension.name} comes to {highest:g} at most",
            )


def _hidden_rules(findings: Findings, group: Group) -> None:
    """In a `pick: first` group, a rule whose condition an earlier one has already taken."""
    if not group.pick_first:
        return
    for index, rule in enumerate(group.rules):
        for earlier in group.rules[:index]:
            if rule.when is not None and earlier.when is not None and _implies(rule.when, earlier.when):
                findings.warning(
                    rule.place, f"'{rule.id}' never counts: whoever matches it matches '{earlier.id}' before"
                )
                break


def _implies(narrow: Condition, wide: Condition) -> bool:
    """Whether `narrow` surely implies `wide`; only the plain cases are looked at."""
    if isinstance(narrow, Test) and isinstance(wide, Test):
        if narrow.field.name != wide.field.name or narrow.operator != wide.operator:
            return False
        if narrow.operator in ("is", "has", "contains", "starts_with", "ends_with"):
            taken = {str(value).casefold() for value in wide.values}
            return all(str(value).casefold() in taken for value in narrow.values)
        if narrow.operator in ("at_least", "above"):
            return narrow.values[0] >= wide.values[0]  # type: ignore[operator]  # one field, one type
        if narrow.operator in ("at_most", "below"):
            return narrow.values[0] <= wide.values[0]  # type: ignore[operator]
        return narrow.values == wide.values
    if isinstance(narrow, InSegment) and isinstance(wide, InSegment):
        return narrow.name == wide.name
    if isinstance(narrow, All):
        return any(_implies(part, wide) for part in narrow.parts)
    return False


def _doubtful_test(findings: Findings, test: Test) -> None:
    for value in test.values:
        word = str(value)
        if test.operator == "has" and not all(part.isalnum() or part.isspace() or part in "-'’&." for part in word):
            findings.warning(
                test.place, f"`has` looks for whole words, and '{word}' has other signs in it", "use `contains`"
            )
        if test.operator == "contains" and len(word.strip()) <= 3:
            findings.warning(test.place, f"'{word}' is inside many longer words", "use `has` for whole words")


def _never_used(findings: Findings, nodes: Mapping[str, Node], key: str, used: set[str], what: str) -> None:
    node = nodes.get(key)
    for name, _ in getattr(node, "entries", ()):
        if name.text not in used:
            findings.warning(name.place, f"no rule uses the {what} '{name.text}'")


def tests_of(condition: Condition) -> Iterator[Test]:
    """Every test in a condition, those on activities too; segments stand for themselves."""
    if isinstance(condition, Test):
        yield condition
    elif isinstance(condition, (All, AnyOf)):
        for part in condition.parts:
            yield from tests_of(part)
    elif isinstance(condition, Not):
        yield from tests_of(condition.part)
    elif isinstance(condition, Did) and condition.where is not None:
        yield from tests_of(condition.where)


def contradiction(condition: Condition) -> str | None:
    """Why a condition can never hold, in plain cases (two bounds or two values of one field that exclude each other)."""
    if not isinstance(condition, All):
        return None
    low: dict[str, tuple[float, bool]] = {}  # field -> bound, and whether the bound itself is excluded
    high: dict[str, tuple[float, bool]] = {}
    values: dict[str, set[str]] = {}
    for part in condition.parts:
        inner = contradiction(part)
        if inner:
            return inner
        if not isinstance(part, Test):
            continue
        name = part.field.name
        if part.operator == "is" and part.field.type != "grade":
            wanted = {str(fold(str(value))) for value in part.values}
            values[name] = values.get(name, wanted) & wanted
            if not values[name]:
                return f"{name} cannot be two values at once"
        if part.field.type in ("number", "money") and part.operator in ("at_least", "above"):
            bound = (float(part.values[0]), part.operator == "above")
            low[name] = max(bound, low.get(name, bound))
        if part.field.type in ("number", "money") and part.operator in ("at_most", "below"):
            bound = (float(part.values[0]), part.operator == "below")
            high[name] = min(bound, high.get(name, bound), key=lambda each: (each[0], not each[1]))
    for name in low.keys() & high.keys():
        (least, above), (most, below) = low[name], high[name]
        if least > most or (least == most and (above or below)):
            first, last = "above" if above else "at least", "below" if below else "at most"
            return f"{name} cannot be {first} {least:g} and {last} {most:g}"
    return None
