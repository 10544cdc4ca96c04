"""From rules to SQL: the statements as they are, run on a few leads; limits; explanations that add up."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leadctl.compiler.rulebook import check_where, load_rules
from leadctl.compiler.sql import ConditionSql, texts_compared
from leadctl.compiler.tree import Rules
from leadctl.services.explaining import explain_lead
from leadctl.services.scoring import score_leads
from leadctl.store.wordings import word_fields

TODAY = date(2026, 11, 22)
ZONE = ZoneInfo("Europe/Vienna")

# Three leads, and the rows of each that a condition holds for.
LEADS = """\
name,title,country,employees,captured_at,decision_maker,value
Ada,VP Sales,at,60,2026-11-21T23:30:00Z,yes,10
Bo,Vice-President,DE,,2026-11-21T22:30:00Z,no,20.5
Cy,,Österreich,5,,,
"""


@pytest.mark.parametrize(
    ("where", "sql", "values", "who"),
    [
        ("employees: {at_least: 50}", 'lead."employees" >= ?', (50,), ["Ada"]),
        ("employees: {between: [5, 59.5]}", 'lead."employees" BETWEEN ? AND ?', (5, 59.5), ["Cy"]),
        ("not: {employees: {at_least: 50}}", 'CASE WHEN lead."employees" >= ? THEN 0 ELSE 1 END = 1', (50,), ["Bo", "Cy"]),
        ("employees: {is_not: 60}", '(lead."employees" IS NOT NULL AND NOT lead."employees" = ?)', (60,), ["Cy"]),
        ("value: [10, 20.5]", 'lead."value" IN (?, ?)', (10, 20.5), ["Ada", "Bo"]),
        ("decision_maker: no", 'lead."decision_maker" = ?', (0,), ["Bo"]),
        (
            "title: {present: no}",
            "CASE WHEN lead.\"title\" IN (SELECT text FROM wording WHERE field = 'title' AND words <> '') "
            "THEN 0 ELSE 1 END = 1",
            (),
            ["Cy"],
        ),
        ("email: {present: no}", 'CASE WHEN lead."email" IS NOT NULL THEN 0 ELSE 1 END = 1', (), ["Ada", "Bo", "Cy"]),
        ("name: {starts_with: A}", 'substr(words(lead."name"), 1, 2) = ?', ("\x1fa",), ["Ada"]),
        ("country: {in_list: core}",
         'lead."country" IN (SELECT text FROM wording WHERE field = \'country\' AND words IN (?, ?))',
         ("\x1fat\x1f", "\x1fösterreich\x1f"), ["Ada", "Cy"]),
        ("title: {has: [VP, vice president]}",
         "lead.\"title\" IN (SELECT text FROM wording WHERE field = 'title' AND (instr(words, ?) > 0 OR instr(words, ?) > 0"
         " OR instr(words, ?) > 0))",
         ("\x1fvp\x1f", "\x1fvice\x1f \x1fpresident\x1f", "\x1fvice\x1f-\x1fpresident\x1f"), ["Ada", "Bo"]),
        # Vienna is an hour ahead of UTC in November: its 22nd begins at 23:00 UTC on the 21st. Cy was captured at noon.
        ("captured_at: 2026-11-22", '(lead."captured_at" >= ? AND lead."captured_at" < ?)',
         ("2026-11-21T23:00:00Z", "2026-11-22T23:00:00Z"), ["Ada", "Cy"]),
        ("captured_at: {within: 0d}, any: [{country: AT}, {country: DE}]",
         '((lead."captured_at" >= ? AND lead."captured_at" < ?) AND '
         "(lead.\"country\" IN (SELECT text FROM wording WHERE field = 'country' AND words = ?) OR "
         "lead.\"country\" IN (SELECT text FROM wording WHERE field = 'country' AND words = ?)))",
         ("2026-11-21T23:00:00Z", "2026-11-22T23:00:00Z", "\x1fat\x1f", "\x1fde\x1f"), ["Ada"]),
    ],
)  # fmt: skip
def test_golden_sql(workspace: Any, where: str, sql: str, values: tuple[Any, ...], who: list[str]) -> None:
    text = workspace.read("rules/scoring.yaml").replace("[DE, AT, CH, NO]", "[AT, Österreich]")
    workspace.write("rules/scoring.yaml", text.replace("core_countries", "core"))
    workspace.bring(LEADS)
    condition = check_where(where, workspace.rules)
    found = ConditionSql(workspace.rules, TODAY, ZONE).holds(condition)
    assert (found.text, found.values) == (sql, values)
    with workspace.database() as database:
        word_fields(database.connection, texts_compared([condition], workspace.rules))
        query = f"SELECT name FROM lead LEFT JOIN score ON score.lead = lead.id WHERE {found.text} ORDER BY id"
        assert [row[0] for row in database.connection.execute(query, found.values)] == who


def scored(workspace: Any, *fields: str) -> dict[str, tuple[Any, ...]]:
    """Name -> the score's values, after a run."""
    with workspace.database() as database:
        score_leads(database, workspace.settings, workspace.rules, now=workspace.moment, command="leadctl score")
    listed = ", ".join(f'score."{each}"' for each in fields)
    return {
        row[0]: row[1:]
        for row in workspace.query(f"SELECT name, {listed} FROM lead JOIN score ON lead = id ORDER BY id")
    }


