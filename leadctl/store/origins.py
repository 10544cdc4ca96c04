"""Where each value of a lead came from, and when: the file and its line, the rule, the program or the hand that set it."""

from __future__ import annotations

import json
import sqlite3
from typing import Any, NamedTuple

# The last change of each field that still stands. What an undone operation did, and the undoing itself, cancel each other.
_CHANGED = """
SELECT field, change.operation, max(change.id) FROM change LEFT JOIN operation ON operation.id = change.operation
WHERE noun = 'lead' AND row = ? AND field IS NOT NULL AND operation.undone_at IS NULL AND operation.kind IS NOT 'undo'
GROUP BY field
"""
_MADE = "SELECT created_by, created_line FROM lead WHERE id = ?"
_GONE = "SELECT before FROM change WHERE noun = 'lead' AND row = ? AND field IS NULL ORDER BY id DESC LIMIT 1"
_ROWS = "SELECT operation, line, fields FROM source_row WHERE lead = ? ORDER BY line"
_PARTS = "SELECT created_by, gone FROM merge WHERE lead = ? ORDER BY id DESC"
_OPERATION = "SELECT id, kind, command, file, started_at FROM operation WHERE id = ?"
_RULE = "SELECT rule FROM offer WHERE lead = ? AND created_by = ? ORDER BY id DESC LIMIT 1"
_SCORE = """
SELECT run.operation, run.ruleset FROM score JOIN run ON run.id = score.run WHERE score.lead = ?
"""


class Origin(NamedTuple):
    """Where one value came from. `by`: file, hand, rule, merge, program or command; `line` of the file where its row begins;
    `rule`: the route, or the hash of the rules that scored; `part`: the lead that was merged and had the value."""

    by: str
    at: str | None = None
    operation: int | None = None
    command: str | None = None
    file: str | None = None
    line: int | None = None
    rule: str | None = None
    part: int | None = None


_BY_HAND = ("add", "edit", "move", "qualify", "log")
_BY_FILE = ("import", "enrich")


def origins(connection: sqlite3.Connection, lead: int) -> dict[str, Origin]:
    """Field -> where its value came from; under `""` the origin of every field that is not named."""
    return _origins(connection, lead, {})


def score_origin(connection: sqlite3.Connection, lead: int) -> Origin | None:
    """Where the score came from; None where there is none."""
    row = connection.execute(_SCORE, (lead,)).fetchone()
    if row is None:
        return None
    found = _operation(connection, row[0])
    return Origin("rule", found["started_at"], row[0], found["command"], rule=row[1])


def _origins(connection: sqlite3.Connection, lead: int, known: dict[int, dict[str, Origin]]) -> dict[str, Origin]:
    if lead in known:
        return known[lead]
    known[lead] = {}  # no lead is part of itself
    made = connection.execute(_MADE, (lead,)).fetchone()
    if made is None:  # a lead that is part of another one now
        gone = connection.execute(_GONE, (lead,)).fetchone()
        held = json.loads(gone[0]) if gone is not None else {}
        made = (held.get("created_by"), held.get("created_line"))
    rows: dict[int, list[tuple[int, str]]] = {}
    for operation, line, fields in connection.execute(_ROWS, (lead,)):
        rows.setdefault(operation, []).append((line, fields))
    parts: dict[int, list[int]] = {}
    for operation, part in connection.execute(_PARTS, (lead,)):
        parts.setdefault(operation, []).append(part)
    found = {"": _origin(connection, lead, made[0], made[1])} if made[0] is not None else {}
    # Fields that a later row of the file that brought the lead has filled: no change of a stored value.
    for line, fields in rows.get(made[0], ()):
        for field in fields.strip(",").split(","):
            found[field] = _origin(connection, lead, made[0], line)
    for field, operation, _ in connection.execute(_CHANGED, (lead,)).fetchall():
        line = next((line for line, fields in reversed(rows.get(operation, [])) if f",{field}," in fields), None)
        found[field] = _origin(connection, lead, operation, line)
        for part in parts.get(operation, ()):
            its = _origins(connection, part, known)
            had = its.get(field, its.get(""))
            if had is not None and _had(connection, part, field) == _value(connection, lead, field):
                found[field] = had._replace(part=part)
                break
    known[lead] = found
    return found


def _origin(connection: sqlite3.Connection, lead: int, operation: int | None, line: int | None) -> Origin:
    if operation is None:
        return Origin("program")
    found = _operation(connection, operation)
    kind = found["kind"]
    by = (
        "hand"
        if kind in _BY_HAND
        else "file"
        if kind in _BY_FILE and found["file"] is not None
        else "merge"
        if kind in ("merge", "duplicates")
        else "command"
    )
    rule = None
    if kind in ("route", "nightly"):
        offer = connection.execute(_RULE, (lead, operation)).fetchone()
        by, rule = ("rule", offer[0]) if offer is not None else (by, None)
    return Origin(by, found["started_at"], operation, found["command"], found["file"], line, rule)


def _operation(connection: sqlite3.Connection, number: int) -> dict[str, Any]:
    cursor = connection.execute(_OPERATION, (number,))
    return dict(zip((each[0] for each in cursor.description), cursor.fetchone(), strict=True))


def _had(connection: sqlite3.Connection, gone: int, field: str) -> Any:
    row = connection.execute(_GONE, (gone,)).fetchone()
    return json.loads(row[0]).get(field) if row is not None else None


def _value(connection: sqlite3.Connection, lead: int, field: str) -> Any:
    """What stands there now; None for a field that is no column."""
    columns = {row[1] for row in connection.execute("PRAGMA table_info(lead)")}
    if field not in columns:
        return None
    row = connection.execute(f'SELECT "{field}" FROM lead WHERE id = ?', (lead,)).fetchone()
    return row[0] if row is not None else None
