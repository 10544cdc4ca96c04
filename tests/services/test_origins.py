"""Where each value came from: the file and line, the hand, the rule, the lead that it was merged from."""

from __future__ import annotations

from typing import Any

import pytest


@pytest.fixture
def known(workspace: Any) -> Any:
    """One lead of whom three rows of two files, a hand, a score, a route and a merge say something."""
    workspace.write(
        "a.csv", "name,email,company,city,industry\n,,,,\nAda,ada@x.at,X GmbH,,\nBo,bo@x.at,,,\nAda,ada@x.at,,Graz,\n"
    )
    workspace.write("b.csv", "email,title,country\nada@x.at,CEO,AT\n")
    workspace.write("c.csv", "name,email,industry\nAda B.,ada@gmail.com,software\n")
    for command in (
        *("import a.csv", "import b.csv", "score", "edit 1 budget=500", "route", "import c.csv", "merge 1 3"),
    ):
        done = workspace.call(*command.split())
        assert done.code == 0, done.err
    return workspace


def where(workspace: Any, field: str) -> tuple[Any, ...]:
    found = workspace.call("show", "1", "--json").json["origins"][field]
    return tuple(found[name] for name in ("by", "file", "line", "part"))


@pytest.mark.parametrize(
    ("field", "origin"),
    [
        ("name", ("file", "a.csv", 3, None)),
        ("email_kind", ("file", "a.csv", 3, None)),  # follows from the address
        ("city", ("file", "a.csv", 5, None)),  # a later row of the same file
        ("title", ("file", "b.csv", 2, None)),
        ("budget", ("hand", None, None, None)),
        ("industry", ("file", "c.csv", 2, 3)),  # what lead 3 brought
    ],
)
def test_each_value_knows_where_it_came_from(known: Any, field: str, origin: tuple[Any, ...]) -> None:
    assert where(known, field) == origin


def test_rules_are_named(known: Any) -> None:
    found = known.call("show", "1", "--json").json["origins"]
    assert (found["owner"]["by"], found["owner"]["rule"]) == ("rule", "dach")
    assert found["fit"]["by"] == "rule" and len(found["fit"]["rule"]) == 16
    assert found["fit"]["command"] == "leadctl score" and found["fit"]["at"] == "2026-11-22T12:00:00Z"


def test_after_an_undo_the_value_comes_from_where_it_came_before(known: Any) -> None:
    known.write("d.csv", "email,title\nada@x.at,Owner\n")
    assert known.call("import", "d.csv").code == 0
    assert where(known, "title") == ("file", "d.csv", 2, None)
    assert known.call("undo").code == 0
    assert where(known, "title") == ("file", "b.csv", 2, None)


def test_another_program(known: Any) -> None:
    known.query("UPDATE lead SET title = 'Boss' WHERE id = 1")
    assert where(known, "title") == ("program", None, None, None)


def test_a_person_reads_it_beside_the_values(known: Any) -> None:
    lines = {" ".join(line.split()) for line in known.call("show", "1").out.splitlines()}
    assert {
        "title CEO b.csv:2, today",
        "budget 500 by hand, today",
        "industry software lead 3: c.csv:2, today",
    } <= lines
    assert any(line.startswith("owner ") and line.endswith("rule dach, today") for line in lines)
    assert "email (also) ada@gmail.com" in lines


def test_what_other_fields_the_score_has_needs_no_score(workspace: Any) -> None:
    workspace.bring("name\nAda\n")
    assert set(workspace.call("show", "1", "--json").json["origins"]) == {"name", "stage", "captured_at"}


def test_standard_input_and_add(workspace: Any) -> None:
    assert workspace.call("import", "-", stdin="name,email\nAda,ada@x.at\n").code == 0
    assert where(workspace, "name") == ("file", "-", 2, None)
    assert workspace.call("add", "name=Bo").code == 0
    found = workspace.call("show", "2", "--json").json["origins"]["name"]
    assert (found["by"], found["file"], found["line"]) == ("hand", None, None)
