"""Activities that a file of leads tells of: a column that says when, or how often, its lead did something."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import NamedTuple

from leadctl.compiler.catalogue import ACTIVITY_FIELDS
from leadctl.compiler.findings import Findings
from leadctl.compiler.load import Node, Scalar

CONTENT = (*(field.name for field in ACTIVITY_FIELDS), "note")
_PARTS = ("on", "times", "if", *CONTENT)


@dataclass(frozen=True)
class Told:
    """An entry of a mapping's `activities`. `columns`: on, times, if, or a field of activities -> header; `others`: the same
    -> further names of that header, of which the first that a file has counts."""

    type: str
    columns: Mapping[str, str]
    form: str | None = None  # of the dates in the column `on`
    lenient: bool = False  # a cell that cannot be read refuses no row
    note: str | None = None  # of every activity that it tells
    said: Mapping[str, str] = field(default_factory=dict)  # spelling in the column `if` -> yes or no; "*" any other
    others: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    prefixes: Mapping[str, str] = field(default_factory=dict)  # part -> what is taken off its texts
    key: str | None = None  # by what it is the same entry in every file; its place in the mapping, where there is none
    # Makes what is told of the texts in `columns`, which then may have any names. None: nothing is told.
    refine: Callable[[tuple[str | None, ...]], Refined | None] | None = None


class Refined(NamedTuple):
    """What is told of several columns together: `content` in the order of CONTENT; `extra` as JSON."""

    content: tuple[str | None, ...]
    extra: str | None


class Tale(NamedTuple):
    """What one row tells by one entry: so many activities. No moment: when the lead was captured."""

    position: int | str
    type: str
    occurred_at: str | None
    times: int
    content: tuple[str | None, ...]  # in the order of CONTENT
    extra: str | None = None


def check_told(findings: Findings, node: Node, types: Collection[str]) -> tuple[Told, ...]:
    """Reads the key `activities` of a mapping."""
    found = findings.sequence(node, "`activities`")
    told: list[Told] = []
    for item in found.items if found else ():
        entry = findings.mapping(item, "an activity of a mapping")
        parts = findings.keys(entry, "an activity of a mapping", ("type", *_PARTS)) if entry else {}
        if entry is None:
            continue
        if "type" not in parts:
            findings.error(entry.place, "the activity does not say its `type`")
        name = findings.choice(parts["type"], "`type`", types) if "type" in parts else None
        if not {"on", "times", "if"} & parts.keys():
            findings.error(
                entry.place,
                "the activity does not say when it is there",
                "give `on`, `times` or `if`, each with a column",
            )
        columns = {part: _column(findings, parts[part], part) for part in _PARTS if part in parts}
        if name is not None:
            told.append(
                Told(
                    name,
                    {part: each.names[0] for part, each in columns.items() if each.names},
                    next((each.form for each in columns.values() if each.form), None),
                    said=next((each.said for each in columns.values() if each.said), {}),
                    others={part: each.names[1:] for part, each in columns.items() if len(each.names) > 1},
                    prefixes={part: each.prefix for part, each in columns.items() if each.prefix},
                )
            )
    return tuple(told)


class _Column(NamedTuple):
    """The names of a column, of which the first that the file has counts; for `on` the form of its dates, for `if` which of
    its words mean yes and no, for the others what is taken off their texts."""

    names: tuple[str, ...]
    form: str | None = None
    said: Mapping[str, str] = MappingProxyType({})
    prefix: str | None = None


def _column(findings: Findings, node: Node, part: str) -> _Column:
    if isinstance(node, Scalar):
        name = findings.text(node, f"the column for '{part}'")
        return _Column((name,) if name is not None else ())
    found = findings.mapping(node, f"the source of '{part}'")
    more = {"on": ("as",), "if": ("values",), "times": ()}.get(part, ("remove_prefix",))
    parts = findings.keys(found, "a column's map", ("from", "first", *more)) if found else {}
    which = "first" if "first" in parts else "from"
    if found is not None and which not in parts:
        findings.error(node.place, f"'{part}' does not say `from` which column")
    form = findings.text(parts["as"], "`as`") if "as" in parts else None
    prefix = findings.text(parts["remove_prefix"], "`remove_prefix`") if "remove_prefix" in parts else None
    names: tuple[str, ...] = ()
    if "first" in parts:
        names = tuple(each.text for each in findings.texts(parts["first"], "`first`"))
    elif "from" in parts and (name := findings.text(parts["from"], "`from`")) is not None:
        names = (name,)
    said: dict[str, str] = {}
    held = findings.mapping(parts["values"], "`values`") if "values" in parts else None
    for spelling, value in held.entries if held else ():
        if (answer := findings.yes_no(value, f"what '{spelling.text}' means")) is not None:
            said[spelling.text.strip()] = "yes" if answer else "no"
    return _Column(names, form, said, prefix)
