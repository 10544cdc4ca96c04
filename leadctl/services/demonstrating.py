"""The demonstration: a workspace of an invented consultancy, and the commands that show the main job on it."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

from leadctl.config import packaged
from leadctl.errors import BrokeOff, Conflict
from leadctl.services.keeping import make_workspace

NOW = "2026-11-20T09:00"  # the example's own day: its output never changes
ZONE = "Europe/Berlin"
NOT_FOR_THE_WORKSPACE = ("*.py", "*.md", "__pycache__")

COMMANDS: tuple[tuple[str, ...], ...] = (
    ("import", "leads.csv"),
    ("import", "trade_fair.csv"),
    ("import", "activities.csv", "--as", "activities"),
    ("import", "webform.jsonl"),
    ("import", "webform.jsonl"),
    ("score",),
    ("route",),
    ("list", "--where", "grade: A, owner: ana, stage: new", "--limit", "5"),
    ("explain", "NB-0009"),
    ("move", "NB-0009", "proposal", "--value", "18000"),
    ("follow-up", "NB-0009", "mon", "ask about the offer"),
    ("follow-up", "NB-0049", "today", "call about the price"),
    ("follow-up", "NB-0102", "2026-11-17", "send the contract"),
    ("report", "pipeline"),
    ("report", "follow-up", "--limit", "6"),
    ("report", "conversion", "--by", "source"),
)


def make_demo(folder: Path) -> None:
    """A workspace from the starter rules and the packaged example.

    Raises Conflict where `folder` is there and not empty, BrokeOff where it cannot be written.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise Conflict(f"{folder} is there already and not empty", hint="leadctl demo ANOTHER_FOLDER")
    make_workspace(folder, ZONE)
    try:
        shutil.copytree(
            packaged("examples"), folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns(*NOT_FOR_THE_WORKSPACE)
        )
    except OSError as error:
        raise BrokeOff(f"{folder} cannot be written: {error.strerror or error}") from error


def demo_environment(environment: Mapping[str, str], colour: bool) -> dict[str, str]:
    """The environment for the demonstration's commands: its own day, no other setting of leadctl, and results and notes
    in the order in which a terminal shows them, in a pipe too."""
    kept = {name: value for name, value in environment.items() if not name.startswith("LEADCTL_")}
    own = {"LEADCTL_NOW": NOW, "PYTHONUNBUFFERED": "1"}
    return {**kept, **own, **({} if colour else {"NO_COLOR": "1"})}
