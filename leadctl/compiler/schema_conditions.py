"""Conditions as pieces of a JSON Schema: each field with the operators of its type, and what leads did."""

from __future__ import annotations

from collections.abc import Container, Iterable

from leadctl.compiler.catalogue import ACTIVITY_FIELDS, LEAD, OPERATORS, US, Field
from leadctl.compiler.meanings import CONDITIONS_MEAN, OPERATORS_MEAN, TYPES_MEAN, field_means
from leadctl.compiler.schema_values import (
    DAY_VALUE,
    NUMBER_VALUE,
    SPAN_VALUE,
    WORD,
    WORD_OF_LIST,
    YES_NO_VALUE,
    Schema,
    listing,
    mapping,
    one_of,
    ref,
    values_of,
    whole,
)
from leadctl.compiler.tree import Rules

_VALUES = {"text": "word", "number": "number_value", "date": "day", "yes_no": "yes_no_value", "grade": "grade_name"}
# Types that are compared alike share a definition.
ALIKE = {"money": "number", "time": "date"}
_PLURAL = {
    "stage": "stages",
    "persona": "personas",
    "temperature": "temperatures",
    "qualified": "a qualification",
    "lifecycle": "a lifecycle",
}
_ANY_GRADE = r"^(?=.)[A-Za-z]?\d{0,2}$"


def value_definitions(rules: Rules) -> dict[str, Schema]:
    """What conditions compare with, and the names that rules give."""
    types = rules.activities.values()
    return {
        "word": WORD,
        "word_of_list": WORD_OF_LIST,
        "number_value": NUMBER_VALUE,
        "day": DAY_VALUE,
        "span": SPAN_VALUE,
        "yes_no_value": YES_NO_VALUE,
        "words": values_of("word", "a word, or a list of words"),
        "grade_name": _grades(rules),
        "list_name": one_of(rules.lists, "lists"),
        "segment_name": one_of(rules.segments, "segments"),
        "event_name": one_of(rules.activities, "activities", [_by(each.by, each.topic) for each in types]),
        **{f"{field}_name": one_of(names, _PLURAL[field]) for field, names in rules.choices.items()},
    }


def _by(who: str, topic: str | None) -> str:
    return {US: "done by us", LEAD: "done by the lead"}.get(who, "a record") + (f"; topic: {topic}" if topic else "")


def grades(rules: Rules) -> list[str]:
    """Every mark that a grade may have: letters, numbers, both."""
    letters = [name for name, _ in rules.letter.marks] if rules.letter else []
    numbers = [name for name, _ in rules.number.marks] if rules.number else []
    return [*letters, *numbers, *(letter + number for letter in letters for number in numbers)]


def _grades(rules: Rules) -> Schema:
    known = grades(rules)
    return one_of(known, "grades") if known else {"type": ["string", "integer"], "pattern": _ANY_GRADE}


def condition_definitions(rules: Rules) -> dict[str, Schema]:
    """`condition` for leads, `activity_condition` for what stands after `where`, `kind_condition` for activities of your
    own; and a definition for each type of field."""
    fields = rules.catalogue.fields
    return {
        **{kind: _test(kind, value) for kind, value in _VALUES.items()},
        **{f"{name}_test": _test(fields[name].type, f"{name}_name") for name in rules.choices},
        "condition": _condition(
            "condition",
            {
                **{name: _field(each, rules.choices) for name, each in fields.items()},
                "segment": values_of("segment_name", CONDITIONS_MEAN["segment"]),
                "did": ref("did", CONDITIONS_MEAN["did"]),
            },
        ),
        "activity_condition": _condition("activity_condition", _of_activity(ACTIVITY_FIELDS)),
        "kind_condition": _condition(
            "kind_condition",
            {"type": values_of("event_name", "the type that it is a kind of"), **_of_activity(ACTIVITY_FIELDS)},
        ),
        "did": mapping(
            {
                "event": values_of("event_name", CONDITIONS_MEAN["event"]),
                "where": ref("activity_condition", CONDITIONS_MEAN["where"]),
                "within": ref("span", CONDITIONS_MEAN["did within"]),
                "at_least": whole(CONDITIONS_MEAN["did at_least"], least=0),
                "at_most": whole(CONDITIONS_MEAN["did at_most"], least=0),
            },
            CONDITIONS_MEAN["did"],
        ),
    }


def _field(field: Field, named: Container[str] = ()) -> Schema:
    """`named`: fields that hold one of the names that the rules give."""
    definition = f"{field.name}_test" if field.name in named else ALIKE.get(field.type, field.type)
    # A field of your own says no more than its type does, and there may be hundreds.
    return ref(definition, None if field.custom else field_means(field.name, field.type))


def _of_activity(fields: Iterable[Field]) -> dict[str, Schema]:
    return {each.name: _field(each) for each in fields}


def _condition(name: str, fields: dict[str, Schema]) -> Schema:
    parts = listing(ref(name), "", minItems=1)
    words = {
        "all": {**parts, "description": CONDITIONS_MEAN["all"]},
        "any": {**parts, "description": CONDITIONS_MEAN["any"]},
        "not": ref(name, CONDITIONS_MEAN["not"]),
    }
    return mapping({**fields, **words}, "a condition: all of its entries must hold", minProperties=1)


def _test(kind: str, value: str) -> Schema:
    """A field of this type: a value, a list of them, or a map of the type's operators. `value`: its definition's name."""
    operators = OPERATORS[kind]
    tests = mapping(
        {each: _constant(each, value) for each in operators},
        minProperties=1,
        errorMessage=f"for {TYPES_MEAN[kind]} there are: {', '.join(operators)}",
    )
    alone = values_of(value)
    return {
        "description": f"{TYPES_MEAN[kind]}: a value, a list (any of them), or operators",
        "anyOf": alone.pop("anyOf"),
        "if": {"type": "object"},
        "then": tests,
        "else": alone,
    }


def _constant(operator: str, value: str) -> Schema:
    """What stands after an operator."""
    means = OPERATORS_MEAN[operator]
    if operator == "present":
        return ref("yes_no_value", means)
    if operator == "in_list":
        return ref("list_name", means)
    if operator in ("within", "older_than", "in_next"):
        return ref("span", means)
    if operator == "between":
        return {
            "description": means,
            "anyOf": [{}],
            "if": {"type": "array"},
            "then": {"items": ref(value), "minItems": 2, "maxItems": 2},
            "else": {"type": "array", "errorMessage": "`between` takes two values: [10, 50]"},
        }
    if operator in ("at_least", "at_most", "above", "below", "before", "after"):
        return ref(value, means)
    return ref("words", means) if operator not in ("is", "is_not") else values_of(value, means)
