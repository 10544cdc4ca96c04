"""What a test of the rules puts into an empty database, beside its leads, and what it reads from it again."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from typing import Any, NamedTuple

_ACTIVITY = (
    "INSERT INTO activity (lead, type, occurred_at, day, topic, path, content, campaign, channel, outcome, mark, created_by) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
_HELD = "INSERT INTO score (lead, run, rungs, created_by) VALUES (?, 0, ?, ?)"


class Activity(NamedTuple):
    """A row of activities; `day` is the number of its civil day."""

    lead: int
    type: str
    occurred_at: str
    day: int
    topic: str | None = None
    path: str | None = None
    content: str | None = None
    campaign: str | None = None
    channel: str | None = None
    outcome: str | None = None


def add_activities(connection: sqlite3.Connection, rows: Iterable[Activity], operation: int) -> None:
    """Each row is an activity of its own, however alike they are."""
    connection.executemany(_ACTIVITY, ((*row, mark, operation) for mark, row in enumerate(rows, 1)))


def hold_rungs(connection: sqlite3.Connection, lead: int, rungs: Iterable[str], operation: int) -> None:
    """As if the last scoring had left the lead on these rungs of the lifecycle."""
    connection.execute(_HELD, (lead, "".join(f",{rung}" for rung in rungs) + ",", operation))


def scores_of(connection: sqlite3.Connection) -> dict[int, dict[str, Any]]:
    """Lead -> column -> what the scoring worked out."""
    cursor = connection.execute("SELECT * FROM score")
    names = [each[0] for each in cursor.description]
    found = (dict(zip(names, row, strict=True)) for row in cursor)
    return {row["lead"]: row for row in found}
