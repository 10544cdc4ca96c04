"""The log of operations and changes: what was done, and how it is taken back."""

from __future__ import annotations

import sqlite3
from typing import Any

from leadctl.store.activities import mend_days
from leadctl.store.migrations import TRACKED, UNTRACKED, WHOLE, as_json
from leadctl.store.scores import forget_seen

_OPERATIONS = "SELECT id, started_at, command, leads, undone_at FROM operation ORDER BY id DESC"
_OPERATION = (
    "SELECT o.kind, o.command, o.undone_at, u.command AS undone_command FROM operation AS o "
    "LEFT JOIN operation AS u ON u.id = o.undoes WHERE o.id = ?"
)
# What concerns no lead: activities of people who are none, companies, spend. It is work all the same.
_WITHOUT_LEADS = ("activity", "company", "link", "visits", "spend", "distinct_pair")
_NEWEST = f"""
SELECT max(id) FROM operation WHERE undone_at IS NULL AND kind NOT IN ('undo', 'forget') AND finished_at IS NOT NULL
  AND (leads > 0 OR EXISTS (SELECT 1 FROM change WHERE operation = operation.id AND noun IN {_WITHOUT_LEADS})
       OR {" OR ".join(f"EXISTS (SELECT 1 FROM {table} WHERE created_by = operation.id)" for table in _WITHOUT_LEADS)})
"""
_PASSED_OVER = """
SELECT id FROM operation WHERE id > ? AND id < ? AND undone_at IS NULL AND kind <> 'undo' ORDER BY id
"""
# Rows of other tables that belong to a lead which goes; scores, offers and doubts are worked out and go with it.
_BY_HAND = ("stage_change", "follow_up", "activity", "contact", "link", "merge", "distinct_pair")
_HAS_HISTORY = tuple(table for table in _BY_HAND if table in TRACKED)
_NO_LEAD = ("company", "visits", "spend")  # tables that do not say which lead a row is about
_FIELDS = "SELECT DISTINCT noun, field FROM change WHERE operation = ? AND field IS NOT NULL"
_LATER_CHANGES = """
SELECT DISTINCT operation.id, operation.command FROM change AS mine
JOIN change AS later ON later.noun = mine.noun AND later.row = mine.row
  AND (later.field = mine.field OR (later.field IS NULL AND mine.field IS NOT NULL AND mine.noun <> 'score'))
JOIN operation ON operation.id = later.operation
WHERE mine.operation = :wanted AND later.operation > :wanted AND operation.undone_at IS NULL AND operation.kind <> 'undo'
"""
_CHANGED_BY_OTHERS = """
SELECT 1 FROM change AS mine
JOIN change AS later ON later.noun = mine.noun AND later.row = mine.row AND later.field = mine.field AND later.id > mine.id
WHERE mine.operation = :wanted AND later.operation IS NULL LIMIT 1
"""
_LATER_ON_NEW = """
SELECT DISTINCT operation.id, operation.command FROM {table} AS made
JOIN change AS later ON later.noun = '{table}' AND later.row = made.id
JOIN operation ON operation.id = later.operation
WHERE made.created_by = :wanted AND later.operation > :wanted AND operation.undone_at IS NULL
  AND operation.kind NOT IN ('undo', 'score', 'route', 'nightly')
"""
_LATER_DELETED = """
SELECT DISTINCT operation.id, operation.command FROM change AS later JOIN operation ON operation.id = later.operation
WHERE later.operation > :wanted AND later.field IS NULL AND later.noun <> 'score' AND later.before ->> 'created_by' = :wanted
  AND operation.undone_at IS NULL AND operation.kind NOT IN ('undo', 'score', 'route', 'nightly')
"""
_LATER_MERGED = """
SELECT DISTINCT operation.id, operation.command FROM merge AS mine JOIN merge AS later ON later.gone = mine.lead
JOIN operation ON operation.id = later.created_by WHERE mine.created_by = :wanted AND later.created_by > :wanted
"""


def operations(connection: sqlite3.Connection, limit: int | None) -> tuple[list[tuple[Any, ...]], int]:
    """Operations, newest first, and how many there are."""
    query = _OPERATIONS + (f" LIMIT {int(limit)}" if limit is not None else "")
    total = connection.execute("SELECT count(*) FROM operation").fetchone()[0]
    return connection.execute(query).fetchall(), int(total)


def operation(connection: sqlite3.Connection, wanted: int) -> dict[str, Any] | None:
    cursor = connection.execute(_OPERATION, (wanted,))
    row = cursor.fetchone()
    return dict(zip((each[0] for each in cursor.description), row, strict=True)) if row else None


def newest(connection: sqlite3.Connection) -> int | None:
    """The newest operation that changed something and is not undone."""
    found = connection.execute(_NEWEST).fetchone()[0]
    return int(found) if found is not None else None


def passed_over(connection: sqlite3.Connection, chosen: int, current: int) -> list[int]:
    """Operations newer than the one that was chosen, not undone: they changed nothing, or cannot be undone."""
    return [row[0] for row in connection.execute(_PASSED_OVER, (chosen, current))]


