"""What a change of the rules would do: known answers by hand, reasons that add up, and a database that stays as it is."""

from __future__ import annotations

import csv
import io
import json
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leadctl.compiler.parts import grade, parts
from leadctl.services import comparing
from leadctl.services.comparing import Sides, compare
from leadctl.services.explaining import values_of
from leadctl.services.versions import rules_from_texts

TODAY = date(2026, 11, 22)
FIELDS = "fields:\n  seats: {type: number}\n"
PIPELINE = "pipeline:\n  - {stage: new, kind: open}\n  - {stage: won, kind: won}\n"
SCORING = """\
lists:
  rivals: {file: rivals.txt}
segments:
  big: {when: {employees: {at_least: 100}}}
score:
  fit:
    range: [0, 100]
    groups:
      role:
        pick: first
        rules:
          - {id: boss, points: 30, when: {title: {has: CEO}}}
          - {id: head, points: 20, when: {title: {has: head}}}
      company:
        max: 40
        rules:
          - {id: large, points: 30, when: {segment: big}}
          - {id: near, points: 15, when: {country: [DE, AT]}}
          - {id: rival, points: -20, when: {company: {in_list: rivals}}}
  engagement:
    range: [0, 100]
    half_life: 30d
    groups:
      intent:
        rules:
          - {id: pricing, each: page_view, points: 8}
          - {id: demo, each: demo_request, points: 40, max: 40}
grade:
  letter: {of: fit, A: 60, B: 40, C: 20, D: 0}
  number: {of: engagement, 1: 40, 2: 20, 3: 0}
temperature: {hot: [A1, A2], cold: otherwise}
lifecycle:
  mql: {enter: {fit: {at_least: 40}, engagement: {at_least: 20}}}
"""
LEADS = """\
id,name,title,employees,country,company
A1,Anna Berg,CEO,200,AT,Berg
A2,Bert Klein,Head of IT,50,DE,Klein
A3,Cleo Zorn,CEO,500,US,Rival Inc
A4,Dan Ozon,Intern,,US,Ozon
"""
# Anna: fit 30 + min(30 + 15, 40) = 70, engagement 2 x 8 + 40 x 0.25 = 26. Bert: 20 + 15 = 35 and 8 x 0.5 = 4.
# Cleo: 30 + 30 - 20 = 40 and nothing done. Dan: nothing at all.
DONE = [(1, "page_view", 0), (1, "page_view", 0), (1, "demo_request", 60), (2, "page_view", 30)]
STATES = {1: (96, "A2", "mql"), 2: (39, "C3", "lead"), 3: (40, "B3", "lead"), 4: (0, "D3", "lead")}


def act(workspace: Any, done: list[tuple[int, str, int]]) -> None:
    """Writes activities (lead, type, days ago) into the database."""
    with closing(sqlite3.connect(workspace.path / "leads.db")) as connection:
        days = [TODAY - timedelta(days=ago) for _, _, ago in done]
        connection.executemany(
            "INSERT INTO activity (lead, type, occurred_at, day, mark, created_by) VALUES (?, ?, ?, ?, ?, 1)",
            [
                (lead, kind, f"{day}T12:00:00Z", (day - date(1970, 1, 1)).days, number)
                for number, ((lead, kind, _), day) in enumerate(zip(done, days, strict=True), 1)
            ],
        )
        connection.commit()


@pytest.fixture
def sales(workspace: Any) -> Any:
    """Four leads with what they did, scored."""
    for file in (workspace.path / "rules").iterdir():
        file.unlink()
    workspace.write("rules/fields.yaml", FIELDS)
    workspace.write("rules/pipeline.yaml", PIPELINE)
    workspace.write("rules/scoring.yaml", SCORING)
    workspace.write("rules/rivals.txt", "Rival Inc\n")
    workspace.write("leads.csv", LEADS)
    assert workspace.call("import", "leads.csv").code == 0
    act(workspace, DONE)
    assert workspace.call("score").code == 0
    return workspace


