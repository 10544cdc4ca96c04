"""`leadctl rules test` and what `leadctl rules check` finds in the data: the real program, results worked out by hand."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from leadctl.compiler.rulebook import load_rules
from leadctl.services.rules.testing import files_of_tests, load_tests, run_tests
from leadctl.store.trial import Activity, add_activities

EXAMPLE = Path(__file__).parents[1] / "compiler" / "example"
ROOT = Path(__file__).parents[2]
DAY = date(1970, 1, 1).toordinal()


@pytest.fixture
def example(make_workspace: Callable[..., Any]) -> Any:
    """A workspace with the example of the rule language and its test."""
    found = make_workspace("example", rules={})
    shutil.copytree(EXAMPLE, found.path / "rules", dirs_exist_ok=True)
    return found


def one_test(*expect: str, leads: str = "{id: 1}", activities: str = "", today: str = "2026-09-01") -> str:
    """A file with one test."""
    done = f"    activities: [{activities}]\n" if activities else ""
    return f"tests:\n  - name: one\n    today: {today}\n    leads: [{leads}]\n{done}    expect:\n" + "".join(
        f"      - {each}\n" for each in expect
    )


def differences(workspace: Any, text: str) -> list[list[Any]]:
    """What comes out otherwise than a file of tests says."""
    workspace.write("tried.yaml", text)
    done = workspace.call("rules", "test", "tried.yaml", "--json")
    (found,) = done.json
    assert (done.code, found["passed"]) == ((1, False) if found["differences"] else (0, True)), done.err
    return [list(each.values()) for each in found["differences"]]


# running


def test_the_example_passes(example: Any) -> None:
    done = example.run("rules", "test")
    assert (done.code, done.out, done.err) == (0, "", "1 test passed\n")
    found = example.call("rules", "test", "--json")
    assert found.json == [
        {
            "file": "rules/tests/scoring.yaml",
            "test": "VP at a software firm in Norway who looks at pricing",
            "passed": True,
            "differences": [],
        }
    ]
    assert not (example.path / "leads.db").exists()


def test_only_differences_are_shown(example: Any) -> None:
    text = (
        example.read("rules/tests/scoring.yaml")
        .replace("fit: 75", "fit: 76")
        .replace("core_country: 15", "core_country: 9")
    )
    example.write("rules/tests/scoring.yaml", text)
    done = example.run("rules", "test")
    assert (done.code, done.err) == (1, "1 of 1 tests failed\n")
    rows = [[cell.strip() for cell in line.split("  ") if cell.strip()] for line in done.out.splitlines()[2:]]
    assert rows == [
        [
            "rules/tests/scoring.yaml", "VP at a software firm in Norway who looks at pricing", "1", "fit", "76", "75",
            "vp +25, icp +30, core_country +15, business_mail +10, company cap -5",
        ],
        [
            "rules/tests/scoring.yaml", "VP at a software firm in Norway who looks at pricing", "1", "because core_country",
            "9", "15", "vp +25, icp +30, core_country +15, business_mail +10, company cap -5; pricing +20, demo +20",
        ],
    ]  # fmt: skip


def test_every_kind_of_difference(example: Any) -> None:
    """Fit: vp 25, company 55 capped to 50. Engagement: pricing 20, demo 20; so A2, mql, of the segment icp, a test says ask."""
    lead = "{id: a, email: kari@fjord.no, title: VP Sales, employees: 200, industry: Software, country: NO}"
    done = "{lead: a, type: pricing_view, on: 2026-09-01, times: 2}, {lead: a, type: pricing_view, on: 2026-08-02}, " \
           "{lead: a, type: demo_request, on: 2026-06-03}"  # fmt: skip
    right = (
        "{lead: a, fit: 75, engagement: 40, total: 115, grade: A2, letter: A, number: 2, temperature: hot, persona: none,"
        " qualified: ask, lifecycle: mql, segment: icp, window_shopper: no, because: {vp: 25, demo: 20, c_level: 0, range: 0}}"
    )
    assert differences(example, one_test(right, leads=lead, activities=done)) == []
    wrong = (
        "{lead: a, fit: 74, engagement: 41, total: 0, grade: A1, letter: B, number: 1, temperature: cold,"
        " persona: technical founder, qualified: go, lifecycle: sql, window_shopper: yes, because: {vp: 5, c_level: 30}}"
    )
    assert differences(example, one_test(wrong, leads=lead, activities=done)) == [
        ["a", "fit", 74, 75],
        ["a", "engagement", 41, 40],
        ["a", "total", 0, 115],
        ["a", "grade", "A1", "A2"],
        ["a", "letter", "B", "A"],
        ["a", "number", "1", "2"],
        ["a", "temperature", "cold", "hot"],
        ["a", "persona", "technical founder", None],
        ["a", "qualified", "go", "ask"],
        ["a", "lifecycle", "sql", "mql"],
        ["a", "window_shopper", True, False],
        ["a", "because vp", 5, 25],
        ["a", "because c_level", 30, 0],
    ]
    assert differences(example, one_test("{lead: b, segment: icp}", leads="{id: b, industry: software}")) == [
        ["b", "segment", "icp", None]
    ]


def test_limits_of_one_dimension_or_of_all(example: Any) -> None:
    """junk_title -40 is lifted to 0 in fit, silent -15 in engagement: `range` is both together."""
    expect = "{lead: 1, because: {range: 55, fit range: 40, engagement range: 15, fit company cap: 0, company cap: 0}}"
    assert differences(example, one_test(expect, leads="{id: 1, title: Student}")) == []
    wrong = expect.replace("40", "55").replace("company cap: 0}}", "company cap: 1}}")
    assert differences(example, one_test(wrong, leads="{id: 1, title: Student}")) == [
        ["1", "because fit range", 55, 40],
        ["1", "because company cap", 1, 0],
    ]


def test_leads_are_taken_in_as_an_import_takes_them_in(example: Any) -> None:
    """What an import judges: kinds of addresses, numbers, days with the workspace's order, stages, yes and no."""
    example.write("leadctl.yaml", "timezone: Europe/Vienna\ndate_order: dmy\n")
    leads = (
        "{id: free, email: TIM@GMAIL.com}, {id: firm, email: ' Tim@Firma.DE '}, {id: wrong, email: tim(at)firma},"
        " {id: many, employees: '1,200', industry: SOFTWARE}, {id: won, stage: WON},"
        " {id: ready, budget: '€ 12.000', decision_maker: ja, pain: slow, target_date: 10/11/2026}"
    )
    expect = (
        "{lead: free, because: {business_mail: 0}}", "{lead: firm, because: {business_mail: 10}}",
        "{lead: wrong, because: {business_mail: 0}}", "{lead: many, segment: icp}", "{lead: won, lifecycle: customer}",
        "{lead: ready, qualified: go}",
    )  # fmt: skip
    assert differences(example, one_test(*expect, leads=leads)) == []


