"""What a change of the rules would do: known answers by hand, in all forms, and a database that stays as it is."""

from __future__ import annotations

import csv
import io
import os
import shutil
import sqlite3
from contextlib import closing
from typing import Any

import pytest

from tests.services.four_leads import FIELDS, STATES, changed, fill, moved


@pytest.fixture
def sales(workspace: Any) -> Any:
    return fill(workspace)


KNOWN = {
    "points": (
        [("points: 8", "points: 10")],
        [(1, (100, "A2", "mql"), {"pricing": 4}), (2, (40, "C3", "lead"), {"pricing": 1})],
    ),
    "a rule less": (
        [("          - {id: large, points: 30, when: {segment: big}}\n", "")],
        [(3, (10, "D3", "lead"), {"large": -30}), (1, (71, "B2", "mql"), {"large": -30, "company cap": 5})],
    ),
    "a rule more": (
        [("- {id: pricing", "- {id: seen, once: demo_request, points: 4}\n          - {id: pricing")],
        [(1, (97, "A2", "mql"), {"seen": 1})],
    ),
    "half-life": (  # the demo: 40 x 0.063 = 2.52; the views of Bert: 8 x 0.25
        [("half_life: 30d", "half_life: 15d")],
        [(1, (89, "A3", "lead"), {"demo": -7}), (2, (37, "C3", "lead"), {"pricing": -2})],
    ),
    "a group's max": ([("max: 40\n        rules", "max: 50\n        rules")], [(1, (101, "A2", "mql"), {"company cap": 5})]),
    "a rule's max": ([("points: 40, max: 40", "points: 40, max: 4")], [(1, (90, "A2", "mql"), {"demo cap": -6})]),
    "the range": (
        [("fit:\n    range: [0, 100]", "fit:\n    range: [0, 38]")],
        [(1, (64, "C2", "lead"), {"range": -32}), (3, (38, "C3", "lead"), {"range": -2})],
    ),
    "pick": (
        [("{title: {has: CEO}}", "{title: {has: CTO}}")],
        [(1, (66, "B2", "mql"), {"boss": -30}), (3, (10, "D3", "lead"), {"boss": -30})],
    ),
    "a dimension's name": (
        [("engagement", "interest")],
        [(1, STATES[1], {}), (2, STATES[2], {})],
    ),
    "marks only": ([("A: 60", "A: 80")], [(1, (96, "B2", "mql"), {})]),
    "lifecycle": ([("engagement: {at_least: 20}}}", "engagement: {at_least: 30}}}")], [(1, (96, "A2", "lead"), {})]),
    "temperature only": ([("hot: [A1, A2]", "hot: [A1]")], [(1, STATES[1], {})]),
    "a segment": (
        [("at_least: 100", "at_least: 50")],
        [(2, (64, "A3", "lead"), {"large": 30, "company cap": -5})],
    ),
    "nothing but spelling": ([("{id: boss, points: 30,", "{points: 30,   id: boss,   ")], []),
}  # fmt: skip


@pytest.mark.parametrize("what", KNOWN)
def test_known_answers(sales: Any, what: str) -> None:
    changes, wanted = KNOWN[what]
    text = changed(*changes)
    expected = [(lead, STATES[lead], after, because) for lead, after, because in wanted]
    sales.write("proposal/scoring.yaml", text)
    assert moved(sales, "proposal/scoring.yaml") == expected
    shutil.copytree(sales.path / "rules", sales.path / "all")
    sales.write("all/scoring.yaml", text)
    assert moved(sales, "all") == expected
    assert moved(sales) == []
    sales.write("rules/scoring.yaml", text)
    assert moved(sales) == expected


def test_a_list_file_counts_as_a_change(sales: Any) -> None:
    expected = [(2, STATES[2], (19, "D3", "lead"), {"rival": -20})]
    sales.write("drafts/rivals.txt", "Rival Inc\nKLEIN\n")
    assert moved(sales, "drafts/rivals.txt") == expected
    sales.write("rules/rivals.txt", "Rival Inc\nKLEIN\n")
    assert moved(sales) == expected


