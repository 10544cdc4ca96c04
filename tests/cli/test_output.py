"""Where results go and how they look: formats, files, pipes, colour, terminals."""

from __future__ import annotations

import csv
import io
import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

LEADS = "id,name,email,company,country,value\n" + "".join(
    f"L{n:03},Person {n},p{n}@firm{n}.de,Firm {n} with a name that is long and goes on for quite a while,DE,{n * 1000.5}\n"
    for n in range(60)
)
RESULTS = [
    ["list"],
    ["show", "L001"],
    ["report", "pipeline"],
    ["report", "follow-up"],
    ["report", "conversion", "--by", "country"],
    ["operations"],
    ["doctor"],
    ["config"],
]
NAMES = [" ".join(command) for command in RESULTS]


@pytest.fixture
def sales(filled: Callable[..., Any]) -> Any:
    """Sixty leads, scored."""
    return filled(LEADS, ["import", "leads.csv"], ["score"])


@pytest.mark.parametrize("command", RESULTS, ids=NAMES)
def test_every_result_in_every_format(sales: Any, command: list[str]) -> None:
    found = sales.call(*command, "--json").json
    rows = found if isinstance(found, list) else [found]
    header = list(rows[0])
    assert [json.loads(line) for line in sales.call(*command, "--format", "jsonl").out.splitlines()] == rows
    for name, sign in (("csv", ","), ("tsv", "\t")):
        text = sales.call(*command, "--format", name).out
        assert "\r" not in text
        cells = list(csv.reader(io.StringIO(text, newline=""), delimiter=sign))
        assert cells[0] == header
        assert len(cells) == len(rows) + 1
        assert ["" if value is None else value for value in rows[0].values() if isinstance(value, str | None)] == [
            cell for cell, value in zip(cells[1], rows[0].values(), strict=True) if isinstance(value, str | None)
        ]
    markdown = sales.call(*command, "--format", "md").out
    assert sum(line.startswith("|") for line in markdown.splitlines()) >= 3
    assert re.search(r"^\|( ?:?-+:? ?\|)+$", markdown, re.MULTILINE)
    table = sales.call(*command)
    assert table.code == 0
    assert "\x1b" not in table.out + table.err


def test_an_explanation_is_a_table_of_its_parts_where_it_is_no_json(sales: Any) -> None:
    found = sales.call("explain", "L001", "--json").json
    cells = list(csv.reader(io.StringIO(sales.call("explain", "L001", "--format", "csv").out, newline="")))
    assert cells[0] == ["dimension", "rule", "points", "because"]
    parts = [row for row in cells[1:] if row[1] != "="]
    assert sum(int(row[2]) for row in parts) == found["total"]
    assert [row[1] for row in parts] == [part["rule"] for part in found["dimensions"]["fit"]["parts"]]
    assert "| fit |" in sales.call("explain", "L001", "--format", "md").out.replace("  ", "")


@pytest.mark.parametrize(
    ("ending", "format"),
    [
        ("csv", "csv"),
        ("tsv", "tsv"),
        ("json", "json"),
        ("jsonl", "jsonl"),
        ("md", "md"),
        ("CSV", "csv"),
        ("txt", "table"),
    ],
)
def test_the_ending_of_a_file_chooses_the_format(sales: Any, ending: str, format: str) -> None:
    done = sales.call("list", "--fields", "id,name", "-o", f"out.{ending}")
    assert (done.code, done.out) == (0, "")
    assert f"out.{ending}" in done.err
    assert sales.read(f"out.{ending}") == sales.call("list", "--fields", "id,name", "--format", format).out


def test_format_wins_over_the_ending(sales: Any) -> None:
    sales.call("list", "-o", "out.csv", "--format", "json")
    assert len(json.loads(sales.read("out.csv"))) == 60


@pytest.mark.parametrize("target", ["out.xyz", "out", "no/such/folder/out.csv", "rules"])
def test_a_file_that_cannot_be_written(sales: Any, target: str) -> None:
    before = sorted(path.name for path in sales.path.iterdir())
    done = sales.call("list", "-o", target, *(["--format", "csv"] if target == "rules" else []))
    assert done.code in (1, 2)
    assert done.out == ""
    assert target in done.err
    assert sorted(path.name for path in sales.path.iterdir()) == before


def test_an_old_file_is_whole_until_the_new_one_is(sales: Any) -> None:
    sales.write("out.csv", "old")
    assert sales.call("list", "--where", "nonsense: 1", "-o", "out.csv").code == 2
    assert sales.read("out.csv") == "old"


def test_a_piped_table_is_never_cut_and_has_a_record_a_line(sales: Any) -> None:
    table = sales.run("list", env={"COLUMNS": "40"}).out
    lines = table.splitlines()
    assert len(lines) == 62
    assert "Firm 7 with a name that is long and goes on for quite a while" in table
    assert lines[0].split()[:2] == ["id", "name"]


