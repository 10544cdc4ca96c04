# ruff: noqa: E501 - tables, a line each
"""Two leads that are one person: every value kept, every activity once, and both restored by undo."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.services.test_undoing import content

FIRST = "id,name,email,phone,company,title,city,captured,source,Note\nA1,Kari Nordmann,kari@fjord.no,+47 22 12 34 56,Fjord AS,CEO,,2026-10-05,web,likes tea\n"
SECOND = "id,name,email,phone,company,title,city,captured,source,Note\nB7,K. Nordmann,kari.nordmann@gmail.com,,Fjord,Managing Director,Oslo,2026-09-01,fair,likes coffee\n"
DID = """lead,type,on,note
kari@fjord.no,call,2026-11-01T10:00:00Z,hello
kari@fjord.no,reply,2026-11-03T10:00:00Z,yes
kari.nordmann@gmail.com,call,2026-11-01T10:00:00Z,hello
kari.nordmann@gmail.com,meeting,2026-11-05T10:00:00Z,
"""


@pytest.fixture
def two(workspace: Any) -> Any:
    """One person twice, with activities of which one is the same."""
    workspace.bring(FIRST, "a.csv")
    workspace.bring(SECOND, "b.csv")
    workspace.write("did.csv", DID)
    for command in ("import did.csv --as activities", "follow-up 2 2026-12-01 call", "move 2 proposal --value 9000"):
        done = workspace.call(*command.split())
        assert done.code == 0, done.err
    assert workspace.call("score").code == 0
    return workspace


def test_every_value_is_kept_and_histories_are_joined(two: Any) -> None:
    done = two.call("merge", "kari@fjord.no", "kari.nordmann@gmail.com", "--json")
    assert done.code == 0, done.err
    assert done.json["lead"] == 1 and done.json["gone"] == [2]
    (lead,) = two.call("list", "--json").json
    kept = {
        name: lead[name]
        for name in (
            "id",
            "name",
            "email",
            "phone",
            "company",
            "title",
            "city",
            "source",
            "external_id",
            "stage",
            "value",
        )
    }
    assert kept == {
        "id": 1, "name": "Kari Nordmann", "email": "kari@fjord.no", "phone": "+4722123456", "company": "Fjord AS", "title": "CEO",
        "city": "Oslo",  # was empty
        "source": "fair",  # of the one that came first
        "external_id": "A1",
        "stage": "proposal", "value": 9000.0,  # what a person said last
    }  # fmt: skip
    assert lead["captured_at"] == "2026-08-31T22:00:00Z"
    assert lead["extra"]["Note"] == "likes tea"
    also = lead["extra"]["also"]
    assert also["name"] == ["K. Nordmann"] and also["title"] == ["Managing Director"] and also["company"] == ["Fjord"]
    assert (
        also["Note"] == ["likes coffee"]
        and also["source"] == ["web"]
        and also["captured_at"] == ["2026-10-04T22:00:00Z"]
    )
    assert sorted(two.query("SELECT kind, value FROM contact WHERE lead = 1")) == [
        ("email", "kari.nordmann@gmail.com"),
        ("external_id", "B7"),
    ]
    assert sorted(two.query("SELECT type, lead FROM activity")) == [("call", 1), ("meeting", 1), ("reply", 1)]
    assert two.query("SELECT lead, due_on FROM follow_up") == [(1, "2026-12-01")]


def test_undo_parts_them_again_exactly(two: Any) -> None:
    before = content(two)
    assert two.call("merge", "1", "2").code == 0
    assert content(two) != before
    done = two.call("undo", "--json")
    assert done.code == 0, done.err
    assert content(two) == before


def test_who_is_part_of_another_is_found_by_everything(two: Any) -> None:
    assert two.call("merge", "1", "2").code == 0
    for way in ("2", "B7", "kari.nordmann@gmail.com", "+47 22 12 34 56", "1"):
        assert two.call("show", way, "--json").json["id"] == 1, way


def test_the_files_of_both_change_nothing_afterwards(two: Any) -> None:
    assert two.call("merge", "1", "2").code == 0
    for name in ("a.csv", "b.csv", "a.csv"):
        ledger = two.bring(name=name)
        assert (ledger.created, ledger.updated, ledger.unchanged) == (0, 0, 1), name
    done = two.call("import", "did.csv", "--as", "activities", "--json").json
    assert (done["created"], done["updated"]) == (0, 0)


def test_scores_after_a_merge_are_those_of_a_full_scoring(two: Any) -> None:
    assert two.call("merge", "1", "2").code == 0
    assert two.call("score").code == 0
    scored = two.query("SELECT lead, total, grade FROM score")
    assert two.call("score", "--full", "--json").json["changed"] == 0
    assert [row[0] for row in scored] == [1]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (
            "name,company\nKari Nordmann,Fjord\n",
            "name,company\nK. Nordmann,Fjord AS\n",
        ),  # no key: known by the whole row
        ("name,email\nKari Nordmann,kari@x.no\n", "name,email,city\nKari Nordmann,k***@x.no,Oslo\n"),
        (
            "name,company\nK. Nordmann,Fjord\n",
            "name,email\nKari Nordmann,kari@x.no\n",
        ),  # its address takes the first place
        ("name,email\nBob Stevens,bob@x.no\n", "name,email,city\nRobert Stevens,rs@gmail.com,Oslo\n"),
        ("company,phone\nBerger GmbH,+4315880100\n", "company,phone\nKofler GmbH,+4315880100\n"),
        ("name,phone\nPetra Kirchner,+436641234567\n", "name,phone\nPetra Gruber,+436641234567\n"),
        ("name,email,stage\nKari,a@x.no,contacted\n", "name,phone,stage\nKari,+436641234567,proposal\n"),
        ("id,name,email,also\n1,Kari,a@x.no,x\n", "id,name,email,also\n2,Karin,b@x.no,y\n"),
    ],
)
def test_no_file_brings_the_other_lead_or_its_values_back(workspace: Any, first: str, second: str) -> None:
    workspace.bring(first, "a.csv")
    workspace.bring(second, "b.csv")
    before = content(workspace)
    assert workspace.call("merge", "1", "2").code == 0
    merged = content(workspace)
    for name in ("a.csv", "b.csv", "a.csv"):
        ledger = workspace.bring(name=name)
        assert (ledger.created, ledger.updated, ledger.unchanged) == (0, 0, 1), name
    assert content(workspace) == merged
    assert "fingerprint" not in {each["kind"] for each in workspace.call("show", "1", "--json").json["contacts"]}
    assert workspace.call("undo", "3").code == 0
    assert content(workspace) == before


def test_a_value_that_neither_had_is_taken_after_a_merge(workspace: Any) -> None:
    workspace.bring("id,name,email,title\n1,Kari,a@x.no,CEO\n2,Kari,b@x.no,CTO\n")
    assert workspace.call("merge", "1", "2").code == 0
    assert workspace.bring("id,title\n1,CTO\n", "old.csv").updated == 0
    assert workspace.bring("id,title\n1,CFO\n", "new.csv").updated == 1
    assert workspace.query("SELECT title FROM lead") == [("CFO",)]


def test_chains_of_merges_and_their_undoing(workspace: Any) -> None:
    workspace.bring("name,email\nAda,a@x.at\nAda,b@x.at\nAda,c@x.at\n")
    empty = content(workspace)
    assert workspace.call("merge", "2", "3").code == 0
    assert workspace.call("merge", "1", "2").code == 0
    assert workspace.call("show", "3", "--json").json["id"] == 1
    refused = workspace.call("undo", "2")
    assert refused.code == 4 and "3: leadctl merge 1 2" in refused.err
    assert workspace.call("undo", "1").code == 4  # the import made leads that are part of another now
    assert workspace.call("undo").code == 0
    assert workspace.call("show", "3", "--json").json["id"] == 2
    assert workspace.call("undo").code == 0
    assert content(workspace) == empty


def test_a_better_address_takes_the_first_place(workspace: Any) -> None:
    workspace.bring("name,email\nAda,xxxx@firm.at\n", "a.csv")
    workspace.bring("name,email\nAda Berg,ada@firm.at\n", "b.csv")
    assert workspace.call("merge", "1", "2").code == 0
    lead = workspace.call("show", "1", "--json").json
    assert (lead["email"], lead["email_state"]) == ("ada@firm.at", "valid")
    assert workspace.query("SELECT value, state FROM contact") == [("xxxx@firm.at", "invalid")]


def test_a_lead_and_itself(two: Any) -> None:
    done = two.call("merge", "1", "kari@fjord.no")
    assert done.code == 2 and "itself" in done.err
    assert two.call("merge", "1", "99").code == 3


def test_doubts_and_decisions_move_along(workspace: Any) -> None:
    workspace.bring("name,email\nAda Berg,a@x.at\nBo Lund,a@x.at\nAda B.,b@x.at\nCy,c@x.at\n")
    assert workspace.query("SELECT lead, other FROM doubt") == [(2, 1)]
    workspace.query("INSERT INTO distinct_pair (lead, other, created_by) VALUES (3, 4, 1)")
    before = content(workspace)
    assert workspace.call("merge", "3", "1").code == 0
    assert workspace.query("SELECT lead, other FROM doubt") == [(2, 3)]
    assert workspace.call("merge", "4", "2").code == 0
    assert workspace.query("SELECT lead, other FROM doubt") == [(4, 3)]
    assert workspace.call("undo").code == 0 and workspace.call("undo").code == 0
    assert content(workspace) == before


def test_hostile_names(workspace: Any) -> None:
    workspace.bring("name,email,also\n[/] O'Brien :smile:,a@x.at,one\n=1+1'); DROP TABLE lead;--,b@x.at,two\n")
    done = workspace.call("merge", "1", "2")
    assert done.code == 0, done.err
    extra = json.loads(workspace.query("SELECT extra FROM lead")[0][0])
    assert extra["also"]["name"] == ["=1+1'); DROP TABLE lead;--"] and extra["also"]["also"]


def test_a_second_time(two: Any) -> None:
    assert two.call("merge", "1", "2").code == 0
    again = two.call("merge", "1", "2", "--json")
    assert (again.code, again.json) == (0, {"operation": None, "lead": 1, "gone": [], "changed": {}})
    assert "they are one already: lead 1" in two.call("merge", "kari@fjord.no", "kari.nordmann@gmail.com").err
    assert two.query("SELECT count(*) FROM merge") == [(1,)]
    assert two.call("undo").code == 0
    assert two.query("SELECT count(*) FROM lead") == [(2,)]


def test_some_of_them_are_one_already(two: Any) -> None:
    two.bring("name,email\nKari N,kari@third.example\n", "c.csv")
    assert two.call("merge", "1", "2").code == 0
    assert two.call("merge", "1", "2", "3", "--json").json["gone"] == [3]


def test_two_that_were_said_to_be_two(two: Any) -> None:
    assert two.call("duplicates", "--distinct", "1", "2").code == 0
    done = two.call("merge", "1", "2")
    assert done.code == 4, done.err
    assert "leads 1 and 2 were said to be two" in done.err and "--yes" in done.err
    assert two.query("SELECT count(*) FROM lead") == [(2,)]
    assert two.call("merge", "1", "2", "--yes").code == 0
    assert two.query("SELECT count(*) FROM distinct_pair") == [(0,)]
    assert two.call("undo").code == 0
    assert two.query("SELECT lead, other FROM distinct_pair") == [(1, 2)]