def test_leads_that_look_alike_stay_apart(example: Any) -> None:
    """An import would take them for one person; a test means what it says."""
    leads = "{id: 1, email: a@firma.de, title: CEO}, {id: 2, email: a@firma.de}, {id: 3, email: a@firma.de, external_id: '1'}"
    expect = ("{lead: 1, fit: 40}", "{lead: 2, fit: 10}", "{lead: 3, fit: 10}")
    assert differences(example, one_test(*expect, leads=leads)) == []


def test_activities_count_on_their_day_of_the_workspace(example: Any) -> None:
    """22:30 UTC on 31 August is 1 September in Vienna; what is still to come does not count. A topic that the type has by
    itself can be asked for."""
    example.write(
        "rules/scoring.yaml",
        "score:\n  engagement:\n    groups:\n      g:\n        rules:\n"
        "          - {id: today, points: 1, when: {did: {event: page_view, within: 0d}}}\n"
        "          - {id: each, each: page_view, points: 10}\n"
        "          - {id: proof, points: 100, when: {did: {where: {topic: proof}}}}\n"
        "          - {id: price, points: 1000, when: {did: {where: {topic: price}}}}\n",
    )
    example.write("rules/lifecycle.yaml", "pipeline: [{stage: new, kind: open}]\n")
    for name in ("routing", "follow_up", "segments"):
        (example.path / f"rules/{name}.yaml").unlink()
    activities = (
        "{lead: 1, type: page_view, on: '2026-08-31T22:30:00Z'}, {lead: 1, type: page_view, on: 2026-09-02},"
        " {lead: 2, type: page_view, on: 2026-08-31 23:59, times: 3}, {lead: 3, type: case_study, on: 2026-08-01},"
        " {lead: 4, type: case_study, on: 2026-08-01, topic: Price}"
    )
    expect = (
        "{lead: 1, engagement: 11}", "{lead: 2, engagement: 30}", "{lead: 3, engagement: 100}", "{lead: 4, engagement: 1000}",
    )  # fmt: skip
    leads = "{id: 1}, {id: 2}, {id: 3}, {id: 4}"
    assert differences(example, one_test(*expect, leads=leads, activities=activities)) == []


