"""The command line: exit codes, global options, leads, dates and conditions, each mistake with how to mend it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

LEADS = """\
id,name,email,phone,company,country,value,created
A1,Anna Berg,anna@berg.at,+43 1 588010,Berg AG,AT,5000,2026-11-01
A2,Bert Klein,bert@klein.de,,Klein GmbH,DE,,2026-11-02
A3,Anna Zorn,zorn@zorn.ch,,Zorn,CH,100,2026-11-03
"""


@pytest.fixture
def sales(filled: Callable[..., Any]) -> Any:
    """Three leads, scored."""
    return filled(LEADS, ["import", "leads.csv"], ["score"])


# --- exit codes


@pytest.mark.parametrize(
    ("command", "code", "said"),
    [
        (["nonsense"], 2, "nonsense"),
        (["list", "--nonsense"], 2, "--nonsense"),
        (["import"], 2, "FILE"),
        (["list", "--limit", "many"], 2, "many"),
        (["move", "A1"], 2, "STAGE"),
        (["report"], 2, "pipeline"),
        (["rules"], 2, "check"),
        (["report", "nonsense"], 2, "nonsense"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_a_wrong_command_line_is_no_bug(workspace: Any, command: list[str], code: int, said: str) -> None:
    done = workspace.run(*command)
    assert "bug" not in done.err
    assert done.code == code
    assert said.casefold() in (done.err + done.out).casefold()


def test_rejected_rows_end_with_1_and_without_talk_of_a_bug(workspace: Any) -> None:
    workspace.write("in.csv", "name,value\nAnn,ten\nBob,2\n")
    done = workspace.run("import", "in.csv")
    assert done.code == 1
    assert "in.csv:2: value: " in done.err
    assert "bug" not in done.err


def test_mistakes_in_rules_end_with_2(workspace: Any) -> None:
    workspace.write("rules/pipeline.yaml", "pipeline: [{stage: new, kid: open}]\n")
    assert workspace.run("score").code == 2
    done = workspace.run("rules", "check")
    assert done.code == 2
    assert "bug" not in done.err


@pytest.mark.parametrize(
    ("command", "code", "said"),
    [
        (["show", "nobody"], 3, "nobody"),
        (["show", "99"], 3, "99"),
        (["undo", "99"], 3, "99"),
        (["done", "A1"], 3, "follow-up"),
        (["import", "gone.csv"], 3, "gone.csv"),
        (["import", "leads.csv", "--map", "gone"], 3, "gone"),
        (["-C", "gone", "list"], 3, "leadctl init"),
        (["--db", "gone.db", "list"], 3, "gone.db"),
        (["show", "Anna"], 4, "Anna"),
        (["move", "A1", "won", "--on", "2027-01-01"], 4, "2027-01-01"),
        (["move", "A1", "nonsense"], 2, "nonsense"),
        (["move", "A1", "lost"], 2, "--reason"),
        (["move", "A1", "lost", "--reason", "weather"], 2, "price"),
        (["move", "A1", "won", "--value", "much"], 2, "much"),
        (["list", "--sort", "nonsense"], 2, "nonsense"),
        (["list", "--fields", "id,nmae"], 2, "name"),
        (["list", "--format", "xml"], 2, "csv"),
        (["report", "conversion", "--by", "sourc"], 2, "source"),
        (["import", "leads.csv", "--as", "invoices"], 2, "leads"),
        (["import", "leads.csv", "--on-match", "burn"], 2, "skip"),
        (["import", "leads.csv", "--date-order", "yyy"], 2, "dmy"),
        (["import", "leads.csv", "--encoding", "klingon"], 2, "utf-8"),
        (["import", "leads.csv", "--delimiter", "::"], 2, "comma"),
        (["import", "leads.csv", "--map-column", "name"], 2, "HEADER=FIELD"),
        (["import", "leads.csv", "--map-column", "name=nmae"], 2, "name"),
        (["import", "leads.csv", "--map-column", "gone=name"], 2, "gone"),
        (["list", "nobody", "--fail-if-empty"], 10, "no lead"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_exit_codes(sales: Any, command: list[str], code: int, said: str) -> None:
    before = sales.query("SELECT count(*) FROM operation")
    done = sales.call(*command)
    assert (done.code, done.out if code != 10 else "") == (code, "")
    assert said in done.err
    assert "Traceback" not in done.err
    assert "which is a bug" not in done.err
    assert sales.query("SELECT count(*) FROM operation") == before


def test_fail_if_overdue(sales: Any) -> None:
    assert sales.call("report", "follow-up", "--fail-if-overdue").code == 0
    sales.call("follow-up", "A1", "2026-11-20")
    assert sales.call("report", "follow-up").code == 0
    done = sales.call("report", "follow-up", "--fail-if-overdue", "--json")
    assert done.code == 10
    assert done.json[0]["state"] == "overdue"
    assert sales.call("list", "--fail-if-empty").code == 0


def test_several_that_fit_are_listed(sales: Any) -> None:
    done = sales.run("show", "anna")
    assert (done.code, done.out) == (4, "")
    assert "1: Anna Berg" in done.err
    assert "3: Anna Zorn" in done.err
    assert "Bert" not in done.err


@pytest.mark.parametrize(
    "word",
    ["1", "A1", "anna@berg.at", "ANNA@BERG.AT", "+43 1 588010", "+431588010", "anna berg", "Berg AG", "0043 1 588010"],
)
def test_a_lead_is_known_by_id_address_phone_and_words(sales: Any, word: str) -> None:
    assert sales.call("show", word, "--json").json["id"] == 1


# --- global options


@pytest.mark.parametrize(
    "words",
    [
        ["--json", "list", "--limit", "1"],
        ["list", "--json", "--limit", "1"],
        ["list", "--limit", "1", "--json"],
        ["list", "--limit", "1", "--format=json"],
        ["--format", "json", "list", "--limit=1", "-q", "--no-color", "--now", "2026-11-22"],
        ["list", "--limit", "1", "--format", "json", "--now=2026-11-22", "--wait", "3", "--no-input", "--yes"],
    ],
)
def test_global_options_stand_anywhere(sales: Any, words: list[str]) -> None:
    assert [lead["name"] for lead in sales.call(*words).json] == ["Anna Berg"]


def test_a_value_that_looks_like_an_option_is_left_alone(sales: Any) -> None:
    sales.call("follow-up", "A1", "fri", "--", "--json", "is", "what", "they", "want")
    assert sales.query("SELECT note FROM follow_up") == [("--json is what they want",)]


def test_a_negative_sort_is_no_option(sales: Any) -> None:
    assert [lead["id"] for lead in sales.call("list", "--sort", "-id", "--json").json] == [3, 2, 1]


def test_the_workspace_is_found_from_below_and_by_name(sales: Any) -> None:
    below = sales.path / "deep" / "down"
    below.mkdir(parents=True)
    assert len(sales.run("list", "--json", cwd=below).json) == 3
    elsewhere = sales.home
    none = sales.run("list", cwd=elsewhere)
    assert none.code == 3
    assert "leadctl init" in none.err
    assert len(sales.run("list", "--json", "-C", sales.path, cwd=elsewhere).json) == 3
    assert len(sales.run("list", "--json", cwd=elsewhere, env={"LEADCTL_WORKSPACE": str(sales.path)}).json) == 3
    assert len(sales.run("--db", sales.path / "leads.db", "list", "--json", cwd=elsewhere).json) == 3
    assert len(sales.run("list", "--json", cwd=elsewhere, env={"LEADCTL_DB": str(sales.path / "leads.db")}).json) == 3


def test_now(sales: Any) -> None:
    assert sales.call("score", "--now", "2026-12-24", "--json").json["today"] == "2026-12-24"
    late = sales.call("score", "--now", "2026-12-24T23:30:00Z", "--json").json
    assert late["today"] == "2026-12-25"  # half past midnight in Vienna
    done = sales.call("score", "--now", "soon")
    assert done.code == 2
    assert "--now" in done.err


def test_a_wrong_now_is_refused_everywhere(sales: Any) -> None:
    assert sales.call("list", "--now", "soon").code == 2


def test_nothing_asks_without_a_terminal(sales: Any) -> None:
    for command in (["undo"], ["init", "other"], ["import", "leads.csv"]):
        assert sales.run(*command, "--no-input", timeout=20).code == 0


def test_an_empty_environment_as_of_cron(sales: Any) -> None:
    from leadctl import __file__ as program

    source = program.rsplit("/", 2)[0]
    for words in (["import", "leads.csv"], ["score"], ["route"], ["list"], ["report", "conversion"]):
        done = subprocess.run(
            [
                "/usr/bin/env",
                "-i",
                sys.executable,
                "-c",
                f"import sys; sys.path.insert(0, {source!r}); from leadctl.__main__ import main; main()",
                *words,
            ],
            cwd=sales.path,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        assert b"\x1b" not in done.stdout


# --- dates


@pytest.mark.parametrize(
    ("text", "day"),
    [  # today is Sunday, 22 November 2026
        ("today", "2026-11-22"),
        ("tomorrow", "2026-11-23"),
        ("fri", "2026-11-27"),
        ("2w", "2026-12-06"),
        ("3d", "2026-11-25"),
        ("in 3 days", "2026-11-25"),
        ("3 days ago", "2026-11-19"),
        ("eom", "2026-11-30"),
        ("2027-01-31", "2027-01-31"),
        ("2026-W48", "2026-11-23"),
        ("31.12.2026", "2026-12-31"),
    ],
)
def test_dates(sales: Any, text: str, day: str) -> None:
    assert sales.call("follow-up", "A1", text, "--json").json["due"] == day


def test_an_empty_day_is_no_day(sales: Any) -> None:
    assert sales.call("move", "A1", "won", "--on", "").code == 2


def test_a_range_that_ends_before_it_begins(sales: Any) -> None:
    assert sales.call("report", "pipeline", "--from", "2026-12-01", "--to", "2026-01-01").code == 2


@pytest.mark.parametrize(
    "text", ["10/11/2026", "2026-02-30", "31.11.2026", "nonsense", "2026-13-01", "in days", "9999999d", "-3"]
)
def test_dates_that_are_refused(sales: Any, text: str) -> None:
    done = sales.call("follow-up", "A1", "--", text)
    assert (done.code, done.out) == (2, "")
    assert text in done.err
    assert "which is a bug" not in done.err


def test_an_ambiguous_date_is_settled_by_the_workspace(sales: Any) -> None:
    sales.write("leadctl.yaml", "timezone: Europe/Vienna\ndate_order: dmy\n")
    assert sales.call("follow-up", "A1", "10/12/2026", "--json").json["due"] == "2026-12-10"


# --- conditions


@pytest.mark.parametrize(
    ("condition", "under", "said"),
    [
        ("contry: DE", "contry", "country"),
        ("country: [DE", "", "brackets"),
        ("value: {has: 3}", "has", "at_least"),
        ("value: {at_least: many}", "many", "number"),
        ("country: DE, country: AT", "country", ""),
        ("segment: ipc", "ipc", "icp"),
        ("captured_at: {within: soon}", "soon", ""),
        ("DE", "DE", ""),
        ("[[[[", "", ""),
        ("country: *x", "", ""),
    ],
)
def test_a_mistake_in_a_condition_is_shown_with_a_caret(sales: Any, condition: str, under: str, said: str) -> None:
    done = sales.call("list", "--where", condition)
    assert (done.code, done.out) == (2, "")
    lines = done.err.splitlines()
    assert lines[0].startswith("--where:1:")
    caret = next(number for number, line in enumerate(lines) if "^" in line)
    start = lines[caret].index("^")
    width = lines[caret].count("^")
    assert condition[:20] in lines[caret - 1]
    if under:
        assert lines[caret - 1][start : start + width] == under
    assert said in done.err


@pytest.mark.parametrize(
    ("condition", "ids"),
    [
        ("country: [DE, AT]", [1, 2]),
        ("country: at", [1]),
        ("value: {at_least: 100}", [1, 3]),
        ("value: {present: no}", [2]),
        ("not: {country: AT}", [2, 3]),
        ("any: [{country: AT}, {name: {has: zorn}}]", [1, 3]),
        ("captured_at: {within: 20d}", [2, 3]),
        ("captured_at: {before: 2026-11-02}", [1]),
        ("email_kind: business, company: {contains: gmbh}", [2]),
    ],
)
def test_conditions(sales: Any, condition: str, ids: list[int]) -> None:
    assert sorted(lead["id"] for lead in sales.call("list", "--where", condition, "--json").json) == ids


def test_a_mistake_in_a_condition_is_not_called_one_in_the_rules(sales: Any) -> None:
    done = sales.call("list", "--where", "contry: DE")
    assert "in the rules" not in done.err


def test_import_flags(workspace: Any) -> None:
    workspace.write("in.csv", "Wer;Mail;Wann\nAnn;ann@alder.at;10/11/2026\n")
    done = workspace.run(
        "import", "in.csv", "--map-column", "Wer=name", "--map-column", "Wann=captured_at", "--date-order", "dmy",
        "--source", "fair", "--campaign", "spring", "--delimiter", ";", "--encoding", "utf-8", "--json",
    )  # fmt: skip
    assert done.code == 0, done.err
    (lead,) = workspace.call("list", "--json").json
    assert (lead["name"], lead["email"], lead["source"], lead["campaign"]) == ("Ann", "ann@alder.at", "fair", "spring")
    assert lead["captured_at"] == "2026-11-09T23:00:00Z"
    workspace.write("again.csv", "name,email,city\nAnn,ann@alder.at,Graz\n")
    assert workspace.call("import", "again.csv", "--on-match", "skip", "--json").json["unchanged"] == 1
    assert workspace.call("import", "again.csv", "--on-match", "new", "--json").json["created"] == 1
    assert workspace.call("import", "again.csv", "--on-match", "update", "--json").json["updated"] == 1


@pytest.mark.parametrize("moment", ["9999-12-31", "0001-01-01", "1899-12-31T23:59"])
def test_a_now_beyond_the_calendar_is_refused(workspace: Any, moment: str) -> None:
    refused = workspace.call("--now", moment, "score")
    assert (refused.code, refused.out) == (2, "")
    assert f"--now: '{moment}' is outside the years 1900 to 2200" in refused.err
