"""Conditions in plain words, with the values that they met: the `because` of an explanation."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from leadctl.compiler.tree import All, AnyOf, Condition, Did, InSegment, Not, Rules, Test
from leadctl.model.text import has, inside, prefix, suffix, whole, words

_WORDS = {
    "is": "is",
    "is_not": "is not",
    "has": "has",
    "contains": "contains",
    "starts_with": "starts with",
    "ends_with": "ends with",
    "does_not_contain": "does not contain",
    "at_least": "is at least",
    "at_most": "is at most",
    "above": "is above",
    "below": "is below",
    "between": "is between",
    "within": "is within the last days:",
    "older_than": "is older, in days, than",
    "in_next": "is in the next days:",
    "before": "is before",
    "after": "is after",
}
MOST_VALUES = 4
# Which constants a text met, where several were asked for.
_MET: dict[str, Callable[[str, str], bool]] = {
    "is": lambda text, constant: text == whole(constant),
    "has": lambda text, constant: any(form in text for form in has(constant)),
    "contains": lambda text, constant: inside(constant) in text,
    "starts_with": lambda text, constant: text.startswith(prefix(constant)),
    "ends_with": lambda text, constant: text.endswith(suffix(constant)),
}


def because(
    condition: Condition, lead: Mapping[str, Any] | None, rules: Rules, done: Mapping[Did, int] | None = None
) -> str:
    """Why a condition that holds does so for this lead: `title 'VP Sales' has VP; employees 200 is at least 50`.
    Without a lead, what the condition asks for: `title has VP; employees is at least 50`. `done` says how often the lead
    did what is asked."""
    if isinstance(condition, All):
        return "; ".join(because(part, lead, rules, done) for part in condition.parts)
    if isinstance(condition, AnyOf):
        return "one of: " + ", ".join(because(part, lead, rules, done) for part in condition.parts)
    if isinstance(condition, Not):
        return "not " + because(condition.part, lead, rules, done)
    if isinstance(condition, Did):
        return _did(condition, (done or {}).get(condition))
    if isinstance(condition, InSegment):
        return f"segment {condition.name} ({because(rules.segments[condition.name], lead, rules, done)})"
    return _test(condition, lead)


def _did(did: Did, count: int | None) -> str:
    """`did at least 3 times pricing_view or case_study within 7 days (5 times)`."""
    what = " or ".join(did.events[:MOST_VALUES]) + (" or …" if len(did.events) > MOST_VALUES else "")
    where = "" if did.where is None else f" where {because(did.where, None, Rules())}"
    times = {
        (1, None): "",
        (None, 0): "never ",
    }.get((did.at_least, did.at_most))
    if times is None:
        least = f"at least {did.at_least} times " if did.at_least is not None else ""
        times = least + (f"at most {did.at_most} times " if did.at_most is not None else "")
    within = f" within {did.within} days" if did.within is not None else ""
    counted = "" if not count or count == did.at_least == 1 else f" ({count} time{'s' if count != 1 else ''})"
    return f"did {times}{what or 'anything'}{where}{within}{counted}"


def _test(test: Test, lead: Mapping[str, Any] | None) -> str:
    if lead is None:
        return _sentence(test, test.field.name)
    value = lead.get(test.field.name)
    if test.field.type == "yes_no" and value is not None:
        value = "yes" if value else "no"
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    shown = f"{test.field.name} '{value}'" if isinstance(value, str) else f"{test.field.name} {value}"
    if test.operator == "present":
        return shown if value is not None else f"{test.field.name} is missing"
    if value is None:
        return f"{test.field.name} is missing"
    if isinstance(value, str) and test.operator in _MET and test.list_name is None:
        met = tuple(each for each in test.values if _MET[test.operator](words(value) or "", str(each)))
        test = replace(test, values=met or test.values)
    return _sentence(test, shown)


def _sentence(test: Test, shown: str) -> str:
    if test.operator == "present":
        return f"{shown} is {'there' if test.values[0] else 'missing'}"
    if test.list_name is not None:
        return f"{shown} is in the list {test.list_name}"
    constants = ["yes" if v is True else "no" if v is False else str(v) for v in test.values]
    sign = " and " if test.operator == "between" else " or "
    listed = sign.join(constants[:MOST_VALUES]) + (" or …" if len(constants) > MOST_VALUES else "")
    return f"{shown} {_WORDS[test.operator]} {listed}"