def test_the_rung_that_a_lead_held_before(example: Any) -> None:
    """Engagement 20 (half of 40): too little to enter mql (25), enough to stay (15)."""
    fits = "employees: 200, industry: software, title: CEO"
    leads = f"{{id: new, {fits}}}, {{id: held, {fits}, lifecycle: mql}}, {{id: gone, {fits}, lifecycle: mql}}"
    activities = ", ".join(
        f"{{lead: {lead}, type: {kind}, on: {day}}}"
        for lead in ("new", "held")
        for kind, day in (("demo_request", "2026-06-03"), ("webinar", "2026-08-31"))  # not silent
    )
    expect = (
        "{lead: new, engagement: 20, lifecycle: lead}", "{lead: held, engagement: 20, lifecycle: mql}",
        "{lead: gone, engagement: 0, lifecycle: lead}",
    )  # fmt: skip
    assert differences(example, one_test(*expect, leads=leads, activities=activities)) == []


def test_days_of_tests_do_not_mix(example: Any) -> None:
    """The same activity on three days of test: 40 × 1, 0.5, 0.25; tests keep the order of the file."""
    text = "tests:\n" + "".join(
        f"  - name: {name}\n    today: {today}\n    leads: [{{id: 1}}]\n"
        "    activities: [{lead: 1, type: demo_request, on: 2026-01-01}]\n"
        f"    expect: [{{lead: 1, because: {{demo: {points}}}}}]\n"
        for name, today, points in (
            ("late", "2026-06-30", 10),
            ("first", "2026-01-01", 40),
            ("late again", "2026-06-30", 11),
            ("mid", "2026-04-01", 20),
        )
    )
    example.write("tried.yaml", text)
    found = example.call("rules", "test", "tried.yaml", "--json").json
    assert [(each["test"], each["passed"]) for each in found] == [
        ("late", True),
        ("first", True),
        ("late again", False),
        ("mid", True),
    ]


def test_without_a_day_it_is_the_day_of_the_run(example: Any) -> None:
    text = one_test("{lead: 1, because: {demo: 20}}", activities="{lead: 1, type: demo_request, on: 2026-01-01}")
    example.write("tried.yaml", text.replace("    today: 2026-09-01\n", ""))
    done = example.call("rules", "test", "tried.yaml", "--now", "2026-04-01")
    assert done.code == 0
    assert "tried.yaml:2:11: warning: the test does not say which day it is" in done.err
    assert example.call("rules", "test", "tried.yaml", "--now", "2026-04-05").code == 1