def test_a_score_by_hand(workspace: Any) -> None:
    workspace.bring(
        "name,title,country,employees,email\n"
        "Ann,Founder & CTO,DE,100,ann@firm.de\n"  # 30 + min(30 + 15 + 10, 50) = 80
        "Ben,VP CEO,US,100,\n"  # the first that matches: 30, + 30 = 60
        "Cas,Student Director,NO,,cas@gmail.com\n"  # -40 + 15 = -25, lifted to 0
        "Dot,Director,,2001,\n"  # 25
        "Eve,,,,\n"  # 0
        "Fay,Directors,Norway,50,fay@firm.de\n"  # 30 + 10 = 40
    )
    assert scored(workspace, "fit", "total", "letter", "number", "grade", "temperature") == {
        "Ann": (80, 80, "A", None, "A", "hot"),
        "Ben": (60, 60, "B", None, "B", "warm"),
        "Cas": (0, 0, "D", None, "D", "cold"),
        "Dot": (25, 25, "C", None, "C", "cold"),
        "Eve": (0, 0, "D", None, "D", "cold"),
        "Fay": (40, 40, "C", None, "C", "cold"),
    }


TWO = """\
score:
  fit: {range: [0, 100], groups: {size: {rules: [{id: big, points: 50, when: {employees: {at_least: 50}}}]}}}
  need: {range: [-10, 100], groups: {v: {rules: [{id: rich, points: 30, when: {value: {above: 10}}}, {id: poor, points: -5, when: {value: {at_most: 10}}}]}}}
grade: {letter: {of: fit, A: 50, B: 0}, number: {of: need, 1: 30, 2: 0}}
temperature: {hot: [A1], cool: [B1, B2], "it's odd": otherwise}
"""  # noqa: E501


def test_two_marks_and_conditions_on_them(workspace: Any) -> None:
    workspace.write("rules/scoring.yaml", TWO)
    workspace.bring("name,employees,value\nAda,50,11\nBo,50,10\nCy,49,11\nDi,,10\nEd,49,\n")
    assert scored(workspace, "fit", "need", "total", "letter", "number", "grade", "temperature") == {
        "Ada": (50, 30, 80, "A", "1", "A1", "hot"),
        "Bo": (50, -5, 45, "A", None, "A", "it's odd"),  # below the last mark there is none
        "Cy": (0, 30, 30, "B", "1", "B1", "cool"),
        "Di": (0, -5, -5, "B", None, "B", "it's odd"),
        "Ed": (0, 0, 0, "B", "2", "B2", "cool"),
    }
    expected = {
        "grade: A": ["Ada", "Bo"],
        "grade: 1": ["Ada", "Cy"],
        "grade: A1": ["Ada"],
        "grade: [B2, A1]": ["Ada", "Ed"],
        "grade: {is_not: A}": ["Cy", "Di", "Ed"],
        "not: {grade: 1}": ["Bo", "Di", "Ed"],
        "grade: b": ["Cy", "Di", "Ed"],
        "total: {below: 31}": ["Cy", "Di", "Ed"],
        "need: -5": ["Bo", "Di"],
        "fit: {at_least: 50}, need: {above: 0}": ["Ada"],
    }
    for where, who in expected.items():
        assert sorted(each["name"] for each in workspace.call("list", "--where", where, "--json").json) == who, where


