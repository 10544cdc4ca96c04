"""Scoring: leads by the rules in force, in one pass of the database. Only what changed or fell due, unless all are asked for."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from leadctl import __version__
from leadctl.compiler.lifecycle_rules import FIRST_RUNG, LAST_RUNG
from leadctl.compiler.rulebook import meaning_hash
from leadctl.compiler.score_sql import Scoring, score_columns
from leadctl.compiler.sql import rule_conditions, texts_compared
from leadctl.compiler.tree import Rules
from leadctl.compiler.wording import because
from leadctl.config import Settings
from leadctl.model.report import Record, Unit
from leadctl.store import scores
from leadctl.store.activities import keep_calendar, keep_types
from leadctl.store.database import Database, Operation, utc_text
from leadctl.store.mail_lists import keep_mail_lists
from leadctl.store.wordings import word_fields


@dataclass(frozen=True)
class ScoreResult:
    """`scored` leads were worked out, the scores of `changed` are new or different. `full`: all leads were looked at."""

    operation: int | None
    run: int | None
    today: str
    rules: str
    leads: int
    scored: int
    changed: int
    full: bool = True

    def as_record(self) -> Record:
        names = ("operation", "run", "today", "rules", "leads", "scored", "changed")
        values = {name: getattr(self, name) for name in names}
        return Record("Score", values, dict.fromkeys(("operation", "run", "leads", "scored", "changed"), Unit.COUNT))


def score_leads(
    database: Database,
    settings: Settings,
    rules: Rules,
    *,
    now: datetime,
    command: str,
    dry_run: bool = False,
    full: bool = False,
) -> ScoreResult:
    """Scores as of now. A second run on the same day over the same leads changes nothing."""
    database.fit_columns(rules.catalogue, [each.name for each in rules.dimensions])
    with database.operation("score", command, now, dry_run=dry_run) as operation:
        return score_within(database, settings, rules, operation, now=now, full=full)


def score_within(
    database: Database, settings: Settings, rules: Rules, operation: Operation, *, now: datetime, full: bool = False
) -> ScoreResult:
    """The scoring as part of an operation that is under way; the table has its columns already."""
    connection = database.connection
    today = now.astimezone(settings.zone).date()
    make_ready(connection, settings, rules)
    ruleset = meaning_hash(rules)
    last = scores.last_run(connection)
    current = (ruleset, settings.timezone, __version__)
    if last is None or last.change is None or (last.ruleset, last.timezone, last.engine) != current:
        full = True
    only = None
    if last is not None and not full and last.today <= today.isoformat():
        scores.choose(connection, last, today)
        only = scores.ONLY
    run = scores.new_run(
        connection, operation.id, ruleset, rules.text, today, settings.timezone, __version__,
        git_commit(settings.rules), utc_text(now),
    )  # fmt: skip
    columns = score_columns(rules)
    scoring = Scoring(rules, today, settings.zone)
    if only is None:
        scores.clear_gone(connection, columns)
    scores.sum_up(connection, scoring.sums(only), scoring.half_lives, today)
    scores.write(connection, scoring.select(only), columns, run, operation.id)
    if rules.lifecycle:
        names = [dimension.name for dimension in rules.dimensions]
        scores.note_lifecycle(connection, operation.id, _rungs(rules), names, today, FIRST_RUNG, only)
    changed = scores.changed(connection, run, only)
    scores.forget(connection)
    scores.everything_seen(connection, run)
    leads = connection.execute("SELECT count(*) FROM score").fetchone()[
        0
    ]  # every lead has one; a smaller table to count
    scored = leads if only is None else connection.execute("SELECT count(*) FROM scored").fetchone()[0]
    operation.leads += changed
    kept = operation.keep
    return ScoreResult(
        operation.id if kept else None, run if kept else None, today.isoformat(), ruleset, leads, scored, changed,
        only is None,
    )  # fmt: skip


def make_ready(connection: sqlite3.Connection, settings: Settings, rules: Rules) -> None:
    """What the compiled rules look up: texts in the form that is compared, days in the workspace's time zone."""
    keep_mail_lists(connection, rules.lists, new_leads=False)
    word_fields(connection, texts_compared(rule_conditions(rules), rules))
    keep_calendar(connection, settings.zone)
    keep_types(connection, ((each.name, each.by) for each in rules.activities.values()))


def _rungs(rules: Rules) -> list[dict[str, str]]:
    """The ladder with why one comes to a rung, and why one loses it."""
    first = {"name": FIRST_RUNG, "enter": "no rung of the lifecycle holds", "leave": ""}
    own = [
        {
            "name": rung.name,
            "enter": because(rung.enter, None, rules),
            "leave": f"no longer {rung.name}: not " + because(rung.stay or rung.enter, None, rules),
        }
        for rung in rules.lifecycle
    ]
    last = {"name": LAST_RUNG, "enter": "won", "leave": "no longer won"}
    return [first, *own, last]


def git_commit(folder: Path) -> str | None:
    """The commit of the rules where they are kept in git, read from git's own files (starting git costs more)."""
    for parent in (folder, *folder.parents):
        git = parent / ".git"
        try:
            if git.is_file():  # a worktree
                git = (parent / git.read_text().strip().removeprefix("gitdir: ")).resolve()
            if git.is_dir():
                return _head(git)
        except OSError:
            return None
    return None


def _head(git: Path) -> str | None:
    text = (git / "HEAD").read_text().strip()
    if not text.startswith("ref: "):
        return text[:40]
    name = text.removeprefix("ref: ")
    common = git / "commondir"
    home = (git / common.read_text().strip()).resolve() if common.is_file() else git
    if (home / name).is_file():
        return (home / name).read_text().strip()[:40]
    packed = home / "packed-refs"
    lines = packed.read_text().splitlines() if packed.is_file() else []
    return next((line[:40] for line in lines if line.endswith(f" {name}")), None)
