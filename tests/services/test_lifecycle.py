"""Lifecycle, qualification, personas and the night's work, through the program."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pytest

EXAMPLE = Path(__file__).resolve().parents[1] / "compiler" / "example"
RULES = """\
fields:
  decision_maker: {type: yes_no}
  pain: {type: text}
activities:
  visit: {by: lead}
personas:
  - {name: technical founder, when: {title: {has: [CTO, founder]}, industry: software}}
  - {name: founder, when: {title: {has: founder}}}
score:
  fit: {range: [0, 100], groups: {size: {rules: [{id: big, points: 50, when: {employees: {at_least: 50}}}]}}}
  engagement: {range: [0, 100], half_life: 10d, groups: {all: {rules: [{id: visit, each: visit, points: 10}]}}}
grade:
  letter: {of: fit, A: 50, D: 0}
  number: {of: engagement, 1: 20, 2: 0}
temperature: {hot: [A1], cold: otherwise}
qualify:
  budget: {when: {budget: {at_least: 10000}}, ask: What budget is set aside?}
  authority: {when: {decision_maker: yes}, ask: Who signs?}
  need: {when: {pain: {present: yes}}}
lifecycle:
  mql: {enter: {fit: {at_least: 50}, engagement: {at_least: 20}}, stay: {engagement: {at_least: 8}}}
  sql: {enter: {lifecycle: mql, qualified: go}}