def test_mistakes_stop_the_run(example: Any) -> None:
    example.write("rules/tests/more.yaml", one_test("{lead: 2, fti: 3}", leads="{id: 1, employees: many, stage: wun}"))
    done = example.run("rules", "test")
    assert (done.code, done.out) == (2, "")
    for words in (
        "rules/tests/more.yaml:4:32: 'employees': 'many' is not a number",
        "rules/tests/more.yaml:4:45: 'stage': the pipeline has no stage 'wun'; did you mean 'won'?",
        "rules/tests/more.yaml:6:16: there is no lead in this test called '2'",
        "rules/tests/more.yaml:6:19: there is no thing to expect called 'fti'",
        "4 mistakes in the tests of the rules; nothing was done",
    ):
        assert words in done.err


def test_files_can_be_named(example: Any) -> None:
    example.write("rules/tests/more.yml", one_test("{lead: 1, fit: 1}"))
    assert [each["passed"] for each in example.call("rules", "test", "--json").json] == [False, True]
    assert example.call("rules", "test", "rules/tests/scoring.yaml").code == 0
    done = example.call("rules", "test", "rules/tests/none.yaml")
    assert done.code == 3
    assert "rules/tests/none.yaml: no such file" in done.err
    example.write("broken.yaml", "tests: [")
    assert example.call("rules", "test", "broken.yaml").code == 2


def test_no_tests_at_all(workspace: Any) -> None:
    assert workspace.call("rules", "test", "--json").json == []
    done = workspace.call("rules", "test")
    assert (done.code, done.out) == (0, "")
    assert "there are no tests yet" in done.err


def test_wrong_rules_are_said_first(example: Any) -> None:
    example.write("rules/segments.yaml", "segments: {icp: {when: {emploees: 3}}}\n")
    done = example.call("rules", "test")
    assert done.code == 2
    assert "did you mean 'employees'?" in done.err


HOSTILE = r"""
tests:
  - name: "[/red] \e[31m '; DROP TABLE lead; -- =1+1 \0"
    today: 2026-09-01
    leads:
      - {id: "[/] \e]0;x\a", title: "CEO\0", name: "'; DROP TABLE lead; --", pain: "%_\\ \u202e", country: "\U0001F600"}
      - {id: "\u200b x", title: "\e[2J"}
    activities:
      - {lead: "[/] \e]0;x\a", type: page_view, on: 2026-09-01, path: "/pricing'\0\e[1m", topic: "[bold]"}
    expect:
      - {lead: "[/] \e]0;x\a", fit: 30, engagement: 8, because: {c_level: 30, pricing: 8}}
      - {lead: "\u200b x", fit: 1}
"""


def test_hostile_texts(example: Any) -> None:
    example.write("tried.yaml", HOSTILE)
    done = example.run("rules", "test", "tried.yaml")
    assert done.code == 1
    assert "1 of 1 tests failed" in done.err
    assert "\x1b" not in done.out and "\x07" not in done.out and "\x00" not in done.out
    (found,) = example.run("rules", "test", "tried.yaml", "--json").json
    assert found["test"] == "[/red] \x1b[31m '; DROP TABLE lead; -- =1+1 \x00"
    assert found["differences"] == [{"lead": "\u200b x", "what": "fit", "expected": 1, "found": 0}]


def test_two_hundred_tests(example: Any) -> None:
    """Of eight days; one in ten is wrong."""
    rules = example.read("rules/tests/scoring.yaml").partition("\n")[2]
    text = "tests:\n" + "".join(
        rules.replace("VP at", f"{number} VP at")
        .replace("today: 2026-09-01", f"today: 2026-09-0{number % 8 + 1}")
        .replace("fit: 75, engagement: 40, grade: A2, lifecycle: mql,", f"fit: {75 if number % 10 else 76},")
        .replace(", pricing: 20, demo: 20", "")
        for number in range(200)
    )
    example.write("rules/tests/scoring.yaml", text)
    found = example.call("rules", "test", "--json").json
    assert len(found) == 200
    assert [number for number, each in enumerate(found) if not each["passed"]] == list(range(0, 200, 10))
    assert example.call("rules", "test").err == "20 of 200 tests failed\n"


