"""Rules -> a JSON Schema of the rule files, made of the workspace's own names, so that an editor completes and checks them.

Draft 07, with two words of the YAML language server besides (`errorMessage`, `enumDescriptions`), which others pass over. The
schema looks at one file at a time: what needs more (phases, duplicate ids, marks in order) is for the checker to say. In a few
things it asks for more than the checker does: names of stages, rungs and personas in their own spelling, days as 2026-11-22, and
something after every colon.
"""

from __future__ import annotations

from collections.abc import Iterable

from leadctl.compiler import schema_sales as sales
from leadctl.compiler.catalogue import BUILT_IN, BUILT_IN_ACTIVITIES, CUSTOM_TYPES, LEAD, RESERVED, US
from leadctl.compiler.meanings import TYPES_MEAN
from leadctl.compiler.schema_beside import mapping_definitions, tests_file
from leadctl.compiler.schema_conditions import condition_definitions, value_definitions
from leadctl.compiler.schema_values import Schema, mapping, named, ref, values_of
from leadctl.compiler.tree import Rules

DRAFT = "http://json-schema.org/draft-07/schema#"
_TAKEN = {*BUILT_IN, *RESERVED}


def rules_schema(rules: Rules, activity_columns: Iterable[str] = ()) -> Schema:
    """The schema of every file in the folder of the rules, with the fields and names that `rules` define. `activity_columns`
    are what a file of activities may hold, which mappings may name too."""
    definitions = {
        **value_definitions(rules),
        **condition_definitions(rules),
        **sales.score_definitions(),
        **sales.route_definitions(rules),
        **mapping_definitions(rules, activity_columns),
    }
    return {
        "$schema": DRAFT,
        "$comment": "the rules of this workspace; `leadctl rules schema` makes this file anew",
        "type": ["object", "null"],
        "properties": _keys(rules),
        "additionalProperties": False,
        "dependencies": {
            key: {"maxProperties": 1, "errorMessage": f"`{key}` stands in a file of its own in rules/{folder}/"}
            for key, folder in (("mapping", "mappings"), ("tests", "tests"))
        },
        "definitions": definitions,
    }


def _keys(rules: Rules) -> dict[str, Schema]:
    return {
        "fields": _fields(rules),
        "activities": _activities(),
        "lists": _lists(),
        "segments": named(
            mapping({"when": ref("condition", "which leads are in it")}, "a segment", required=("when",)),
            "conditions with a name, for `segment:` in other rules",
        ),
        "personas": sales.personas(),
        "score": named(ref("dimension"), "the dimensions of the score, by name", sales.name_of("dimension"), _TAKEN),
        "grade": sales.marks(rules),
        "temperature": sales.temperature(rules),
        "qualify": sales.qualify(),
        "lifecycle": sales.lifecycle(),
        "pipeline": sales.pipeline(),
        "owners": sales.owners(),
        "route": ref("routing", "who gets which lead"),
        "follow_up": sales.follow_up(),
        "mapping": ref("mapping"),
        "tests": tests_file(rules),
    }


def _fields(rules: Rules) -> Schema:
    field = mapping(
        {
            "type": {
                "description": "what the field holds",
                "enum": list(CUSTOM_TYPES),
                "enumDescriptions": [TYPES_MEAN[each] for each in CUSTOM_TYPES],
            },
            "aliases": ref("words", "headers that fill the field on import, besides its name"),
        },
        "a field of your own",
        required=("type",),
    )
    taken = {*_TAKEN, "fit", "engagement", *(each.name for each in rules.dimensions)}
    return named(
        field, "fields of your own: usable everywhere, stored in a column of their own", sales.name_of("field"), taken
    )


def _activities() -> Schema:
    activity = mapping(
        {
            "by": {"description": "who does it: the lead, or us", "enum": [LEAD, US]},
            "topic": ref("word", "what such activities are about, where they do not say it themselves"),
            "when": ref("kind_condition", "which activities of another type are of this one too"),
        },
        "a type of activity of your own",
        required=("by",),
    )
    means = "types of activity, besides the built-in ones"
    return named(activity, means, sales.name_of("type of activity"), BUILT_IN_ACTIVITIES)


def _lists() -> Schema:
    of_file = mapping(
        {"file": ref("word", "a file beside the rules, one value a line; of a CSV the first column")},
        required=("file",),
    )
    words = values_of("word")
    return named(
        {
            "description": "words, or a file with a word on each line",
            "anyOf": words.pop("anyOf"),
            "if": {"type": "object"},
            "then": of_file,
            "else": words,
        },
        "lists of words, for `in_list:`",
    )
