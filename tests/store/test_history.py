"""Every change of a lead is in the log, whoever makes it."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from typing import Any

import pytest

from leadctl.store.migrations import NOTED_WHOLE, TRACKED, UNTRACKED

LEADS = "name,email,country,decision_maker\nAda,ada@firm.at,AT,yes\nBo,bo@firm.de,DE,\n"


@pytest.fixture
def filled(workspace: Any) -> Any:
    """Two leads, scored, routed, one moved, one follow-up."""
    workspace.bring(LEADS)
    for command in ("score", "route", "move 1 contacted", "follow-up 1 2026-12-01 call"):
        done = workspace.call(*command.split())
        assert done.code == 0, done.err
    workspace.query("DELETE FROM change")
    return workspace


def changes(workspace: Any) -> list[tuple[Any, ...]]:
    return workspace.query("SELECT operation, noun, row, field, before, after FROM change ORDER BY id")  # type: ignore[no-any-return]


def test_an_update_by_leadctl_belongs_to_its_operation(filled: Any) -> None:
    filled.bring("email,country,pain\nada@firm.at,CH,slow\n")
    operation = filled.query("SELECT max(id) FROM operation")[0][0]
    assert sorted(changes(filled)) == [
        (operation, "lead", 1, "country", "AT", "CH"),
        (operation, "lead", 1, "pain", None, "slow"),
    ]


def test_a_new_lead_is_no_change(filled: Any) -> None:
    filled.bring("email\nnew@firm.at\n")
    assert changes(filled) == []


def test_an_update_by_another_program_is_logged_without_an_operation(filled: Any) -> None:
    filled.query("UPDATE lead SET country = 'FR', decision_maker = 0, target_date = '2026-01-01' WHERE id = 1")
    filled.query("UPDATE lead SET country = 'FR' WHERE id = 1")  # the same again is no change
    assert sorted(changes(filled)) == [
        (None, "lead", 1, "country", "AT", "FR"),
        (None, "lead", 1, "decision_maker", 1, 0),
        (None, "lead", 1, "target_date", None, "2026-01-01"),
    ]


def test_a_deletion_by_another_program_keeps_the_row(filled: Any) -> None:
    with closing(sqlite3.connect(filled.path / "leads.db")) as connection:
        connection.execute("PRAGMA foreign_keys = ON")
        columns = [each[1] for each in connection.execute("PRAGMA table_info(lead)")]  # without what is worked out
        row = connection.execute(f"SELECT {', '.join(columns)} FROM lead WHERE id = 1")
        before = dict(zip((each[0] for each in row.description), row.fetchone(), strict=True))
        connection.execute("DELETE FROM lead WHERE id = 1")
        connection.commit()
    found = changes(filled)
    assert {(operation, noun, row, field) for operation, noun, row, field, *_ in found} == {
        *((None, table, 1, None) for table in ("lead", "score", "stage_change", "follow_up")),
        (None, "offer", 1, None),
    }
    kept = next(json.loads(before_) for _, noun, _, _, before_, _ in found if noun == "lead")
    assert kept == before


ROWS = {
    "activity": "INSERT INTO activity (lead, type, occurred_at, day, mark, created_by) VALUES (1, 'reply', '2026-11-01', 1, 1, 1)",
    "lifecycle_change": "INSERT INTO lifecycle_change (lead, changed_on, created_by) VALUES (1, '2026-11-01', 1)",
    "qualification": "INSERT INTO qualification (lead, result, answers, decided_at, created_by) VALUES (1, 'go', '{}', '', 1)",
    "contact": "INSERT INTO contact (lead, kind, value, state, created_by) VALUES (1, 'email', 'a@b.at', 'valid', 1)",
    "company": "INSERT INTO company (key, name, created_by) VALUES ('acme', 'Acme', 1)",
    "link": "INSERT INTO link (token, url, created_by) VALUES ('t', 'https://example.org/', 1)",
    "doubt": "INSERT INTO doubt (lead, other, reason, created_by) VALUES (1, 2, 'same name', 1)",
    "distinct_pair": "INSERT INTO distinct_pair (lead, other, created_by) VALUES (1, 2, 1)",
    "visits": "INSERT INTO visits (visitor, seen, created_by) VALUES ('v', '[]', 1)",
    "spend": "INSERT INTO spend (from_day, to_day, amount, created_by) VALUES ('2026-11-01', '2026-11-30', 5, 1)",
}


@pytest.mark.parametrize("table", TRACKED)
def test_every_column_of_every_tracked_table_is_watched(filled: Any, table: str) -> None:
    if table in ROWS:
        filled.query(ROWS[table])
    key, *columns = filled.query(f"PRAGMA table_info({table})")
    for _, name, kind, *_ in columns:
        if name in UNTRACKED.get(table, ()):
            continue
        value = {"TEXT": "other", "INTEGER": 1, "REAL": 77.5}[kind]
        filled.query("DELETE FROM change")
        before = filled.query(f'SELECT {key[1]}, "{name}" FROM {table} ORDER BY 1 LIMIT 1')[0]
        filled.query(f'UPDATE {table} SET "{name}" = ? WHERE {key[1]} = ?', value, before[0])
        if table in NOTED_WHOLE and before[1] != value:
            (found,) = filled.query("SELECT operation, noun, row, field, before ->> ?, after FROM change", name)
            assert found == (None, table, before[0], "*", before[1], None)
            continue
        expected = [(None, table, before[0], name, before[1], value)] if before[1] != value else []
        assert changes(filled) == expected, name


def test_sixty_fields_of_ones_own(workspace: Any) -> None:
    fields = "".join(f"  f{n}: {{type: text}}\n" for n in range(60))
    workspace.write("rules/fields.yaml", f"fields:\n{fields}")
    assert workspace.bring("name,f59\nAda,x\n").created == 1


def test_a_dimension_and_a_field_added_later_are_watched_too(filled: Any) -> None:
    filled.write("rules/fields.yaml", "fields: {late: {type: text}}\n")
    text = filled.read("rules/scoring.yaml").replace("score:\n", "score:\n  more: {range: [0, 5], groups: {}}\n")
    filled.write("rules/scoring.yaml", text)
    assert filled.call("score").code == 0
    filled.query("DELETE FROM change")
    filled.query("UPDATE lead SET late = 'x' WHERE id = 2")
    filled.query("UPDATE score SET more = 4 WHERE lead = 2")
    assert changes(filled)[0] == (None, "lead", 2, "late", None, "x")
    assert filled.query("SELECT field, before ->> 'more' FROM change WHERE noun = 'score'") == [("*", 0)]


def test_a_text_that_another_program_writes_is_compared_too(filled: Any) -> None:
    filled.query("UPDATE lead SET country = 'Côte d’Ivoire' WHERE id = 1")
    found = filled.call("list", "--where", "country: {starts_with: CÔTE}", "--json").json
    assert [each["name"] for each in found] == ["Ada"]


def test_the_next_operation_compares_a_text_that_another_program_wrote(filled: Any) -> None:
    filled.query("UPDATE lead SET country = 'Côte d’Ivoire' WHERE id = 1")
    filled.bring("name\nCy\n")
    found = filled.call("list", "--where", "country: {starts_with: CÔTE}", "--json").json
    assert [each["name"] for each in found] == ["Ada"]


def test_a_text_that_another_program_inserts_is_compared_too(filled: Any) -> None:
    filled.query("INSERT INTO lead (name, country, stage, created_by) VALUES ('Cy', 'Ghana', 'new', 1)")
    assert [each["name"] for each in filled.call("list", "--where", "country: Ghana", "--json").json] == ["Cy"]