def test_the_services_can_be_called_by_themselves(example: Any) -> None:
    settings, rules = example.settings, example.rules
    tests, warnings = load_tests(settings, rules, files_of_tests(settings))
    assert warnings == []
    (outcome,) = run_tests(settings, rules, tests, today=date(2026, 1, 1))
    assert outcome.passed


def test_a_new_workspace_passes_its_own_tests(workspace: Any) -> None:
    assert workspace.call("init", "fresh").code == 0
    done = workspace.call("-C", "fresh", "rules", "test")
    assert done.code == 0, done.out + done.err
    assert done.err.endswith("tests passed\n")
    assert workspace.call("-C", "fresh", "rules", "check", "--json").json == []
    found = {
        each["rule"]: each["matched"]
        for each in workspace.call("-C", "fresh", "rules", "test", "--coverage", "--json").json
    }
    fit = next(each for each in load_rules(ROOT / "rules").dimensions if each.name == "fit")
    assert [rule.id for group in fit.groups for rule in group.rules if not found[rule.id]] == []  # all are tried


# coverage

COVERED = {
    "rules/fields.yaml": "fields: {seats: {type: number}}\n",
    "rules/pipeline.yaml": "pipeline: [{stage: new, kind: open}, {stage: won, kind: won}]\n",
    "rules/scoring.yaml": """\
activities: {pricing_view: {by: lead, when: {type: page_view, path: {starts_with: /pricing}}}}
lists: {core: [DE, AT, NO]}
segments: {icp: {when: {employees: {at_least: 50}}}}
personas: [{name: chief, when: {title: {has: [CEO, CTO]}}}, {name: german, when: {country: DE}}]
score:
  fit:
    range: [0, 100]
    groups:
      title:
        pick: first
        rules:
          - {id: chief, points: 30, when: {title: {has: [CEO, CTO]}}}
          - {id: cto, points: 30, when: {title: {has: CTO}}}
          - {id: cfo, points: 30, when: {title: {has: CFO}}}
      rest:
        rules:
          - {id: icp, points: 20, when: {segment: icp}}
          - {id: core, points: 20, when: {country: {in_list: core}}}
          - {id: seats, points: 20, when: {country: DE, seats: {at_least: 5}}}
          - {id: us_chief, points: 20, when: {country: US, title: {has: CEO}}}
          - {id: known, points: 0, when: {not: {any: [{country: {present: yes}}, {country: {present: no}}]}}}
  engagement:
    groups:
      g:
        rules:
          - {id: pricing, each: pricing_view, points: 10, half_life: 30d}
          - {id: opened, each: email_open, points: 10, half_life: 10d}
          - {id: demo, once: demo_request, points: 10}
          - {id: often, points: 10, when: {did: {event: page_view, at_least: 3}}}
grade: {letter: {of: fit, A: 50, B: 20, C: 0}}
qualify: {size: {when: {employees: {at_least: 100}}, ask: how many?}}
lifecycle:
  mql: {enter: {fit: {at_least: 50}}}
  sql: {enter: {lifecycle: mql, qualified: go}}
""",
    "rules/routing.yaml": """\
owners: {ana: {}}
route:
  for: {grade: [A, B]}
  rules: [{id: core, when: {country: {in_list: core}}, to: ana}, {id: rest, otherwise: yes, queue: later}]
""",
    "rules/tests/a.yaml": """\
tests:
  - name: one
    today: 2026-09-01
    leads: [{id: 1, title: CTO, country: DE, employees: 60, seats: 5}, {id: 2, country: US}]
    activities: [{lead: 2, type: demo_request, on: 2026-09-01}]
    expect: [{lead: 1, fit: 90}]
  - name: two
    today: 2026-09-02
    leads: [{id: 1, title: CFO}]
    expect: [{lead: 1, fit: 30}]
""",
}
# Ann: chief 30, icp 20, core 20 = 70, A, mql, sql (go). Bob: 0. Cem: core 20, B. Dan: chief 30, B.
LEADS = "id,name,title,country,employees\n1,Ann,CEO,DE,120\n2,Bob,sales,US,\n3,Cem,,AT,\n4,Dan,CTO,,40\n"


