# ruff: noqa: E501 - tables, a line each
"""Undo restores exactly what was there before."""

from __future__ import annotations

import json
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

# What an undo does not take back: its own log, the rules that ran, and how texts are compared.
NOT_CONTENT = {"operation", "change", "run", "ruleset", "sqlite_sequence", "wording", "worded", "_sqlite_migrations",
               "calendar", "activity_type", "to_score"}  # fmt: skip


def content(workspace: Any) -> dict[str, list[tuple[Any, ...]]]:
    tables = [row[0] for row in workspace.query("SELECT name FROM sqlite_schema WHERE type = 'table'")]
    return {
        name: sorted(workspace.query(f"SELECT * FROM {name}"), key=repr) for name in tables if name not in NOT_CONTENT
    }


def a_file(pick: Random) -> str:
    rows = ["name,email,phone,country,employees,city,stage,seats"]
    for _ in range(pick.randint(1, 8)):
        number = pick.randint(1, 12)
        mail = f"p{number}@firm{number % 4}.at" if pick.random() < 0.7 else ""
        phone = f"+43 1 58801{number:02}" if pick.random() < 0.3 else ""
        country, size, city = (
            pick.choice(["DE", "AT", "US", ""]),
            pick.choice(["10", "60", ""]),
            pick.choice(["Wien", "Graz", ""]),
        )
        rows.append(
            f"Person {number},{mail},{phone},{country},{size},{city},{pick.choice(['', 'new', 'contacted'])},{pick.choice(['', '3'])}"
        )
    return "\n".join(rows) + "\n"


def what_people_did(pick: Random) -> str:
    """A file of activities, of leads and of people who are none yet; some with an id of their own."""
    rows = ["email,phone,type,on,id,note"]
    for _ in range(pick.randint(1, 8)):
        number = pick.randint(1, 12)
        mail = f"p{number}@firm{number % 4}.at" if pick.random() < 0.7 else ""
        phone = "" if mail else f"+43 1 58801{number:02}"
        own, note = pick.choice(["", "e1", "e2", "e3"]), pick.choice(["", "a", "b"])
        rows.append(f"{mail},{phone},{pick.choice(['call', 'reply'])},2026-11-{pick.randint(1, 9):02},{own},{note}")
    return "\n".join(rows) + "\n"


def facts(pick: Random) -> str:
    rows = [
        f"firm{pick.randint(0, 3)}.at,{pick.choice(['', 'software'])},{pick.choice(['', '70'])},x" for _ in range(2)
    ]
    return "\n".join(["domain,industry,employees,Note", *dict.fromkeys(rows)]) + "\n"


def companies(pick: Random) -> str:
    return f"company,domain,industry,city\nFirm,firm{pick.randint(0, 3)}.at,{pick.choice(['tools', 'wood'])},Linz\n"


def costs(pick: Random) -> str:
    return f"month,source,cost\n2026-{pick.randint(9, 11):02},web,{pick.choice(['100', '250.50'])}\n"


def work(workspace: Any, kind: str, pick: Random) -> int | None:
    """Does something; the operation that it was, or None where it changed nothing."""
    before = workspace.query("SELECT coalesce(max(id), 0) FROM operation")[0][0]
    if kind == "import":
        workspace.bring(a_file(pick))
    elif kind == "activities":
        workspace.write("acts.csv", what_people_did(pick))
        done = workspace.call("import", "acts.csv", "--as", "activities")
        assert done.code == 0, done.err
    elif kind in ("enrich", "companies", "spend"):
        given = {"enrich": facts, "companies": companies, "spend": costs}[kind]
        workspace.write(f"{kind}.csv", given(pick))
        words = ("enrich", "enrich.csv") if kind == "enrich" else ("import", f"{kind}.csv", "--as", kind)
        done = workspace.call(*words)
        assert done.code == 0, done.err
    elif kind == "merge":
        ids = [row[0] for row in workspace.query("SELECT id FROM lead")]
        if len(ids) < 2:
            return None
        done = workspace.call("merge", *map(str, pick.sample(ids, min(len(ids), pick.choice([2, 2, 3])))))
        assert done.code == 0, done.err
    else:
        ids = [row[0] for row in workspace.query("SELECT id FROM lead")] or [1]
        lead = pick.choice(ids)
        stage = pick.choice(["contacted", "proposal", "won", "lost --reason price", "on hold"])
        command = {
            "score": "score",
            "route": "route",
            "move": f"move {lead} {stage} --value {pick.choice([5, 700])} --on 2026-11-{pick.randint(1, 22)}",
            "plan": f"follow-up {lead} 2026-12-{pick.randint(10, 31)} call",
            "done": f"done {lead}",
            "add": f"add name=Extra{pick.randint(1, 3)} email=extra{pick.randint(1, 3)}@firm1.at",
            "edit": f"edit {lead} city={pick.choice(['', 'Wien', 'Linz'])} email=p{pick.randint(1, 12)}@firm1.at",
            "opt": f"{pick.choice(['opt-out', 'opt-in'])} {lead} --on 2026-11-{pick.randint(1, 20)}",
            "link": f"link https://example.org/{pick.randint(1, 3)} --lead {lead}",
            "log": f"log {lead} call --on 2026-11-{pick.randint(1, 22)} --next 2026-12-{pick.randint(10, 31)}",
        }[kind]
        words = command.replace("on hold", "on_hold").split(" ")
        done = workspace.call(*(word.replace("_", " ") for word in words))
        assert done.code in (0, 3, 4), done.err
    after = workspace.query("SELECT coalesce(max(id), 0) FROM operation")[0][0]
    return after if after != before else None


