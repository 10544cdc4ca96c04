"""Consent: a lead opts in or out; and the record of what it said, when and by which way."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from leadctl.compiler.tree import Rules
from leadctl.config import Settings
from leadctl.intake.rejects import whole_characters
from leadctl.model.report import Column, Record, Report, Unit
from leadctl.model.text import clean
from leadctl.services.noting import note_activity
from leadctl.store.database import Database
from leadctl.store.privacy import consent
from leadctl.store.privacy.spread import by_whom


@dataclass(frozen=True)
class Said:
    """What a lead said, and what holds now: `opted` (in, out or None) since `opted_at`. No operation: it held before."""

    operation: int | None
    lead: int
    changed: bool
    opted: str | None
    opted_at: str | None
    said: str

    def as_record(self) -> Record:
        values = {
            "operation": self.operation,
            "lead": self.lead,
            "changed": self.changed,
            "opted": self.opted,
            "opted_at": self.opted_at,
            "said": self.said,
        }
        return Record("Consent", values, {"changed": Unit.YES_NO, "opted_at": Unit.TIME})


def opt(
    database: Database,
    settings: Settings,
    rules: Rules,
    lead: int,
    way: str,
    *,
    on: str | None,
    origin: str | None,
    now: datetime,
    command: str,
) -> Said:
    """Notes that a lead opts `in` or `out`, now or `on` a day or at a time. What it said already, and what holds, is noted
    again only where there is a day or another origin to note. Raises as `note_activity`."""
    before, since = consent.stands(database.connection, lead)
    note = clean(whole_characters(origin)) if origin is not None else None
    if before == way and on is None and consent.has_said(database.connection, lead, way, note):
        said = f"lead {lead}: opted {way} already, since {_day(since)}"
        return Said(None, lead, False, before, since, said)
    noted = note_activity(
        database,
        settings,
        rules,
        lead,
        f"opt_{way}",
        on=on,
        content={"note": origin},
        due=None,
        now=now,
        command=command,
    )
    after, since = consent.stands(database.connection, lead)
    said = f"lead {lead}: opted {way}" if noted.changed else f"lead {lead}: that is noted already"
    if after != way:
        said += f"; what it said on {_day(since)} is newer and holds: opted {after}"
    return Said(noted.operation, lead, noted.changed, after, since, said)


def consent_report(database: Database, lead: int) -> Report:
    """Every opt-in and opt-out of a lead, oldest first, with its origin and the operation that brought it."""
    columns = (
        Column("said_at", Unit.TIME, "when"),
        Column("type"),
        Column("says"),
        Column("origin", whole=True),
        Column("operation", Unit.COUNT),
        Column("command", whole=True),
    )
    rows = consent.record(database.connection, lead)
    opted, since = consent.stands(database.connection, lead)
    note = f"lead {lead}: opted {opted} since {_day(since)}" if opted else f"lead {lead} has said nothing of consent"
    if opted == "out" and since is not None and (other := by_whom(database.connection, lead, since)) is not None:
        note += f", as lead {other} says, which has the same address"
    return Report("Consent", columns, rows, (note,))


def _day(moment: str | None) -> str:
    return (moment or "")[:10]