def test_a_file_may_be_new_or_bring_a_list_of_its_own(sales: Any) -> None:
    sales.write("drafts/more.yaml", "personas:\n  - {name: chief, when: {title: {has: CEO}}}\n")
    assert moved(sales, "drafts/more.yaml") == [(1, STATES[1], STATES[1], {}), (3, STATES[3], STATES[3], {})]
    sales.write("drafts/scoring.yaml", changed(("rivals.txt", "foes.txt")))
    sales.write("drafts/foes.txt", "Berg\n")
    assert moved(sales, "drafts/scoring.yaml") == [
        (3, STATES[3], (60, "A3", "lead"), {"rival": 20}),  # 40 at most from the company: 60 - 0
        (1, STATES[1], (81, "B2", "mql"), {"rival": -20, "company cap": 5}),
    ]


def test_rungs_are_held_from_where_leads_stand(sales: Any) -> None:
    """Below `enter`, what the last scoring wrote decides who stays: on both sides."""
    ladder = "mql: {enter: {fit: {at_least: 40}, engagement: {at_least: 20}}}"
    stays = "mql: {enter: {fit: {at_least: 90}}, stay: {fit: {at_least: %d}}}"
    sales.write("rules/scoring.yaml", changed((ladder, stays % 50)))
    assert moved(sales) == []
    sales.write("drafts/scoring.yaml", changed((ladder, stays % 75)))
    assert moved(sales, "drafts/scoring.yaml") == [(1, STATES[1], (96, "A2", "lead"), {})]


# Nothing is written


def content(sales: Any) -> list[str]:
    with closing(sqlite3.connect(sales.path / "leads.db")) as connection:
        schema = connection.execute("SELECT type, name, sql FROM sqlite_master ORDER BY name").fetchall()
        version = [connection.execute(f"PRAGMA {name}").fetchone() for name in ("schema_version", "user_version")]
        return [*map(str, schema), *map(str, version), *connection.iterdump()]


def test_the_database_stays_as_it_is(sales: Any) -> None:
    """Also where the change needs columns, compared texts and days that are not there yet."""
    before, raw = content(sales), (sales.path / "leads.db").read_bytes()
    sales.write("drafts/fields.yaml", FIELDS + "  size: {type: text}\n")
    sales.write("drafts/scoring.yaml", changed(
        ("engagement", "interest"), ("{title: {has: head}}", "{industry: software, city: Wien}")
    ))  # fmt: skip
    sales.write("leadctl.yaml", "timezone: Pacific/Auckland\n")
    for args in (["drafts/fields.yaml"], ["drafts/scoring.yaml"], ["drafts/scoring.yaml", "--summary"]):
        assert sales.call("rules", "diff", *args).code == 0
        assert content(sales) == before
    sales.write(
        "rules/scoring.yaml",
        sales.read("drafts/scoring.yaml") + "personas:\n  - {name: odd, when: {size: {present: no}}}\n",
    )
    sales.write("rules/fields.yaml", sales.read("drafts/fields.yaml"))
    assert len(moved(sales)) == 4
    assert content(sales) == before
    assert (sales.path / "leads.db").read_bytes() == raw
    assert not list(sales.path.glob("leads.db-*"))


