"""JSON texts → values that keep their own spelling, and values → the texts of cells."""

from __future__ import annotations

import json
from typing import Any


class Number(str):
    """A number in its own spelling: 007.10 and 1e400 are not for a program to tidy."""

    __slots__ = ()


class Doubled(dict[str, Any]):
    """An object in which a key stands twice: no telling which value is meant."""

    key = ""


class Refused(Exception):
    """This value cannot become a row."""


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) == len(pairs):
        return found
    keys = [key for key, _ in pairs]
    doubled = Doubled(found)
    doubled.key = next(key for key in keys if keys.count(key) > 1)
    return doubled


def _constant(name: str) -> Number:
    """NaN is how pandas and JavaScript write a missing value; Infinity is left for the field to judge."""
    return Number("" if name == "NaN" else name)


DECODER = json.JSONDecoder(object_pairs_hook=_pairs, parse_float=Number, parse_int=Number, parse_constant=_constant)


def text_of(value: Any) -> str:
    """A value as the text of a cell: nothing for null and for what is empty, JSON for lists and objects. Raises Refused."""
    if value is None:
        return ""
    if value is True or value is False:
        return "true" if value else "false"
    if isinstance(value, str):
        return str(value)
    if not value:
        return ""
    try:
        return compact(value)
    except RecursionError:
        raise Refused("is nested too deeply") from None


def compact(value: Any) -> str:
    """JSON without blanks, numbers in their own spelling. Raises Refused."""
    if isinstance(value, Number):
        return str(value) or "null"
    if isinstance(value, Doubled):
        raise doubled(value)
    if isinstance(value, dict):
        return "{" + ",".join(f"{compact(key)}:{compact(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(compact, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


def doubled(value: Doubled) -> Refused:
    """Why an object with a doubled key cannot become a row."""
    return Refused(f"the key {value.key!r} stands twice in it")


def shown(value: Any) -> str:
    """The text of a value as well as it can be told, for the reject file."""
    try:
        return text_of(value)
    except Refused:
        return ""


def kind_of(value: Any) -> str:
    """What a value is, in words."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, Number):
        return "a number"
    return "a list" if isinstance(value, list) else "a text"
