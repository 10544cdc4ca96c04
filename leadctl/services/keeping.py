"""Keeping house: a new workspace, and a look at whether all is well."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from leadctl.compiler.tree import Rules
from leadctl.config import KNOWN, SETTINGS_FILE, Settings, packaged
from leadctl.errors import BrokeOff, Conflict
from leadctl.model.report import Column, Report
from leadctl.store import checks
from leadctl.store.database import Database

_SETTINGS = """\
# The settings of this workspace; `leadctl config` shows each with where it came from.
timezone: {timezone}      # civil days are days of this time zone, such as Europe/Vienna
currency: {currency}
# country: AT            # for phone numbers that name no country: two letters
# date_order: dmy        # how 10/11/2026 is read: dmy, mdy or ymd; without it such dates are refused
"""
_IGNORED = """\
# The data stays here; the rules are what git keeps.
*.db
*.db-wal
*.db-shm
*.db.before-*
/rejects/
/.leadctl/
"""


@dataclass(frozen=True)
class Made:
    """What `init` made, and what was there already."""

    folder: Path
    made: tuple[str, ...]
    kept: tuple[str, ...]


def make_workspace(folder: Path, timezone: str) -> Made:
    """A workspace: settings, starter rules, a .gitignore. What is there already is left as it is.

    Raises Conflict where `folder` is a file, BrokeOff where it cannot be written.
    """
    if folder.exists() and not folder.is_dir():
        raise Conflict(f"{folder} is there already and is no folder")
    made: list[str] = []
    kept: list[str] = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        files = {SETTINGS_FILE: _SETTINGS.format(timezone=timezone, currency="EUR"), ".gitignore": _IGNORED}
        for name, text in files.items():
            if (folder / name).exists():
                kept.append(name)
            else:
                (folder / name).write_text(text, encoding="utf-8")
                made.append(name)
        if (folder / "rules").exists():
            kept.append("rules/")
        else:
            shutil.copytree(packaged("rules"), folder / "rules")
            (folder / "rules" / "mappings").mkdir(exist_ok=True)
            made.append("rules/")
    except OSError as error:
        raise BrokeOff(f"{folder} cannot be written: {error.strerror or error}") from error
    return Made(folder, tuple(made), tuple(kept))


def settings_report(settings: Settings) -> Report:
    """Each setting with where it came from."""
    columns = (Column("setting"), Column("value"), Column("origin", whole=True), Column("meaning", whole=True))
    return Report(
        "Settings", columns, [(each.name, each.value, each.origin, KNOWN[each.name][1]) for each in settings.all]
    )


def look_over(database: Database, settings: Settings, rules: Rules, now: datetime) -> Report:
    """What `doctor` looks at: each check with `ok`, `warning` or `error` and what to do."""
    from leadctl.services.rules.sampling import sampled_scores  # `init` and `config` need no scoring

    rows = [
        ("database file", *checks.integrity(database.connection)),
        ("foreign keys", *checks.foreign_keys(database.connection)),
        ("compared texts", *checks.wordings(database.connection)),
        ("stages", *checks.stages(database.connection, [stage.name for stage in rules.pipeline])),
        ("interrupted work", *checks.unfinished(database.connection)),
        ("forgotten people", *checks.forgotten(database.connection)),
        ("owners", *checks.owners(database.connection, list(rules.owners))),
        ("scores", *sampled_scores(database, settings, rules, now)),
    ]
    for warning in rules.warnings:
        rows.append(("rules", "warning", f"{warning.place}: {warning.message}"))
    if settings.workspace is not None and settings.timezone == "UTC":
        rows.append(("time zone", "warning", f"days are counted in UTC: set `timezone` in {SETTINGS_FILE}"))
    return Report("Doctor", (Column("check"), Column("state"), Column("detail", whole=True)), rows)