KINDS = (
    "import",
    "import",
    "merge",
    "merge",
    "activities",
    "score",
    "route",
    "move",
    "plan",
    "done",
    "log",
    "add",
    "edit",
)


@settings(max_examples=4)
@given(kinds=st.lists(st.sampled_from(KINDS), max_size=10), seed=st.integers(0, 10**6))
def test_undone_newest_first_everything_is_as_it_was(workspace: Any, kinds: list[str], seed: int) -> None:
    for path in workspace.path.glob("leads.db*"):
        path.unlink()
    pick = Random(seed)
    with workspace.database() as database:
        database.fit_columns(workspace.rules.catalogue, ["fit"])
    done: list[tuple[int, dict[str, Any]]] = []
    for kind in ["import", *kinds]:
        before = content(workspace)
        operation = work(workspace, kind, pick)
        if operation is not None:
            done.append((operation, before))
        else:
            assert content(workspace) == before
    for operation, before in reversed(done):
        found = workspace.call("undo", "--json", "--yes", str(operation))
        assert found.code == 0, found.err
        assert found.json["undone"] == operation
        assert content(workspace) == before
    assert workspace.query("PRAGMA foreign_key_check") == []
    assert all(not rows for rows in content(workspace).values())


@settings(max_examples=4)
@given(kinds=st.lists(st.sampled_from(KINDS), min_size=4, max_size=10), seed=st.integers(0, 10**6))
def test_undone_in_any_order_nothing_is_left(workspace: Any, kinds: list[str], seed: int) -> None:
    """What stands on later work is refused and changes nothing; in some order everything can be taken back."""
    for path in workspace.path.glob("leads.db*"):
        path.unlink()
    pick = Random(seed)
    with workspace.database() as database:
        database.fit_columns(workspace.rules.catalogue, ["fit"])
    left = [operation for kind in ["import", *kinds] if (operation := work(workspace, kind, pick)) is not None]
    while left:
        pick.shuffle(left)
        undone = []
        for operation in left:
            before = content(workspace)
            found = workspace.call("undo", "--yes", str(operation))
            assert found.code in (0, 4), found.err
            if found.code == 0:
                undone.append(operation)
            else:
                assert content(workspace) == before
            assert workspace.query("PRAGMA foreign_key_check") == []
        assert undone, "nothing can be undone"
        left = [operation for operation in left if operation not in undone]
    assert all(not rows for rows in content(workspace).values())


def test_undo_without_a_number_goes_back_step_by_step(workspace: Any) -> None:
    states = []
    workspace.bring("name,email,country\nAda,ada@firm.at,AT\n")
    for command in ("score", "route", "move 1 contacted", "follow-up 1 2026-12-24 call", "done 1"):
        states.append(content(workspace))
        assert workspace.call(*command.split()).code == 0
    for state in reversed(states):
        assert workspace.call("undo", "--yes").code == 0
        assert content(workspace) == state
    assert workspace.call("undo", "--yes").code == 0
    assert workspace.query("SELECT count(*) FROM lead") == [(0,)]
    done = workspace.call("undo", "--yes")
    assert (done.code, "there is nothing to undo" in done.err) == (3, True)


