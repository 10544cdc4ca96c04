"""Files of tests: what they become, and every mistake in them with its place."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from leadctl.cli.messages import mistake_lines
from leadctl.compiler.catalogue import Field
from leadctl.compiler.findings import Findings
from leadctl.compiler.load import load_file, load_text
from leadctl.compiler.rule_tests import Expected, GivenActivity, GivenLead, RuleTest, RuleTestChecker
from leadctl.compiler.rulebook import load_rules
from leadctl.compiler.tree import Rules
from leadctl.model.date_reader import DateReader

EXAMPLE = Path(__file__).parent / "example"
HEAD = "tests:\n  - name: one\n    today: 2026-09-01\n"
LEADS = HEAD + "    leads: [{id: 1}, {id: Kari N}]\n"


@pytest.fixture(scope="module")
def rules() -> Rules:
    return load_rules(EXAMPLE)


def read(field: Field, text: str) -> object:
    """Stands for the import's reading: numbers only where numbers belong."""
    return float(text) if field.type == "number" else text


def checker(rules: Rules, findings: Findings) -> RuleTestChecker:
    return RuleTestChecker(findings, rules, DateReader(None, None, ZoneInfo("Europe/Vienna")), read)


@pytest.fixture
def said(rules: Rules) -> Callable[[str], str]:
    """What is said about a file of tests, as people see it."""

    def show(text: str) -> str:
        findings = Findings()
        checker(rules, findings).check(load_text(text, "t.yaml"), "t.yaml")
        return "\n".join(line for each in findings.mistakes for line in mistake_lines(each))

    return show


def checked(rules: Rules, text: str) -> list[RuleTest]:
    findings = Findings()
    found = checker(rules, findings).check(load_text(text, "t.yaml"), "t.yaml")
    assert findings.mistakes == []
    return found


def test_the_example_of_the_rule_language(rules: Rules) -> None:
    findings = Findings()
    (test,) = checker(rules, findings).check(load_file(EXAMPLE / "tests" / "scoring.yaml", "s"), "s")
    assert findings.mistakes == []
    assert (test.name, test.today) == ("VP at a software firm in Norway who looks at pricing", date(2026, 9, 1))
    assert [lead.id for lead in test.leads] == ["1", "2"]
    assert test.leads[0].values == {
        "email": "kari@fjord.no",
        "title": "SVP, Growth / VP Sales",
        "employees": "200",
        "industry": "Software",
        "country": "NO",  # a word, not false
    }
    # Vienna's midnights in summer.
    assert test.activities == (
        GivenActivity("1", "pricing_view", "2026-08-31T22:00:00Z", 2, {}),
        GivenActivity("1", "pricing_view", "2026-08-01T22:00:00Z", 1, {}),
        GivenActivity("1", "demo_request", "2026-06-02T22:00:00Z", 1, {}),
    )
    assert test.expected[:5] == (
        Expected("1", "fit", 75),
        Expected("1", "engagement", 40),
        Expected("1", "grade", "A2"),
        Expected("1", "lifecycle", "mql"),
        Expected("1", "because", 25, "vp"),
    )
    assert Expected("1", "because", -5, "company cap") in test.expected
    assert test.expected[-2:] == (Expected("2", "fit", 0), Expected("2", "grade", "D4"))


def test_what_can_be_given_and_expected(rules: Rules) -> None:
    (test,) = checked(
        rules,
        LEADS.replace("{id: 1}", "{id: 1, lifecycle: [mql, Lead, PQL], title: ''}")
        + "    activities: [{lead: Kari N, type: page_view, on: 2026-09-01 14:30, path: /pricing, outcome: seen}]\n"
        + "    expect:\n      - {lead: Kari N, total: -3, letter: B, number: 2, persona: Technical Founder, qualified: no_go,"
        + " temperature: none, segment: [icp], window_shopper: no, grade: none, lifecycle: customer,"
        + " because: {range: 5, pricing cap: -8}}\n",
    )
    assert test.leads == (GivenLead("1", {"title": ""}, ("mql", "pql")), GivenLead("Kari N", {}))
    fields = {"path": "/pricing", "outcome": "seen"}
    assert test.activities == (GivenActivity("Kari N", "page_view", "2026-09-01T12:30:00Z", 1, fields),)
    assert [(each.what, each.value, each.part) for each in test.expected] == [
        ("total", -3, None),
        ("letter", "B", None),
        ("number", "2", None),
        ("persona", "technical founder", None),  # in the rules' own spelling
        ("qualified", "no_go", None),
        ("temperature", None, None),
        ("segment", "icp", None),
        ("window_shopper", False, None),
        ("grade", None, None),
        ("lifecycle", "customer", None),
        ("because", 5, "range"),
        ("because", -8, "pricing cap"),
    ]


