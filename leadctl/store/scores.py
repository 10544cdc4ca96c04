"""Runs of the scoring and what they worked out."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from datetime import date
from typing import Any

from leadctl.compiler.fragment import Sql

_KEEP_RULES = "INSERT INTO ruleset (hash, files, first_used_at) VALUES (?, ?, ?) ON CONFLICT (hash) DO NOTHING"
_NEW_RUN = (
    "INSERT INTO run (operation, ruleset, today, timezone, engine, git_commit) VALUES (?, ?, ?, ?, ?, ?) RETURNING id"
)
_OF_LEAD = "SELECT * FROM score WHERE lead = ?"


def new_run(
    connection: sqlite3.Connection,
    operation: int,
    ruleset: str,
    files: Mapping[str, str],
    today: date,
    timezone: str,
    engine: str,
    commit: str | None,
    now: str,
) -> int:
    """Keeps the rules under their hash and notes that they run; the run's number."""
    connection.execute(_KEEP_RULES, (ruleset, json.dumps(dict(files)), now))
    row = connection.execute(_NEW_RUN, (operation, ruleset, today.isoformat(), timezone, engine, commit)).fetchone()
    return int(row[0])


def write(connection: sqlite3.Connection, select: Sql, columns: list[str], run: int, operation: int) -> int:
    """Writes what `select` (lead, then `columns`) works out; how many leads' scores are new or changed.

    A score that stays as it was is left alone, with the run that made it.
    """
    fixed = {"lead", "run", "created_by", *columns}
    for (gone,) in connection.execute("SELECT name FROM pragma_table_info('score')").fetchall():
        if gone not in fixed:  # a dimension that the rules no longer have
            connection.execute(f'UPDATE score SET "{gone}" = NULL WHERE "{gone}" IS NOT NULL')
    names = ", ".join(f'"{name}"' for name in columns)
    settings = ", ".join(f'"{name}" = excluded."{name}"' for name in columns)
    differs = " OR ".join(f'score."{name}" IS NOT excluded."{name}"' for name in columns)
    statement = f"INSERT INTO score (lead, {names}, run, created_by)\nSELECT *, {run}, {operation} FROM ("
    statement += f"{select.text}) WHERE true\n"
    if connection.execute("SELECT 1 FROM score LIMIT 1").fetchone():
        statement += f"ON CONFLICT (lead) DO UPDATE SET {settings}, run = excluded.run\nWHERE {differs}"
    return connection.execute(statement, select.values).rowcount


def of_lead(connection: sqlite3.Connection, lead: int) -> dict[str, Any] | None:
    """The stored score of a lead, or None where it was never scored."""
    cursor = connection.execute(_OF_LEAD, (lead,))
    row = cursor.fetchone()
    return dict(zip((each[0] for each in cursor.description), row, strict=True)) if row else None