def changed(*changes: tuple[str, str]) -> str:
    """The rules with something else in place of something that is there."""
    text = SCORING
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    return text


def moved(sales: Any, *args: str) -> list[tuple[Any, ...]]:
    """What `rules diff` says: (lead, before, after, because) with states as tuples."""
    done = sales.call("rules", "diff", *args, "--json")
    assert done.code == 0, done.err
    assert all(list(each) == ["lead", "name", "before", "after", "because"] for each in done.json)
    assert all(
        list(each[side]) == ["total", "grade", "lifecycle"] for each in done.json for side in ("before", "after")
    )
    return [
        (each["lead"], tuple(each["before"].values()), tuple(each["after"].values()), each["because"])
        for each in done.json
    ]


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


# What is compared with: git, and names that are nothing


@pytest.fixture
def in_git(sales: Any) -> Any:
    """The workspace in a repository of three commits: the first without rivals, the second as they are, the last with more
    points for a page view."""
    sales.write("rules/rivals.txt", "Nobody\n")
    git(sales, "init", "-q", "-b", "main")
    commit(sales, "first")
    sales.write("rules/rivals.txt", "Rival Inc\n")
    commit(sales, "second")
    git(sales, "tag", "-a", "before", "-m", "before")
    sales.write("rules/scoring.yaml", changed(("points: 8", "points: 10")))
    commit(sales, "third")
    return sales


def git(sales: Any, *words: str, cwd: Path | None = None) -> str:
    done = subprocess.run(
        ["git", "-c", "user.name=Ana", "-c", "user.email=ana@example.org", *words],
        cwd=cwd or sales.path, capture_output=True, text=True, check=True, env=sales.environment(),
    )  # fmt: skip
    return done.stdout.strip()


def commit(sales: Any, message: str) -> None:
    git(sales, "add", "rules", "leadctl.yaml")
    git(sales, "commit", "-q", "-m", message)


def test_a_revision_of_git(in_git: Any) -> None:
    views = [
        (1, STATES[1], (100, "A2", "mql"), {"pricing": 4}),
        (2, STATES[2], (40, "C3", "lead"), {"pricing": 1}),
    ]
    for name in ("HEAD~1", "before", "main~1", git(in_git, "rev-parse", "--short", "HEAD~1")):
        assert moved(in_git, name) == views
    assert moved(in_git, "HEAD") == []
    rival = (3, (60, "A3", "lead"), STATES[3], {"rival": -20})
    assert moved(in_git, "HEAD~2") == [rival, *views]
    in_git.write("rules/scoring.yaml", SCORING)
    assert moved(in_git, "HEAD") == [
        (lead, after, before, {"pricing": -why["pricing"]}) for lead, before, after, why in views
    ]
    assert git(in_git, "status", "--porcelain", "--untracked-files=no") == "M rules/scoring.yaml"


def test_rules_below_the_top_of_the_repository_and_links(in_git: Any, tmp_path: Path) -> None:
    """The workspace lies in a folder of the repository; a list's file is a link to another folder of it."""
    home = tmp_path / "all"
    shutil.copytree(in_git.path, home / "sales", ignore=shutil.ignore_patterns(".git"))
    (home / "shared").mkdir()
    (home / "shared" / "foes.txt").write_text("Berg\n")
    inner = type(in_git)(home / "sales", in_git.home)
    (inner.path / "rules" / "rivals.txt").unlink()
    (inner.path / "rules" / "rivals.txt").symlink_to("../../shared/foes.txt")
    git(in_git, "init", "-q", cwd=home)
    git(in_git, "add", "sales/rules", "shared", cwd=home)
    git(in_git, "commit", "-q", "-m", "all", cwd=home)
    (inner.path / "rules" / "rivals.txt").unlink()
    inner.write("rules/rivals.txt", "Rival Inc\n")
    # By the rules of the commit Berg is the rival: 30 + 30 + 15 - 20 for Anna, a view at 10 points.
    assert moved(inner, "HEAD") == [
        (3, (60, "A3", "lead"), STATES[3], {"rival": -20}),
        (1, (85, "B2", "mql"), (100, "A2", "mql"), {"rival": 20, "company cap": -5}),
    ]