"""


@pytest.fixture
def sales(workspace: Any) -> Any:
    for name in ("scoring", "fields"):
        (workspace.path / f"rules/{name}.yaml").unlink()
    workspace.write("rules/all.yaml", RULES)
    workspace.bring(
        "name,title,industry,employees,country\n"
        "Ada,CTO,Software,60,DE\nBo,Founder,steel,10,DE\nCy,Founder,software,,FR\nDi,,,,FR\n"
    )
    return workspace


def visits(workspace: Any, lead: int, day: str, times: int) -> None:
    text = f"lead,type,on,times\n{lead},visit,{day},{times}\n"
    assert workspace.call("import", "-", "--as", "activities", stdin=text).code == 0


def lifecycle(workspace: Any, now: str) -> dict[int, str]:
    assert workspace.call("--now", now, "score").code == 0
    return dict(workspace.query("SELECT lead, lifecycle FROM score ORDER BY lead"))


def test_a_ladder_with_hysteresis(sales: Any) -> None:
    visits(sales, 1, "2026-09-01", 2)
    visits(sales, 2, "2026-09-01", 2)  # as active, but too small
    assert lifecycle(sales, "2026-09-01") == {1: "mql", 2: "lead", 3: "lead", 4: "lead"}
    assert lifecycle(sales, "2026-09-11") == {1: "mql", 2: "lead", 3: "lead", 4: "lead"}  # 10 left: it stays
    assert lifecycle(sales, "2026-09-16")[1] == "lead"  # 7 left
    visits(sales, 1, "2026-09-16", 1)  # 17: above `stay`, below `enter`
    assert lifecycle(sales, "2026-09-16")[1] == "lead"
    visits(sales, 1, "2026-09-17", 1)
    assert lifecycle(sales, "2026-09-17")[1] == "mql"
    assert sales.query(
        "SELECT lead, from_lifecycle, lifecycle, changed_on, reason FROM lifecycle_change ORDER BY id"
    ) == [
        (1, None, "mql", "2026-09-01", "fit is at least 50; engagement is at least 20 (fit 50, engagement 20)"),
        (1, "mql", "lead", "2026-09-16", "no longer mql: not engagement is at least 8 (fit 50, engagement 7)"),
        (1, "lead", "mql", "2026-09-17", "fit is at least 50; engagement is at least 20 (fit 50, engagement 26)"),
    ]
    shown = sales.call("show", "1").out
    assert "became mql" in shown
    assert "no longer mql" in shown


def test_from_qualified_to_customer_and_back(sales: Any) -> None:
    visits(sales, 1, "2026-09-01", 2)
    answer = sales.call("--now", "2026-09-01", "qualify", "Ada", "--json").json
    assert answer == {
        "operation": None, "lead": 1, "result": "ask",
        "answers": {"budget": "unknown", "authority": "unknown", "need": "unknown"},
        "ask": ["What budget is set aside?", "Who signs?", "need?"],
    }  # fmt: skip
    answer = sales.call("--now", "2026-09-01", "qualify", "Ada", "budget=9.999", "decision_maker=ja", "--json").json
    assert (answer["result"], answer["answers"]) == ("no_go", {"budget": "no", "authority": "yes", "need": "unknown"})
    assert answer["ask"] == ["need?"]
    answer = sales.call("--now", "2026-09-01", "qualify", "Ada", "budget=€ 20,000", "pain=churn", "--json").json
    assert (answer["result"], answer["ask"]) == ("go", [])
    assert lifecycle(sales, "2026-09-01")[1] == "sql"
    assert sales.call("move", "1", "won").code == 0
    assert lifecycle(sales, "2026-09-02")[1] == "customer"
    assert sales.call("move", "1", "contacted").code == 0
    assert lifecycle(sales, "2026-09-02")[1] == "sql"
    assert sales.query("SELECT result FROM qualification ORDER BY id") == [("no_go",), ("go",)]
    listed = sales.call("list", "--where", "lifecycle: [mql, sql], qualified: go", "--json").json
    assert [(each["id"], each["lifecycle"], each["qualified"]) for each in listed] == [(1, "sql", "go")]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["budget"], "is not field=value"),
        (["bugdet=1"], "did you mean 'budget'?"),
        (["budget=lots"], "budget: 'lots' is not"),
        (["stage=won"], "leadctl move LEAD STAGE"),
        (["budget=1", "budget=2"], "given twice"),
        (["decision_maker=perhaps"], "decision_maker: "),
    ],
)
def test_answers_that_cannot_be(sales: Any, words: list[str], said: str) -> None:
    result = sales.call("qualify", "1", *words)
    assert result.code == 2
    assert said in result.err
    assert sales.query("SELECT count(*) FROM operation") == [(1,)]


def test_an_answer_taken_back(sales: Any) -> None:
    sales.call("qualify", "1", "budget=1000", "pain=churn")
    assert sales.call("qualify", "1", "pain=", "--json").json["answers"] == {
        "budget": "no", "authority": "unknown", "need": "unknown",
    }  # fmt: skip
    assert sales.call("undo").code == 0
    assert sales.query("SELECT pain, budget FROM lead WHERE id = 1") == [("churn", 1000)]
    # An import does not set back what somebody has found out.
    sales.write("again.csv", "name,title,industry,employees,country,pain\nAda,CTO,Software,60,DE,other\n")
    sales.call("import", "again.csv")
    assert sales.query("SELECT pain FROM lead WHERE id = 1") == [("churn",)]


def test_the_first_persona_that_matches(sales: Any) -> None:
    sales.call("score")
    assert dict(sales.query("SELECT lead, persona FROM score ORDER BY lead")) == {
        1: "technical founder", 2: "founder", 3: "technical founder", 4: None,
    }  # fmt: skip
    found = sales.call("list", "--where", "persona: Founder", "--json").json
    assert [(each["id"], each["persona"]) for each in found] == [(2, "founder")]
    assert sales.call("list", "--where", "persona: fonder").code == 2


def test_the_persona_stands_in_the_explanation_of_a_rule_that_names_it(sales: Any) -> None:
    rule = "{id: techie, points: 7, when: {persona: technical founder}}"
    sales.write("rules/all.yaml", RULES.replace("rules: [{id: big,", f"rules: [{rule}, {{id: big,", 1))
    parts = sales.call("explain", "1", "--json").json["dimensions"]["fit"]["parts"]
    assert parts[0] == {
        "rule": "techie", "points": 7, "because": "persona 'technical founder' is technical founder",
    }  # fmt: skip


def test_window_shoppers_are_flagged(sales: Any) -> None:
    visits(sales, 2, "2026-11-22", 3)
    visits(sales, 1, "2026-11-22", 3)
    sales.call("score")
    assert dict(sales.query("SELECT lead, grade || window_shopper FROM score")) == {
        1: "A10",
        2: "D11",
        3: "D20",
        4: "D20",
    }
    found = sales.call("list", "--where", "window_shopper: yes", "--json").json
    assert [(each["id"], each["window_shopper"]) for each in found] == [(2, True)]


def test_the_night_is_one_operation_and_says_nothing(sales: Any) -> None:
    visits(sales, 1, "2026-11-22", 3)
    result = sales.run("nightly")
    assert (result.code, result.out, result.err) == (0, "", "")
    assert sales.query("SELECT kind, leads FROM operation ORDER BY id DESC LIMIT 1") == [("nightly", 4)]
    assert sales.query("SELECT count(*) FROM offer") == [(4,)]
    assert sales.query("SELECT lifecycle FROM score WHERE lead = 1") == [("mql",)]
    again = sales.call("nightly", "--json").json
    assert (again["score"]["scored"], again["score"]["changed"]) == (0, 0)
    assert (again["route"]["offered"], again["route"]["queued"], again["lifecycle"]) == (0, 0, {})
    assert sales.call("undo").code == 0  # undo takes the newest that changed something: the whole night
    assert sales.query("SELECT count(*) FROM score") == [(0,)]
    assert sales.query("SELECT count(*) FROM lead WHERE owner IS NOT NULL OR queue IS NOT NULL") == [(0,)]
    assert sales.query("SELECT count(*) FROM lifecycle_change") == [(0,)]
    assert sales.call("nightly", "--json").json["score"]["changed"] == 4


def test_a_second_night_at_the_same_time_waits_and_says_so(sales: Any) -> None:
    holding = sqlite3.connect(sales.path / "leads.db", isolation_level=None)
    holding.execute("BEGIN IMMEDIATE")
    result = sales.run("nightly", "--wait", "0.2")
    assert result.code == 5
    assert "another leadctl is writing" in result.err
    holding.execute("ROLLBACK")
    holding.close()
    assert sales.run("nightly").code == 0


def test_a_night_with_wrong_rules_does_nothing(sales: Any) -> None:
    sales.write("rules/all.yaml", RULES.replace("each: visit", "each: vist"))
    result = sales.run("nightly")
    assert result.code == 2
    assert "did you mean 'visit'?" in result.err
    assert sales.query("SELECT count(*) FROM operation") == [(1,)]


def test_a_dry_night_writes_nothing(sales: Any) -> None:
    result = sales.run("nightly", "--dry-run", "--json")
    assert result.json["score"]["changed"] == 4
    assert result.json["operation"] is None
    assert sales.query("SELECT count(*) FROM score") == [(0,)]


def test_mail_providers_of_ones_own(sales: Any) -> None:
    sales.bring("name,email\nEve,eve@Post.Example\nFin,fin@firma.example\n")
    sales.write(
        "rules/lists.yaml", "lists: {free_mail: [post.example, '@gmx.example'], disposable_mail: {file: odd.txt}}\n"
    )
    sales.write("rules/odd.txt", "firma.example\n")
    said = [each["message"] for each in sales.call("rules", "check", "--json").json]
    assert not [each for each in said if "no rule uses" in each and "mail" in each]
    sales.call("score")
    kinds = "SELECT name, email_kind, company_domain FROM lead WHERE email IS NOT NULL ORDER BY id"
    assert sales.query(kinds) == [("Eve", "free", None), ("Fin", "disposable", None)]
    sales.bring("name,email\nGus,gus@gmx.example\nEve,eve@post.example\n")
    assert sales.query(kinds)[2] == ("Gus", "free", None)
    (sales.path / "rules/lists.yaml").unlink()
    sales.call("score")
    assert [kind for _, kind, _ in sales.query(kinds)] == ["business"] * 3


@pytest.mark.parametrize("by", ["persona", "lifecycle", "qualified", "seniority", "department", "email_domain", "company_key",
                                "last_activity_at", "window_shopper", "temperature"])  # fmt: skip
def test_conversion_by_what_is_worked_out(sales: Any, by: str) -> None:
    visits(sales, 1, "2026-11-22", 3)
    sales.call("nightly")
    result = sales.call("report", "conversion", "--by", by, "--json")
    assert result.code == 0, result.err
    assert sum(each["leads"] for each in result.json) == 4
    if by == "persona":
        assert {each["group"]: each["leads"] for each in result.json} == {"technical founder": 2, "founder": 1, None: 1}
    if by == "seniority":
        assert {each["group"]: each["leads"] for each in result.json} == {"c_level": 1, "owner": 2, None: 1}


def test_the_error_of_the_rule_language_appears_as_described(workspace: Any) -> None:
    for path in EXAMPLE.rglob("*"):
        if path.is_file():
            workspace.write(f"rules/{path.relative_to(EXAMPLE)}", path.read_bytes())
    (workspace.path / "rules/pipeline.yaml").unlink()
    assert workspace.call("rules", "test").code == 0
    text = workspace.read("rules/scoring.yaml").replace(
        "{id: pricing,  each: pricing_view, points: 8,  max: 24}", "{id: pricing, each: pricing_veiw, points: 8}"
    )
    workspace.write("rules/scoring.yaml", text)
    result = workspace.call("score")
    assert result.code == 2
    line = next(number for number, each in enumerate(text.splitlines(), 1) if "veiw" in each)
    assert result.err.splitlines()[-4:-1] == [
        f"rules/scoring.yaml:{line}:33: there is no event called 'pricing_veiw'",
        f"   {line} |           - {{id: pricing, each: pricing_veiw, points: 8}}",
        "      |                                 ^^^^^^^^^^^^ did you mean 'pricing_view'?",
    ]


@pytest.mark.parametrize(
    "name", ["was", "won", "asked_1", "group_1", "rung_1", "next_change", "layer_0", "sum_1", "fade", "select"]
)
def test_a_dimension_may_have_any_name(sales: Any, name: str) -> None:
    """What the statement of a scoring calls its own columns is no matter of the rules."""
    asked = (
        "SELECT lead, total, grade, temperature, qualified, lifecycle, rungs, next_change_on FROM score ORDER BY lead"
    )
    visits(sales, 1, "2026-11-22", 2)
    visits(sales, 2, "2026-11-22", 1)
    assert lifecycle(sales, "2026-11-22") == {1: "mql", 2: "lead", 3: "lead", 4: "lead"}
    expected = sales.query(asked)
    sales.write("rules/all.yaml", RULES.replace("engagement:", f"{name}:").replace("of: engagement", f"of: {name}"))
    assert lifecycle(sales, "2026-11-22") == {1: "mql", 2: "lead", 3: "lead", 4: "lead"}
    assert sales.query(asked) == expected
    assert sales.query(f'SELECT lead, "{name}" FROM score ORDER BY lead') == [(1, 20), (2, 10), (3, 0), (4, 0)]


@pytest.mark.parametrize("name", ["a,b", ",", " "])
def test_a_rung_has_a_name_without_commas(sales: Any, name: str) -> None:
    sales.write("rules/all.yaml", RULES + f'  "{name}": {{enter: {{fit: {{at_least: 0}}}}}}\n')
    done = sales.call("score")
    assert (done.code, f"a rung cannot be called '{name}'" in done.err) == (2, True)


def test_five_hundred_windows_that_each_name_a_type(sales: Any) -> None:
    rules = "".join(f"{{id: r{n}, points: 1, when: {{did: {{event: visit, within: {n}d}}}}}}, " for n in range(1, 501))
    sales.write(
        "rules/all.yaml", RULES.replace("rules: [{id: big", f"rules: [{rules}{{id: big").replace("100]", "999]")
    )
    visits(sales, 1, "2026-11-12", 1)
    lifecycle(sales, "2026-11-22")
    assert sales.query("SELECT lead, fit FROM score ORDER BY lead") == [(1, 541), (2, 0), (3, 0), (4, 0)]
