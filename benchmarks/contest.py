"""Contestants in turn: what every part of the benchmark does alike."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from measure import Run, run

HERE = Path(__file__).resolve().parent
PYTHON = sys.executable
RIVALS = (PYTHON, HERE / "rivals.py")
LEADCTL = (PYTHON, "-m", "leadctl")


class Contest:
    """The measuring in one temporary folder; `runs` holds what was measured: name -> rounds."""

    def __init__(self, folder: Path, leads: int, repeat: int) -> None:
        self.folder = folder
        self.count = leads
        self.repeat = repeat
        self.leads = folder / "leads.csv"
        self.runs: dict[str, list[Run]] = {}
        self.facts: dict[str, str] = {}

    def note(self, name: str, measured: Run) -> Run:
        self.runs.setdefault(name, []).append(measured)
        print(f"{name:28s} {measured.wall:8.2f} s  {measured.cpu:8.2f} s cpu  {measured.peak:6.0f} MB", flush=True)
        return measured

    def leadctl(self, workspace: Path, *arguments: str | Path) -> Run:
        return run((*LEADCTL, *arguments), workspace)

    def workspace(self, name: str, database: Path | None = None, rules: Sequence[str] = ("rules",)) -> Path:
        """A new workspace with the benchmark's rules (a later folder's files instead of an earlier one's of the same
        name), and a copy of a database."""
        made = self.folder / name
        shutil.rmtree(made, ignore_errors=True)
        made.mkdir()
        self.leadctl(made, "init", ".")
        for old in (made / "rules").glob("*.yaml"):
            old.unlink()
        for folder in rules:
            for file in (HERE / folder).glob("*.yaml"):
                shutil.copy(file, made / "rules")
        if database is not None:
            shutil.copyfile(database, made / "leads.db")
        return made

    def alternate(self, ways: dict[str, Callable[[], Run]], *, once: Sequence[str] = ()) -> None:
        """Every way once a round, each round beginning with the next one; those of `once` in the first round only."""
        names = list(ways)
        for number in range(self.repeat):
            first = number % len(names)
            for name in names[first:] + names[:first]:
                if number == 0 or name not in once:
                    self.note(name, ways[name]())

    def make(self) -> None:
        run((PYTHON, HERE / "make_leads.py", self.leads, "--leads", str(self.count)), self.folder)
        nothing = run((PYTHON, "-c", "pass"), self.folder)
        self.facts["floor"] = f"{nothing.peak:.0f} MB"
        self.facts["file"] = f"{self.leads.stat().st_size / 1e6:.0f} MB"
