"""A comparison of rules as results: what moves in sum, and each lead that moves, for people and for programs."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from leadctl.compiler.rulebook import meaning_hash
from leadctl.model.report import Column, Record, Report, Unit
from leadctl.services.rules.comparing import CROSSED, Comparison, or_none
from leadctl.store.comparing import Moved, Row

_SHOWN_CROSSINGS = 10  # of each kind, to people
_SHOWN_RULES = 20
_STATE = ("total", "grade", "lifecycle")


def summary_record(found: Comparison) -> Record:
    """For programs."""
    values: dict[str, Any] = {
        "before": meaning_hash(found.sides.before),
        "after": meaning_hash(found.sides.after),
        "today": found.today,
        "leads": found.leads,
        "moved": len(found.moved),
        "up": found.up,
        "down": found.down,
        "points": found.points,
    }
    for mark in CROSSED:
        values[mark] = [
            {"before": before, "after": after, "leads": leads} for before, after, leads in found.crossings.get(mark, ())
        ]
    values["rules"] = [{"rule": rule, "leads": leads, "points": points} for rule, leads, points in _by_rule(found)]
    return Record("What would move", values, dict.fromkeys((*CROSSED, "rules"), Unit.JSON))


def summary_report(found: Comparison, *, whole: bool = True) -> Report:
    """What moves in sum, a row each; not `whole`: only the most frequent."""
    moved = len(found.moved)
    rows: list[Row] = [("leads", found.leads, None), ("moved", moved, found.points)]
    rows += [("up", found.up, None), ("down", found.down, None)] if moved else []
    for mark, each in found.crossings.items():
        lines = [(f"{or_none(before)} -> {or_none(after)}", leads, None) for before, after, leads in each]
        rows += _shortened(mark, lines, None if whole else _SHOWN_CROSSINGS)
    rows += _shortened("rule", _by_rule(found), None if whole else _SHOWN_RULES)
    sides = found.sides
    notes = [
        f"before: the rules {sides.before_called} ({meaning_hash(sides.before)})",
        f"after: the rules {sides.after_called} ({meaning_hash(sides.after)})",
        f"as of {found.today}; nothing was written",
    ]
    if sides.same:
        notes.insert(0, sides.same)
    if not moved:
        notes.insert(0, "no lead moves")
    columns = (Column("what"), Column("leads", Unit.COUNT), Column("points", Unit.COUNT))
    return Report("What would move", columns, rows, tuple(notes))


def _shortened(kind: str, lines: Sequence[Row], most: int | None) -> list[Row]:
    shown = [(f"{kind} {name}", leads, points) for name, leads, points in lines[:most]]
    if len(lines) > len(shown):
        shown.append((f"{kind}: {len(lines) - len(shown):,} more", None, None))
    return shown


def _by_rule(found: Comparison) -> list[tuple[str, int, int]]:
    """(rule or limit, leads, points), what moves the most leads first."""
    listed = [(rule, leads, points) for rule, (leads, points) in found.by_rule.items()]
    return sorted(listed, key=lambda each: (-each[1], -abs(each[2]), each[0]))


def form_for(format: str) -> str:
    """The form of the moved leads in an output format."""
    return {"json": "nested", "jsonl": "nested", "csv": "flat", "tsv": "flat"}.get(format, "drawn")


def moved_report(found: Comparison, *, form: str, limit: int | None = None) -> Report:
    """The leads that move, those that move farthest first. `form`: nested for JSON, flat for CSV, drawn for tables."""
    columns, shape = _FORMS[form]
    moved = len(found.moved)
    note = f"{moved:,} of {found.leads:,} leads move: {found.up:,} up, {found.down:,} down, by {found.points:+,} points in sum"
    notes = (note if moved else "no lead moves",)
    return Report("Leads that would move", columns, _Rows(found.moved, limit, shape), notes, moved)


class _Rows(Sequence[Row]):
    """The rows of the leads that moved, read one by one: there may be a million."""

    def __init__(self, moved: Moved, limit: int | None, shape: Callable[[Row], Row]) -> None:
        self._moved = moved
        self._limit = limit
        self._shape = shape

    def __len__(self) -> int:
        count = len(self._moved)
        return count if self._limit is None else min(count, self._limit)

    def __iter__(self) -> Iterator[Row]:
        return map(self._shape, self._moved.farthest(self._limit))

    def __getitem__(self, at: Any) -> Any:
        return list(self)[at]


def _nested(row: Row) -> Row:
    lead, name, *states, because, _ = row
    before, after = (dict(zip(_STATE, states[at : at + 3], strict=True)) for at in (0, 3))
    return (lead, name, before, after, json.loads(because))


def _flat(row: Row) -> Row:
    return (*row[:8], json.loads(row[8]))


def _drawn(row: Row) -> Row:
    lead, name, *states, because, also = row
    points = sorted(json.loads(because).items(), key=lambda each: -abs(each[1]))
    why = [f"{rule} {moved:+,}" for rule, moved in points]
    return (lead, name, _in_words(states[:3]), _in_words(states[3:]), ", ".join([*why, also] if also else why))


def _in_words(state: Sequence[Any]) -> str:
    """`62 B2 mql`"""
    return " ".join(str(each) for each in state if each is not None)


_LEAD = (Column("lead", Unit.COUNT), Column("name"))
_FORMS: dict[str, tuple[tuple[Column, ...], Callable[[Row], Row]]] = {
    "nested": ((*_LEAD, *(Column(name, Unit.JSON) for name in ("before", "after", "because"))), _nested),
    "flat": (
        (
            *_LEAD,
            *(
                Column(f"{side}_{name}", Unit.COUNT if name == "total" else Unit.TEXT)
                for side in ("before", "after")
                for name in _STATE
            ),
            Column("because", Unit.JSON),
        ),
        _flat,
    ),
    "drawn": ((*_LEAD, Column("before"), Column("after"), Column("because", whole=True)), _drawn),
}
