"""Mapping files: what they may say, how mistakes are told, which one a file is read with."""

from __future__ import annotations

import json
from typing import Any

import pytest

from leadctl.errors import RuleError, UsageError


def mapped(workspace: Any, says: str, content: str, **options: Any) -> Any:
    workspace.write("rules/mappings/ours.yaml", f"mapping:\n{says}")
    return workspace.bring(content, **{"mapping": "ours", **options})


def extra(workspace: Any) -> list[Any]:
    return [json.loads(text) if text else None for (text,) in workspace.query("SELECT extra FROM lead ORDER BY id")]


@pytest.mark.parametrize(
    ("mapping", "place", "message", "hint"),
    [
        ("  fields: {name: A}\n  titel: x\n", (3, 3), "there is no key of a mapping called 'titel'", "'title'"),
        ("  as: lead\n  fields: {name: A}\n", (2, 7), "`as` cannot be 'lead'", "'leads'"),
        ("  optional: maybe\n  fields: {name: A}\n", (2, 13), "`optional` is yes or no, not 'maybe'", ""),
        ("  fields: {name: {first: [A], from: B}}\n", (2, 26), "'name' says both `from` and `first`", "one of the two"),
        ("  fields: {employees: {from: [A, B]}}\n", (2, 30), "only text can be joined", "`first` takes the first"),
        ("  fields: {name: {frist: A}}\n", (2, 19), "called 'frist'", "'first'"),
        ("  headers: [[A, {b: c}]]\n  fields: {name: A}\n", (2, 17), "a header must be a single word or text", ""),
        ("  leave_out: [A]\n  fields: {name: A}\n", (2, 14), "`leave_out` must be a map", ""),
        ("  fields: {nmae: A, occurred_at: B}\n", (2, 12), "there is no field called 'nmae'", "'name'"),
    ],
)
def test_mistakes_have_their_place(
    workspace: Any, mapping: str, place: tuple[int, int], message: str, hint: str
) -> None:
    with pytest.raises(RuleError) as raised:
        mapped(workspace, mapping, "A,B\n1,2\n", mapping=None)
    mistake = raised.value.mistakes[0]
    assert (mistake.place.file, mistake.place.line, mistake.place.column) == ("rules/mappings/ours.yaml", *place)
    assert message in mistake.message and hint in (mistake.hint or "")
    checked = workspace.call("rules", "check")
    assert checked.code == 2 and message in checked.err + checked.out


def test_first_takes_the_first_that_says_something(workspace: Any) -> None:
    found = mapped(
        workspace,
        "  fields: {name: N, title: {first: [A, B, C]}, employees: {first: [X, Y], as: number}}\n  missing: [Select]\n",
        "N,A,B,C,X,Y\nn1,,CEO,CTO,n/a,5\nn2,Select,-,CTO,7,\nn3,CEO,CEO,,8,9\nn4,,,,,\n",
    )
    assert (found.created, found.rejected) == (4, 0)
    assert workspace.query("SELECT title, employees FROM lead ORDER BY id") == [
        ("CEO", 5.0),
        ("CTO", 7.0),
        ("CEO", 8.0),
        (None, None),
    ]
    # What was not used says something else, and is kept.
    assert extra(workspace) == [{"C": "CTO"}, None, {"Y": "9"}, None]


def test_columns_that_may_be_lacking(workspace: Any) -> None:
    fields = "  fields: {name: N, title: {first: [A, B]}, city: {from: [C, D]}, country: E}\n"
    told = "  activities: [{type: opt_in, if: O}, {type: page_view, times: V, note: T}]\n"
    with pytest.raises(UsageError, match="the mapping 'ours' needs the column 'C', which the file does not have"):
        mapped(workspace, fields, "N,B\nn1,CEO\n")
    found = mapped(workspace, fields + told + "  optional: yes\n  leave_out: {Z: x}\n", "N,B,D,V\nn1,CEO,Linz,2\n")
    assert found.columns == {"N": "name", "B": "title", "D": "city", "V": None}
    assert workspace.query("SELECT name, title, city FROM lead") == [("n1", "CEO", "Linz")]
    assert workspace.query("SELECT type FROM activity") == [("page_view",)] * 2
    # In a file that has all of them each activity is still the same one.
    again = mapped(
        workspace,
        fields + told + "  optional: yes\n",
        "N,B,D,V,O,external id\nn1,CEO,Linz,2,yes,7\n",
    )
    assert again.created == 1
    full = workspace.query("SELECT type FROM activity WHERE lead = 2 ORDER BY type")
    assert full == [("opt_in",), ("page_view",), ("page_view",)]
    workspace.bring("N,V,external id\nn1,3,7\n", mapping="ours")
    assert workspace.query("SELECT count(*) FROM activity WHERE lead = 2 AND type = 'page_view'") == [(3,)]


