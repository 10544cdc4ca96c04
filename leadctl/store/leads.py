"""Leads in the database: found by their keys, inserted and updated in batches."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from leadctl.store import contacts

# What a lead is known by. An e-mail counts unless it is invalid or masked, a phone number only where it is certain; these
# are the conditions of the indexes.
_BY_KEY = {
    "external_id": "SELECT lead.external_id, lead.id FROM json_each(?) AS wanted JOIN lead ON lead.external_id = wanted.value",
    "email": "SELECT lead.email, lead.id FROM json_each(?) AS wanted JOIN lead ON lead.email = wanted.value "
    "AND lead.email_state <> 'invalid'",
    "phone": "SELECT lead.phone, lead.id FROM json_each(?) AS wanted JOIN lead ON lead.phone = wanted.value "
    "AND lead.phone_state = 'valid'",
    "fingerprint": "SELECT lead.fingerprint, lead.id FROM json_each(?) AS wanted JOIN lead ON lead.fingerprint = wanted.value",
}
_SET_BY_HAND = (
    "SELECT change.row, change.field FROM json_each(?) AS wanted "
    "CROSS JOIN change ON change.noun = 'lead' AND change.row = wanted.value "
    "JOIN operation ON operation.id = change.operation "
    "WHERE operation.kind IN ('move', 'qualify', 'edit', 'merge', 'duplicates') AND operation.undone_at IS NULL"
)
_NOTE_DOUBT = "INSERT OR IGNORE INTO doubt (lead, other, reason, created_by) VALUES (?, ?, ?, ?)"
_NOTE_SOURCE_ROW = """
INSERT INTO source_row (operation, lead, line, fields) VALUES (?, ?, ?, ?)
ON CONFLICT (operation, lead, line) DO UPDATE SET fields = fields || substr(excluded.fields, 2)
"""
_NOTE_MOVE = (
    "INSERT INTO stage_change (lead, from_stage, stage, moved_on, reason, created_by) VALUES (?, ?, ?, ?, ?, ?)"
)
_LAST_DECISION = "SELECT result, answers FROM qualification WHERE lead = ? ORDER BY id DESC LIMIT 1"
_NOTE_DECISION = "INSERT INTO qualification (lead, result, answers, decided_at, created_by) VALUES (?, ?, ?, ?, ?)"
_WORDS = "INSERT OR IGNORE INTO wording (field, text) VALUES (?, ?)"


def ids_by_key(connection: sqlite3.Connection, kind: str, keys: Iterable[Any]) -> dict[Any, list[int]]:
    """Key -> the ids of the leads that have it, lowest first."""
    wanted = list(keys)
    found: dict[Any, list[int]] = {}
    if wanted:
        for key, lead in connection.execute(_BY_KEY[kind], (json.dumps(wanted),)):
            found.setdefault(key, []).append(lead)
        number = kind == "fingerprint"  # a text among the contacts
        for text, lead in contacts.ids_by_key(connection, kind, map(str, wanted) if number else wanted):
            key = int(text) if number else text
            if lead not in found.setdefault(key, []):
                found[key].append(lead)
        for ids in found.values():
            ids.sort()
    return found


def there(connection: sqlite3.Connection, ids: Iterable[int]) -> set[int]:
    """Which of these are ids of leads."""
    query = "SELECT lead.id FROM json_each(?) AS wanted JOIN lead ON lead.id = wanted.value"
    return {row[0] for row in connection.execute(query, (json.dumps(list(ids)),))}


def rows_by_id(connection: sqlite3.Connection, ids: Iterable[int], columns: Sequence[str]) -> dict[int, list[Any]]:
    """Id -> the values of these columns."""
    listed = ", ".join(f'lead."{name}"' for name in columns)
    query = f"SELECT lead.id, {listed} FROM json_each(?) AS wanted JOIN lead ON lead.id = wanted.value"
    return {row[0]: list(row[1:]) for row in connection.execute(query, (json.dumps(list(ids)),))}


def set_by_hand(connection: sqlite3.Connection, ids: Iterable[int]) -> dict[int, set[str]]:
    """Lead -> the fields that somebody set by hand, or settled by merging."""
    found: dict[int, set[str]] = {}
    for lead, field in connection.execute(_SET_BY_HAND, (json.dumps(list(ids)),)):
        found.setdefault(lead, set()).add(field)
    return found


def last_id(connection: sqlite3.Connection) -> int:
    """The highest id that a lead has or ever had."""
    row = connection.execute(
        "SELECT max((SELECT ifnull(max(id), 0) FROM lead), (SELECT max(last_lead) FROM operation))"
    )
    return int(row.fetchone()[0] or 0)


def insert(
    connection: sqlite3.Connection,
    columns: Sequence[str],
    rows: Iterable[Sequence[Any]],
    fixed: Mapping[str, str | int],
) -> None:
    """Inserts leads; `columns` name the values of each row, `fixed` is the same for all of them."""
    names = ", ".join(f'"{name}"' for name in (*columns, *fixed))
    # Bound once for each row, a constant costs as much as a value; so it stands in the statement.
    constants = "".join(f", {value}" if isinstance(value, int) else f", {_quoted(value)}" for value in fixed.values())
    connection.executemany(f"INSERT INTO lead ({names}) VALUES ({', '.join('?' * len(columns))}{constants})", rows)


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def update(connection: sqlite3.Connection, changes: Mapping[int, Mapping[str, Any]]) -> None:
    """Sets values: id -> column -> value. Leads that change in the same columns go together."""
    alike: dict[tuple[str, ...], list[tuple[Any, ...]]] = {}
    for lead, values in changes.items():
        alike.setdefault(tuple(values), []).append((*values.values(), lead))
    for columns, rows in alike.items():
        settings = ", ".join(f'"{name}" = ?' for name in columns)
        connection.executemany(f"UPDATE lead SET {settings} WHERE id = ?", rows)


def note_doubts(connection: sqlite3.Connection, doubts: Iterable[tuple[int, int | None, str, int]]) -> None:
    """Notes leads that may be the same as another: (lead, other, reason, operation)."""
    connection.executemany(_NOTE_DOUBT, doubts)


def note_source_rows(connection: sqlite3.Connection, rows: Iterable[tuple[int, int, int, str]]) -> None:
    """Notes which row of a file changed which fields of a lead: (operation, lead, line, `,name,email,`)."""
    connection.executemany(_NOTE_SOURCE_ROW, rows)


def note_moves(connection: sqlite3.Connection, moves: Iterable[tuple[Any, ...]]) -> None:
    """Notes stages that a file changed: (lead, from, stage, day, reason, operation)."""
    connection.executemany(_NOTE_MOVE, moves)


def add_wordings(connection: sqlite3.Connection, field: str, texts: Iterable[str]) -> None:
    """Texts of a field that may be new to `wording`."""
    connection.executemany(_WORDS, ((field, text) for text in texts))


def note_qualification(
    connection: sqlite3.Connection, lead: int, result: str, answers: str, now: str, operation: int
) -> bool:
    """Notes what was decided of a lead, where that is new; whether it was. `answers` is JSON."""
    if connection.execute(_LAST_DECISION, (lead,)).fetchone() == (result, answers):
        return False
    connection.execute(_NOTE_DECISION, (lead, result, answers, now, operation))
    return True
