"""Opening the database, and the one way to change it: an operation, committed whole or not at all."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from leadctl.compiler.catalogue import STORED_AS, Catalogue
from leadctl.errors import DatabaseError, NotFound, Place, UsageError
from leadctl.model.text import fold, words
from leadctl.store import migrations
from leadctl.store.wordings import complete_wordings, register

PAGE_SIZE = 8192  # a tenth faster than 4096 for the import of a million leads
CACHE_KIB = 96 * 1024


@dataclass
class Operation:
    """One command's change of the database. Before the end, set `leads`, how many leads it changed; `file`, where it read
    one, and `columns` (JSON), which of its columns fill which field; and `keep` to false where nothing was to be changed, or
    only tried: then everything stays as it was."""

    id: int
    leads: int = 0
    keep: bool = True
    file: str | None = None
    columns: str | None = None


class Database:
    """An open database. Reads see one state; everything that writes runs in `operation`."""

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self.connection = connection
        self.path = path

    def close(self) -> None:
        self.connection.close()

    @contextmanager
    def operation(self, kind: str, command: str, now: datetime, *, dry_run: bool = False) -> Iterator[Operation]:
        """`BEGIN IMMEDIATE`, the work, `COMMIT`. Any exception, or a dry run, leaves everything as it was."""
        connection = self.connection
        connection.execute("BEGIN IMMEDIATE")
        try:
            started = utc_text(now)
            row = connection.execute(
                "INSERT INTO operation (kind, command, started_at) VALUES (?, ?, ?) RETURNING id",
                (kind, command, started),
            ).fetchone()
            operation = Operation(row[0], keep=not dry_run)
            yield operation
            complete_wordings(connection)
            connection.execute(
                "UPDATE operation SET finished_at = ?, leads = ?, file = ?, columns = ?, "
                "last_lead = max((SELECT ifnull(max(id), 0) FROM lead), (SELECT max(last_lead) FROM operation)) WHERE id = ?",
                (started, operation.leads, operation.file, operation.columns, operation.id),
            )
        except BaseException:
            connection.rollback()
            raise
        if operation.keep:
            connection.commit()
        else:
            connection.rollback()

    def fit_columns(self, catalogue: Catalogue, dimensions: list[str]) -> None:
        """Gives every custom field and every dimension of the score a column; call it before what needs them."""
        custom = {field.name: STORED_AS[field.type] for field in catalogue.custom_fields}
        stored = {row[1]: row[2] for row in self.connection.execute("PRAGMA table_info(lead)")}
        for name, kind in custom.items():
            if stored.get(name, kind) != kind:
                raise UsageError(
                    f"the field '{name}' was {_IN_WORDS[stored[name]]} when its first values came, and the rules now say otherwise",
                    hint="give the new field another name: what is stored stays as it is",
                )
        scores = dict.fromkeys(dimensions, "INTEGER")
        if custom.keys() <= stored.keys() and scores.keys() <= self.columns("score"):
            return
        own = not self.connection.in_transaction
        if own:
            self.connection.execute("BEGIN IMMEDIATE")
        try:
            migrations.add_columns(self.connection, "lead", custom)
            migrations.add_columns(self.connection, "score", scores)
        except BaseException:
            if own:
                self.connection.rollback()
            raise
        if own:
            self.connection.commit()

    @property
    def writable(self) -> bool:
        """Whether the file and its folder may be written."""
        return os.access(self.path, os.W_OK) and os.access(self.path.parent, os.W_OK)

    def columns(self, table: str) -> set[str]:
        return {row[1] for row in self.connection.execute(f"PRAGMA table_info({table})")}


def open_database(path: Path, *, create: bool, wait: float = 10.0) -> Database:
    """The database at `path`, with its schema at the latest step.

    Raises NotFound where there is none and `create` is false, DatabaseError for a file that is damaged, newer than this
    program, or not ours.
    """
    fresh = not path.exists() or path.stat().st_size == 0
    if fresh and not create:
        raise NotFound(
            "there is no database yet", place=Place(str(path)), hint="`leadctl import FILE` makes one from your leads"
        )
    if path.is_dir():
        raise DatabaseError("is a folder, not a database", place=Place(str(path)))
    if not path.parent.is_dir():
        raise NotFound("the folder of the database does not exist", place=Place(str(path.parent)))
    try:
        return _prepare(_connect(path, fresh, wait), path, fresh)
    except sqlite3.Error as error:
        raise explain(error, path) from error


@contextmanager
def open_for_reading(path: Path, wait: float = 10.0) -> Iterator[Database]:
    """The database as it is at this moment, to look at only: nothing is ever written to it, not even a newer schema.

    Raises NotFound where there is none, DatabaseError also for an older schema.
    """
    if not path.is_file() or path.stat().st_size == 0:
        raise NotFound("there is no database yet", place=Place(str(path)))
    try:
        database = _prepare(_connect(path, False, wait), path, False, migrate=False)
        with closing(database.connection):
            database.connection.execute("BEGIN")  # never committed
            yield database
    except sqlite3.Error as error:
        raise explain(error, path) from error


def open_in_memory() -> Database:
    """An empty database with its schema that is gone when it is closed."""
    connection = sqlite3.connect(":memory:", isolation_level=None, cached_statements=256)
    return _prepare(connection, Path(":memory:"), True)


def _connect(path: Path, fresh: bool, wait: float) -> sqlite3.Connection:
    # Where nothing may be written there is nobody to wait for: then the file is read as it lies there.
    frozen = not fresh and not os.access(path.parent, os.W_OK) and not path.with_name(f"{path.name}-wal").exists()
    name = f"{path.resolve().as_uri()}?immutable=1" if frozen else str(path)
    return sqlite3.connect(name, isolation_level=None, timeout=wait, cached_statements=256, uri=frozen)


def _prepare(connection: sqlite3.Connection, path: Path, fresh: bool, *, migrate: bool = True) -> Database:
    try:
        if fresh:
            connection.execute(f"PRAGMA page_size = {PAGE_SIZE}")
            connection.execute("PRAGMA journal_mode = WAL")
        else:
            _refuse_foreign(connection, path)
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
        connection.create_function("words", 1, words, deterministic=True)
        register(connection)
        connection.create_function("fold", 1, fold, deterministic=True)
        if connection.execute("PRAGMA user_version").fetchone()[0] < migrations.LATEST:
            if not migrate:
                raise DatabaseError(
                    "this database was made by an older leadctl",
                    place=Place(str(path)),
                    hint="`leadctl doctor` updates it",
                )
            _migrate(connection, path, fresh)
    except BaseException:
        connection.close()
        raise
    return Database(connection, path)


def _refuse_foreign(connection: sqlite3.Connection, path: Path) -> None:
    number = connection.execute("PRAGMA application_id").fetchone()[0]
    if number == 0 and not connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
        return  # empty: the making of it was interrupted, or somebody else is at it
    if number != migrations.APPLICATION_ID:
        raise DatabaseError(
            "this database was not made by leadctl", place=Place(str(path)), hint="--db FILE names another one"
        )
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if version > migrations.LATEST:
        raise DatabaseError(
            f"this database was made by a newer leadctl (schema {version}; this program knows {migrations.LATEST})",
            place=Place(str(path)),
            hint="update leadctl: pip install --upgrade leadctl",
        )


def _migrate(connection: sqlite3.Connection, path: Path, fresh: bool) -> None:
    if not fresh and connection.execute("PRAGMA user_version").fetchone()[0]:
        backup = path.with_name(f"{path.name}.before-schema-{migrations.LATEST}")
        with closing(sqlite3.connect(backup)) as copy:
            connection.backup(copy)
    connection.execute("BEGIN IMMEDIATE")
    try:
        if connection.execute("PRAGMA user_version").fetchone()[0] < migrations.LATEST:
            connection.execute(f"PRAGMA application_id = {migrations.APPLICATION_ID}")
            migrations.apply(connection)
    except BaseException:
        connection.rollback()
        raise
    connection.commit()


def explain(error: sqlite3.Error, path: Path) -> DatabaseError:
    """An error of SQLite in plain words."""
    text = str(error)
    if "locked" in text or "busy" in text:
        return DatabaseError(
            "another leadctl is writing to the database",
            place=Place(str(path)),
            hint="try again; --wait SECONDS waits longer",
        )
    if "not a database" in text or "malformed" in text:
        return DatabaseError(
            f"the file is damaged or no database: {text}", place=Place(str(path)), hint="restore a backup"
        )
    if "full" in text or "disk I/O" in text:
        return DatabaseError(
            f"the disk is full or fails ({text}); nothing was changed",
            place=Place(str(path)),
            hint="make room and run it again",
        )
    if "readonly" in text or "unable to open" in text:
        return DatabaseError(
            f"the database cannot be written: {text}", place=Place(str(path)), hint="look at the file's permissions"
        )
    return DatabaseError(f"the database says: {text}", place=Place(str(path)), hint="`leadctl doctor` looks closer")


_IN_WORDS = {"TEXT": "a text or a date", "REAL": "a number", "INTEGER": "yes or no"}


def utc_text(moment: datetime) -> str:
    """ISO 8601 in UTC, to the second."""
    from datetime import UTC

    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