def test_conditions_on_the_temperature(workspace: Any) -> None:
    workspace.write("rules/scoring.yaml", TWO)
    workspace.bring("name,employees,value\nAda,50,11\nBo,50,10\nCy,49,11\n")
    scored(workspace, "fit")
    found = workspace.call("list", "--where", "temperature: [hot, cool]", "--json").json
    assert sorted(each["name"] for each in found) == ["Ada", "Cy"]


def write_rules(workspace: Any, rules: dict[str, Any]) -> Rules:
    workspace.write("rules/scoring.yaml", json.dumps(rules))
    return load_rules(workspace.path / "rules")


def test_four_hundred_rules(workspace: Any) -> None:
    rules = [{"id": f"r{n}", "points": n % 7 - 3, "when": {"employees": {"at_least": n}}} for n in range(200)]
    rules += [{"id": f"t{n}", "points": 1, "when": {"title": {"has": f"word{n}"}}} for n in range(200)]
    write_rules(workspace, {"score": {"fit": {"groups": {"g": {"rules": rules}}}}})
    words = " ".join(f"word{n}" for n in range(0, 200, 3))
    workspace.bring(f"name,employees,title\nAda,150,{words}\nBo,,x\n")
    assert scored(workspace, "fit") == {"Ada": (sum(n % 7 - 3 for n in range(151)) + 67,), "Bo": (0,)}
    with workspace.database() as database:
        found = explain_lead(database, workspace.settings, workspace.rules, 1, today=TODAY)
    assert found.total == found.stored
    assert len(found.dimensions["fit"]) == 151 + 67


def test_a_group_of_many_rules_of_which_the_first_counts(workspace: Any) -> None:
    rules = [{"id": f"r{n}", "points": n, "when": {"employees": n}} for n in range(600)]
    write_rules(workspace, {"score": {"fit": {"groups": {"g": {"pick": "first", "rules": rules}}}}})
    workspace.bring("name,employees\nAda,599\n")
    assert scored(workspace, "fit") == {"Ada": (599,)}


def test_lists_of_five_thousand_values(workspace: Any) -> None:
    values = [f"Firm {n}" for n in range(5000)]
    workspace.write("rules/firms.txt", "# ours\n" + "\n".join(values[::2]) + "\n")
    when = {
        "any": [{"company": {"in_list": "typed"}}, {"name": {"in_list": "typed"}}, {"company": {"in_list": "filed"}}]
    }
    write_rules(
        workspace,
        {
            "lists": {"typed": values[1::2], "filed": {"file": "firms.txt"}},
            "score": {"fit": {"groups": {"g": {"rules": [
                {"id": "a", "points": 1, "when": when},
                {"id": "b", "points": 10, "when": {"company": {"has": values[:100]}}},
            ]}}}},
        },
    )  # fmt: skip
    workspace.bring("name,company\nAda,FIRM  4999\nfirm 77,\nBo,firm 4998\nCy,Firm 5000\nDi,the firm 99 again\n")
    assert scored(workspace, "fit") == {"Ada": (1,), "firm 77": (1,), "Bo": (1,), "Cy": (0,), "Di": (10,)}


@pytest.mark.parametrize("operator", ["has", "contains", "starts_with"])
def test_a_thousand_words(workspace: Any, operator: str) -> None:
    when = {"title": {operator: [f"word{n}" for n in range(1100)]}}
    write_rules(workspace, {"score": {"fit": {"groups": {"g": {"rules": [{"id": "a", "points": 5, "when": when}]}}}}})
    workspace.bring("name,title\nAda,word1099\nBo,wor\n")
    assert scored(workspace, "fit") == {"Ada": (5,), "Bo": (0,)}


# Whatever the rules are: the parts of an explanation add up to the score that the scoring wrote.