@pytest.mark.parametrize(
    "later",
    [
        ["move", "1", "contacted"],
        ["follow-up", "1", "2026-12-24", "call"],
        ["import", "b.csv"],
    ],
)
def test_work_of_people_on_top_stands_in_the_way(workspace: Any, later: list[str]) -> None:
    workspace.bring("name,email,city\nAda,ada@firm.at,Wien\n")
    workspace.write("b.csv", "email,city\nada@firm.at,Graz\n")
    assert workspace.call(*later).code == 0
    before = content(workspace)
    refused = workspace.call("undo", "1", "--yes")
    assert refused.code == 4
    assert f"2: leadctl {later[0]}" in refused.err
    assert content(workspace) == before
    assert workspace.call("undo", "2", "--yes").code == 0
    assert workspace.call("undo", "1", "--yes").code == 0
    assert content(workspace)["lead"] == []


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (["move", "1", "contacted"], ["move", "1", "proposal"]),
        pytest.param(["follow-up", "1", "2026-12-24", "call"], ["done", "1"]),
        (["import", "b.csv"], ["import", "c.csv"]),
    ],
)
def test_an_older_operation_with_later_work_on_it_is_refused(
    workspace: Any, first: list[str], second: list[str]
) -> None:
    workspace.bring("name,email,city\nAda,ada@firm.at,Wien\n")
    workspace.write("b.csv", "email,city\nada@firm.at,Graz\n")
    workspace.write("c.csv", "email,city\nada@firm.at,Linz\n")
    assert workspace.call(*first).code == 0
    assert workspace.call(*second).code == 0
    before = content(workspace)
    assert workspace.call("undo", "2", "--yes").code == 4
    assert content(workspace) == before


def test_scores_and_offers_go_with_the_leads_of_an_import(workspace: Any) -> None:
    workspace.bring("name,email,country\nAda,ada@firm.at,AT\n")
    first = content(workspace)
    workspace.bring("name,email,country\nBo,bo@firm.de,DE\n", name="b.csv")
    workspace.call("score")
    workspace.call("route")
    assert workspace.call("undo", "2", "--yes").code == 0
    assert [row[0] for row in content(workspace)["lead"]] == [row[0] for row in first["lead"]] == [1]
    assert [len(content(workspace)[table]) for table in ("score", "offer")] == [1, 1]
    assert workspace.query("PRAGMA foreign_key_check") == []


@pytest.mark.parametrize(
    ("wanted", "code", "says"),
    [("9", 3, "there is no operation 9"), ("1", 4, "was undone already"), ("2", 4, "is an undo itself")],
)
def test_what_cannot_be_undone(workspace: Any, wanted: str, code: int, says: str) -> None:
    workspace.bring("name\nAda\n")
    assert workspace.call("undo", "--yes").code == 0
    done = workspace.call("undo", wanted, "--yes")
    assert (done.code, says in done.err) == (code, True), done.err


def test_an_undone_import_can_be_done_again(workspace: Any) -> None:
    workspace.bring("name,email\nAda,ada@firm.at\n")
    workspace.call("undo", "--yes")
    assert workspace.bring(name="leads.csv").created == 1
    assert workspace.query("SELECT name FROM lead") == [("Ada",)]


@pytest.mark.parametrize(
    "files",
    [
        # Of one lead in one file the earlier day of capture comes second.
        ["id,name,email,created\nA1,Bo Ek,bo@fjord.example,2026-03-01\nA1,Bo Ek,bo@fjord.example,2025-11-30\n"],
        # Met by the e-mail, known by the id from then on: another touch stays one.
        [
            "name,email,campaign\nCyd Ark,cyd@alpen.example,autumn\n",
            "id,name,email,campaign\nA2,Cyd Ark,cyd@alpen.example,spring\n",
        ],
        # Met by an address in second place, known by the id from then on.
        [
            "name,email,email 2,phone,city\nDan Fux,dan@home.example,dan@sol.example,+43 1 5880100,Wien\n",
            "id,name,email,phone,city\nA3,Dr. Dan Fux,dan@sol.example,+43 1 5880111,Graz\n",
        ],
    ],
)
def test_a_file_a_second_time_changes_nothing(workspace: Any, files: list[str]) -> None:
    for number, text in enumerate(files):
        workspace.bring(text, name=f"{number}.csv")
        once = content(workspace)
        assert len(once["lead"]) == 1
        again = workspace.bring(name=f"{number}.csv")
        assert (again.created, again.updated) == (0, 0)
        assert content(workspace) == once


def test_an_export_of_a_lead_that_was_edited_a_second_time_changes_nothing(workspace: Any) -> None:
    workspace.bring("id,name,email,title,city\nA1,Bo Ek,bo@x.example,CTO,Wien\nA1,Bo Ek,bo@x.example,CTO,Graz\n")
    assert workspace.call("edit", "1", "title=CEO").code == 0
    assert workspace.call("export", "leads", "-o", "out.csv").code == 0
    workspace.write("out.csv", workspace.read("out.csv").replace("CEO", "CFO"))
    assert workspace.call("import", "out.csv").code == 0
    once = content(workspace)
    assert json.loads(workspace.query("SELECT extra FROM lead")[0][0]) == {"also": {"city": ["Graz"], "title": ["CFO"]}}
    assert workspace.call("import", "out.csv").code == 0
    assert content(workspace) == once
