"""A look at whether scores that were left alone are what a full scoring would give: a sample, worked out anew."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from leadctl.compiler.rulebook import meaning_hash
from leadctl.compiler.score_sql import Scoring, score_columns
from leadctl.compiler.tree import Rules
from leadctl.config import Settings
from leadctl.services.scoring import make_ready
from leadctl.store import scores
from leadctl.store.checks import Finding
from leadctl.store.database import Database

_SAMPLE = 500


def sampled_scores(database: Database, settings: Settings, rules: Rules, now: datetime) -> Finding:
    """Compares the stored scores of leads that have not changed since the last run with new ones, as of that run's day."""
    connection = database.connection
    last = scores.last_run(connection)
    if last is None:
        return "ok", "nothing was scored yet"
    if last.change is None or last.ruleset != meaning_hash(rules) or last.timezone != settings.timezone:
        return "ok", "the rules have changed or a scoring was undone: the next one looks at every lead"
    if not database.writable:
        return "warning", "not looked at, as the database may not be written"
    day = date.fromisoformat(last.today)
    database.fit_columns(rules.catalogue, [each.name for each in rules.dimensions])
    with database.operation("doctor", "leadctl doctor", now, dry_run=True):
        make_ready(connection, settings, rules)
        waiting = scores.choose(connection, last, day)
        only = scores.sample(connection, _SAMPLE)
        scoring = Scoring(rules, day, ZoneInfo(last.timezone))
        scores.sum_up(connection, scoring.sums(only), scoring.half_lives, day)
        looked_at, wrong = scores.differing(connection, scoring.select(only), score_columns(rules), only)
        scores.forget(connection)
    if wrong:
        listed = ", ".join(map(str, wrong[:5])) + (", …" if len(wrong) > 5 else "")
        return (
            "error",
            f"{len(wrong)} of {looked_at} scores are not what the rules give (leads {listed}): leadctl score --full",
        )
    return "ok", f"{looked_at} worked out anew are the same; {waiting} leads have changed since"