def test_git_is_asked_about_the_folder_even_within_a_hook(in_git: Any, tmp_path: Path) -> None:
    done = in_git.run(
        "rules", "diff", "HEAD~1", "--json", env={"GIT_DIR": str(tmp_path / "nowhere"), "GIT_INDEX_FILE": "x"}
    )
    assert (done.code, len(done.json)) == (0, 2)


HOSTILE = [
    "--upload-pack=touch owned", "-h", "--output=owned", "^HEAD", "HEAD..HEAD~1", "HEAD:rules", "HEAD:rules/scoring.yaml",
    "; touch owned", "$(touch owned)", "HEAD\ntouch owned", "\x1b]0;owned\x07", "HEAD^{tree}", "nothing", "x" * 5000, "~",
    "../../../../etc/no such thing", "HEAD~99", "@{-1}", "ö\udce4",
]  # fmt: skip


@pytest.mark.parametrize("revision", HOSTILE)
def test_names_that_are_no_revision(in_git: Any, revision: str) -> None:
    before = sorted(path for path in in_git.path.rglob("*") if ".git" not in path.parts)
    done = in_git.run("rules", "diff", "--json", "--", revision)
    assert (done.code, done.out) == (3, ""), done.err
    assert "there is no file, folder or git revision" in done.err
    assert not {"\x1b", "\x07"} & set(done.err)
    assert before == sorted(path for path in in_git.path.rglob("*") if ".git" not in path.parts)


def test_an_option_is_not_a_revision(in_git: Any) -> None:
    done = in_git.run("rules", "diff", "--output=owned", "--upload-pack=x")
    assert done.code == 2
    assert not (in_git.path / "owned").exists()


def test_without_git(sales: Any, tmp_path: Path) -> None:
    done = sales.run("rules", "diff", "HEAD~1")
    assert done.code == 3
    assert "is not kept in git" in done.err
    (tmp_path / "bin").mkdir()
    done = sales.run("rules", "diff", "HEAD~1", env={"PATH": str(tmp_path / "bin")})
    assert (done.code, done.out) == (1, "")
    assert "there is no program called git" in done.err


def test_a_revision_without_rules(in_git: Any) -> None:
    git(in_git, "checkout", "-q", "--orphan", "bare")
    git(in_git, "rm", "-rq", "--cached", ".")
    git(in_git, "commit", "-q", "--allow-empty", "-m", "nothing")
    done = in_git.call("rules", "diff", "bare")
    assert done.code == 3
    assert "in bare there are no rules in rules/" in done.err


def test_nothing_to_compare_with(workspace: Any) -> None:
    workspace.write("leads.csv", LEADS)
    workspace.call("import", "leads.csv")
    done = workspace.call("rules", "diff")
    assert done.code == 3
    assert "nothing has been scored yet" in done.err
    assert workspace.call("rules", "diff", "").code == 2


# Rules with mistakes


