"""What rules are compared with: revisions of git, names that are nothing, and rules with mistakes."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.services.four_leads import LEADS, SCORING, STATES, changed, fill, moved


@pytest.fixture
def sales(workspace: Any) -> Any:
    return fill(workspace)


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
