"""Activities that a file of leads tells of: a column that says when, or how often, its lead did something."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from leadctl.compiler.catalogue import ACTIVITY_FIELDS
from leadctl.compiler.findings import Findings
from leadctl.compiler.load import Node, Scalar

CONTENT = (*(field.name for field in ACTIVITY_FIELDS), "note")
_PARTS = ("on", "times", "if", *CONTENT)


@dataclass(frozen=True)
class Told:
    """An entry of a mapping's `activities`. `columns`: on, times, if, or a field of activities -> header."""

    type: str
    columns: Mapping[str, str]
    form: str | None = None  # of the dates in the column `on`
    lenient: bool = False  # a cell that cannot be read refuses no row
    note: str | None = None  # of every activity that it tells
    said: Mapping[str, str] = field(default_factory=dict)  # spelling in the column `if` -> yes or no; "*" any other
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
        columns: dict[str, str] = {}
        form = None
        said: dict[str, str] = {}
        for part in _PARTS:
            if part in parts:
                column, form_of_part, said_in_part = _column(findings, parts[part], part)
                if column is not None:
                    columns[part] = column
                form, said = form_of_part or form, said_in_part or said
        if name is not None:
            told.append(Told(name, columns, form, said=said))
    return tuple(told)


def _column(findings: Findings, node: Node, part: str) -> tuple[str | None, str | None, dict[str, str]]:
    """The header; for `on` the form of its dates, for `if` which of its words mean yes and no."""
    if isinstance(node, Scalar):
        return findings.text(node, f"the column for '{part}'"), None, {}
    found = findings.mapping(node, f"the source of '{part}'")
    more = {"on": ("as",), "if": ("values",)}.get(part, ())
    parts = findings.keys(found, "a column's map", ("from", *more)) if found else {}
    if found is not None and "from" not in parts:
        findings.error(node.place, f"'{part}' does not say `from` which column")
    form = findings.text(parts["as"], "`as`") if "as" in parts else None
    said: dict[str, str] = {}
    held = findings.mapping(parts["values"], "`values`") if "values" in parts else None
    for spelling, value in held.entries if held else ():
        if (answer := findings.yes_no(value, f"what '{spelling.text}' means")) is not None:
            said[spelling.text.strip()] = "yes" if answer else "no"
    return findings.text(parts.get("from"), "`from`"), form, said
