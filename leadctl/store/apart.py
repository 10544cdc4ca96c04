"""One lead set apart: its row, its activities and its texts in temporary tables that stand before the real ones, as they are
or as they were after an earlier operation. What reads them is the same SQL, and nothing is written to the database."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from zoneinfo import ZoneInfo

from leadctl.store.activities import Days
from leadctl.store.wordings import add_wordings

_TABLES = ("lead", "activity", "wording")
_WORDING = "CREATE TEMP TABLE wording (field TEXT, text TEXT, words TEXT, PRIMARY KEY (field, text)) WITHOUT ROWID"
# Changes that came later: those of later operations, and what other programs did after the last change that counts: the last
# that a scoring has seen; where that is not known, the last one of those operations.
_LATER = (
    "(operation > :operation OR (operation IS NULL AND id > "
    "coalesce(:seen, (SELECT ifnull(max(id), 0) FROM main.change WHERE operation <= :operation))))"
)
_CHANGED = (
    "SELECT field, before, min(id) FROM main.change WHERE noun = :noun AND row = :row AND field IS NOT NULL AND "
    + _LATER
    + " GROUP BY field"
)
_MOVED = (
    "SELECT DISTINCT row FROM main.change WHERE noun = 'activity' AND field = 'lead' AND before = :lead AND " + _LATER
)
_DELETED = (
    "SELECT before FROM main.change WHERE noun = 'activity' AND field IS NULL AND before ->> 'lead' = :lead "
    "AND before ->> 'created_by' <= :operation AND " + _LATER
)

_CHANGED_SINCE = (
    "SELECT DISTINCT temp.activity.id FROM temp.activity JOIN main.change ON noun = 'activity' AND row = temp.activity.id "
    "WHERE field IS NOT NULL AND (operation IS NULL OR operation > ?)"
)


@contextmanager
def set_apart(
    connection: sqlite3.Connection,
    lead: int,
    keys: set[str],
    after: int | None = None,
    *,
    seen: int | None = None,
    activities_too: bool = False,
) -> Iterator[None]:
    """Within the block, the tables hold this lead alone, with the compared forms of its texts under `keys`.

    `after`: its fields as they were after that operation (None: now); a lead that is newer, as it was at first.
    `seen`: the last change that counts, where it is known.
    `activities_too`: its activities as they were known then, not as they are known now.
    """
    forget(connection)
    try:
        for table in ("lead", "activity"):
            _copy(connection, table)
        _fill(connection, "lead", "id = :lead", {"lead": lead})
        if after is not None:
            (since,) = connection.execute("SELECT created_by FROM temp.lead").fetchone()
            _restore(connection, "lead", lead, max(after, since), seen)
        if after is not None and activities_too:
            _activities_then(connection, lead, after, seen)
        else:
            _fill(connection, "activity", "lead = :lead", {"lead": lead})
        connection.execute(_WORDING)
        for key in keys:
            add_wordings(connection, key, 0, "temp.wording")
        yield
    finally:
        forget(connection)


def count_days(connection: sqlite3.Connection, zone: ZoneInfo) -> None:
    """Counts the days of the activities set apart in another time zone than the workspace's."""
    row = connection.execute("SELECT timezone FROM calendar").fetchone()
    if row is None or row[0] != zone.key:
        days = Days(zone)
        found = connection.execute("SELECT id, occurred_at FROM temp.activity").fetchall()
        connection.executemany("UPDATE temp.activity SET day = ? WHERE id = ?", ((days[at], id_) for id_, at in found))


def forget(connection: sqlite3.Connection) -> None:
    for table in _TABLES:
        connection.execute(f"DROP TABLE IF EXISTS temp.{table}")


def _copy(connection: sqlite3.Connection, table: str) -> None:
    """An empty temporary table of the same columns."""
    (made,) = connection.execute("SELECT sql FROM main.sqlite_master WHERE name = ?", (table,)).fetchone()
    connection.execute(
        made.replace("CREATE TABLE", "CREATE TEMP TABLE", 1).replace("REFERENCES lead ON DELETE CASCADE", "")
    )


def _columns(connection: sqlite3.Connection, table: str) -> str:
    return ", ".join(f'"{row[1]}"' for row in connection.execute(f"PRAGMA main.table_info({table})"))


def _fill(connection: sqlite3.Connection, table: str, which: str, values: dict[str, Any]) -> None:
    columns = _columns(connection, table)
    connection.execute(f"INSERT INTO temp.{table} ({columns}) SELECT {columns} FROM main.{table} WHERE {which}", values)


def _activities_then(connection: sqlite3.Connection, lead: int, after: int, seen: int | None) -> None:
    """The activities that were known to be this lead's: those made until then, with what has been changed since set back."""
    values = {"lead": lead, "operation": after, "seen": seen}
    columns = _columns(connection, "activity")
    _fill(connection, "activity", "lead = :lead AND created_by <= :operation", values)
    for (row,) in connection.execute(_MOVED, values).fetchall():
        _fill(
            connection,
            "activity",
            "id = :row AND created_by <= :operation AND lead IS NOT :lead",
            {**values, "row": row},
        )
    for (text,) in connection.execute(_DELETED, values).fetchall():
        held = json.loads(text)
        names = [name for name in held if f'"{name}"' in columns]
        listed = ", ".join(f'"{name}"' for name in names)
        connection.execute(
            f"INSERT OR IGNORE INTO temp.activity ({listed}) VALUES ({', '.join('?' * len(names))})",
            tuple(held[name] for name in names),
        )
    changed = connection.execute(_CHANGED_SINCE, (after,)).fetchall()
    for (row,) in changed:
        _restore(connection, "activity", row, after, seen)
    connection.execute("DELETE FROM temp.activity WHERE lead IS NOT ?", (lead,))


def _restore(connection: sqlite3.Connection, table: str, row: int, after: int, seen: int | None) -> None:
    values = {"noun": table, "row": row, "operation": after, "seen": seen}
    for field, before, _ in connection.execute(_CHANGED, values).fetchall():
        connection.execute(f'UPDATE temp.{table} SET "{field}" = ? WHERE id = ?', (before, row))