@pytest.mark.parametrize("columns", [80, 100, 40])
def test_tables_fit_the_terminal(sales: Any, terminal: Callable[..., tuple[int, str]], columns: int) -> None:
    commands = (
        ["list"],
        ["report", "pipeline"],
        ["report", "conversion", "--by", "country"],
        ["show", "L001"],
        ["operations"],
    )
    for command in commands if columns == 80 else commands[:1]:
        code, drawn = terminal(sales, *command, "--no-color", columns=columns)
        assert code == 0
        assert "\x1b" not in drawn
        assert max(map(len, drawn.splitlines())) <= columns


def test_a_long_listing_on_a_terminal_is_limited_and_says_so(
    sales: Any, terminal: Callable[..., tuple[int, str]]
) -> None:
    code, drawn = terminal(sales, "list", "--no-color")
    assert code == 0
    assert "40 of 60" in drawn
    assert "--limit" in drawn
    assert len(sales.call("list", "--json").json) == 60  # in a pipe it is whole


def test_colour(sales: Any, terminal: Callable[..., tuple[int, str]]) -> None:
    plain: list[tuple[list[str], dict[str, str | None]]] = [
        (["--no-color"], {}),
        ([], {"NO_COLOR": "1"}),
        ([], {"TERM": "dumb"}),
    ]
    assert "\x1b[" in terminal(sales, "report", "pipeline")[1]
    for more, env in plain:
        assert "\x1b" not in terminal(sales, "report", "pipeline", *more, env=env)[1]
    forced: list[dict[str, str | None]] = [{"FORCE_COLOR": "1"}, {"TERM": "xterm-256color", "COLORTERM": "truecolor"}]
    for env in forced:
        assert "\x1b" not in sales.run("report", "pipeline", env=env).out


def test_results_on_standard_output_and_all_else_on_standard_error(workspace: Any) -> None:
    workspace.write("leads.csv", LEADS)
    done = workspace.run("import", "leads.csv", "--json")
    json.loads(done.out)
    assert "next: leadctl score" in done.err
    done = workspace.run("score", "--json", "-v")
    json.loads(done.out)
    done = workspace.run("import", "leads.csv", "--quiet")
    assert done.err == ""
    done = workspace.run("move", "L001", "contacted", "-q")
    assert done.err == ""
    done = workspace.run("-q", "show", "nobody")
    assert "nobody" in done.err  # errors are always told


@pytest.mark.parametrize("more", [[], ["--format", "csv"], ["--json"], ["--format", "jsonl"], ["--format", "md"]])
def test_a_reader_that_has_seen_enough(
    workspace: Any, start: Callable[..., subprocess.Popen[bytes]], more: list[str]
) -> None:
    rows = "".join(f"{n},Person {n} {'x' * 200}\n" for n in range(3000))
    workspace.write("many.csv", "id,name\n" + rows)
    assert workspace.call("import", "many.csv").code == 0
    process = start(workspace, "list", *more)
    assert process.stdout is not None
    assert process.stderr is not None
    assert process.stdout.readline() != b""
    process.stdout.close()
    err = process.stderr.read()
    assert (process.wait(), err) == (0, b"")


def test_a_reader_that_is_not_there_at_all(sales: Any) -> None:
    command = f"{sys.executable} -m leadctl list --limit 3 | true; {sys.executable} -m leadctl list | head -1"
    done = subprocess.run(
        ["bash", "-c", f"set -o pipefail; {command}"],
        cwd=sales.path,
        env=sales.environment(),
        capture_output=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.startswith(b"id")


def test_a_closed_standard_output(sales: Any) -> None:
    done = subprocess.run(
        ["bash", "-c", f"{sys.executable} -m leadctl list --limit 3 >&-"],
        cwd=sales.path,
        env=sales.environment(),
        capture_output=True,
        check=False,
    )
    assert b"Traceback" not in done.stderr
    assert b"which is a bug" not in done.stderr


def test_a_full_standard_output(sales: Any) -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "leadctl", "list", "--json"],
            cwd=sales.path,
            env=sales.environment(),
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
        )
    assert done.returncode == 1
    assert b"Traceback" not in done.stderr
    assert b"which is a bug" not in done.stderr


@pytest.mark.parametrize(
    "locale",
    [
        {"LC_ALL": "C", "LANG": "C", "PYTHONUTF8": None, "PYTHONCOERCECLOCALE": "0"},
        {"PYTHONIOENCODING": "ascii", "PYTHONUTF8": None},
    ],
)
def test_any_locale(workspace: Any, locale: dict[str, str | None]) -> None:
    workspace.write("in.csv", "id,name,email\nU1,Jörg ☃ 日本,j@b.at\n")
    for command in (["import", "in.csv"], ["list"], ["show", "U1"], ["show", "nobödy"]):
        done = workspace.run(*command, env=locale)
        assert done.code in (0, 3)
        assert "Traceback" not in done.err
        assert "which is a bug" not in done.err
    assert (
        workspace.run("list", "--format", "csv", "--fields", "name", env=locale).raw.decode("utf-8")
        == "name\nJörg ☃ 日本\n"
    )
    assert json.loads(workspace.run("show", "U1", "--json", env=locale).raw)["name"] == "Jörg ☃ 日本"
