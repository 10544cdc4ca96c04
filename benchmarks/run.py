"""Measures leadctl beside what one would use else, in one run, and writes RESULTS.md.

    python benchmarks/run.py [--leads 1000000] [--activities 5000000] [--repeat 3] [--only leads|activities]

One thing at a time, the contestants in turn and in changing order, every one a process of its own; needs some 5 GB of
disk while it runs. Skips what is not installed, and says so.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sqlite3
import tempfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import activities
import activity_results
import results
from contest import HERE, PYTHON, RIVALS, Contest
from measure import Run, keep_compiled, median, run, version

PARTS = ("leads", "activities")
STARTS = 20
SMALL = 500
ONCE = ("sqlite-utils insert",)  # minutes long, and far from its target: the first round will do


class Bench(Contest):
    """Import, score by fit, route, start."""

    @property
    def imported(self) -> Path:
        return self.folder / "imported.db"

    # --- import

    def imports(self) -> None:
        ways: dict[str, Callable[[], Run]] = {
            "leadctl import": self.import_leadctl,
            "plain upsert": lambda: self.import_plain("default"),
            "plain upsert, tuned": lambda: self.import_plain("tuned"),
            "sqlite-utils insert": self.import_sqlite_utils,
            "sqlite3 .import": self.import_shell,
        }
        if shutil.which("sqlite3") is None:
            del ways["sqlite3 .import"]
        self.alternate(ways, once=ONCE)

    def import_leadctl(self) -> Run:
        workspace = self.workspace("import")
        measured = self.leadctl(workspace, "import", self.leads)
        self.facts["database"] = f"{(workspace / 'leads.db').stat().st_size / 1e6:.0f} MB"
        with closing(sqlite3.connect(workspace / "leads.db")) as connection:
            created = connection.execute("SELECT count(*) FROM lead").fetchone()[0]
        if created != self.count:
            raise SystemExit(f"leadctl made {created} leads of {self.count}")
        (workspace / "leads.db").replace(self.imported)
        return measured

    def import_plain(self, settings: str) -> Run:
        with tempfile.TemporaryDirectory(dir=self.folder) as there:
            return run((*RIVALS, "plain_upsert", self.leads, Path(there) / "plain.db", settings), self.folder)

    def import_sqlite_utils(self) -> Run:
        with tempfile.TemporaryDirectory(dir=self.folder) as there:
            database = Path(there) / "utils.db"
            return run((PYTHON, "-m", "sqlite_utils", "insert", database, "lead", self.leads, "--csv"), self.folder)

    def import_shell(self) -> Run:
        with tempfile.TemporaryDirectory(dir=self.folder) as there:
            database = Path(there) / "shell.db"
            return run(("sqlite3", database, f".import --csv '{self.leads}' lead"), self.folder)

    # --- score

    def scores(self) -> None:
        ways = {
            "leadctl score": self.score_leadctl,
            "hand-written": lambda: self.score_by_hand("words"),
            "hand-written, titles": lambda: self.score_by_hand("titles"),
            "DuckDB statement": self.score_duckdb,
        }
        if version("duckdb") is None:
            del ways["DuckDB statement"]
        self.alternate(ways)
        duck = self.folder / "duck.db"
        copies = [self.folder / f"hand-{form}.db" for form in ("words", "titles")]
        given = (self.folder / "score" / "leads.db", *copies, duck if duck.exists() else "")
        checked = json.loads(run((*RIVALS, "compare", *given), self.folder).output)
        if checked["leads"] != self.count:
            raise SystemExit(f"{checked['leads']} scores of {self.count} leads")
        self.facts["same points"] = (
            f"{checked['ways']} ways gave the same points and grade to each of {checked['leads']:,} leads "
            f"({checked['points']:,} points in all)"
        )
        for copy in (*copies, duck):
            copy.unlink(missing_ok=True)

    def score_leadctl(self) -> Run:
        workspace = self.workspace("score", self.imported)
        measured = self.leadctl(workspace, "score")
        self.note("leadctl score again", self.leadctl(workspace, "score"))
        return measured

    def score_by_hand(self, form: str) -> Run:
        copy = self.folder / f"hand-{form}.db"
        shutil.copyfile(self.imported, copy)
        return run((*RIVALS, "hand_score", copy, form), self.folder)

    def score_duckdb(self) -> Run:
        database = self.folder / "duck.db"
        database.unlink(missing_ok=True)
        whole = run((*RIVALS, "duckdb_score", self.leads, database), self.folder)
        return Run(json.loads(whole.output)["seconds"], float("nan"), whole.peak)

    # --- the rest

    def others(self) -> None:
        scored = self.folder / "score"
        self.note("leadctl route", self.leadctl(scored, "route"))
        again = self.workspace("again", self.imported)
        self.note("leadctl import again", self.leadctl(again, "import", self.leads))
        with closing(sqlite3.connect(again / "leads.db")) as connection:
            changes = connection.execute("SELECT (SELECT count(*) FROM lead), (SELECT count(*) FROM change)").fetchone()
        if changes != (self.count, 0):
            raise SystemExit(f"the second import changed something: {changes}")

    def starts(self) -> None:
        few = self.folder / "few.csv"
        run((PYTHON, HERE / "make_leads.py", few, "--leads", str(SMALL)), self.folder)
        workspace = self.workspace("few")
        self.leadctl(workspace, "import", few)
        self.leadctl(workspace, "score")
        empty = (PYTHON, HERE / "empty_typer.py")
        ours: list[Run] = []
        theirs: list[Run] = []
        self.runs.update({"leadctl list --limit 5": ours, "empty Typer program": theirs})
        for number in range(STARTS + 1):
            for mine in (True, False) if number % 2 else (False, True):
                if mine:
                    ours.append(self.leadctl(workspace, "list", "--limit", "5"))
                else:
                    theirs.append(run(empty, workspace))
        del ours[0], theirs[0]  # the first of each compiles and fills the caches
        print(f"starts: {median(ours, 'wall'):.3f} s, {median(theirs, 'wall'):.3f} s", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description="Measures leadctl and writes RESULTS.md.")
    parser.add_argument("--leads", type=int, default=1_000_000)
    parser.add_argument("--activities", type=int, default=5_000_000)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--only", choices=PARTS, help="one part; the other one's results stay as they are")
    parser.add_argument("--results", type=Path, default=HERE / "RESULTS.md")
    parser.add_argument("--folder", type=Path, help="work here and leave the databases, for a closer look")
    given = parser.parse_args()
    parts = (given.only,) if given.only else PARTS
    with tempfile.TemporaryDirectory(prefix="leadctl-bench-") as temporary:
        folder = given.folder or Path(temporary)
        folder.mkdir(exist_ok=True, parents=True)
        keep_compiled(folder / "compiled")
        pages = results.parts(given.results)
        if "leads" in parts:
            bench = Bench(folder, given.leads, given.repeat)
            bench.make()
            bench.starts()
            bench.imports()
            bench.scores()
            bench.others()
            pages["leads"] = results.page(bench.runs, bench.facts, given.leads, given.repeat, STARTS, SMALL)
        if "activities" in parts:
            events = activities.Activities(folder, given.leads, given.activities, given.repeat)
            events.measure()
            pages["activities"] = activity_results.page(events.runs, events.facts, given.leads, given.repeat)
        given.results.write_text(results.whole(pages), encoding="utf-8")
    print(f"written: {given.results}")


if __name__ == "__main__":
    main()
