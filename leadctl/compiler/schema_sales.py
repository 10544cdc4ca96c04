"""Scores, marks, the ladder, the pipeline, owners, routes and follow-up as pieces of a JSON Schema."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from leadctl.compiler.lifecycle_rules import FIRST_RUNG, LAST_RUNG
from leadctl.compiler.sales_rules import KINDS
from leadctl.compiler.schema_conditions import grades
from leadctl.compiler.schema_values import (
    NAME,
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
from leadctl.compiler.scoring_rules import MOST_POINTS
from leadctl.compiler.tree import Rules

_ONE_WAY = "a rule has one of `when` (a condition), `each` (every time something was done), `once` (if it ever was)"
_OF_WHAT_WAS_DONE = "`max` and `half_life` are for what was done (`each`, `once`); `when` counts once and stays"
_ONE_MATCH = "a route has either `when` or `otherwise: yes`"
_ONE_TARGET = "a route gives leads either `to` owners or to a `queue`"
OTHERWISE: Schema = {
    "description": "yes: all that no line above took",
    "anyOf": [{"enum": ["yes"]}, {}],
    "if": {"type": "boolean"},
    "then": {"const": True, "errorMessage": "`otherwise` can only be yes"},
    "else": {
        "type": "string",
        "pattern": "^([Yy][Ee][Ss]|[Tt][Rr][Uu][Ee]|[Oo][Nn])$",
        "errorMessage": "`otherwise` can only be yes",
    },
}
_FADES = "half of the points are left after so many days: 30d; `none`: it never fades"


def _exactly_one(keys: tuple[str, ...], message: str) -> Schema:
    """One of these keys, told in one message; where there are two, at the one that is too many."""
    return {
        "anyOf": [{"required": [key], "errorMessage": message} for key in keys],
        "dependencies": {key: _without([each for each in keys if each != key], message) for key in keys},
    }


def _without(keys: Iterable[str], message: str) -> Schema:
    return {"properties": dict.fromkeys(keys, False), "errorMessage": message}


def name_of(what: str) -> Schema:
    """What a name of your own must look like, as it becomes the name of a column."""
    return {"title": "name", "pattern": NAME, "errorMessage": f"a {what} is named in small letters, digits and _"}


def score_definitions() -> dict[str, Schema]:
    half_life: Schema = {
        "description": _FADES,
        "type": "string",
        "pattern": r"^(none|\d{1,5} ?[dwmy])$",
        "errorMessage": "a half-life is a span such as 30d, or none",
    }
    rule = mapping(
        {
            "id": ref("word", "the rule's own name, in no other rule"),
            "points": whole("whole points; they may be negative", -MOST_POINTS, MOST_POINTS),
            "when": ref("condition", "the points count once, if this holds"),
            "each": values_of("event_name", "the points count every time this was done"),
            "once": values_of("event_name", "the points count once, if this was ever done"),
            "max": whole("the rule never adds more than this"),
            "half_life": ref("half_life"),
        },
        "a rule of the score: points, and what they are for",
        required=("id", "points"),
        allOf=[
            _exactly_one(("when", "each", "once"), _ONE_WAY),
            {"dependencies": {"when": _without(("max", "half_life"), _OF_WHAT_WAS_DONE)}},
        ],
    )
    group = mapping(
        {
            "pick": {
                "description": "first: only the first rule that matches counts; left out: all are added",
                "enum": ["first"],
            },
            "max": whole("the group never adds more than this"),
            "rules": listing(ref("rule"), "the rules of the group"),
        },
        "a group of rules whose points are added",
        required=("rules",),
    )
    dimension = mapping(
        {
            "range": listing(
                whole("an end of the range"),
                "the least and the most that it can come to: [0, 100]",
                minItems=2,
                maxItems=2,
            ),
            "half_life": ref("half_life", f"for every rule below that does not say otherwise: {_FADES}"),
            "groups": named(ref("group"), "groups of rules, by name"),
        },
        "a dimension of the score",
        required=("groups",),
    )
    return {"half_life": half_life, "rule": rule, "group": group, "dimension": dimension}


def marks(rules: Rules) -> Schema:
    """The key `grade`."""
    dimensions = one_of([each.name for each in rules.dimensions], "dimensions of the score")
    of = {**dimensions, "description": "the dimension whose score is meant"}
    least = whole("the lowest score that earns this mark")

    def kind(pattern: str, description: str) -> Schema:
        return mapping({"of": of}, description, required=("of",), patternProperties={pattern: least})

    return mapping(
        {
            "letter": kind("^[A-Z]$", "the letter: the lowest score that earns it, best first"),
            "number": kind(r"^\d{1,2}$", "the number: the lowest score that earns it, best first"),
        },
        "what the scores are called: a letter, a number, or both",
    )


def temperature(rules: Rules) -> Schema:
    both = rules.letter is not None and rules.number is not None
    names = [each for each in grades(rules) if not both or len(each) > 1]
    alone = one_of(["otherwise", *names], "grades")
    means = "these grades, or otherwise: all others"
    return named(
        several(alone, means, offered=alone, in_list=one_of(names, "grades")),
        "names for grades: the grades, or otherwise",
    )


def qualify() -> Schema:
    criterion = mapping(
        {
            "when": ref("condition", "the criterion is met where this holds"),
            "ask": ref("word", "the question to ask while it is not known"),
        },
        "a criterion of the qualification",
        required=("when",),
    )
    return named(criterion, "go: all of these are yes; no_go: one is no; ask: something is not known yet")


def lifecycle() -> Schema:
    rung = mapping(
        {
            "enter": ref("condition", "who reaches the rung"),
            "stay": ref("condition", "who keeps it; asks for less than `enter`. Left out: as `enter`"),
        },
        "a rung of the ladder",
        required=("enter",),
    )
    return named(rung, "the ladder, lowest rung first", taken=(FIRST_RUNG, LAST_RUNG))


def personas() -> Schema:
    persona = mapping(
        {"name": ref("word", "what such people are called"), "when": ref("condition", "who is meant")},
        "a persona",
        required=("name", "when"),
    )
    return listing(persona, "kinds of people; the first that matches names the lead's persona")


def pipeline() -> Schema:
    stage = mapping(
        {
            "stage": ref("word", "the stage's name"),
            "kind": {"description": "what the stage means for the lead", "enum": list(KINDS)},
            "probability": whole("how likely the lead is won from here, in percent", 0, 100),
            "stuck_after": ref("span", "after this long in the stage a lead counts as stuck: 7d, 2w"),
            "reasons": ref("words", "the reasons to choose from when a lead is moved here"),
        },
        "a stage of the pipeline",
        required=("stage", "kind"),
    )
    return listing(stage, "the stages that people move leads through, in order", minItems=1)


def owners() -> Schema:
    owner = mapping(
        {
            "share": whole("how large a share of the leads, against the others", 0),
            "open_limit": whole("no more open leads than this", 0),
            "away": ref("words", "days away: 2026-12-21 to 2027-01-02"),
            "skills": ref("words", "what they are good at"),
            "kind": ref("word", "such as partner"),
            "fee": ref("word", "what they are paid, such as 10%"),
        },
        "someone who works leads",
    )
    return named({**owner, "type": ["object", "null"]}, "who works leads, by name")


def route_definitions(rules: Rules) -> dict[str, Schema]:
    rule = mapping(
        {
            "id": ref("word", "the route's own name, in no other route"),
            "when": ref("condition", "which leads take this route"),
            "otherwise": OTHERWISE,
            "to": values_of("owner_name", "who gets them"),
            "balance": {"description": "how they take turns", "enum": ["turns", "open", "best"]},
            "queue": ref("word", "the queue in which they wait"),
            "tell": ref("word", "what the owner is told"),
        },
        "a route: which leads, and who gets them",
        required=("id",),
        allOf=[
            _exactly_one(("when", "otherwise"), _ONE_MATCH),
            _exactly_one(("to", "queue"), _ONE_TARGET),
        ],
    )
    route = mapping(
        {
            "for": ref("condition", "only leads for which this holds are given away"),
            "keep_company_together": ref("yes_no_value", "yes: a lead goes to whoever has its company already"),
            "rules": listing(ref("route"), "the first that matches wins; the last says `otherwise: yes`"),
            "accept_within": ref("word", "how long the owner has to accept, such as 1 business day"),
            "if_not_accepted": ref("word", "what happens then: next"),
        },
        "who gets which lead",
        required=("rules",),
    )
    return {"owner_name": one_of(rules.owners, "owners"), "route": rule, "routing": route}


def follow_up() -> Schema:
    """Loosely: this part of the language may still grow."""
    open_map: dict[str, Any] = {"additionalProperties": True}
    hours = mapping(
        {
            "days": ref("words", "the working days: [mon, tue, wed, thu, fri]"),
            "from": ref("word", 'when work begins, in quotes: "09:00"'),
            "to": ref("word", 'when work ends, in quotes: "17:30"'),
            "holidays": ref("word", "a file of days beside the rules, one a line"),
        },
        "when people work",
        **open_map,
    )
    touch = mapping(
        {
            "when": ref("condition", "which leads"),
            "otherwise": OTHERWISE,
            "within": ref("word", "how soon: 4 business hours, 3 days"),
        },
        "how soon a new lead is to be contacted",
        **open_map,
    )
    step = mapping(
        {
            "day": whole("the day of the sequence, from 0", 0),
            "do": ref("word", "what is done: email, call, …"),
            "template": ref("word", "the template of the message"),
        },
        "a step of the sequence",
        **open_map,
    )
    sequence = mapping(
        {
            "enter": ref("condition", "who is taken in"),
            "exit": ref("condition", "who is let go"),
            "again_after": ref("span", "nobody is taken in again sooner: 120d"),
            "steps": listing(step, "what is done on which day"),
        },
        "a sequence of messages and calls",
        **open_map,
    )
    return mapping(
        {
            "working_hours": hours,
            "first_touch": listing(touch, "how soon new leads are to be contacted; the first that matches"),
            "sequences": named(sequence, "sequences, by name"),
        },
        "who is contacted when",
        **open_map,
    )