@pytest.fixture
def covered(make_workspace: Callable[..., Any]) -> Any:
    """Rules with two tests, and four leads; Bob saw two pages, one of them pricing, and opened an e-mail long ago."""
    found = make_workspace("covered", rules=COVERED)
    found.bring(LEADS)
    with found.database() as database:
        add_activities(
            database.connection,
            [
                Activity(2, "page_view", "2026-11-20T12:00:00Z", date(2026, 11, 20).toordinal() - DAY, path="/pricing"),
                Activity(2, "page_view", "2026-11-21T12:00:00Z", date(2026, 11, 21).toordinal() - DAY, path="/home"),
                Activity(2, "email_open", "2026-01-01T12:00:00Z", date(2026, 1, 1).toordinal() - DAY),
            ],
            1,
        )
    return found


def test_coverage_by_hand(covered: Any) -> None:
    found = covered.ok("rules", "test", "--coverage", "--json").json
    assert [list(each) for each in found[:1]] == [["rule", "matched", "not_matched", "in_data", "why"]]
    assert {each["rule"]: (each["matched"], each["not_matched"], each["in_data"], each["why"]) for each in found} == {
        "chief": (1, 2, 2, None),
        "cto": (1, 2, 1, None),  # it holds, though the rule above it is picked
        "cfo": (1, 2, 0, "no lead meets: title has CFO (3 of 4 leads have a value for title)"),
        "icp": (1, 2, 1, None),
        "core": (1, 2, 2, None),
        "seats": (1, 2, 0, "0 of 4 leads have a value for seats"),
        "us_chief": (0, 3, 0, "each of its conditions holds for some leads, but all of them for none"),
        "known": (0, 3, 0, "no lead meets: not one of: country is there, country is missing"),
        "pricing": (0, 3, 1, None),
        "opened": (0, 3, 0, "email_open came, but too long ago to count"),
        "demo": (1, 2, 0, "event demo_request never came"),
        "often": (0, 3, 0, "no lead did at least 3 times page_view"),
        "segment icp": (1, 2, 1, None),
        "persona chief": (1, 2, 2, None),
        "persona german": (1, 2, 1, None),
        "qualify size": (0, 3, 1, None),
        "lifecycle mql": (1, 2, 1, None),
        "lifecycle sql": (0, 3, 1, None),
        "route core": (1, 2, 2, None),
        "route rest": (1, 2, 1, None),
    }


def test_coverage_follows_the_rules_as_they_are_now(covered: Any) -> None:
    """The last scoring knew other rules; what it wrote does not count."""
    assert covered.call("score").code == 0
    covered.write(
        "rules/scoring.yaml",
        COVERED["rules/scoring.yaml"].replace("enter: {fit: {at_least: 50}}", "enter: {fit: {at_least: 20}}"),
    )
    found = {each["rule"]: each["in_data"] for each in covered.call("rules", "test", "--coverage", "--json").json}
    assert found["lifecycle mql"] == 3


def test_coverage_without_a_database(example: Any) -> None:
    done = example.call("rules", "test", "--coverage", "--json")
    assert done.code == 0
    assert {(each["in_data"], each["why"]) for each in done.json} == {(None, None)}
    assert "the data was not looked at: there is no database yet" in done.err
    assert not (example.path / "leads.db").exists()
    found = {each["rule"]: (each["matched"], each["not_matched"]) for each in done.json}
    assert [found[name] for name in ("vp", "junk_title", "pricing", "silent", "lifecycle mql", "route rest")] == [
        (1, 1),
        (1, 1),
        (1, 1),
        (1, 1),
        (1, 1),
        (1, 1),
    ]