def test_mistakes_stand_at_their_place(in_git: Any) -> None:
    wrong = changed(("each: page_view", "each: page_veiw"))
    in_git.write("drafts/scoring.yaml", wrong)
    done = in_git.call("rules", "diff", "drafts/scoring.yaml")
    assert (done.code, done.out) == (2, "")
    assert "drafts/scoring.yaml:26:33: there is no event called 'page_veiw'" in done.err
    assert "did you mean 'page_view'?" in done.err
    shutil.copytree(in_git.path / "rules", in_git.path / "all")
    in_git.write("all/scoring.yaml", wrong)
    done = in_git.call("rules", "diff", "all/")
    assert done.code == 2
    assert "all/scoring.yaml:26:33: there is no event called 'page_veiw'" in done.err
    in_git.write("rules/scoring.yaml", wrong)
    commit(in_git, "wrong")
    for args in ([], ["HEAD~1"], ["drafts/scoring.yaml"]):
        done = in_git.call("rules", "diff", *args)
        assert done.code == 2
        assert "rules/scoring.yaml:26:33: there is no event called 'page_veiw'" in done.err
    in_git.write("rules/scoring.yaml", SCORING)
    done = in_git.call("rules", "diff", "HEAD")
    assert done.code == 2
    assert "HEAD:rules/scoring.yaml:26:33: there is no event called 'page_veiw'" in done.err


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("other.txt", "x\n", "no list of the rules is read from a file called 'other.txt'"),
        ("scoring.yaml", b"\xff\xfe", "not UTF-8"),
        ("scoring.yaml", "score: [", "drafts/scoring.yaml:2:1: the text breaks off"),
        ("more.yaml", "lists: {a: {file: ../../leads.csv}}\n", "lies outside the folder of the rules"),
        ("more.yaml", "pipeline:\n  - {stage: new, kind: open}\n", "`pipeline` stands in"),
    ],
)
def test_files_that_cannot_take_part(sales: Any, name: str, content: Any, says: str) -> None:
    sales.write(f"drafts/{name}", content)
    done = sales.call("rules", "diff", f"drafts/{name}")
    assert (done.code, done.out) == (2, "")
    assert says in done.err


def test_a_pipe_is_no_file(sales: Any) -> None:
    os.mkfifo(sales.path / "pipe.yaml")
    done = sales.run("rules", "diff", "pipe.yaml", timeout=20)
    assert done.code == 2
    assert "no ordinary file" in done.err


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


# The reasons add up: they are all parts of the one score less all parts of the other


TITLES, COUNTRIES = ("CEO", "Head of IT", "Intern", ""), ("DE", "US", "")
KINDS = ("page_view", "demo_request", "call", "webinar")


