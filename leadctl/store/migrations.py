"""The schema, as the steps that made it. Steps are only ever appended; `LATEST` counts them.

Plain to read in any SQLite tool: one row a lead, a person or a business, with real columns; times as ISO 8601 in UTC,
days as YYYY-MM-DD. `created_by` is the operation that made a row; every later change of a value is a row of `change`,
written by triggers so that no command can forget it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import TYPE_CHECKING

from leadctl.store.wordings import keys_of

if TYPE_CHECKING:
    from sqlite_utils import Database

APPLICATION_ID = 0x4C454144  # "LEAD": a file of another program is refused
STEPS = ("001_the_main_job", "002_what_leads_did", "003_capture")  # the files of sql/schema/
LATEST = len(STEPS)

# Tables whose rows have a history. The first column is the row's number.
TRACKED = (
    *("lead", "score", "stage_change", "offer", "follow_up", "activity", "lifecycle_change", "qualification"),
    *("contact", "company", "link", "visits", "spend", "doubt", "distinct_pair"),
)
# Of these a change of any value is noted as the whole row from before (field `*`, as JSON): many of their values change at once.
NOTED_WHOLE = ("score",)
WHOLE = "*"
# Columns that are worked out anew at any time: their changes are no history.
UNTRACKED = {"score": ("next_change_on",), "activity": ("day",)}

# By what leads are known. An import into an empty database makes them at its end, which is twice as fast.
KEY_INDEXES = {
    "lead_by_external_id": "lead (external_id) WHERE external_id IS NOT NULL",
    "lead_by_email": "lead (email) WHERE email IS NOT NULL AND email_state <> 'invalid'",
    "lead_by_phone": "lead (phone) WHERE phone IS NOT NULL AND phone_state = 'valid'",
    "lead_by_fingerprint": "lead (fingerprint) WHERE fingerprint IS NOT NULL",
}


def apply(connection: sqlite3.Connection) -> None:
    """Brings a database to the latest schema, in one transaction of the caller."""
    from sqlite_utils import Database
    from sqlite_utils.migrations import Migrations

    steps = Migrations("leadctl")

    for name in STEPS:
        steps(name=name, transactional=False)(_step(name))
    steps.apply(Database(connection))
    track_changes(connection)
    connection.execute(f"PRAGMA user_version = {LATEST}")


def _step(name: str) -> Callable[[Database], None]:
    from importlib import resources

    def step(database: Database) -> None:
        script = (resources.files("leadctl.store") / "sql" / "schema" / f"{name}.sql").read_text(encoding="utf-8")
        for statement in _statements(script):
            database.conn.execute(statement)
        if name == STEPS[0]:
            make_key_indexes(database.conn)

    return step


def make_key_indexes(connection: sqlite3.Connection) -> None:
    for name, columns in KEY_INDEXES.items():
        connection.execute(f"CREATE INDEX {name} ON {columns}")


def drop_key_indexes(connection: sqlite3.Connection) -> None:
    for name in KEY_INDEXES:
        connection.execute(f"DROP INDEX {name}")


def add_columns(connection: sqlite3.Connection, table: str, columns: dict[str, str]) -> bool:
    """Adds the columns (name -> SQLite type) that the table lacks; the history then covers them too."""
    there = {row[1] for row in connection.execute(f"PRAGMA table_info({table})")}
    missing = {name: kind for name, kind in columns.items() if name not in there}
    for name, kind in missing.items():
        connection.execute(f'ALTER TABLE {table} ADD COLUMN "{name}" {kind}')
    if missing:
        track_changes(connection)
    return bool(missing)


def track_changes(connection: sqlite3.Connection) -> None:
    """Triggers that write every change and deletion of a tracked row into `change`, whoever makes it."""
    current = "(SELECT id FROM operation WHERE id = (SELECT max(id) FROM operation) AND finished_at IS NULL)"
    undoing = "(SELECT undoes FROM operation WHERE id = (SELECT max(id) FROM operation) AND finished_at IS NULL)"
    for table in TRACKED:
        columns = [(row[1], row[2]) for row in connection.execute(f"PRAGMA table_info({table})")]
        key = columns[0][0]
        row = as_json([name for name, _ in columns])
        if table in NOTED_WHOLE:
            _note_whole_rows(connection, table, key, [name for name, _ in columns[1:]], current)
        for name, kind in () if table in NOTED_WHOLE else columns[1:]:
            if name in UNTRACKED.get(table, ()):
                continue
            trigger = f'"{table}_{name}_changed"'
            keys = [*keys_of(name)] if table == "lead" else [f"activity.{name}"] if table == "activity" else []
            remember = (
                f'INSERT OR IGNORE INTO wording (field, text) SELECT field, NEW."{name}" FROM worded '
                f'WHERE NEW."{name}" IS NOT NULL AND field IN ({", ".join(map(repr, keys))});'
                if keys and kind == "TEXT"
                else ""
            )
            connection.execute(f"DROP TRIGGER IF EXISTS {trigger}")
            connection.execute(
                f'CREATE TRIGGER {trigger} AFTER UPDATE OF "{name}" ON {table} WHEN OLD."{name}" IS NOT NEW."{name}" BEGIN '
                f"INSERT INTO change (operation, noun, row, field, before, after) "
                f"VALUES ({current}, '{table}', OLD.{key}, '{name}', OLD.\"{name}\", NEW.\"{name}\"); {remember} END"
            )
        connection.execute(f"DROP TRIGGER IF EXISTS {table}_deleted")
        connection.execute(
            f"CREATE TRIGGER {table}_deleted AFTER DELETE ON {table} WHEN {undoing} IS NULL BEGIN "
            f"INSERT INTO change (operation, noun, row, before) VALUES ({current}, '{table}', OLD.{key}, {row}); END"
        )


def _note_whole_rows(connection: sqlite3.Connection, table: str, key: str, columns: list[str], current: str) -> None:
    watched = [name for name in columns if name not in UNTRACKED.get(table, ())]
    differs = " OR ".join(f'OLD."{name}" IS NOT NEW."{name}"' for name in watched)
    connection.execute(f"DROP TRIGGER IF EXISTS {table}_changed")
    connection.execute(
        f"CREATE TRIGGER {table}_changed AFTER UPDATE ON {table} WHEN {differs} BEGIN "
        f"INSERT INTO change (operation, noun, row, field, before) "
        f"VALUES ({current}, '{table}', OLD.{key}, '{WHOLE}', {as_json([key, *watched])}); END"
    )


def as_json(columns: list[str], row: str = "OLD") -> str:
    """A deleted row as one JSON object. A function of SQLite takes 127 arguments at most, so it is put together."""
    parts = [
        "json_object(" + ", ".join(f"'{name}', {row}.\"{name}\"" for name in columns[at : at + 50]) + ")"
        for at in range(0, len(columns), 50)
    ]
    found = parts[0]
    for part in parts[1:]:
        found = f"json_patch({found}, {part})"  # leaves NULLs of the later parts out, which read the same
    return found


def _statements(script: str) -> list[str]:
    """The statements of a script (executescript would commit the transaction that they belong to)."""
    found, held = [], ""
    for line in script.splitlines():
        held += line + "\n"
        if sqlite3.complete_statement(held):
            found.append(held.strip())
            held = ""
    return found
