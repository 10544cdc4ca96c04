"""Leads that become one: what hangs on the one that goes moves to the one that stays."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping
from typing import Any

_TABLES = (
    "CREATE TEMP TABLE merging (gone INTEGER PRIMARY KEY, lead INTEGER NOT NULL)",
    "CREATE INDEX temp.merging_into ON merging (lead)",
)
_FILL = "INSERT INTO merging (gone, lead) VALUES (?, ?)"
# Of the first, each row moves. Of the second, what the one that stays has already (the same activity, the same address) goes.
_MOVE = ("stage_change", "offer", "follow_up", "lifecycle_change", "qualification", "link")
_MOVE_ONCE = ("activity", "contact")
_MOVED = "UPDATE {} {} SET lead = merging.lead FROM temp.merging WHERE {}.lead = merging.gone"
_LEFT = "DELETE FROM {} WHERE lead IN (SELECT gone FROM temp.merging)"
# Pairs of leads are kept with both ends moved; one of a lead with itself says nothing.
_PAIRS = """
UPDATE OR IGNORE {table} SET lead = {first}, other = {second} FROM (
  SELECT pair.id, coalesce(mine.lead, pair.lead) AS one, coalesce(its.lead, pair.other) AS two FROM {table} AS pair
  LEFT JOIN temp.merging AS mine ON mine.gone = pair.lead LEFT JOIN temp.merging AS its ON its.gone = pair.other
  WHERE mine.gone IS NOT NULL OR its.gone IS NOT NULL) AS moved
WHERE moved.id = {table}.id AND moved.one IS NOT moved.two
"""
_PAIRS_LEFT = "DELETE FROM {} WHERE lead IN (SELECT gone FROM temp.merging) OR other IN (SELECT gone FROM temp.merging)"
_NOTE = "INSERT INTO merge (lead, gone, why, created_by) VALUES (?, ?, ?, ?)"
_INTO = "SELECT lead FROM merge WHERE gone = ? ORDER BY id DESC LIMIT 1"
_MARKS = "SELECT id, fingerprint FROM lead WHERE fingerprint IS NOT NULL AND id IN ({})"
_SET_ASIDE = """
SELECT DISTINCT merge.lead, lead.extra -> '$.also' FROM json_each(?) AS wanted JOIN merge ON merge.lead = wanted.value
JOIN lead ON lead.id = merge.lead WHERE json_type(lead.extra, '$.also') = 'object'
"""
_LAST_MOVE = "SELECT lead, max(moved_on) FROM stage_change WHERE lead IN ({}) GROUP BY lead"


def move(connection: sqlite3.Connection, into: Mapping[int, int]) -> None:
    """Moves everything that hangs on leads (gone -> the one that stays) and deletes those that go. An activity that both have
    is there once afterwards."""
    for statement in _TABLES:
        connection.execute(statement)
    try:
        connection.executemany(_FILL, into.items())
        for table in _MOVE:
            connection.execute(_MOVED.format("", table, table))
        for table in _MOVE_ONCE:
            connection.execute(_MOVED.format("OR IGNORE", table, table))
            connection.execute(_LEFT.format(table))
        connection.execute(_PAIRS.format(table="doubt", first="moved.one", second="moved.two"))
        ordered = {"first": "min(moved.one, moved.two)", "second": "max(moved.one, moved.two)"}
        connection.execute(_PAIRS.format(table="distinct_pair", **ordered))
        for table in ("doubt", "distinct_pair"):
            connection.execute(_PAIRS_LEFT.format(table))
        connection.execute("DELETE FROM lead WHERE id IN (SELECT gone FROM temp.merging)")
    finally:
        connection.execute("DROP TABLE temp.merging")


def note(connection: sqlite3.Connection, merges: Iterable[tuple[int, int, str, int]]) -> None:
    """Notes which leads became one, and why: (stays, gone, why, operation)."""
    connection.executemany(_NOTE, merges)


def last_moves(connection: sqlite3.Connection, leads: Iterable[int]) -> dict[int, str]:
    """Lead -> the day on which its stage was last moved; leads that never moved are missing."""
    listed = ", ".join(str(int(lead)) for lead in leads)
    return dict(connection.execute(_LAST_MOVE.format(listed)))


def fingerprints(connection: sqlite3.Connection, leads: Iterable[int]) -> dict[int, int]:
    """Lead -> the fingerprint of its row, of those that have no key to be known by."""
    return dict(connection.execute(_MARKS.format(", ".join(str(int(lead)) for lead in leads))))


def set_aside(connection: sqlite3.Connection, leads: Iterable[int]) -> dict[int, dict[str, list[Any]]]:
    """Of leads that others were merged into: lead -> field or column -> the values that it does not show."""
    found = connection.execute(_SET_ASIDE, (json.dumps(list(leads)),))
    return {
        lead: {name: held for name, held in json.loads(also).items() if isinstance(held, list)} for lead, also in found
    }


def has_parts(connection: sqlite3.Connection, lead: int) -> bool:
    """Whether others became part of a lead."""
    return connection.execute("SELECT 1 FROM merge WHERE lead = ? LIMIT 1", (lead,)).fetchone() is not None


def part_of(connection: sqlite3.Connection, lead: int) -> int | None:
    """The lead that one which is gone is part of now, over any number of merges; None where it never was merged."""
    found: int | None = None
    seen: set[int] = set()
    while lead not in seen and (row := connection.execute(_INTO, (lead,)).fetchone()):
        seen.add(lead)
        lead = found = int(row[0])
    return found
