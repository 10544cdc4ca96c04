"""Touches of one lead: how it came, each time."""

from __future__ import annotations

from datetime import datetime

from leadctl.model.report import Column, Report, Unit
from leadctl.store import listing, touches
from leadctl.store.database import Database, utc_text


def touch_report(database: Database, lead: int, now: datetime) -> Report:
    """Every touch of a lead, oldest first."""
    listing.register(database.connection, utc_text(now))
    names = ("type", "source", "medium", "campaign", "content", "term", "path", "referrer")
    columns = (Column("occurred_at", Unit.TIME, "when"), *map(Column, names))
    return Report(f"Touches of lead {lead}", columns, touches.of_lead(database.connection, lead))
