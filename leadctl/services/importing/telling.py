"""Telling: the activities that rows of leads tell of, under the leads that the rows turned out to be about."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from leadctl.compiler.tree import Rules
from leadctl.intake.values.convert import Values
from leadctl.intake.values.told import CONTENT
from leadctl.services.importing.sameness import content_identity, mark_of, own_identity
from leadctl.store.activities import Days, keep_calendar, keep_types
from leadctl.store.arrivals import Arrived, date_by_capture, enter, open_arrivals, put_aside
from leadctl.store.privacy.consent import date_consent
from leadctl.store.touches import fill_leads

_COLUMNS = ("row", "lead", "type", "occurred_at", "day", *CONTENT, "extra", "own_id", "system", "mark")
_NEVER = "1970-01-01T00:00:00Z"
TOUCH = "touch"


class Telling:
    """The activities of one file of leads. One of a row with an external id is known by that, so a count that has grown
    adds the difference only; of other rows they are known by their content. So are touches of every row, because a record
    may tell of another touch later; one happened when its row was captured."""

    def __init__(self, connection: sqlite3.Connection, zone: ZoneInfo, rules: Rules, mapping: str) -> None:
        self.connection = connection
        self.mapping = mapping
        self.days = Days(zone)
        self.topics = {name: each.topic for name, each in rules.activities.items()}
        self.rows = 0
        self.own_ids = False
        keep_calendar(connection, zone)
        keep_types(connection, ((each.name, each.by) for each in rules.activities.values()))
        open_arrivals(connection)

    def take(self, values: Values, found: Sequence[int | None]) -> None:
        """Puts the activities of these rows aside; `found` is each row's lead."""
        if values.told is not None:
            put_aside(self.connection, _COLUMNS, self.activities(values, found))

    def activities(self, values: Values, found: Sequence[int | None]) -> Iterator[tuple[Any, ...]]:
        ids = values.columns.get("external_id", [None] * values.count)
        captured = values.columns.get("captured_at", [None] * values.count)
        for lead, external_id, captured_at, tales in zip(found, ids, captured, values.told or (), strict=True):
            self.rows += 1
            for tale in tales if lead is not None else ():
                touch = tale.type == TOUCH
                own = f"{self.mapping}:{external_id}:{tale.position}" if external_id is not None and not touch else None
                moment = captured_at if touch and tale.occurred_at is None else tale.occurred_at
                # Two columns of a row tell of different things; a touch is the same one, whoever tells of it.
                told_by = f"{self.mapping}:{tale.position}" if not touch else ""
                identity = (
                    content_identity((moment or "", *(each or "" for each in tale.content), told_by))
                    if own is None
                    else own_identity("mapping", own, tale.type)
                )
                content = (tale.content[0] or self.topics.get(tale.type), *tale.content[1:])
                self.own_ids = self.own_ids or own is not None
                for number in range(tale.times):
                    own_id = f"{own}:{number}" if own is not None else None
                    system = "mapping" if own is not None else None
                    day = self.days[(moment or _NEVER)[:16]]
                    mark = mark_of(identity, number)
                    yield self.rows, lead, tale.type, moment, day, *content, tale.extra, own_id, system, mark

    def settle(self, operation: int) -> Arrived:
        """Lets them in. What has no moment of its own happened when its lead was captured."""
        date_consent(self.connection, operation)
        date_by_capture(self.connection, self.days)
        arrived = enter(self.connection, operation, own_ids=self.own_ids, several=True)
        if arrived.made:
            fill_leads(self.connection, operation)
        return arrived