def test_columns_that_are_kept(workspace: Any) -> None:
    keeps = "  fields: {name: N}\n  keep: [Owner, stage, Lacking]\n"
    found = mapped(workspace, keeps, "N,owner,Stage,title\nn1,ana,won,CEO\n")
    assert found.columns == {"N": "name", "owner": None, "Stage": None, "title": "title"}
    assert workspace.query("SELECT owner, stage, title FROM lead") == [(None, "new", "CEO")]
    assert extra(workspace) == [{"owner": "ana", "Stage": "won"}]
    by_hand = mapped(workspace, keeps, "N,owner\nn2,ana\n", columns={"owner": "owner"})
    assert by_hand.columns["owner"] == "owner"


def test_rows_that_are_left_out(workspace: Any) -> None:
    found = mapped(
        workspace,
        "  fields: {name: N, employees: E}\n  leave_out: {N: [TEST, dummy], E: '-1'}\n",
        "N,E\nTester,5\nIda,many\n dummy row,nonsense\nBo,-1\nCyd,12\nIda Test,3\n",
    )
    assert (found.read, found.created, found.rejected, found.blank, found.left_out) == (6, 2, 1, 3, 3)
    assert "3 rows are left out, as the mapping says: test leads, deleted records and the like" in found.notes
    assert workspace.query("SELECT name FROM lead ORDER BY id") == [("Cyd",), ("Ida Test",)]
    assert [bad.line for bad in found.rejects] == [3]


def test_one_of_several_headers_chooses(workspace: Any) -> None:
    workspace.write("rules/mappings/ours.yaml", "mapping:\n  headers: [[Id, Nr.], Kunde]\n  fields: {name: Kunde}\n")
    workspace.write("rules/mappings/wide.yaml", "mapping:\n  headers: [Kunde, nr, Ort]\n  fields: {name: Ort}\n")
    assert workspace.bring("ID,kunde\n1,Ida\n").mapping == "ours"
    assert workspace.bring("NR,Kunde,x\n1,Ida,2\n").mapping == "ours"
    assert workspace.bring("nr.,Kunde,Ort\n1,Ida,Linz\n").mapping == "wide"
    assert workspace.bring("Kunde,x\nIda,2\n").mapping is None


DID = "Wer,Was,Wann\nida@nordlicht.example,page_view,2026-03-01\n"
FOR_DID = "mapping:\n{}  headers: [Wer, Was, Wann]\n  fields: {{email: Wer, type: Was, occurred_at: Wann}}\n"


@pytest.mark.parametrize("says", ["  as: activities\n", ""])
def test_a_mapping_for_activities_lies_beside_those_for_leads(workspace: Any, says: str) -> None:
    workspace.write("rules/mappings/did.yaml", FOR_DID.format(says))
    workspace.write("leads.csv", "name,email\nIda Berg,ida@nordlicht.example\n")
    workspace.write("did.csv", DID)
    assert workspace.call("import", "leads.csv").code == 0
    assert workspace.call("rules", "check").code == 0
    done = workspace.call("import", "did.csv", "--as", "activities")
    assert done.code == 0 and "read with the mapping 'did'" in done.err
    assert workspace.query("SELECT type, lead FROM activity") == [("page_view", 1)]
    named = workspace.call("import", "did.csv", "--as", "activities", "--map", "did", "--json")
    assert (named.code, named.json["created"]) == (0, 0)
    assert workspace.call("import", "did.csv", "--map", "did", "--json").json["kind"] == "activities"
    wrong = workspace.call("import", "did.csv", "--as", "leads", "--map", "did")
    assert wrong.code == 2 and "the mapping 'did' is for activities" in wrong.err and "leave --as out" in wrong.err


def test_a_broken_mapping_for_activities_stops_only_these(workspace: Any) -> None:
    workspace.write(
        "rules/mappings/did.yaml", "mapping:\n  as: activities\n  headers: [x]\n  fields: {email: A, typo: B}\n"
    )
    assert workspace.bring("name\nIda\n").created == 1
    workspace.write("did.csv", DID)
    done = workspace.call("import", "did.csv", "--as", "activities")
    assert done.code == 2 and "rules/mappings/did.yaml:4" in done.err
    assert workspace.call("rules", "check").code == 2


