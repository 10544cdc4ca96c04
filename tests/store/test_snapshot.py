"""Looking at a database without writing to it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from leadctl.errors import DatabaseError, NotFound
from leadctl.store import database as store
from leadctl.store.database import open_for_reading, open_in_memory
from leadctl.store.snapshot import snapshot
from leadctl.store.wordings import is_worded

LEADS = "name,title,city\nAnn,CEO,Wien\nBob,CTO,\n"


def test_nothing_that_is_done_stays(workspace: Any) -> None:
    workspace.bring(LEADS)
    before = (workspace.path / "leads.db").read_bytes()
    with open_for_reading(workspace.path / "leads.db") as database:
        database.connection.execute("DELETE FROM lead")
        assert database.connection.execute("SELECT count(*) FROM lead").fetchone() == (0,)
    assert workspace.query("SELECT count(*) FROM lead") == [(2,)]
    assert (workspace.path / "leads.db").read_bytes() == before


def test_a_snapshot_sees_one_state(workspace: Any) -> None:
    workspace.bring(LEADS)
    with snapshot(workspace.path / "leads.db", workspace.rules.catalogue, set(), 1.0) as database:
        count = "SELECT count(*) FROM lead"
        assert database.connection.execute(count).fetchone() == (2,)
        workspace.query("DELETE FROM lead WHERE id = 1")
        assert database.connection.execute(count).fetchone() == (2,)
    assert workspace.query(count) == [(1,)]


def test_fields_and_texts_that_the_database_does_not_have_yet(workspace: Any) -> None:
    workspace.bring(LEADS)
    workspace.write("rules/fields.yaml", "fields: {colour: {type: text}}\n")
    keys = {"city", "colour"}
    with snapshot(workspace.path / "leads.db", workspace.rules.catalogue, keys, 1.0) as database:
        rows = database.connection.execute("SELECT name, colour FROM lead ORDER BY id").fetchall()
        assert rows == [("Ann", None), ("Bob", None)]
        assert database.connection.execute("SELECT field, text FROM wording").fetchall() == [("city", "Wien")]
    assert workspace.query("SELECT count(*) FROM pragma_table_info('lead') WHERE name = 'colour'") == [(0,)]


@pytest.mark.parametrize("content", [None, b""])
def test_no_database(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "leads.db"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(NotFound), open_for_reading(path):
        pass
    assert path.exists() == (content is not None)


def test_an_older_schema_is_left_alone(workspace: Any) -> None:
    workspace.bring(LEADS)
    workspace.query("PRAGMA user_version = 1")
    with pytest.raises(DatabaseError, match="older leadctl"), open_for_reading(workspace.path / "leads.db"):
        pass
    assert workspace.query("PRAGMA user_version") == [(1,)]
    assert not list(workspace.path.glob("*.before-*"))


def test_a_file_that_may_not_be_written_can_be_searched(workspace: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The texts that a condition looks up are worked out beside the database."""
    workspace.bring(LEADS)
    with workspace.database() as database:
        assert not is_worded(database.connection, {"city"})
    monkeypatch.setattr(store.os, "access", lambda *_: False)
    done = workspace.call("list", "--where", "city: wien", "--json")
    assert [each["name"] for each in done.json] == ["Ann"], done.err


def test_a_database_in_memory_is_whole() -> None:
    with closing(open_in_memory()) as database:
        assert {"title", "company_domain"} <= database.columns("lead") | {"company_domain"}
        with pytest.raises(sqlite3.IntegrityError):
            database.connection.execute("INSERT INTO lead (id, created_by) VALUES (1, NULL)")