def test_coverage_says_so_where_a_test_fails(covered: Any) -> None:
    covered.write("rules/tests/a.yaml", COVERED["rules/tests/a.yaml"].replace("fit: 90", "fit: 91"))
    done = covered.call("rules", "test", "--coverage")
    assert done.code == 1
    assert "never came" in done.out
    assert "1 of 2 tests failed; leadctl rules test shows how" in done.err


def test_many_rules_are_counted_in_pieces(make_workspace: Callable[..., Any]) -> None:
    many = "\n".join(
        f"          - {{id: r{n}, points: 1, when: {{employees: {{at_least: {n}}}}}}}" for n in range(1000)
    )
    text = f"score:\n  fit:\n    groups:\n      g:\n        rules:\n{many}\n"
    found = make_workspace(rules={"rules/scoring.yaml": text, "rules/pipeline.yaml": COVERED["rules/pipeline.yaml"]})
    found.bring("name,employees\nAnn,500\nBob,\nCem,999\n")
    found.write("rules/tests/a.yaml", one_test("{lead: 1, fit: 11}", leads="{id: 1, employees: 10}"))
    rows = found.call("rules", "test", "--coverage", "--json").json
    assert [each["in_data"] for each in rows] == [2] * 501 + [1] * 499
    assert [each["matched"] for each in rows] == [1] * 11 + [0] * 989


def file_hash(workspace: Any) -> str:
    return hashlib.sha256((workspace.path / "leads.db").read_bytes()).hexdigest()


def test_the_database_is_only_looked_at(covered: Any) -> None:
    """Even where the rules have fields, dimensions and texts that it does not know yet, and where it was never scored."""
    before, files = file_hash(covered), sorted(path.name for path in covered.path.iterdir())
    changed = COVERED["rules/scoring.yaml"].replace("  engagement:", "  interest:")
    changed = changed.replace("employees: {at_least: 50}", "city: {has: Wien}, colour: {contains: blue}")
    covered.write("rules/fields.yaml", "fields: {seats: {type: number}, colour: {type: text}}\n")
    covered.write("rules/scoring.yaml", changed)
    covered.write("rules/tests/a.yaml", one_test("{lead: 1, fit: 0}"))
    for words in (("rules", "test"), ("rules", "test", "--coverage", "--json"), ("rules", "check")):
        assert covered.call(*words).code == 0
    assert file_hash(covered) == before
    assert sorted(path.name for path in covered.path.iterdir()) == files
    found = {each["rule"]: each for each in covered.call("rules", "test", "--coverage", "--json").json}
    assert found["segment icp"]["why"] == "0 of 4 leads have a value for city"
    assert found["pricing"]["in_data"] == 1


def test_a_damaged_database(covered: Any) -> None:
    covered.write("leads.db", b"SQLite format 3\0" + b"\0" * 4000)
    done = covered.call("rules", "test", "--coverage", "--json")
    assert done.code == 0
    assert {each["in_data"] for each in done.json} == {None}
    assert "the data was not looked at" in done.err
    assert [message for line, _, message in doubted(covered) if line is None] == [
        "the data could not be looked at: the file is damaged or no database: file is not a database"
    ]


# rules check


def doubted(workspace: Any) -> list[tuple[Any, ...]]:
    """Line, column and message of what is said about the rules."""
    done = workspace.call("rules", "check", "--json")
    assert done.code == 0
    assert {each["level"] for each in done.json} <= {"warning"}
    return [(each["line"], each["column"], each["message"]) for each in done.json]


def leads(count: int, **filled: int) -> str:
    """A file in which the first so many leads have a value."""
    rows = [",".join(["name", *filled])]
    rows += [",".join([f"L{n}", *(str(n) if n < have else "" for have in filled.values())]) for n in range(count)]
    return "\n".join(rows) + "\n"


