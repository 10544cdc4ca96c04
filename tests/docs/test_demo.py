"""The example is what its maker makes, and the demonstration plays on any machine to the same figures."""

from __future__ import annotations

import csv
import json
import os
import shlex
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from leadctl.services.demonstrating import COMMANDS, make_demo

ROOT = Path(__file__).resolve().parents[2]
FILES = ("leads.csv", "trade_fair.csv", "webform.jsonl")
FAILED, CONFLICT = 1, 4


def leadctl(folder: Path, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("LEADCTL_")}
    return subprocess.run(
        [sys.executable, "-m", "leadctl", *words],
        cwd=folder,
        env={**kept, "PYTHONUTF8": "1", **environment},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, subprocess.CompletedProcess[str]]:
    """A folder in which `leadctl demo` has run, in a setting that must not matter to it."""
    folder = tmp_path_factory.mktemp("here")
    return folder, leadctl(folder, "demo", LEADCTL_NOW="1999-01-01", LEADCTL_CURRENCY="USD")


def test_the_maker_makes_the_files_that_are_kept(tmp_path: Path) -> None:
    shutil.copy(ROOT / "examples" / "make_examples.py", tmp_path)
    subprocess.run([sys.executable, "make_examples.py"], cwd=tmp_path, check=True)
    for name in FILES:
        assert (tmp_path / name).read_bytes() == (ROOT / "examples" / name).read_bytes(), name


def test_nobody_real_is_in_the_example() -> None:
    for name in FILES:
        text = (ROOT / "examples" / name).read_text(encoding="cp1252" if name == "trade_fair.csv" else "utf-8")
        for word in text.replace(",", " ").replace(";", " ").replace('"', " ").split():
            if "@" in word:
                assert word.lower().endswith(".example"), word


def test_demo_plays_every_command(played: tuple[Path, subprocess.CompletedProcess[str]]) -> None:
    _, done = played
    assert done.returncode == 0, done.stdout + done.stderr
    assert "unexpected error" not in done.stderr
    shown = [line for line in done.stdout.splitlines() if line.startswith("$ leadctl ")]
    assert shown == [f"$ leadctl {shlex.join(words)}" for words in COMMANDS]
    assert "The workspace is demo." in done.stdout
    assert "EUR" in done.stdout and "USD" not in done.stdout


def test_demo_refuses_a_folder_that_is_not_empty(played: tuple[Path, subprocess.CompletedProcess[str]]) -> None:
    folder, _ = played
    before = sorted(folder.rglob("*"))
    again = leadctl(folder, "demo")
    assert again.returncode == CONFLICT
    assert "not empty" in again.stderr
    assert sorted(folder.rglob("*")) == before


def test_conversion_of_the_example_agrees_with_a_count_by_hand(tmp_path: Path) -> None:
    """The file's own rows, counted without leadctl: the first row of each lead number, without the four that are refused."""
    with (ROOT / "examples" / "leads.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    first: dict[str, dict[str, str]] = {}
    for row in rows:
        if row["Lead ID"] and int(row["Lead ID"].removeprefix("NB-")) <= 390:
            first.setdefault(row["Lead ID"], row)
    leads = Counter(row["Lead Source"] for row in first.values())
    won = Counter(row["Lead Source"] for row in first.values() if row["Stage"] == "won")
    workspace = tmp_path / "demo"
    make_demo(workspace)
    imported = leadctl(workspace, "import", "leads.csv", "--json")
    assert imported.returncode == FAILED
    assert "unexpected error" not in imported.stderr
    ledger = json.loads(imported.stdout)
    assert (ledger["read"], ledger["created"], ledger["rejected"]) == (len(rows), len(first), 4)
    assert ledger["duplicate"] == len(rows) - len(first) - 4
    report = json.loads(leadctl(workspace, "report", "conversion", "--by", "source", "--json").stdout)
    assert {row["group"]: (row["leads"], row["won"]) for row in report} == {
        source: (count, won[source]) for source, count in leads.items()
    }


def test_starter_rules_are_in_order(tmp_path: Path) -> None:
    assert leadctl(tmp_path, "init", "sales").returncode == 0
    checked = leadctl(tmp_path / "sales", "rules", "check", "--json")
    assert checked.returncode == 0
    assert json.loads(checked.stdout) == []