def test_without_a_day_there_is_a_warning(rules: Rules) -> None:
    findings = Findings()
    text = "tests:\n  - name: no day\n    leads: [{id: 1}]\n    expect: [{lead: 1, fit: 0}]\n"
    (test,) = checker(rules, findings).check(load_text(text, "t.yaml"), "t.yaml")
    assert test.today is None
    assert [(each.level, each.place.line) for each in findings.mistakes] == [("warning", 2)]
    assert "from day to day" in findings.mistakes[0].message


EXPECT = "    expect: [{lead: 1, fit: 0}]\n"
MISTAKES = {
    "test: []\n": ("t.yaml:1:1", "did you mean 'tests'?"),
    "tests: {a: b}\n": ("t.yaml:1:8", "must be a list"),
    "tests: [words]\n": ("t.yaml:1:9", "a test must be a map"),
    HEAD: ("t.yaml:2:5", "the test has no `leads` and no `expect`"),
    "tests:\n  - today: 2026-09-01\n    leads: [{id: 1}]\n" + EXPECT: ("t.yaml:2:5", "has no `name`"),
    LEADS + EXPECT + "    expects: []\n": ("t.yaml:6:5", "did you mean 'expect'?"),
    LEADS + EXPECT + LEADS.removeprefix("tests:\n") + EXPECT: ("t.yaml:6:11", "called 'one' already, on line 2"),
    (LEADS + EXPECT).replace("2026-09-01", "1.9."): ("t.yaml:3:12", "write days as 2026-11-22"),
    (LEADS + EXPECT).replace("2026-09-01", "10/11/2026"): ("t.yaml:3:12", "can be 11 October 2026 or 10 November"),
    HEAD + "    leads: []\n" + EXPECT: ("t.yaml:4:12", "the test has no leads"),
    HEAD + "    leads: [{title: CEO}]\n" + EXPECT: ("t.yaml:4:13", "the lead has no `id`"),
    HEAD + "    leads: [{id: ' '}]\n" + EXPECT: ("t.yaml:4:13", "the lead has no `id`"),
    HEAD + "    leads: [{id: 1}, {id: 1}]\n" + EXPECT: ("t.yaml:4:27", "called '1' already, on line 4"),
    HEAD + "    leads: [{id: 1, emial: a@b.de}]\n" + EXPECT: ("t.yaml:4:21", "did you mean 'email'?"),
    HEAD + "    leads: [{id: 1, email_kind: role}]\n" + EXPECT: ("t.yaml:4:21", "is worked out, not given"),
    HEAD + "    leads: [{id: 1, grade: A1}]\n" + EXPECT: ("t.yaml:4:21", "it can stand under `expect`"),
    HEAD + "    leads: [{id: 1, employees: many}]\n" + EXPECT: ("t.yaml:4:32", "'employees': could not convert"),
    HEAD + "    leads: [{id: 1, title: [a, b]}]\n" + EXPECT: ("t.yaml:4:28", "must be a single word or text"),
    HEAD + "    leads: [{id: 1, lifecycle: mqll}]\n" + EXPECT: ("t.yaml:4:32", "did you mean 'mql'?"),
    LEADS + "    activities: [{type: call, on: 2026-09-01}]\n" + EXPECT: ("t.yaml:5:18", "has no `lead`"),
    LEADS + "    activities: [{lead: 1, type: call}]\n" + EXPECT: ("t.yaml:5:18", "has no `on`"),
    LEADS + "    activities: [{lead: 2, type: call, on: 2026-09-01}]\n" + EXPECT: (
        "t.yaml:5:25",
        "no lead in this test",
    ),
    LEADS + "    activities: [{lead: 1, type: pricing_veiw, on: 2026-09-01}]\n" + EXPECT: (
        "t.yaml:5:34",
        "did you mean 'pricing_view'?",
    ),
    LEADS + "    activities: [{lead: 1, type: call, on: soon}]\n" + EXPECT: ("t.yaml:5:44", "write days as"),
    LEADS + "    activities: [{lead: 1, type: call, on: 2026-09-01, times: 0}]\n" + EXPECT: (
        "t.yaml:5:63",
        "from 1 to",
    ),
    LEADS + "    activities: [{lead: 1, type: call, on: 2026-09-01, times: 10001}]\n" + EXPECT: (
        "t.yaml:5:63",
        "from 1 to 10,000",
    ),
    LEADS + "    activities: [{lead: 1, type: call, on: 2026-09-01, topics: x}]\n" + EXPECT: (
        "t.yaml:5:56",
        "did you mean 'topic'?",
    ),
    LEADS + "    expect: []\n": ("t.yaml:5:13", "the test expects nothing"),
    LEADS + "    expect: [{fit: 3}]\n": ("t.yaml:5:14", "of which `lead`"),
    LEADS + "    expect: [{lead: 1}]\n": ("t.yaml:5:14", "nothing is expected of this lead"),
    LEADS + "    expect: [{lead: Kari M, fit: 3}]\n": ("t.yaml:5:21", "did you mean 'Kari N'?"),
    LEADS + "    expect: [{lead: 1, fti: 3}]\n": ("t.yaml:5:24", "did you mean 'fit'?"),
    LEADS + "    expect: [{lead: 1, fit: 7.5}]\n": ("t.yaml:5:29", "must be a whole number"),
    LEADS + "    expect: [{lead: 1, grade: A}]\n": ("t.yaml:5:31", "there is no grade called 'A'"),
    LEADS + "    expect: [{lead: 1, lifecycle: mqll}]\n": ("t.yaml:5:35", "no rung of the lifecycle called 'mqll'"),
    LEADS + "    expect: [{lead: 1, segment: ipc}]\n": ("t.yaml:5:33", "no segment called 'ipc'"),
    LEADS + "    expect: [{lead: 1, window_shopper: maybe}]\n": ("t.yaml:5:40", "is yes or no"),
    LEADS + "    expect: [{lead: 1, owner: ana}]\n": ("t.yaml:5:24", "cannot expect `owner` yet"),
    LEADS + "    expect: [{lead: 1, because: {pv: 1}}]\n": ("t.yaml:5:34", "there is no rule or limit called 'pv'"),
    LEADS + "    expect: [{lead: 1, because: {vp: x}}]\n": ("t.yaml:5:38", "must be a whole number"),
    LEADS + "    expect: [{lead: 1, because: {ebook cap: 0}}]\n": ("t.yaml:5:34", "no rule or limit"),  # it has no max
}