@pytest.fixture(scope="module")
def crowd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Sixty leads of every sort, with some two hundred activities."""
    from tests.conftest import SETTINGS, Workspace

    folder = tmp_path_factory.mktemp("crowd")
    found = Workspace(folder / "sales", folder)
    found.write("leadctl.yaml", SETTINGS)
    for name, text in (("fields", FIELDS), ("pipeline", PIPELINE), ("scoring", SCORING)):
        found.write(f"rules/{name}.yaml", text)
    found.write("rules/rivals.txt", "Rival Inc\n")
    rows = "".join(
        f"L{n},Lead {n},{TITLES[n % 4]},{n * 7 % 230},{COUNTRIES[n % 3]},{'Rival Inc' if n % 5 == 0 else 'Own'}\n"
        for n in range(60)
    )
    found.write("leads.csv", "id,name,title,employees,country,company\n" + rows)
    found.call("import", "leads.csv")
    act(found, [(n * 13 % 50 + 1, KINDS[n * 7 % 4], n * 11 % 120) for n in range(200)])
    found.call("score")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(comparing, "_BATCH", 7)
        patch.setattr(comparing.store, "RULES_AT_ONCE", 3)
        yield found


RULE = st.one_of(
    st.sampled_from([
        "when: {title: {has: CEO}}", "when: {segment: big}", "when: {country: [DE, AT]}", "when: {employees: {below: 90}}",
        "when: {not: {did: {within: 30d}}}", "when: {did: {event: page_view, within: 60d, at_least: 2}}",
    ]),
    st.builds(
        "{}: {}, half_life: {}{}".format,
        st.sampled_from(["each", "once"]),
        st.sampled_from(["page_view", "demo_request", "[webinar, page_view]"]),
        st.sampled_from(["none", "7d", "30d", "45d"]),
        st.sampled_from(["", ", max: 9", ", max: 30"]),
    ),
)  # fmt: skip
GROUP = st.tuples(
    st.booleans(),
    st.sampled_from([None, 0, 12, 40]),
    st.lists(
        st.tuples(st.sampled_from("abcdefgh"), st.integers(-40, 60), RULE), max_size=4, unique_by=lambda each: each[0]
    ),
)
DIMENSION = st.tuples(
    st.sampled_from(["", "range: [0, 60]", "range: [-20, 35]"]), st.lists(GROUP, min_size=1, max_size=3)
)


def written(dimensions: dict[str, Any], large: int) -> dict[str, str]:
    """The texts of rules with these dimensions; ids are told apart by dimension and group."""
    lines = ["segments:", f"  big: {{when: {{employees: {{at_least: {large}}}}}}}", "score:"]
    for name, (bounds, groups) in dimensions.items():
        lines += [f"  {name}:", f"    {bounds}" if bounds else "", "    groups:"]
        for number, (first, most, rules) in enumerate(groups):
            lines += [
                f"      g{number}:",
                "        pick: first" if first else "",
                f"        max: {most}" if most is not None else "",
            ]
            lines += ["        rules:" + ("" if rules else " []")]
            lines += [
                f"          - {{id: {name}{number}{rule}, points: {points}, {what}}}" for rule, points, what in rules
            ]
    first = next(iter(dimensions))
    lines += [f"grade:\n  letter: {{of: {first}, A: 30, B: 10, C: -99}}"]
    return {"scoring.yaml": "\n".join(each for each in lines if each), "pipeline.yaml": PIPELINE, "fields.yaml": FIELDS}


DIMENSIONS = st.dictionaries(st.sampled_from(["fit", "drive", "luck"]), DIMENSION, min_size=1, max_size=2)


@settings(max_examples=100)
@given(before=DIMENSIONS, after=DIMENSIONS, keep=st.booleans(), large=st.sampled_from([100, 100, 150]))
def test_reasons_are_the_difference_of_all_parts(
    crowd: Any, before: dict[str, Any], after: dict[str, Any], keep: bool, large: int
) -> None:
    """For every lead: what moved and why is every part by the rules of after, less every part by those of before."""
    if keep:  # a small change: all else as it was
        after = {**before, **{name: each for name, each in list(after.items())[:1] if name in before}}
    old, new = rules_from_texts(written(before, 100), "before"), rules_from_texts(written(after, large), "after")
    with crowd.database() as database:
        with compare(database, crowd.settings, Sides(old, new, "", ""), now=crowd.moment, command="test") as comparison:
            found = {row[0]: row for row in comparison.moved.farthest()}
            by_rule = {rule: tuple(sums) for rule, sums in comparison.by_rule.items()}
        sides = [
            {
                lead: {dimension.name: parts(dimension, values) for dimension in rules.dimensions}
                for lead, values in values_of(
                    database, rules, TODAY, crowd.settings.zone, "SELECT id FROM lead"
                ).items()
            }
            for rules in (old, new)
        ]
    told: dict[str, tuple[int, int]] = {}
    for lead in range(1, 61):
        scores = [{name: sum(part.points for part in own) for name, own in side[lead].items()} for side in sides]
        grades = [grade(rules, own) for rules, own in zip((old, new), scores, strict=True)]
        names = {*scores[0], *scores[1]}
        moves = any(scores[0].get(name, 0) != scores[1].get(name, 0) for name in names) or grades[0] != grades[1]
        assert (lead in found) == moves
        if not moves:
            continue
        why: dict[str, int] = {}
        for side, sign in zip(sides, (-1, 1), strict=True):
            for part in (part for own in side[lead].values() for part in own):
                why[part.name] = why.get(part.name, 0) + sign * part.points
        why = {rule: points for rule, points in why.items() if points}
        _, _, total, mark, _, new_total, new_mark, _, because, _ = found[lead]
        assert [(total, mark), (new_total, new_mark)] == [
            (sum(own.values()), each) for own, each in zip(scores, grades, strict=True)
        ]
        assert json.loads(because) == why
        assert sum(why.values()) == new_total - total
        for rule, points in why.items():
            leads, sum_ = told.get(rule, (0, 0))
            told[rule] = (leads + 1, sum_ + points)
    assert by_rule == told
