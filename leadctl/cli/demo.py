"""What `demo` does: the program itself runs each command, shown before it, in a workspace made from the example."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path

import typer

from leadctl import config
from leadctl.cli.run import Run
from leadctl.errors import BrokeOff
from leadctl.services.demonstrating import COMMANDS, NOW, demo_environment, make_demo

DONE, REFUSED_ROWS = 0, 1


def play(run: Run, folder: Path) -> None:
    """Makes the workspace and plays the commands. Raises Conflict where the folder is taken, BrokeOff where one fails."""
    place = run.here / folder.expanduser()
    make_demo(place)
    typer.echo(f"Nordlicht Beratung, an invented consultancy, on {NOW[:10]}. The workspace is {_shown(run, place)}.")
    for words in COMMANDS:
        _show_and_run(run, words, place)
    typer.echo(f"\nNow try: cd {shlex.quote(_shown(run, place))}")
    typer.echo("  leadctl list --where 'grade: A, country: [AT, CH]'\n  leadctl report conversion --by grade")
    typer.echo("  leadctl operations\n  leadctl undo")


def _show_and_run(run: Run, words: tuple[str, ...], place: Path) -> None:
    line = f"$ leadctl {shlex.join(words)}"
    plain = not run.colour or "NO_COLOR" in os.environ or not sys.stdout.isatty()
    typer.echo("\n" + (line if plain else typer.style(line, dim=True)))
    sys.stdout.flush()
    # -P: a file of the workspace must not stand in for a module of the program.
    command = [sys.executable, "-P", "-m", "leadctl", *words]
    environment = demo_environment(config.environment(), run.colour)
    code = subprocess.run(command, cwd=place, env=environment, check=False).returncode
    if code != DONE and (code, words[0]) != (REFUSED_ROWS, "import"):
        raise BrokeOff(f"the demonstration stopped: leadctl {words[0]} ended with {code}")


def _shown(run: Run, place: Path) -> str:
    return str(place.relative_to(run.here)) if place.is_relative_to(run.here) else str(place)