conditions = st.sampled_from(
    [
        {"employees": {"at_least": 50}},
        {"employees": {"below": 50}},
        {"title": {"has": ["CTO", "CEO"]}},
        {"not": {"title": {"present": "yes"}}},
        {"country": ["DE", "AT"]},
        {"any": [{"country": "DE"}, {"employees": 7}]},
        {"value": {"between": [0, 100]}},
        {"segment": "icp"},
    ]
)
points = st.integers(-60, 60)
groups = st.lists(
    st.fixed_dictionaries(
        {"rules": st.lists(st.tuples(points, conditions), min_size=0, max_size=6)},
        optional={"max": st.integers(-20, 60), "pick": st.just("first")},
    ),
    max_size=4,
)
dimensions = st.lists(
    st.tuples(groups, st.none() | st.tuples(st.integers(-50, 20), st.integers(21, 100))), min_size=1, max_size=3
)


def as_rules(drawn: list[Any]) -> dict[str, Any]:
    score: dict[str, Any] = {}
    count = 0
    for number, (groups, ends) in enumerate(drawn):
        named: dict[str, Any] = {}
        for at, group in enumerate(groups):
            rules = []
            for given_points, when in group["rules"]:
                count += 1
                rules.append({"id": f"r{count}", "points": given_points, "when": when})
            named[f"g{at}"] = {**group, "rules": rules}
        score[f"d{number}"] = {"groups": named} | ({"range": list(ends)} if ends else {})
    return {
        "segments": {"icp": {"when": {"employees": {"at_least": 10, "at_most": 60}}}},
        "score": score,
        "grade": {"letter": {"of": "d0", "A": 30, "B": 10, "C": -10}},
    }


@pytest.fixture
def many(workspace: Any) -> Any:
    pick = Random(7)
    rows = ["name,title,country,employees,value"]
    for n in range(40):
        title = pick.choice(["", "CTO", "CEO & founder", "Director"])
        country = pick.choice(["", "DE", "at", "US"])
        rows.append(
            f"n{n},{title},{country},{pick.choice(['', '7', '50', '60', '61'])},{pick.choice(['', '0', '100', '101'])}"
        )
    workspace.bring("\n".join(rows) + "\n")
    return workspace


@settings(max_examples=40)
@given(drawn=dimensions, lead=st.integers(1, 40))
def test_explanations_add_up_to_the_stored_scores(many: Any, drawn: list[Any], lead: int) -> None:
    rules = write_rules(many, as_rules(drawn))
    with many.database() as database:
        score_leads(database, many.settings, rules, now=many.moment, command="leadctl score")
        cursor = database.connection.execute("SELECT * FROM score ORDER BY lead")
        names = [each[0] for each in cursor.description]
        stored = {row[0]: dict(zip(names, row, strict=True)) for row in cursor}
        assert len(stored) == 40
        for number in {lead, 1, 20, 40}:
            found = explain_lead(database, many.settings, rules, number, today=TODAY)
            row = stored[number]
            for dimension in rules.dimensions:
                parts = found.dimensions[dimension.name]
                assert sum(part.points for part in parts) == row[dimension.name] == found.score(dimension.name)
                assert dimension.lowest <= row[dimension.name] <= dimension.highest
                assert len({part.rule for part in parts}) == len(parts)
                for group in dimension.groups:
                    mine = {rule.id for rule in group.rules} | {f"{group.name} cap"}
                    added = sum(part.points for part in parts if part.rule in mine)
                    assert group.most is None or added <= group.most
                    if group.pick_first:
                        assert sum(part.rule in mine - {f"{group.name} cap"} for part in parts) <= 1
            first = row["d0"]
            letter = "A" if first >= 30 else "B" if first >= 10 else "C" if first >= -10 else None
            assert (row["letter"], row["grade"]) == (letter, letter)
            assert found.total == found.stored == row["total"] == sum(row[each.name] for each in rules.dimensions)
        assert found.grade == row["grade"]


def test_the_same_rules_on_the_same_day_change_nothing(many: Any) -> None:
    with many.database() as database:
        score: Callable[[], Any] = lambda: score_leads(  # noqa: E731
            database, many.settings, many.rules, now=many.moment, command="leadctl score"
        )
        assert (score().changed, score().changed) == (40, 0)


def test_a_rule_of_a_file_that_is_gone(workspace: Any) -> None:
    assert isinstance(workspace.path, Path)
    workspace.bring("name\nAda\n")
    (workspace.path / "rules" / "scoring.yaml").unlink()
    assert scored(workspace, "total", "grade", "temperature") == {"Ada": (0, None, None)}
