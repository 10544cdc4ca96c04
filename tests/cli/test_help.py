"""Help starts with an example, and every command is documented."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import typer

from leadctl.cli.app import app
from leadctl.cli.commands import COMMANDS

README = Path(__file__).resolve().parents[2] / "README.md"


def every_command() -> list[str]:
    """`import`, `report pipeline`, …: all commands that do something."""
    program = typer.main.get_command(app)
    context: Any = typer.Context(program, info_name="leadctl")
    found: list[str] = []
    for name in COMMANDS:
        command: Any = program.get_command(context, name)  # type: ignore[attr-defined]
        inner = getattr(command, "commands", None)
        found += [f"{name} {each}" for each in inner] if inner else [name]
    return found


EVERY = every_command()


@pytest.mark.parametrize("command", EVERY)
def test_help_starts_with_an_example(workspace: Any, command: str) -> None:
    for flag in ("--help", "-h"):
        done = workspace.call(*command.split(), flag)
        assert done.code == 0
        lines = [line.strip(" │") for line in done.out.splitlines() if line.strip(" │")]
        assert lines[0].startswith("Usage: leadctl")
        assert lines[1].startswith(f"leadctl {command}") or f"leadctl {command}" in lines[1]
    assert max(map(len, done.out.splitlines())) <= 100


@pytest.mark.parametrize("command", ["report", "rules"])
def test_a_group_lists_what_its_commands_do(workspace: Any, command: str) -> None:
    done = workspace.call(command, "--help")
    assert done.code == 0
    for name in (each.split()[1] for each in EVERY if each.startswith(f"{command} ")):
        assert name in done.out


@pytest.mark.parametrize(
    ("command", "says"), [("report", "Leads, value and weighted value"), ("rules", "Every mistake in the rules")]
)
def test_a_group_says_what_its_commands_do(workspace: Any, command: str, says: str) -> None:
    assert says in workspace.call(command, "--help").out


def test_the_program_itself(workspace: Any) -> None:
    done = workspace.run("--help")
    assert done.code == 0
    assert "leadctl import leads.csv" in done.out.split("Options:")[0]
    for name in COMMANDS:
        assert re.search(rf"^ +{name} ", done.out, re.MULTILINE), name
    assert re.fullmatch(r"leadctl \d+\.\d+\.\d+\n", workspace.run("--version").out)


@pytest.mark.parametrize("command", EVERY)
def test_every_command_is_documented(command: str) -> None:
    text = README.read_text(encoding="utf-8")
    if not text.strip():
        pytest.skip("the README is not written yet")
    rows = [line for line in text.splitlines() if line.startswith("|")]
    assert any(re.search(rf"`[^`]*\b{re.escape(command)}\b", row) for row in rows), (
        f"no row of a table names `{command}`"
    )
