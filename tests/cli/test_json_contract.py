"""The JSON that scripts rely on: keys, explicit nulls, numbers as numbers, times in UTC, a total order."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest

LEAD = [
    "id",
    "external_id",
    "name",
    "first_name",
    "last_name",
    "email",
    "phone",
    "company",
    "title",
    "industry",
    "employees",
    "country",
    "city",
    "source",
    "campaign",
    "stage",
    "lifecycle",
    "owner",
    "value",
    "fit",
    "engagement",
    "total",
    "grade",
    "temperature",
    "persona",
    "captured_at",
    "last_activity_at",
    "next_follow_up",
    "extra",
]
OWN = ["decision_maker", "pain", "target_date", "seats"]  # the custom fields of the workspace's rules
LEADS = """\
id,name,email,company,title,employees,country,source,value,created,decision_maker,seats,target_date,Note
A1,Anna Berg,anna@berg.at,Berg AG,CEO,120,AT,referral,5000.50,2026-11-01,yes,12,2027-01-31,call her
A2,Bert Klein,bert@gmail.com,,Intern,,DE,Google,,2026-11-02,no,,,
A3,Cleo Zorn,zorn@zorn.ch,Zorn,VP Sales,500,CH,google,100,2026-11-03T10:30:00+01:00,,3.5,,
A4,Dan Ozon,dan@ozon.us,Ozon,CTO,80,US,google,0,2026-11-04,,,,
"""
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
DAY = re.compile(r"\d{4}-\d\d-\d\d")


@pytest.fixture
def sales(filled: Callable[..., Any]) -> Any:
    """Four leads, scored and routed."""
    return filled(LEADS, ["import", "leads.csv"], ["score"], ["route"])


def keys(found: Any) -> list[str]:
    return list(found)


def test_import(workspace: Any) -> None:
    workspace.write("leads.csv", LEADS + "A5,Eve,eve@e.at,,,many,AT,,,,,,,\n,,,,,,,,,,,,,\n")
    done = workspace.run("import", "leads.csv", "--json")
    wanted = "operation file kind read created updated unchanged duplicate rejected blank flagged columns encoding"
    wanted += " delimiter rejects"
    assert set(wanted.split()) <= set(done.json)
    assert {name: done.json[name] for name in ("operation", "file", "kind", "encoding", "delimiter")} == {
        "operation": 1,
        "file": "leads.csv",
        "kind": "leads",
        "encoding": "utf-8",
        "delimiter": ",",
    }
    assert [done.json[name] for name in wanted.split()[3:11]] == [6, 4, 0, 0, 0, 1, 1, 0]
    assert done.json["columns"]["created"] == "captured_at"
    assert done.json["columns"]["Note"] is None
    (reject,) = done.json["rejects"]
    assert keys(reject) == ["line", "column", "value", "reason"]
    assert (reject["line"], reject["column"], reject["value"]) == (6, "employees", "many")


def test_dry_run_writes_nothing(workspace: Any) -> None:
    workspace.write("leads.csv", LEADS + "A5,Eve,eve@e.at,,,many,AT,,,,,,,\n")
    workspace.call("operations")
    tried = workspace.run("import", "leads.csv", "--dry-run", "--json")
    assert (tried.code, tried.json["operation"], tried.json["created"], tried.json["rejected"]) == (1, None, 4, 1)
    assert workspace.call("list", "--json").json == []
    assert workspace.call("operations", "--json").json == []
    assert not list((workspace.path / "rejects").glob("*")) if (workspace.path / "rejects").exists() else True
    workspace.call("import", "leads.csv")
    scored = workspace.ok("score", "--dry-run", "--json").json
    assert scored["changed"] == 4
    assert {lead["total"] for lead in workspace.call("list", "--json").json} == {None}
    workspace.call("score")
    routed = workspace.ok("route", "--dry-run", "--json").json
    assert (routed["operation"], routed["offered"], routed["queued"]) == (None, 3, 1)
    assert {lead["owner"] for lead in workspace.call("list", "--json").json} == {None}
    assert len(workspace.call("operations", "--json").json) == 2


def test_list_and_show(sales: Any) -> None:
    leads = sales.ok("list", "--json").json
    assert set(LEAD + OWN) <= set(leads[0])
    assert all(keys(lead) == keys(leads[0]) for lead in leads)
    by_id = {lead["external_id"]: lead for lead in leads}
    anna = by_id["A1"]
    assert {name: anna[name] for name in ("id", "value", "employees", "seats", "decision_maker", "target_date")} == {
        "id": 1,
        "value": 5000.5,
        "employees": 120,
        "seats": 12,
        "decision_maker": True,
        "target_date": "2027-01-31",
    }
    assert (anna["fit"], anna["total"], anna["grade"], anna["temperature"]) == (80, 80, "A", "hot")  # 30 + max(50, 55)
    assert anna["extra"] == {"Note": "call her"}
    assert anna["captured_at"] == "2026-10-31T23:00:00Z"  # midnight in Vienna
    assert by_id["A3"]["captured_at"] == "2026-11-03T09:30:00Z"
    assert all(TIME.fullmatch(lead["captured_at"]) for lead in leads)
    assert by_id["A2"]["value"] is None
    assert by_id["A4"]["value"] == 0
    assert {
        by_id["A2"][name] for name in ("lifecycle", "persona", "last_activity_at", "next_follow_up", "engagement")
    } == {None}
    shown = sales.call("show", "A1", "--json").json
    assert {name: shown[name] for name in anna} == anna
    assert set(shown) - set(anna) == {
        *(
            "contacts",
            "origins",
            "opted",
            "opted_at",
            "touches",
            "first_source",
            "first_campaign",
            "last_source",
            "last_campaign",
        )
    }


def test_next_follow_up_is_shown(sales: Any) -> None:
    sales.call("follow-up", "A1", "2026-12-24", "gift")
    assert sales.call("show", "A1", "--json").json["next_follow_up"] == "2026-12-24"


def test_list_is_in_a_total_order_that_ties_break_by_id(workspace: Any) -> None:
    rows = "".join(f"{number},Same Name,x{number}@x.at,{number % 3}\n" for number in range(60, 0, -1))
    workspace.write("same.csv", "id,name,email,value\n" + rows)
    workspace.call("import", "same.csv")
    workspace.call("score")
    for sort in ([], ["--sort", "name"], ["--sort", "-value"], ["--sort", "value"], ["--sort", "total"]):
        leads = workspace.call("list", "--json", *sort).json
        key = {"-value": lambda lead: (-lead["value"], lead["id"]), "value": lambda lead: (lead["value"], lead["id"])}
        assert leads == sorted(leads, key=key.get(sort[-1] if sort else "", lambda lead: lead["id"]))
        assert workspace.call("list", "--json", *sort, "--limit", "7").json == leads[:7]


def test_list_puts_the_best_first(sales: Any) -> None:
    totals = [lead["total"] for lead in sales.call("list", "--json").json]
    assert totals == sorted(totals, reverse=True)


def test_score(sales: Any) -> None:
    found = sales.ok("score", "--json").json
    assert keys(found) == ["operation", "run", "today", "rules", "leads", "scored", "changed"]
    assert (found["today"], found["leads"], found["scored"], found["changed"]) == ("2026-11-22", 4, 0, 0)
    assert isinstance(found["rules"], str)


def test_explain(sales: Any) -> None:
    found = sales.ok("explain", "A1", "--json").json
    assert keys(found) == ["lead", "today", "rules", "total", "dimensions"]
    assert (found["lead"], found["today"], found["total"]) == (1, "2026-11-22", 80)
    fit = found["dimensions"]["fit"]
    assert keys(fit) == ["score", "parts"]
    assert all(keys(part) == ["rule", "points", "because"] for part in fit["parts"])
    assert {part["rule"]: part["points"] for part in fit["parts"]} == {
        "c_level": 30,
        "icp": 30,
        "core_country": 15,
        "business_mail": 10,
        "company cap": -5,
    }
    assert found["rules"] == sales.call("score", "--json").json["rules"]


def test_route(workspace: Any) -> None:
    workspace.write("leads.csv", LEADS)
    workspace.call("import", "leads.csv")
    found = workspace.ok("route", "--json").json
    assert {"operation", "considered", "offered", "kept", "queued", "decisions"} <= set(found)
    assert (found["considered"], found["offered"], found["kept"], found["queued"]) == (4, 3, 0, 1)
    decisions = {each["lead"]: each for each in found["decisions"]}
    assert all({"lead", "rule", "owner", "why"} <= set(each) for each in decisions.values())
    assert sorted(each["owner"] for each in decisions.values() if each["owner"]) == ["ana", "ben", "cyd"]
    assert (decisions[4]["owner"], decisions[4]["rule"]) == (None, "rest")
    again = workspace.ok("route", "--json").json
    assert (again["offered"], again["queued"], again["decisions"]) == (0, 0, [])


def test_report_pipeline(sales: Any) -> None:
    sales.call("move", "A1", "proposal", "--value", "8000")
    found = sales.ok("report", "pipeline", "--json").json
    assert all(
        keys(row) == ["stage", "kind", "leads", "value", "weighted_value", "median_age_days", "stuck"] for row in found
    )
    assert [row["stage"] for row in found] == ["new", "contacted", "proposal", "on hold", "won", "lost"]
    new, proposal = found[0], found[2]
    # captured on 2, 3 and 4 November, seen on the 22nd: 20, 19 and 18 days; stuck after 14
    assert (new["leads"], new["value"], new["weighted_value"], new["median_age_days"], new["stuck"]) == (
        3,
        100,
        5,
        19,
        3,
    )
    assert (proposal["leads"], proposal["value"], proposal["weighted_value"]) == (1, 8000, 4000)
    assert found[1]["median_age_days"] is None


def test_report_follow_up(sales: Any) -> None:
    sales.call("follow-up", "A1", "2026-11-20", "send the offer")
    sales.call("follow-up", "A2", "today")
    sales.call("follow-up", "A3", "tomorrow")
    found = sales.ok("report", "follow-up", "--json").json
    assert all(keys(row) == ["lead", "name", "owner", "due", "state", "days_late", "action", "grade"] for row in found)
    assert [(row["lead"], row["due"], row["state"], row["days_late"]) for row in found] == [
        (1, "2026-11-20", "overdue", 2),
        (2, "2026-11-22", "due", 0),
        (4, None, "untouched", 18),
    ]
    assert found[0]["action"] == "send the offer"
    assert found[0]["grade"] == "A"


def test_report_conversion(sales: Any) -> None:
    sales.call("move", "A1", "won", "--on", "2026-11-11")
    sales.call("move", "A3", "lost", "--reason", "price")
    found = sales.ok("report", "conversion", "--by", "source", "--json").json
    wanted = ["group", "leads", "won", "lost", "open", "rate", "low", "high", "median_days_to_win", "young"]
    assert all(keys(row) == wanted for row in found)
    assert [(row["group"], row["leads"], row["won"], row["lost"], row["open"]) for row in found] == [
        ("google", 3, 0, 1, 2),
        ("referral", 1, 1, 0, 0),
    ]
    assert (found[1]["rate"], found[1]["median_days_to_win"]) == (1, 10)
    assert found[0]["median_days_to_win"] is None
    assert all(isinstance(row["young"], bool) for row in found)
    # Wilson's interval of 1 in 1 at 95 %: from 1 / (1 + 1.959964²)
    assert found[1]["low"] == pytest.approx(1 / (1 + 1.959964**2), abs=1e-5)
    assert found[1]["high"] == pytest.approx(1, abs=1e-6)


@pytest.mark.parametrize(
    "by",
    ["source", "campaign", "owner", "grade", "country", "stage", "month", "employees", "decision_maker", "segment"],
)
def test_conversion_by_every_kind_of_group_counts_each_lead(sales: Any, by: str) -> None:
    found = sales.call("report", "conversion", "--by", by, "--json").json
    assert sum(row["leads"] for row in found) == 4


def test_operations_and_undo(sales: Any) -> None:
    found = sales.ok("operations", "--json").json
    assert all(keys(row) == ["id", "at", "command", "leads", "undone_at"] for row in found)
    assert [(row["id"], row["leads"], row["undone_at"]) for row in found] == [(3, 4, None), (2, 4, None), (1, 4, None)]
    assert [row["command"] for row in found] == ["leadctl route", "leadctl score", "leadctl import leads.csv"]
    assert all(TIME.fullmatch(row["at"]) for row in found)
    undone = sales.ok("undo", "--json").json
    assert (undone["undone"], undone["leads"]) == (3, 4)
    assert keys(undone) == ["operation", "undone", "leads"]
    assert {lead["owner"] for lead in sales.call("list", "--json").json} == {None}
    sales.ok("undo", "1")
    assert sales.call("list", "--json").json == []
    assert sales.call("undo", "1").code == 4
    assert sales.call("undo", "77").code == 3
    row = next(row for row in sales.call("operations", "--json").json if row["id"] == 1)
    assert TIME.fullmatch(row["undone_at"])
    assert sales.ok("import", "leads.csv", "--json").json["created"] == 4


def test_an_import_that_changed_leads_is_taken_back_whole(sales: Any) -> None:
    before = sales.call("list", "--json").json
    sales.write("new.csv", "id,name,company,Hobby\nA1,Anna Berg,Berg Holding,golf\nA9,New One,,\n")
    assert sales.ok("import", "new.csv", "--json").json["updated"] == 1
    sales.ok("undo")
    assert sales.call("list", "--json").json == before


def test_rules_check(workspace: Any) -> None:
    assert workspace.ok("rules", "check", "--json").json == []
    workspace.write("rules/segments.yaml", "segments:\n  big: {when: {employes: {at_least: 50}}}\n")
    workspace.write(
        "rules/scoring.yaml",
        workspace.read("rules/scoring.yaml").replace(
            "segments:\n  icp: {when: {employees: {at_least: 50, at_most: 2000}}}\n", ""
        ),
    )
    done = workspace.run("rules", "check", "--json")
    assert all(keys(row) == ["file", "line", "column", "level", "message", "hint"] for row in done.json)
    mistake = next(row for row in done.json if "employes" in row["message"])
    assert (mistake["file"], mistake["line"], mistake["column"], mistake["level"]) == (
        "rules/segments.yaml",
        2,
        16,
        "error",
    )
    assert "employees" in mistake["hint"]
    told = workspace.run("rules", "check")
    assert "rules/segments.yaml:2:16" in told.out
    assert "^^^^^^^^" in told.out


def test_a_second_identical_run_changes_nothing(sales: Any) -> None:
    assert sales.ok("import", "leads.csv", "--json").json["unchanged"] == 4
    assert sales.ok("score", "--json").json["changed"] == 0
    assert sales.ok("route", "--json").json["offered"] == 0
    for command in (["move", "A1", "contacted"], ["follow-up", "A1", "fri", "call"]):
        assert sales.call(*command, "--json").json["changed"] is True
        assert sales.call(*command, "--json").json["changed"] is False


def test_what_a_person_set_stays_when_the_same_file_comes_again(sales: Any) -> None:
    sales.call("move", "A1", "proposal", "--value", "8000")
    sales.call("import", "leads.csv")
    lead = sales.call("show", "A1", "--json").json
    assert lead["stage"] == "proposal"
    assert lead["value"] == 8000


def test_undo_takes_back_the_last_change_and_not_a_run_without_one(sales: Any) -> None:
    sales.call("score")  # nothing has changed
    assert sales.call("undo", "--json").json["leads"] == 4


def test_move_and_follow_up_have_the_same_keys(sales: Any) -> None:
    moved = sales.call("move", "A1", "contacted", "--json").json
    planned = sales.call("follow-up", "A1", "fri", "--json").json
    assert keys(moved) == keys(planned)


def test_nothing_found(sales: Any) -> None:
    for command in (
        ["list", "nobody"],
        ["list", "--where", "country: FR"],
        ["report", "conversion", "--where", "country: FR"],
    ):
        done = sales.call(*command, "--json")
        assert (done.code, done.json) == (0, [])
        bare = sales.call(*command, "--format", "csv")
        assert bare.code == 0
        assert bare.out.count("\n") == 1
        assert json.loads(sales.call(*command, "--format", "jsonl").out or "null") is None
