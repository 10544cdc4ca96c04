"""Scoring: all leads by the rules in force, in one pass of the database."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from leadctl import __version__
from leadctl.compiler.rulebook import meaning_hash
from leadctl.compiler.score_sql import score_columns, score_select
from leadctl.compiler.sql import ConditionSql, fields_by_wording, rule_conditions
from leadctl.compiler.tree import Rules
from leadctl.config import Settings
from leadctl.model.report import Record, Unit
from leadctl.store import scores
from leadctl.store.database import Database, utc_text, word_fields


@dataclass(frozen=True)
class ScoreResult:
    """`scored` leads were worked out, the scores of `changed` are new or different."""

    operation: int | None
    run: int | None
    today: str
    rules: str
    leads: int
    scored: int
    changed: int

    def as_record(self) -> Record:
        return Record(
            "Score", vars(self), dict.fromkeys(("operation", "run", "leads", "scored", "changed"), Unit.COUNT)
        )


def score_leads(
    database: Database, settings: Settings, rules: Rules, *, now: datetime, command: str, dry_run: bool = False
) -> ScoreResult:
    """Scores every lead as of now. A second run on the same day over the same leads changes nothing."""
    today = now.astimezone(settings.zone).date()
    connection = database.connection
    columns = score_columns(rules)
    database.fit_columns(rules.catalogue, [each.name for each in rules.dimensions])
    with database.operation("score", command, now, dry_run=dry_run) as operation:
        word_fields(connection, fields_by_wording(rule_conditions(rules), rules))
        ruleset = meaning_hash(rules)
        run = scores.new_run(
            connection,
            operation.id,
            ruleset,
            rules.text,
            today,
            settings.timezone,
            __version__,
            git_commit(settings.rules),
            utc_text(now),
        )
        select = score_select(rules, ConditionSql(rules, today, settings.zone))
        changed = scores.write(connection, select, columns, run, operation.id)
        leads = connection.execute("SELECT count(*) FROM lead").fetchone()[0]
        operation.leads = changed
    return ScoreResult(
        None if dry_run else operation.id, None if dry_run else run, today.isoformat(), ruleset, leads, leads, changed
    )


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
