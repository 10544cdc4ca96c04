"""Every string of the Big List of Naughty Strings as a lead's name: to the last character out of JSON and CSV, and
nothing that a terminal would obey out of tables."""

from __future__ import annotations

import csv
import io
import json
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

HOME = os.environ.get("LEADCTL_REALDATA")
pytestmark = pytest.mark.skipif(not HOME, reason="LEADCTL_REALDATA is not set")
NAUGHTY: list[str] = json.loads((Path(HOME) / "naughty_strings/blns.json").read_text("utf-8")) if HOME else []
# C0 but for the line feed, DEL, C1, and what turns the direction of writing or stands there unseen.
OBEYED = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]")
MORE = [
    "[/]",
    "[ceo]",
    "[bold red]x[/bold red]",
    ":smile:",
    "\x1b[31mred\x1b[0m",
    "\x9b31m",
    "a\rb",
    "a\nb",
    "a\tb",
    "=1+1",
]
# A name of nothing but white space is no name.
NAMES = {f"k{number}": None if not name.strip() else name for number, name in enumerate([*NAUGHTY, *MORE])}


def as_csv(path: Path) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "name"])
        writer.writerows(([f"k{number}", name]) for number, name in enumerate([*NAUGHTY, *MORE]))
    return path


def as_lines(path: Path) -> Path:
    lines = [json.dumps({"id": f"k{number}", "name": name}) for number, name in enumerate([*NAUGHTY, *MORE])]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


@pytest.mark.parametrize(("make", "file"), [(as_csv, "naughty.csv"), (as_lines, "naughty.jsonl")])
def test_names_survive_to_the_last_character(
    workspace: Any, terminal: Callable[..., tuple[int, str]], make: Callable[[Path], Path], file: str
) -> None:
    ledger = workspace.ok("import", make(workspace.path / file), "--json").json
    assert (ledger["read"], ledger["created"]) == (len(NAMES), len(NAMES))

    assert {lead["external_id"]: lead["name"] for lead in workspace.ok("list", "--json").json} == NAMES
    lines = workspace.ok("list", "--format", "jsonl").out.split("\n")
    assert {lead["external_id"]: lead["name"] for lead in map(json.loads, lines[:-1])} == NAMES
    rows = csv.DictReader(io.StringIO(workspace.ok("list", "--format", "csv").out, newline=""))
    assert {row["external_id"]: row["name"] or None for row in rows} == NAMES

    table = workspace.ok("list", "--fields", "external_id,name,stage").out
    assert OBEYED.findall(table) == []
    assert len(table.rstrip("\n").split("\n")) == len(NAMES) + 2  # one record a line, below the heading and a rule
    assert "\n\n" not in table
    assert "[/]" in table
    assert ":smile:" in table
    assert "␛[31mred" in table

    code, drawn = terminal(workspace, "list", "--limit", "1000", "--no-color", "--fields", "external_id,name,stage")
    assert code == 0
    assert OBEYED.findall(drawn) == []
    drawn_keys = re.findall(r"^ *(k\d+) ", drawn, re.MULTILINE)
    assert sorted(drawn_keys) == sorted(NAMES)  # nothing vanished
    assert "[ceo]" in drawn

    assert workspace.ok("import", file, "--json").json["unchanged"] == len(NAMES)


def test_colours_are_the_programs_own(workspace: Any, terminal: Callable[..., tuple[int, str]]) -> None:
    workspace.ok("import", as_csv(workspace.path / "naughty.csv"))
    for more in ([], ["--format", "csv"], ["--format", "md"], ["--json"]):
        code, drawn = terminal(workspace, "list", "--limit", "1000", *more)
        assert code == 0
        assert OBEYED.findall(re.sub(r"\x1b\[[0-9;]*m", "", drawn)) == []
        if more:
            assert "\x1b" not in drawn


@pytest.mark.parametrize("name", ["\x1b[31mred\x1b[0m", "[/]", "\u202eevil", "a\nb", "Ω≈ç√∫˜µ≤≥÷", "👩‍👩‍👧‍👦"])
def test_one_naughty_lead_in_every_view(workspace: Any, terminal: Callable[..., tuple[int, str]], name: str) -> None:
    workspace.ok("import", "-", stdin=json.dumps([{"id": "x1", "name": name, "company": name, "source": name}]))
    workspace.ok("score")
    assert workspace.ok("show", "x1", "--json").json["name"] == name
    for command in (
        ["show", "x1"],
        ["explain", "x1"],
        ["report", "conversion"],
        ["report", "follow-up"],
        ["route", "--dry-run"],
    ):
        done = workspace.call(*command)
        assert done.code == 0
        assert OBEYED.findall(done.out + done.err) == []
        code, drawn = terminal(workspace, *command, "--no-color") if command[0] == "show" else (0, "")
        assert code == 0
        assert OBEYED.findall(drawn) == []


def test_naughty_words_in_a_message_do_no_harm(workspace: Any) -> None:
    for command in (
        ["show", "\x1b[2Jgone"],
        ["list", "--where", "\x1b[2J: x"],
        ["import", "\x1b[2J.csv"],
        ["--format", "\x1b[2J", "list"],
    ):
        done = workspace.call(*command)
        assert done.code in (2, 3)
        assert OBEYED.findall(done.out + done.err) == []
