"""Moving leads through the pipeline, planning and ticking off."""

from __future__ import annotations

from typing import Any

import pytest


@pytest.fixture
def one(workspace: Any) -> Any:
    workspace.bring("name,email,value\nAda,ada@firm.at,100\n")
    return workspace


def standing(workspace: Any) -> tuple[Any, ...]:
    return workspace.query("SELECT stage, stage_on, stage_reason, value FROM lead")[0]  # type: ignore[no-any-return]


def moves(workspace: Any) -> list[tuple[Any, ...]]:
    return workspace.query("SELECT from_stage, stage, moved_on, reason, value FROM stage_change ORDER BY id")  # type: ignore[no-any-return]


def test_a_move_keeps_its_history(one: Any) -> None:
    assert one.call("move", "1", "CONTACTED", "--on", "2026-11-01").code == 0
    assert one.call("move", "ada@firm.at", "proposal", "--value", "5000").code == 0
    assert one.call("move", "1", "lost", "--reason", "Price").code == 0
    assert standing(one) == ("lost", "2026-11-22", "price", 5000.0)
    assert moves(one) == [
        ("new", "contacted", "2026-11-01", None, 100.0),
        ("contacted", "proposal", "2026-11-22", None, 5000.0),
        ("proposal", "lost", "2026-11-22", "price", 5000.0),
    ]
    assert one.call("move", "1", "contacted").code == 0
    assert standing(one) == ("contacted", "2026-11-22", None, 5000.0), "the reason for losing it is history"


def test_a_move_to_where_it_is_changes_nothing(one: Any) -> None:
    one.call("move", "1", "contacted", "--on", "2026-11-01")
    again = one.call("move", "1", "contacted", "--json")
    assert (again.code, again.json["changed"], again.json["operation"]) == (0, False, None)
    assert len(moves(one)) == 1
    assert standing(one)[1] == "2026-11-01"
    dearer = one.call("move", "1", "contacted", "--value", "7", "--json")
    assert (dearer.json["changed"], standing(one)) == (True, ("contacted", "2026-11-01", None, 7.0))
    assert one.query("SELECT count(*) FROM operation") == [(3,)]


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (["1", "contactd"], 2, "did you mean 'contacted'?"),
        (["1", "lost"], 2, "wants a --reason"),
        (["1", "lost", "--reason", "prise"], 2, "did you mean 'price'?"),
        (["1", "won", "--on", "2026-11-23"], 4, "still to come"),
        (["77", "won"], 3, "there is no lead '77'"),
        (["1", "won", "--on", "someday"], 2, "someday"),
    ],
)
def test_a_move_that_cannot_be(one: Any, words: list[str], code: int, says: str) -> None:
    before = standing(one)
    done = one.call("move", *words)
    assert (done.code, says in done.err) == (code, True), done.err
    assert (standing(one), moves(one)) == (before, [])
    assert one.query("SELECT count(*) FROM operation") == [(1,)]


def test_plans_are_ticked_off_earliest_first(one: Any) -> None:
    for day, note in (("2026-12-02", "mail"), ("2026-12-01", "call"), ("2026-12-02", "visit")):
        assert one.call("follow-up", "1", day, note).code == 0
    said = [one.call("done", "1", "--json").json["said"] for _ in range(3)]
    assert [text.split("done: ")[1] for text in said] == [
        "call (was due 2026-12-01)",
        "mail (was due 2026-12-02)",
        "visit (was due 2026-12-02)",
    ]
    last = one.call("done", "1")
    assert (last.code, "nothing is planned for lead 1" in last.err) == (3, True)


def test_the_same_plan_twice_is_planned_once(one: Any) -> None:
    first = one.call("follow-up", "1", "2026-12-01", "call", "--json").json
    second = one.call("follow-up", "1", "2026-12-01", "call", "--json").json
    assert (first["changed"], second["changed"], second["operation"]) == (True, False, None)
    assert one.query("SELECT count(*) FROM follow_up") == [(1,)]
    one.call("done", "1")
    assert one.call("follow-up", "1", "2026-12-01", "call", "--json").json["changed"] is True


def test_today_is_the_day_of_the_workspace(one: Any) -> None:
    one.now = "2026-11-22T23:30:00+00:00"  # half past midnight in Vienna
    assert one.call("move", "1", "won").code == 0
    assert standing(one)[1] == "2026-11-23"
    assert one.call("follow-up", "1", "tomorrow").code == 0
    assert one.query("SELECT due_on FROM follow_up") == [("2026-11-24",)]
