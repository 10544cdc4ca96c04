"""Scores with what leads did: five fading rules of events beside the ten of fit, all at once and only what changed."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from datetime import timedelta
from pathlib import Path

from contest import HERE, PYTHON, RIVALS, Contest
from make_activities import EPOCH, TODAY
from measure import Run, run, version

RULES = ("rules", "rules_of_events")
CHANGED = 10_000  # of a million: half by new values of their own, half by something they did
MANY_RULES_ON = 10  # a tenth of the leads for the four hundred rules
EXPLAINED = 20
_CHANGE = """
UPDATE lead SET title = CASE WHEN title = 'CEO' THEN 'Analyst' ELSE 'CEO' END, employees = ifnull(employees, 0) + 500
WHERE id % :every = 7
"""
_DO = """
INSERT INTO activity (lead, type, occurred_at, day, mark, created_by)
SELECT id, 'pricing_view', :moment, :day, id * 7919, 1 FROM lead WHERE id % :every = 11
"""


class Activities(Contest):
    """Needs leads of `make_leads.py` and activities of `make_activities.py`."""

    def __init__(self, folder: Path, leads: int, activities: int, repeat: int) -> None:
        super().__init__(folder, leads, repeat)
        self.number = activities
        self.activities = folder / "activities.csv"
        self.base = folder / "with_activities.db"
        self.scored = folder / "scored.db"
        self.changed = folder / "changed.db"
        self.today = TODAY.isoformat()

    def measure(self) -> None:
        self.make()
        self.fill()
        duck = self.folder / "duck.db"
        ways = {
            "leadctl score --full": self.full,
            "leadctl score, the first": self.first,
            "hand-written": lambda: self.by_hand("titles"),
            "hand-written, words": lambda: self.by_hand("words"),
            "DuckDB statement": self.duckdb,
            "10,000 changed": self.some_changed,
            "the next day": self.next_day,
        }
        if version("duckdb") is None:
            del ways["DuckDB statement"]
        self.score_once()
        self.alternate(ways)
        self.same_points(duck)
        self.explained()
        self.many_rules()

    def fill(self) -> None:
        """The database with leads and activities, not yet scored."""
        make = (PYTHON, HERE / "make_activities.py", "--leads", str(self.count), "--activities", str(self.number))
        run((*make, self.activities), self.folder)
        workspace = self.workspace("fill", rules=RULES)
        self.leadctl(workspace, "import", self.leads)
        self.note("import of activities", self.leadctl(workspace, "import", "--as", "activities", self.activities))
        self.known_leads(workspace / "leads.db", self.number)
        (workspace / "leads.db").replace(self.base)
        self.facts["activities"] = f"{self.number:,}"
        self.facts["activities file"] = f"{self.activities.stat().st_size / 1e6:.0f} MB"
        self.facts["database"] = f"{self.base.stat().st_size / 1e6:.0f} MB"

    def known_leads(self, database: Path, wanted: int) -> None:
        """All activities are there, each with its lead."""
        with closing(sqlite3.connect(database)) as connection:
            found = connection.execute("SELECT count(lead) FROM activity").fetchone()[0]
        if found != wanted:
            raise SystemExit(f"{found} activities of {wanted} have their lead")

    def score_once(self) -> None:
        """A scored database, and one in which some leads changed after that."""
        workspace = self.workspace("once", self.base, RULES)
        self.score(workspace)
        (workspace / "leads.db").replace(self.scored)
        shutil.copyfile(self.scored, self.changed)
        with closing(sqlite3.connect(self.changed)) as connection, connection:
            every = {"every": 2 * max(10, self.count // CHANGED)}
            connection.execute(_CHANGE, every)
            yesterday = TODAY - timedelta(days=1)
            connection.execute(_DO, {**every, "moment": f"{yesterday}T10:00:00Z", "day": (yesterday - EPOCH).days})

    def score(self, workspace: Path, *more: str, day: str | None = None) -> Run:
        return self.leadctl(workspace, "--now", day or self.today, "score", "--json", *more)

    def full(self) -> Run:
        """Everything is worked out again, and nothing turns out different."""
        measured = self.score(self.workspace("full", self.scored, RULES), "--full")
        self.expect(measured, scored=self.count, changed=0)
        return measured

    def first(self) -> Run:
        measured = self.score(self.workspace("first", self.base, RULES))
        self.expect(measured, scored=self.count, changed=self.count)
        return measured

    def some_changed(self) -> Run:
        workspace = self.workspace("changed", self.changed, RULES)
        measured = self.score(workspace)
        self.expect(measured, scored=2 * len(range(7, self.count + 1, 2 * max(10, self.count // CHANGED))))
        if "same" not in self.facts:  # the definition: all of them give no other points
            self.expect(self.score(workspace, "--full"), scored=self.count, changed=0)
            self.facts["same"] = "afterwards a full run changed nothing"
        self.facts["changed"] = f"{json.loads(measured.output)['scored']:,}"
        return measured

    def next_day(self) -> Run:
        day = (TODAY + timedelta(days=1)).isoformat()
        measured = self.score(self.workspace("tomorrow", self.scored, RULES), day=day)
        found = json.loads(measured.output)
        self.facts["next day"] = f"{found['scored']:,} looked at, {found['changed']:,} different"
        return measured

    def expect(self, measured: Run, **wanted: int) -> None:
        found = json.loads(measured.output)
        wrong = {name: found[name] for name, value in wanted.items() if found[name] != value}
        if wrong:
            raise SystemExit(f"leadctl score says {wrong}, not {wanted}")

    def by_hand(self, form: str) -> Run:
        copy = self.folder / f"hand-{form}.db"
        shutil.copyfile(self.base, copy)
        return run((*RIVALS, "hand_score_events", copy, form), self.folder)

    def duckdb(self) -> Run:
        database = self.folder / "duck.db"
        database.unlink(missing_ok=True)
        whole = run((*RIVALS, "duckdb_score_events", self.leads, self.activities, database), self.folder)
        return Run(json.loads(whole.output)["seconds"], float("nan"), whole.peak)

    def same_points(self, duck: Path) -> None:
        copies = [self.folder / f"hand-{form}.db" for form in ("words", "titles")]
        given = (self.scored, *copies, duck if duck.exists() else "")
        checked = json.loads(run((*RIVALS, "compare_events", *given), self.folder).output)
        if checked["leads"] != self.count:
            raise SystemExit(f"{checked['leads']} scores of {self.count} leads")
        self.facts["same points"] = (
            f"{checked['ways']} ways gave the same points in both dimensions and the same grade to each of "
            f"{checked['leads']:,} leads ({checked['points']:,} points in all)"
        )
        remove((*copies, duck))

    def explained(self) -> None:
        """Parts that add up to the stored score, for leads here and there."""
        workspace = self.workspace("explain", self.scored, RULES)
        for number in range(EXPLAINED):
            lead = 1 + number * (self.count - 1) // (EXPLAINED - 1)
            measured = self.leadctl(workspace, "--now", self.today, "explain", str(lead), "--json")
            found = json.loads(measured.output)
            with closing(sqlite3.connect(workspace / "leads.db")) as connection:
                stored = connection.execute(
                    "SELECT fit, engagement, total FROM score WHERE lead = ?", (lead,)
                ).fetchone()
            dimensions = [found["dimensions"][name] for name in ("fit", "engagement")]
            sums = [sum(part["points"] for part in each["parts"]) for each in dimensions]
            if (*sums, sum(sums)) != stored or [each["score"] for each in dimensions] != sums:
                raise SystemExit(f"the explanation of lead {lead} says {sums}, stored is {stored}")
            self.runs.setdefault("leadctl explain", []).append(measured)
        print(f"{EXPLAINED} leads explained", flush=True)

    def many_rules(self) -> None:
        """Four hundred rules on a tenth of the leads and activities."""
        leads, number = self.count // MANY_RULES_ON, self.number // MANY_RULES_ON
        workspace = self.workspace("many")
        run((PYTHON, HERE / "make_rules.py", workspace / "rules" / "scoring.yaml"), self.folder)
        few = self.folder / "tenth.csv"
        run((PYTHON, HERE / "make_leads.py", few, "--leads", str(leads)), self.folder)
        self.leadctl(workspace, "import", few)
        make = (PYTHON, HERE / "make_activities.py", "--leads", str(leads), "--activities", str(number))
        did = self.folder / "tenth_activities.csv"
        run((*make, did), self.folder)
        self.leadctl(workspace, "import", "--as", "activities", did)
        self.facts["many"] = f"{leads:,} leads and {number:,} activities"
        measured = self.note("400 rules, the first", self.score(workspace))
        self.expect(measured, scored=leads, changed=leads)
        for _ in range(self.repeat):
            measured = self.note("400 rules, --full", self.score(workspace, "--full"))
            self.expect(measured, scored=leads, changed=0)


def remove(files: Iterable[Path]) -> None:
    for file in files:
        file.unlink(missing_ok=True)
