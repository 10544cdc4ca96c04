"""The files beside the rules as pieces of a JSON Schema: tests (rules/tests/) and mappings (rules/mappings/)."""

from __future__ import annotations

from collections.abc import Iterable

from leadctl.compiler.catalogue import ACTIVITY_FIELDS
from leadctl.compiler.lifecycle_rules import FIRST_RUNG
from leadctl.compiler.meanings import CONDITIONS_MEAN, FIELDS_MEAN
from leadctl.compiler.parts import part_names
from leadctl.compiler.rule_tests import MOST_TIMES, NOTHING
from leadctl.compiler.schema_values import (
    DAY_VALUE,
    MOMENT,
    WORD,
    Schema,
    listing,
    mapping,
    named,
    one_of,
    ref,
    several,
    values_of,
    whole,
)
from leadctl.compiler.tree import Rules

_HOW = "how a value is read: text, number, money, or the form of a date such as DD-MM-YYYY HH:mm"


def _given(rules: Rules, value: Schema) -> Schema:
    """The fields that a file may fill, each with such a value."""
    means = FIELDS_MEAN
    return {
        each.name: {**value, "description": means[each.name]} if each.name in means else value
        for each in rules.catalogue.given_fields
    }


def mapping_definitions(rules: Rules, activity_columns: Iterable[str]) -> dict[str, Schema]:
    """`activity_columns`: what a file of activities may hold."""
    of_activities = {name: ref("origin") for name in activity_columns}
    columns = [each.name for each in rules.catalogue.given_fields]
    columns += [name for name in of_activities if name not in columns]
    origin = {
        "description": "the column that fills the field, or how it is read",
        "anyOf": [{}],
        "if": {"type": "object"},
        "then": mapping(
            {
                "from": values_of("word", "the column; several are joined with a space; in JSON a path"),
                "first": values_of(
                    "word", "columns of which the first with a value counts; further e-mails and phones stay"
                ),
                "values": named(WORD, 'spelling in the file: value; "*" is any other'),
                "as": ref("word", _HOW),
                "remove_prefix": ref("word", "what is cut off the front, such as p:"),
            },
            anyOf=[{"required": ["from"]}, {"required": ["first"]}],
        ),
        "else": ref("word"),
    }
    activity = mapping(
        {
            "type": ref("event_name", "what the lead did"),
            "times": ref("word", "the column that says how often"),
            "on": ref("origin", "the column that says when"),
        },
        "a column that tells of something the lead did",
        additionalProperties=True,
    )
    rungs = one_of([FIRST_RUNG, *(rung.name for rung in rules.lifecycle)], "rungs")
    in_tests = {
        "id": ref("word", "any word by which the test names the lead"),
        "lifecycle": several(rungs, "the rungs that it held before", offered=rungs),
    }
    return {
        "origin": origin,
        "facts": mapping({**in_tests, **_given(rules, ref("word"))}, "a lead's fields and their values"),
        "mapping": mapping(
            {
                "title": ref("word", "what it is for, in a line"),
                "as": {"description": "what the rows are (left out: leads)", "enum": ["leads", "activities"]},
                "headers": {
                    "description": "a file whose header has all of these is read with this mapping by itself; of a list, one",
                    "if": {"type": "array"},
                    "then": {"items": ref("words")},
                    "else": ref("word"),
                },
                "optional": ref("yes_no_value", "columns that the file lacks are passed over"),
                "missing": ref("words", "words that mean no value, everywhere in the file"),
                "skip_lines": whole("lines before the header", 0),
                "date_order": {"description": "how 10/11/2026 is read", "enum": ["dmy", "mdy", "ymd"]},
                "constants": named(ref("word"), "field: value, for every row of the file", one_of(columns, "fields")),
                "keep": ref(
                    "words", "columns that are kept with the lead under their header, whatever they are called"
                ),
                "dates": named(ref("word"), "column: the form of its dates, which are kept as 2026-11-22"),
                "leave_out": named(ref("words"), 'column: how test leads begin there; "*" is any column'),
                "footer": ref("words", "how lines below the data begin that are no rows"),
                "fields": mapping({**of_activities, **_given(rules, ref("origin"))}, "field: column"),
                "activities": listing(activity, "columns that tell of something the lead did"),
            },
            "how a file's columns become fields",
        ),
    }


def tests_file(rules: Rules) -> Schema:
    """The key `tests`."""
    lead = {"description": "a lead as it would be imported", "allOf": [ref("facts"), {"required": ["id"]}]}
    activity = mapping(
        {
            "lead": ref("word", "the lead's id"),
            "type": ref("event_name", "what it did"),
            "on": {**DAY_VALUE, "description": "the day, such as 2026-09-01, or with a time", "pattern": MOMENT},
            "times": whole("how often; left out: once", 1, MOST_TIMES),
            **{each.name: ref("word", FIELDS_MEAN[each.name]) for each in ACTIVITY_FIELDS},
        },
        "something the lead did",
        required=("lead", "type", "on"),
    )
    test = mapping(
        {
            "name": ref("word", "what the test is about"),
            "today": ref("day", "the day on which the rules are applied"),
            "leads": listing(lead, "leads of this test alone", minItems=1),
            "activities": listing(activity, "what they did"),
            "expect": listing(_expected(rules), "what must come out", minItems=1),
        },
        "a test of the rules",
        required=("name", "leads", "expect"),
    )
    return listing(test, "tests of the rules; `leadctl rules test` runs them")


def _expected(rules: Rules) -> Schema:
    def name(what: str, names: Iterable[str]) -> Schema:
        return {**one_of([*names, NOTHING], what), "description": f"{FIELDS_MEAN[what]}; none: it has none"}

    score = whole("the points that it must come to")
    letters, numbers = ([mark for mark, _ in each.marks] if each else [] for each in (rules.letter, rules.number))
    parts = one_of(part_names(rules), "rules")
    return mapping(
        {
            "lead": ref("word", "the lead's id"),
            **{each.name: score for each in rules.dimensions},
            "total": whole(FIELDS_MEAN["total"]),
            "grade": name("grade", [a + b for a in letters or [""] for b in numbers or [""] if a + b]),
            "letter": name("letter", letters),
            "number": name("number", numbers),
            **{each: name(each, names) for each, names in rules.choices.items() if each != "stage"},
            "window_shopper": ref("yes_no_value", FIELDS_MEAN["window_shopper"]),
            "segment": values_of("segment_name", CONDITIONS_MEAN["segment"]),
            "because": named(whole("its points; 0: it must not count"), "the parts of the score: points", parts),
        },
        "what must come out for a lead; what is not listed is not checked",
        required=("lead",),
        minProperties=2,
    )