@pytest.mark.parametrize("text", MISTAKES, ids=[str(number) for number in range(len(MISTAKES))])
def test_every_mistake_has_its_place(said: Callable[[str], str], text: str) -> None:
    place, words = MISTAKES[text]
    shown = said(text)
    assert f"{place}: " in shown
    assert words in shown


def test_all_mistakes_are_said_at_once(said: Callable[[str], str]) -> None:
    shown = said(
        "tests:\n  - name: one\n    today: x\n    leads: [{id: 1, emial: a}]\n    expect: [{lead: 1, fti: 3}]\n"
        "  - name: two\n    today: 2026-09-01\n    leads: [{id: 1, employees: many}]\n    expect: [{lead: 9, fit: 3}]\n"
    )
    assert [line.split(": ")[0] for line in shown.splitlines() if line.startswith("t.yaml")] == [
        "t.yaml:3:12",
        "t.yaml:4:21",
        "t.yaml:5:24",
        "t.yaml:8:32",
        "t.yaml:9:21",
    ]


def test_a_test_with_a_mistake_is_left_out(rules: Rules) -> None:
    findings = Findings()
    text = LEADS + "    expect: [{lead: 1, fti: 3}]\n" + LEADS.replace("one", "two").removeprefix("tests:\n") + EXPECT
    assert [each.name for each in checker(rules, findings).check(load_text(text, "t.yaml"), "t.yaml")] == ["two"]


def test_there_is_a_limit_to_activities(said: Callable[[str], str]) -> None:
    many = "\n".join("      - {lead: 1, type: call, on: 2026-09-01, times: 10000}" for _ in range(11))
    assert "more than 100,000 activities" in said(LEADS + "    activities:\n" + many + "\n" + EXPECT)


def test_an_empty_file_is_no_file_of_tests(rules: Rules) -> None:
    findings = Findings()
    assert checker(rules, findings).check(load_text("# nothing\n", "t.yaml"), "t.yaml") == []
    assert "one key" in findings.mistakes[0].message
