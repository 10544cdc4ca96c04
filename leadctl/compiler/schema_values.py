"""The values that stand in rules, as pieces of a JSON Schema: words, numbers, days, spans, names.

YAML gives a word the type that it looks like (`NO`, `10`, `yes`), leadctl takes it as text: so a word may be a string, a number
or yes and no. Two ways of writing need a word of explanation; both are for the editor's language server:

- `if`/`else` instead of a list of types, or of `anyOf`: a mistake is then shown where it is, and `true`, `false` and `null` are
  not offered as if they were values that people look for.
- `anyOf: [names, {}]` always holds; it only says what is offered while nothing has been typed yet. `anyOf: [{}]` says that it
  may be a plain value: without it the editor begins a new line for a map.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

Schema = dict[str, Any]

_PLACES = "#/definitions/"
NAME = r"^[a-z][a-z0-9_]{0,39}$"
SPAN = r"^\d{1,5} ?[dwmy]$"
DAY = r"^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$"
MOMENT = DAY[:-1] + r"([ T]\d{2}:\d{2}.*)?$"
NUMBER = r"^[+-]?\d{1,15}(\.\d{1,6})?$"
WHOLE = r"^[+-]?\d{1,9}$"
YES_NO = r"^([Yy][Ee][Ss]|[Nn][Oo]|[Tt][Rr][Uu][Ee]|[Ff][Aa][Ll][Ss][Ee]|[Oo][Nn]|[Oo][Ff][Ff])$"
_SWITCHES = {"yes": True, "y": True, "true": True, "on": True, "no": False, "n": False, "false": False, "off": False}

WORD: Schema = {
    "description": "a word or a text",
    "if": {"type": ["object", "array", "null"]},
    "then": {"type": "string", "errorMessage": "a word or a text is needed here"},
}
# In a list `null` is a word (what some programs write for no value); alone it is a value that is not there yet.
WORD_OF_LIST: Schema = {
    "description": "a word or a text",
    "if": {"type": ["object", "array"]},
    "then": {"type": "string", "errorMessage": "a word or a text is needed here"},
}
NUMBER_VALUE: Schema = {
    "description": "a number",
    "type": ["number", "string"],
    "pattern": NUMBER,
    "errorMessage": "a number is needed here",
}
DAY_VALUE: Schema = {
    "description": "a day, such as 2026-11-22",
    "type": "string",
    "pattern": DAY,
    "errorMessage": "a day is needed here, such as 2026-11-22",
}
SPAN_VALUE: Schema = {
    "description": "days (d), weeks (w), months of 30 days (m), years of 365 (y)",
    "type": "string",
    "pattern": SPAN,
    "errorMessage": "a span is needed here: 7d, 2w, 3m (30 days each) or 1y (365 days)",
}
_YES_OR_NO: Schema = {"enum": ["yes", "no"]}
YES_NO_VALUE: Schema = {
    "description": "yes or no",
    "anyOf": [_YES_OR_NO, {}],
    "if": {"type": "boolean"},
    "else": {"type": "string", "pattern": YES_NO, "errorMessage": "yes or no is needed here"},
}


def ref(name: str, description: str | None = None) -> Schema:
    """A definition by name; a description of its own goes before the definition's."""
    found: Schema = {"$ref": _PLACES + name}
    return found if description is None else {**found, "description": description}


def whole(description: str, least: int | None = None, most: int | None = None) -> Schema:
    """A whole number."""
    limits = {name: value for name, value in (("minimum", least), ("maximum", most)) if value is not None}
    what = "a whole number is needed here"
    return {
        "description": description,
        "type": ["integer", "string"],
        "pattern": WHOLE,
        "errorMessage": what,
        **limits,
    }


def forms(name: str) -> list[object]:
    """A name as YAML may give it: as text, and as the number or the yes or no that it looks like."""
    found: list[object] = [name]
    if re.fullmatch(r"[+-]?\d{1,15}", name):
        found.append(int(name))
    elif re.fullmatch(r"[+-]?(\d{1,15}\.\d*|\.\d+)", name):
        found.append(float(name))
    elif name.lower() in _SWITCHES:
        found.append(_SWITCHES[name.lower()])
    elif name in ("null", "Null", "NULL", "~"):
        found.append(None)
    return found


def one_of(names: Iterable[str], what: str, meanings: Iterable[str] = ()) -> Schema:
    """One of these names. `what` says what they name; `meanings` tells of each."""
    told = list(meanings)
    # Each form once: 1 and True are the same to Python, and not to JSON.
    found: dict[tuple[bool, object], tuple[object, str]] = {}
    for index, name in enumerate(names):
        for form in forms(name):
            found.setdefault((isinstance(form, bool), form), (form, told[index] if told else ""))
    if not found:  # an empty `enum` is no schema
        return {"type": "string", "pattern": "(?!)", "errorMessage": f"your rules do not have {what} yet"}
    made: Schema = {"enum": [form for form, _ in found.values()]}
    return {**made, "enumDescriptions": [text for _, text in found.values()]} if told else made


def several(
    value: Schema, description: str | None = None, *, offered: Schema | None = None, in_list: Schema | None = None
) -> Schema:
    """A value, or a list of them. `offered`: names to choose from; `in_list`: what stands in the list, if something else."""
    found: Schema = {} if description is None else {"description": description}
    return {
        **found,
        "anyOf": [{}] if offered is None else [offered, {}],
        "if": {"type": "array"},
        "then": {"items": in_list or value, "minItems": 1},
        "else": value,
    }


def values_of(definition: str, description: str | None = None) -> Schema:
    """A value of this definition, or a list of them. Names that rules give are offered."""
    value = ref(definition)
    if definition == "word":
        return several(value, description, in_list=ref("word_of_list"))
    offered = _YES_OR_NO if definition == "yes_no_value" else value if definition.endswith("_name") else None
    return several(value, description, offered=offered)


def mapping(properties: Schema, description: str | None = None, *, required: Iterable[str] = (), **more: Any) -> Schema:
    """A map with these keys and no others (unless `more` says so)."""
    found: Schema = {} if description is None else {"description": description}
    needed = list(required)
    return {
        **found,
        "type": "object",
        "properties": properties,
        "additionalProperties": False,
        **({"required": needed} if needed else {}),
        **more,
    }


def named(value: Schema, description: str, like: Schema | None = None, taken: Iterable[str] = ()) -> Schema:
    """A map of names that people choose -> values. `like` is what a name must look like; `taken` are none of theirs."""
    found: Schema = {"description": description, "type": "object", "additionalProperties": value}
    refused: Schema = dict.fromkeys(sorted(taken), False)
    return {**found, **({"propertyNames": like} if like else {}), **({"properties": refused} if refused else {})}


def listing(items: Schema, description: str, **more: Any) -> Schema:
    return {"description": description, "type": "array", "items": items, **more}