DOUBTED = """\
score:
  fit:
    groups:
      g:
        rules:
          - {id: large, points: 1, when: {employees: {at_least: 50}}}
          - {id: larger, points: 1, when: {employees: {at_least: 500}}}
          - {id: unnamed, points: 1, when: {city: {present: no}}}
          - {id: abroad, points: 1, when: {not: {country: DE}}}
          - {id: abroad_for_sure, points: 1, when: {country: {present: yes}, not: {country: [DE, AT]}}}
          - {id: also_sure, points: 1, when: {all: [{country: {starts_with: A}}, {not: {country: AT}}]}}
          - {id: both, points: 1, when: {not: {country: DE, title: CEO}}}
"""


@pytest.fixture
def doubtful(make_workspace: Callable[..., Any]) -> Any:
    return make_workspace(rules={"rules/scoring.yaml": DOUBTED, "rules/pipeline.yaml": COVERED["rules/pipeline.yaml"]})


def test_fields_that_hardly_any_lead_has(doubtful: Any) -> None:
    """At 95 %: the first rule that names it is shown, a test for `present: no` is none."""
    assert doubted(doubtful) == []
    assert not (doubtful.path / "leads.db").exists()
    doubtful.bring(leads(20, employees=1, country=17, title=2))
    assert doubted(doubtful) == [(6, 65, "19 of 20 leads have no employees")]
    (warning,) = doubtful.call("rules", "check", "--json").json
    assert (warning["file"], warning["level"]) == ("rules/scoring.yaml", "warning")
    assert "--map-column HEADER=employees" in warning["hint"]


def test_fields_that_some_leads_have(doubtful: Any) -> None:
    doubtful.bring(leads(40, employees=3, country=33, title=4))  # 92.5 %
    assert doubted(doubtful) == []


def test_a_not_on_a_field_that_is_often_empty(doubtful: Any) -> None:
    doubtful.bring(leads(20, employees=10, country=16, title=10))
    said = "this `not` also holds where there is no country, and 4 of 20 leads have none"
    assert doubted(doubtful) == [(9, 59, said)]
    (warning,) = doubtful.call("rules", "check", "--json").json
    assert warning["hint"] == "where a value must be there: {country: {present: yes}, not: {country: …}}"


def test_a_not_on_a_field_that_is_mostly_there(doubtful: Any) -> None:
    doubtful.bring(leads(20, employees=10, country=17, title=10))
    assert doubted(doubtful) == []


def test_few_leads_prove_nothing(doubtful: Any) -> None:
    doubtful.bring(leads(19, employees=0, country=0, title=0))
    assert doubted(doubtful) == []


def test_events_that_never_came(covered: Any) -> None:
    said = {message: line for line, _, message in doubted(covered)}
    assert {message: line for message, line in said.items() if "event" in message} == {
        "the event demo_request never came": 28
    }
    covered.query("UPDATE activity SET path = '/home'")
    covered.query("UPDATE activity SET type = 'fax' WHERE type = 'email_open'")
    said = {message: line for line, _, message in doubted(covered) if "never counts" not in message}
    assert said == {
        "the event pricing_view never came": 26,
        "the event email_open never came": 27,
        "the event demo_request never came": 28,
        "activities of the type 'fax' came, which the rules do not know": None,
    }
    covered.query("DELETE FROM activity")
    assert not [message for _, _, message in doubted(covered) if "came" in message]


def test_check_looks_at_the_tests_too(example: Any) -> None:
    example.write("rules/tests/more.yaml", one_test("{lead: 1, fti: 3}").replace("    today: 2026-09-01\n", ""))
    done = example.call("rules", "check", "--json")
    assert done.code == 2
    found = [each for each in done.json if each["file"] == "rules/tests/more.yaml"]
    assert [(each["line"], each["column"], each["level"]) for each in found] == [(2, 11, "warning"), (5, 19, "error")]
    assert found[1]["hint"] == "did you mean 'fit'?"
