"""Noting by hand what a lead or we did."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from leadctl.compiler.tree import Rules
from leadctl.config import Settings
from leadctl.errors import Conflict, UsageError
from leadctl.intake.rejects import whole_characters
from leadctl.intake.values.activity_rows import CONTENT, type_named
from leadctl.model.dates import parse_day, utc_bounds
from leadctl.model.report import Record, Unit
from leadctl.model.text import clean
from leadctl.services.following_up import planned
from leadctl.services.importing.sameness import content_identity, mark_of
from leadctl.store import activities
from leadctl.store.database import Database, utc_text
from leadctl.store.privacy.consent import keep_consent

_MAY_BE_PLANNED = "meeting_booked"  # what was booked may be still to come


@dataclass(frozen=True)
class Noted:
    """What was noted: `changed` is false where all of it stood there already."""

    operation: int | None
    lead: int
    activity: int
    type: str
    occurred_at: str
    changed: bool
    said: str
    due: str | None = None

    def as_record(self) -> Record:
        values = {
            "operation": self.operation,
            "lead": self.lead,
            "activity": self.activity,
            "type": self.type,
            "occurred_at": self.occurred_at,
            "changed": self.changed,
            "due": self.due,
            "said": self.said,
        }
        units = {"changed": Unit.YES_NO, "due": Unit.DATE, "occurred_at": Unit.TIME}
        return Record("Activity", values, units)


def note_activity(
    database: Database,
    settings: Settings,
    rules: Rules,
    lead: int,
    type_name: str,
    *,
    on: str | None,
    content: dict[str, str | None],
    due: date | None,
    now: datetime,
    command: str,
) -> Noted:
    """Notes one activity, now or `on` a day or at a time, and plans the next action for `due`. The same one at the same
    moment is noted once. Raises UsageError for an unknown type or date, and Conflict for what is still to come."""
    try:
        name = type_named(type_name, rules.activities)
        moment = _moment(on, now, settings)
    except ValueError as error:
        raise UsageError(str(error)) from error
    if moment > utc_text(now) and not (on is not None and name == _MAY_BE_PLANNED):
        raise Conflict(
            f"{on} is still to come: what is logged has happened",
            hint="plan it: leadctl follow-up, or log ... --next DATE",
        )
    texts = {each: clean(whole_characters(text)) for each, text in content.items() if text is not None}
    mark = mark_of(content_identity((moment, *(texts.get(each) or "" for each in CONTENT))))
    texts["topic"] = texts.get("topic") or rules.activities[name].topic
    with database.operation("log", command, now) as operation:
        connection = database.connection
        activities.keep_calendar(connection, settings.zone)
        activities.keep_types(connection, ((each.name, each.by) for each in rules.activities.values()))
        day = activities.Days(settings.zone)[moment]
        number = activities.find(connection, lead, day, name, mark)
        new = number is None
        if number is None:
            number = activities.add(connection, lead, day, name, mark, moment, texts, operation.id)
            keep_consent(connection, operation.id, changed=False)
        plans = due is not None and planned(database, operation, lead, due, None)
        operation.keep = new or plans
        operation.leads = 1
    parts = [f"{name} noted" if new else f"that {name} is noted already"]
    if due is not None:
        parts.append(f"follow-up on {due.isoformat()}" + ("" if plans else " is planned already"))
    said = f"lead {lead}: {'; '.join(parts)}"
    kept = operation.id if operation.keep else None
    return Noted(kept, lead, number, name, moment, operation.keep, said, due.isoformat() if due else None)


def _moment(on: str | None, now: datetime, settings: Settings) -> str:
    """A day is its beginning in the workspace's time zone. ValueError where it is neither a day nor an ISO time."""
    if on is None:
        return utc_text(now)
    if len(on.strip()) > 10:
        try:
            found = datetime.fromisoformat(on.strip())
        except ValueError:
            pass
        else:
            if not 1900 <= found.year <= 2200:
                raise ValueError(f"'{on}' is outside the years 1900 to 2200")
            return utc_text(found if found.tzinfo is not None else found.replace(tzinfo=settings.zone))
    today = now.astimezone(settings.zone).date()
    return utc_bounds(parse_day(on, today, settings.date_order), settings.zone)
