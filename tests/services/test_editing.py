"""One lead by hand: `add` and `edit`."""

from __future__ import annotations

from typing import Any

import pytest


def test_add_and_edit(workspace: Any) -> None:
    added = workspace.call(
        "add", "name=Kari Nordmann", "email=Kari@Fjord.Example", "employees=1200", "stage=contacted", "--json"
    )
    assert added.code == 0, added.err
    assert added.json["created"] is True
    lead = added.json["lead"]
    row = workspace.query("SELECT name, email, email_state, email_kind, employees, stage FROM lead WHERE id = ?", lead)
    assert row == [("Kari Nordmann", "kari@fjord.example", "valid", "business", 1200, "contacted")]
    again = workspace.call("add", "email=kari@fjord.example")
    assert (again.code, "that is lead 1 already" in again.err) == (4, True)
    edited = workspace.call(
        "edit", "kari@fjord.example", "title=VP Sales", "phone=+47 22 12 34 56", "employees=", "--json"
    ).json
    assert edited["changed"]["title"] == {"before": None, "after": "VP Sales"}
    assert edited["changed"]["employees"] == {"before": 1200, "after": None}
    assert workspace.call("edit", "1", "title=VP Sales", "--json").json == {
        "operation": None, "lead": 1, "created": False, "changed": {},
    }  # fmt: skip
    assert workspace.call("score", "--json").code == 0
    assert workspace.query("SELECT fit FROM score") == [(35,)]  # VP 25, business mail 10
    # An import does not set back what was edited, nor take the name's place.
    workspace.bring("email,title,city\nkari@fjord.example,Intern,Bergen\n")
    assert workspace.query("SELECT title, city FROM lead") == [("VP Sales", "Bergen")]
    for _ in range(4):
        assert workspace.call("undo").code == 0
    assert workspace.query("SELECT count(*) FROM lead") == [(0,)]


def test_a_name_follows_its_parts(workspace: Any) -> None:
    workspace.call("add", "first_name=Ada", "last_name=Lovelace")
    assert workspace.query("SELECT name FROM lead") == [("Ada Lovelace",)]
    workspace.call("edit", "1", "last_name=King")
    assert workspace.query("SELECT name, first_name, last_name FROM lead") == [("Ada King", "Ada", "King")]
    workspace.call("edit", "1", "name=Countess of Lovelace")
    workspace.call("edit", "1", "first_name=Augusta")
    assert workspace.query("SELECT name, first_name FROM lead") == [("Countess of Lovelace", "Augusta")]


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["add", "employees=7"], 2, "nothing says who it is"),
        (["add", "nme=x"], 2, "did you mean 'name'?"),
        (["add", "name=x", "employees=many"], 2, "employees: 'many' is not a number"),
        (["add", "name=x", "stage=wno"], 2, "did you mean 'won'?"),
        (["add", "name"], 2, "is not field=value"),
        (["edit", "1", "stage=won"], 2, "leadctl move LEAD STAGE"),
        (["edit", "9", "title=x"], 3, "there is no lead '9'"),
        (["edit", "1", "email_kind=free"], 2, "that can be set"),
    ],
)
def test_what_cannot_be(workspace: Any, words: list[str], code: int, said: str) -> None:
    workspace.bring("name\nAda\n")
    result = workspace.call(*words)
    assert (result.code, said in result.err) == (code, True), result.err
    assert workspace.query("SELECT count(*) FROM operation") == [(1,)]


def test_hostile_values_are_kept_as_they_are(workspace: Any) -> None:
    for text in ("[/] O'Brien :smile:", "\x1b[31mred", "'; DROP TABLE lead; --", "=cmd|' /C calc'!A0"):
        found = workspace.call("add", f"name={text}", "--json")
        assert found.code == 0, found.err
        assert workspace.query("SELECT name FROM lead WHERE id = ?", found.json["lead"]) == [(text,)]
    shown = workspace.call("list")
    assert "\x1b" not in shown.out