def test_others_may_write_meanwhile(sales: Any) -> None:
    sales.write("drafts/scoring.yaml", changed(("A: 60", "A: 80")))
    with closing(sqlite3.connect(sales.path / "leads.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        done = sales.run("rules", "diff", "drafts/scoring.yaml", "--json", "--wait", "0")
        assert (done.code, len(done.json)) == (0, 1)
        other.execute("ROLLBACK")


def test_a_file_that_may_not_be_written(sales: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    sales.write("drafts/scoring.yaml", changed(("points: 8", "points: 10")))
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    assert len(moved(sales, "drafts/scoring.yaml")) == 2


# How it is told


def test_for_people(sales: Any) -> None:
    sales.write("drafts/scoring.yaml", changed(("half_life: 30d", "half_life: 15d"), ("A: 60", "A: 80")))
    done = sales.call("rules", "diff", "drafts/scoring.yaml")
    lines = [line.split("  ") for line in done.out.splitlines()]
    told = {line[0]: [each.strip() for each in line[1:] if each.strip()] for line in lines if line[0]}
    assert told["leads"] == ["4", "-"]
    assert told["moved"] == ["2", "-9"]
    assert (told["up"], told["down"]) == (["0", "-"], ["2", "-"])
    assert told["grade A2 -> B3"] == ["1", "-"]
    assert told["lifecycle mql -> lead"] == ["1", "-"]
    assert told["temperature hot -> cold"] == ["1", "-"]
    assert (told["rule demo"], told["rule pricing"]) == (["1", "-7"], ["1", "-2"])
    assert "after: the rules with drafts/scoring.yaml" in done.out
    rows = [" ".join(line.split()) for line in done.out.splitlines() if "->" not in line]
    assert "1 Anna Berg 96 A2 mql 89 B3 lead demo -7" in rows
    assert "2 Bert Klein 39 C3 lead 37 C3 lead pricing -2" in rows
    assert done.out.index("Anna Berg") > done.out.index("rule demo")


def test_what_no_state_shows_is_told_in_words(sales: Any) -> None:
    sales.write("drafts/scoring.yaml", changed(("hot: [A1, A2]", "hot: [A1]")))
    assert (
        "temperature hot -> cold"
        in sales.call("rules", "diff", "drafts/scoring.yaml", "--limit", "1").out.splitlines()[-3]
    )
    sales.write("drafts/scoring.yaml", changed(("engagement", "interest")))
    assert "engagement 26 -> 0, interest 0 -> 26" in sales.call("rules", "diff", "drafts/scoring.yaml").out


def test_csv_is_flat(sales: Any) -> None:
    sales.write("drafts/scoring.yaml", changed(("points: 8", "points: 10")))
    done = sales.call("rules", "diff", "drafts/scoring.yaml", "--format", "csv")
    first, second = csv.DictReader(io.StringIO(done.out))
    assert first == {
        "lead": "1", "name": "Anna Berg", "before_total": "96", "before_grade": "A2", "before_lifecycle": "mql",
        "after_total": "100", "after_grade": "A2", "after_lifecycle": "mql", "because": '{"pricing": 4}',
    }  # fmt: skip
    assert second["lead"] == "2"


def test_summary(sales: Any) -> None:
    sales.write("drafts/scoring.yaml", changed(("half_life: 30d", "half_life: 15d")))
    found = sales.call("rules", "diff", "drafts/scoring.yaml", "--summary", "--json").json
    assert {name: found[name] for name in ("leads", "moved", "up", "down", "points", "today")} == {
        "leads": 4, "moved": 2, "up": 0, "down": 2, "points": -9, "today": "2026-11-22"
    }  # fmt: skip
    assert found["grade"] == [{"before": "A2", "after": "A3", "leads": 1}]
    assert found["lifecycle"] == [{"before": "mql", "after": "lead", "leads": 1}]
    assert (found["persona"], found["qualified"]) == ([], [])
    assert found["rules"] == [
        {"rule": "demo", "leads": 1, "points": -7},
        {"rule": "pricing", "leads": 1, "points": -2},
    ]
    assert found["before"] != found["after"]
    table = sales.call("rules", "diff", "drafts/scoring.yaml", "--summary").out
    assert "grade A2 -> A3" in table
    assert "Anna" not in table


def test_limit(sales: Any) -> None:
    sales.write("drafts/scoring.yaml", changed(("points: 8", "points: 10")))
    assert [each[0] for each in moved(sales, "drafts/scoring.yaml", "--limit", "1")] == [1]
    assert moved(sales, "drafts/scoring.yaml", "--limit", "0") == []
    assert "1 of 2 shown" in sales.call("rules", "diff", "drafts/scoring.yaml", "--limit", "1").out


def test_nothing_moves(sales: Any) -> None:
    done = sales.call("rules", "diff")
    assert done.code == 0
    assert "no lead moves" in done.out
    assert sales.call("rules", "diff", "--json").out == "[]\n"
    assert sales.call("rules", "diff", "--fail-if-moved").code == 0
    for own in ("rules", "rules/scoring.yaml"):
        done = sales.call("rules", "diff", own)
        assert done.code == 0
        assert "these are the workspace's own rules" in done.out


def test_warnings_in_the_changed_rules(sales: Any) -> None:
    sales.write("drafts/scoring.yaml", changed(("A: 60", "A: 90")))
    done = sales.call("rules", "diff", "drafts/scoring.yaml", "--json")
    assert "warnings in the rules of after: 1; -v shows them" in done.err
    assert "warning: " in sales.call("rules", "diff", "drafts/scoring.yaml", "--json", "-v").err


def test_fail_if_moved(sales: Any) -> None:
    sales.write("drafts/scoring.yaml", changed(("A: 60", "A: 80")))
    done = sales.call("rules", "diff", "drafts/scoring.yaml", "--fail-if-moved", "--json")
    assert (done.code, len(done.json)) == (10, 1)
    assert sales.call("rules", "diff", "drafts/scoring.yaml", "--summary", "--fail-if-moved").code == 10


def test_hostile_names(sales: Any) -> None:
    sales.query("UPDATE lead SET name = ? WHERE id = 1", "[red]\x1b[2J=cmd|x")
    sales.write(
        "drafts/scoring.yaml",
        changed(("id: demo,", 'id: "it\'s \\e[31m; a, b",'), ("points: 40, max: 40", "points: 60, max: 60")),
    )
    table = sales.call("rules", "diff", "drafts/scoring.yaml").out
    assert "\x1b" not in table
    assert "[red]" in table
    (found,) = sales.call("rules", "diff", "drafts/scoring.yaml", "--json").json
    assert found["name"] == "[red]\x1b[2J=cmd|x"
    assert found["because"] == {"it's \x1b[31m; a, b": 15, "demo": -10}


def test_an_empty_base(workspace: Any) -> None:
    assert workspace.call("score").code == 0
    text = workspace.read("rules/scoring.yaml")
    workspace.write("rules/scoring.yaml", text.replace("points: 30", "points: 35"))
    done = workspace.call("rules", "diff", "--json")
    assert (done.code, done.json) == (0, [])
    found = workspace.call("rules", "diff", "--summary", "--json").json
    assert (found["leads"], found["moved"], found["points"]) == (0, 0, 0)
    assert "no lead moves" in workspace.call("rules", "diff").out


def test_ten_thousand_leads(workspace: Any) -> None:
    titles = ["CEO", "VP Sales", "intern", "clerk"]
    rows = "".join(f"L{n},Lead {n},{titles[n % 4]},{n % 3000},{'DE' if n % 3 else 'US'}\n" for n in range(10_000))
    workspace.write("leads.csv", "id,name,title,employees,country\n" + rows)
    workspace.call("import", "leads.csv")
    workspace.call("score")
    text = workspace.read("rules/scoring.yaml")
    workspace.write("rules/scoring.yaml", text.replace("id: vp, points: 25", "id: vp, points: 5"))
    found = workspace.call("rules", "diff", "--json").json
    # Every fourth lead is a VP, and every one loses 20.
    assert [each["lead"] for each in found] == list(range(2, 10_001, 4))
    assert all(each["because"] == {"vp": -20} for each in found)
    assert all(each["after"]["total"] - each["before"]["total"] == -20 for each in found)
    done = workspace.call("rules", "diff", "--summary", "--json").json
    assert (done["moved"], done["points"], done["rules"]) == (
        2500, -50_000, [{"rule": "vp", "leads": 2500, "points": -50_000}]
    )  # fmt: skip