def test_dates_that_are_kept(workspace: Any) -> None:
    mapping = "  fields: {name: N}\n  date_order: dmy\n  dates: {Due: excel, Seen: DD.MM.YYYY, Lacking: excel}\n"
    mapped(
        workspace, mapping, "N,Due,Seen\nn1,45631.0,1.3.2026\nn2,45631.25,01.03.2026\nn3,5 Dec 2024,\nn4,soon,2026\n"
    )
    assert extra(workspace) == [
        {"Due": "2024-12-05", "Seen": "1.3.2026"},  # not of its form, so it stays as it is
        {"Due": "2024-12-05T05:00:00Z", "Seen": "2026-03-01"},
        {"Due": "2024-12-05"},
        {"Due": "soon", "Seen": "2026"},
    ]
    again = workspace.bring("N,Due,Seen\nn1,45631.0,1.3.2026\n", mapping="ours")
    assert (again.created, again.unchanged) == (0, 1)
    with pytest.raises(UsageError, match="means nothing"):
        mapped(workspace, "  fields: {name: N}\n  dates: {Due: someday}\n", "N,Due\nn1,x\n")


def test_a_column_is_kept_beside_the_field_that_it_fills(workspace: Any) -> None:
    mapped(workspace, "  fields: {name: N, title: T}\n  keep: [T]\n", "N,T\nn1,CEO\n")
    assert (workspace.query("SELECT title FROM lead"), extra(workspace)) == ([("CEO",)], [{"T": "CEO"}])


def test_the_first_of_a_list(workspace: Any) -> None:
    mapping = "  fields: {name: N, campaign: {from: C, as: list}}\n"
    rows = [["cat", "dog"], [], "cat", '["half', [None, {"a": 1}, 7], " "]
    content = "\n".join(json.dumps({"N": f"n{at}", "C": each}) for at, each in enumerate(rows))
    mapped(workspace, mapping, content, name="in.jsonl")
    found = workspace.query("SELECT campaign FROM lead ORDER BY id")
    assert found == [("cat",), (None,), ("cat",), ('["half',), ("7",), (None,)]


def test_of_an_activity_the_first_column_that_is_there(workspace: Any) -> None:
    told = "  activities: [{type: web_form, on: {first: [A, B]}, content: {from: F, remove_prefix: 'f:'}}]\n"
    mapped(workspace, "  fields: {name: N}\n" + told, "N,B,F\nn1,2026-03-01T10:00:00Z,f:9\n")
    assert workspace.query("SELECT type, occurred_at, content FROM activity") == [
        ("web_form", "2026-03-01T10:00:00Z", "9")
    ]
    with pytest.raises(UsageError, match="the mapping 'ours' needs the column 'A'"):
        mapped(workspace, "  fields: {name: N}\n" + told, "N,F\nn1,f:9\n")


WON = [
    ("won", "won", "2026-03-01"),
    ("LOST", "lost", "2026-03-01"),
    ("Proposal", "proposal", "2026-03-01"),
    ("", "new", None),
]


@pytest.mark.parametrize(("text", "stage", "day"), WON)
def test_won_and_lost_mean_stages_of_these_kinds(workspace: Any, text: str, stage: str, day: str | None) -> None:
    workspace.write(
        "rules/pipeline.yaml",
        "pipeline:\n  - {stage: new, kind: open}\n  - {stage: proposal, kind: open}\n  - {stage: signed, kind: won}\n"
        "  - {stage: paid, kind: won}\n  - {stage: gone, kind: lost, reasons: [price]}\n",
    )
    found = workspace.bring(f"id,name,stage,stage_on\n1,Ida,{text},2026-03-01\n")
    named = {"won": "signed", "lost": "gone"}.get(stage, stage)
    assert (found.created, found.rejected) == (1, 0)
    assert workspace.query("SELECT stage, stage_on FROM lead") == [(named, day)]
    assert workspace.bring(f"id,name,stage,stage_on\n1,Ida,{text},2026-03-01\n").unchanged == 1


def test_a_stage_of_the_name_goes_before_the_kind(workspace: Any) -> None:
    workspace.write(
        "rules/pipeline.yaml",
        "pipeline:\n  - {stage: new, kind: open}\n  - {stage: signed, kind: won}\n  - {stage: Won, kind: won}\n"
        "  - {stage: lost, kind: lost}\n",
    )
    found = workspace.bring("name,stage\nIda,WON\nBo,dancing\n")
    assert workspace.query("SELECT stage FROM lead") == [("Won",)]
    assert [bad.reason for bad in found.rejects] == [
        "the pipeline has no stage 'dancing'; allowed here: Won, lost, new, signed"
    ]
