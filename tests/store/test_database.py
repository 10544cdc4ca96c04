"""Opening: our own files at the latest step, nobody else's; operations whole or not at all; every report prepared."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from leadctl.errors import DatabaseError, LeadctlError, NotFound
from leadctl.services.reporting import REPORT_COLUMNS
from leadctl.store import migrations, reports
from leadctl.store.database import open_database

NOW = datetime(2026, 11, 22, tzinfo=UTC)


def schema(path: Path) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute("SELECT type, name, sql FROM sqlite_schema ORDER BY type, name").fetchall()


def test_a_new_database(tmp_path: Path) -> None:
    with closing(open_database(tmp_path / "leads.db", create=True)) as database:
        ask = database.connection.execute
        assert ask("PRAGMA application_id").fetchone()[0] == 0x4C454144
        assert ask("PRAGMA user_version").fetchone()[0] == migrations.LATEST
        assert ask("PRAGMA foreign_keys").fetchone()[0] == 1
        assert ask("PRAGMA journal_mode").fetchone()[0] == "wal"
        assert ask("PRAGMA integrity_check").fetchone()[0] == "ok"
    before = schema(tmp_path / "leads.db")
    open_database(tmp_path / "leads.db", create=False).close()
    assert schema(tmp_path / "leads.db") == before, "opening again changes nothing"
    assert not list(tmp_path.glob("*.before-*"))


def test_there_is_none_yet(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="there is no database yet"):
        open_database(tmp_path / "leads.db", create=False)
    assert not (tmp_path / "leads.db").exists()
    with pytest.raises(NotFound, match="folder"):
        open_database(tmp_path / "none" / "leads.db", create=True)
    with pytest.raises(LeadctlError):
        open_database(tmp_path, create=True)


def make(path: Path, application: int, version: int) -> bytes:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE theirs (a)")
        connection.execute(f"PRAGMA application_id = {application}")
        connection.execute(f"PRAGMA user_version = {version}")
    return path.read_bytes()


@pytest.mark.parametrize(
    ("application", "version", "says"),
    [
        (0, 0, "not made by leadctl"),
        (1, 1, "not made by leadctl"),
        (migrations.APPLICATION_ID, migrations.LATEST + 1, "made by a newer leadctl"),
    ],
)
def test_what_is_not_ours_is_left_alone(workspace: Any, application: int, version: int, says: str) -> None:
    path = workspace.path / "leads.db"
    before = make(path, application, version)
    with pytest.raises(DatabaseError, match=says):
        open_database(path, create=True)
    workspace.write("a.csv", "name\nAda\n")
    for command in (["import", "a.csv"], ["list"], ["score"], ["doctor"], ["undo"]):
        done = workspace.call(*command)
        assert done.code == 5
        assert says in done.err
        assert "Traceback" not in done.err
    assert path.read_bytes() == before


@pytest.mark.parametrize("content", [b"name,email\nAda,ada@firm.at\n" * 100, b"SQLite format 3\x00" + b"\xff" * 5000])
def test_a_file_that_is_no_database_is_refused(workspace: Any, content: bytes) -> None:
    workspace.write("leads.db", content)
    done = workspace.call("list")
    assert (done.code, done.out) == (5, "")
    assert "damaged or no database" in done.err
    assert (workspace.path / "leads.db").read_bytes() == content


def test_an_empty_file_is_a_new_database(workspace: Any) -> None:
    workspace.write("leads.db", b"")
    assert workspace.call("list", "--json").json == []


def test_an_older_schema_is_brought_up_after_a_backup(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "leads.db"
    with closing(open_database(path, create=True)) as database:
        database.connection.execute("INSERT INTO operation (kind, command, started_at) VALUES ('import', 'x', '')")
    monkeypatch.setattr(migrations, "LATEST", migrations.LATEST + 1)
    with closing(open_database(path, create=False)) as database:
        assert database.connection.execute("PRAGMA user_version").fetchone()[0] == migrations.LATEST
        assert database.connection.execute("SELECT command FROM operation").fetchall() == [("x",)]
    backup = tmp_path / f"leads.db.before-schema-{migrations.LATEST}"
    with closing(sqlite3.connect(backup)) as copy:
        assert copy.execute("PRAGMA user_version").fetchone()[0] == migrations.LATEST - 1
        assert copy.execute("SELECT command FROM operation").fetchall() == [("x",)]


def test_a_migration_that_fails_leaves_the_file_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "leads.db"
    open_database(path, create=True).close()
    before = schema(path)

    def fail(connection: sqlite3.Connection) -> None:
        connection.execute("CREATE TABLE half (a)")
        raise RuntimeError("the lights went out")

    monkeypatch.setattr(migrations, "LATEST", migrations.LATEST + 1)
    monkeypatch.setattr(migrations, "apply", fail)
    with pytest.raises(RuntimeError):
        open_database(path, create=False)
    assert schema(path) == before


def test_an_operation_is_whole_or_not_at_all(tmp_path: Path) -> None:
    with closing(open_database(tmp_path / "leads.db", create=True)) as database:
        ask = database.connection.execute

        def work(**options: Any) -> None:
            with database.operation("import", "leadctl import x", NOW, **options) as operation:
                ask("INSERT INTO lead (name, created_by) VALUES ('Ada', ?)", (operation.id,))
                operation.leads = 1

        with pytest.raises(KeyboardInterrupt), database.operation("import", "leadctl import x", NOW) as operation:
            ask("INSERT INTO lead (name, created_by) VALUES ('Ada', ?)", (operation.id,))
            raise KeyboardInterrupt
        work(dry_run=True)
        assert ask("SELECT (SELECT count(*) FROM lead), (SELECT count(*) FROM operation)").fetchone() == (0, 0)
        work()
        assert ask("SELECT kind, command, started_at, finished_at, leads FROM operation").fetchall() == [
            ("import", "leadctl import x", "2026-11-22T00:00:00Z", "2026-11-22T00:00:00Z", 1)
        ]
        assert ask("SELECT count(*) FROM lead").fetchone() == (1,)


def test_a_second_writer_waits_and_then_says_so(workspace: Any) -> None:
    workspace.bring("name\nAda\n")
    workspace.write("a.csv", "name\nBo\n")
    with workspace.database() as database, database.operation("import", "x", NOW) as operation:
        operation.keep = False
        done = workspace.call("--wait", "0.1", "import", "a.csv")
        assert done.code == 5
        assert "another leadctl is writing" in done.err
        assert workspace.call("list", "--json").json[0]["name"] == "Ada", "reading goes on"


# Reports

SQL_FILES = sorted(path.stem for path in (Path(reports.__file__).parent / "sql").glob("*.sql"))
VALUES = {"today": "2026-11-22", "stages": "[]", "first": "[]", "closed": "[]", "won": "[]", "lost": "[]"}
VALUES |= {"last": "2026-11-22", "by": "month"}


def test_every_report_has_its_file() -> None:
    assert sorted(REPORT_COLUMNS) == SQL_FILES


@pytest.mark.parametrize("name", SQL_FILES)
def test_a_report_runs_on_a_fresh_database_and_gives_its_columns(workspace: Any, name: str) -> None:
    with workspace.database() as database:
        reports.prepare(database.connection, workspace.settings.zone)
        columns, rows = reports.rows(database.connection, name, VALUES)
        assert columns == [each.name for each in REPORT_COLUMNS[name]]
        assert rows == []