def later_work(connection: sqlite3.Connection, wanted: int) -> list[tuple[int, str]]:
    """Later operations, not undone, that changed what this one wrote, or were people's work on leads that it made."""
    found = set(connection.execute(_LATER_CHANGES, {"wanted": wanted}))
    for query in (_LATER_DELETED, _LATER_MERGED):
        found |= set(connection.execute(query, {"wanted": wanted}))
    for table in ("lead", *_HAS_HISTORY):
        found |= set(connection.execute(_LATER_ON_NEW.format(table=table), {"wanted": wanted}))
    if connection.execute(_CHANGED_BY_OTHERS, {"wanted": wanted}).fetchone():
        found.add((0, "a change by another program, of a value that this operation set"))
    for table in _BY_HAND:
        found |= set(
            connection.execute(
                f"SELECT DISTINCT operation.id, operation.command FROM {table} JOIN lead ON lead.id = {table}.lead "
                f"JOIN operation ON operation.id = {table}.created_by "
                "WHERE lead.created_by = ? AND operation.id > lead.created_by",
                (wanted,),
            )
        )
    return sorted(found, reverse=True)


def take_back(connection: sqlite3.Connection, wanted: int) -> int:
    """Restores every value that the operation changed, and deletes every row that it made; how many leads it concerned."""
    connection.execute("CREATE TEMP TABLE concerned (lead INTEGER PRIMARY KEY)")
    try:
        _bring_back(connection, wanted, "lead")
        for table in TRACKED:
            if table in _NO_LEAD:
                continue
            key = "id" if table == "lead" else "lead"
            number = "lead" if table == "score" else "id"
            connection.execute(
                f"INSERT OR IGNORE INTO concerned SELECT {key} FROM {table} WHERE {key} IS NOT NULL AND (created_by = :wanted "
                f"OR {number} IN (SELECT row FROM change WHERE operation = :wanted AND noun = '{table}'))",
                {"wanted": wanted},
            )
        fields = connection.execute(_FIELDS, (wanted,)).fetchall()
        for table, field in fields:
            _restore(connection, wanted, table, field)
        for table in TRACKED[1:]:
            _bring_back(connection, wanted, table)
        if ("activity", "occurred_at") in fields:
            mend_days(connection, wanted)
        _keep_what_was_counted(connection, wanted)
        # Rows that hang on leads go before the leads; a run's scores before the run.
        for table in ("merge", *reversed(TRACKED)):
            connection.execute(f"DELETE FROM {table} WHERE created_by = ?", (wanted,))
        connection.execute("DELETE FROM source_row WHERE operation = ?", (wanted,))
        connection.execute("INSERT OR IGNORE INTO to_score SELECT lead FROM concerned")
        _take_back_run(connection, wanted)
        return int(connection.execute("SELECT count(*) FROM concerned").fetchone()[0])
    finally:
        connection.execute("DROP TABLE temp.concerned")


def _keep_what_was_counted(connection: sqlite3.Connection, wanted: int) -> None:
    """Activities that go are noted where a scoring may have counted them, so that its scores can be had again."""
    if not connection.execute("SELECT 1 FROM run WHERE operation > ?", (wanted,)).fetchone():
        return
    columns = [row[1] for row in connection.execute("PRAGMA table_info(activity)")]
    connection.execute(
        "INSERT INTO change (operation, noun, row, before) SELECT (SELECT max(id) FROM operation), 'activity', id, "
        f"{as_json(columns, 'activity')} FROM activity WHERE created_by = ?",
        (wanted,),
    )


def _take_back_run(connection: sqlite3.Connection, wanted: int) -> None:
    """After an undone scoring, what the last one that is left had seen is no longer so: all leads are scored again."""
    if connection.execute("SELECT 1 FROM run WHERE operation = ?", (wanted,)).fetchone():
        connection.execute("DELETE FROM run WHERE operation = ? AND id NOT IN (SELECT run FROM score)", (wanted,))
        forget_seen(connection)


def _restore(connection: sqlite3.Connection, wanted: int, table: str, field: str) -> None:
    """The value from before the operation's first change of the field. That nobody changed it since was looked at before."""
    number = "lead" if table == "score" else "id"
    settings = f'"{field}" = first.before'
    if field == WHOLE:
        kept = (number, *UNTRACKED.get(table, ()))
        columns = [row[1] for row in connection.execute(f"PRAGMA table_info({table})") if row[1] not in kept]
        settings = ", ".join(f"\"{name}\" = first.before ->> '{name}'" for name in columns)
    connection.execute(
        f"UPDATE {table} SET {settings} FROM (SELECT row, before, min(id) FROM change "
        f"WHERE operation = ? AND noun = ? AND field = ? GROUP BY row) AS first WHERE first.row = {table}.{number}",
        (wanted, table, field),
    )


def _bring_back(connection: sqlite3.Connection, wanted: int, table: str) -> None:
    """Rows that the operation deleted: of a lead that became part of another one, or of what was there twice."""
    names = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
    listed = ", ".join(f'"{name}"' for name in names)
    values = ", ".join(f"before ->> '{name}'" for name in names)
    connection.execute(
        f"INSERT INTO {table} ({listed}) SELECT {values} FROM change WHERE operation = ? AND noun = ? AND field IS NULL",
        (wanted, table),
    )


def begin_undo(connection: sqlite3.Connection, current: int, wanted: int) -> None:
    """From here on the running operation takes back another one."""
    connection.execute("UPDATE operation SET undoes = ? WHERE id = ?", (wanted, current))


def mark_undone(connection: sqlite3.Connection, wanted: int, now: str) -> None:
    connection.execute("UPDATE operation SET undone_at = ? WHERE id = ?", (now, wanted))
