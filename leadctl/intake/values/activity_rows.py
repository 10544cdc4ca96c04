"""Rows of a file of activities: their columns, and how a row becomes an activity or is refused."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from difflib import get_close_matches
from functools import lru_cache
from typing import Any

from leadctl.compiler.catalogue import ACTIVITY_FIELDS, BUILT_IN, Field
from leadctl.intake.batch import BadRow, Batch
from leadctl.intake.mapping.plan import Origin, Plan, plain
from leadctl.intake.values.cells import times, trimmed, unless_missing
from leadctl.intake.values.convert import Converter
from leadctl.intake.values.told import CONTENT
from leadctl.intake.values.whole_addresses import WithAddresses, take_apart
from leadctl.model.addresses import TOKEN
from leadctl.model.date_reader import DateReader
from leadctl.model.email import EmailState, contact
from leadctl.model.phone import PhoneState
from leadctl.model.text import fold

# `identifying`: nearly every row has a value of its own, so none is remembered; people come up again.
# `lead id` is what files of leads call their own id (the field external_id), so it is that here too.
FIELDS = (
    Field("lead", "text", ("leadctl id",), identifying=True),
    Field(
        "external_id",
        "text",
        ("lead id", "prospect id", "contact id", "customer id", "lead number", "lead external id"),
        identifying=True,
    ),
    Field("email", "text", (*BUILT_IN["email"].aliases, "lead email", "contact email", "recipient")),
    Field("phone", "text", (*BUILT_IN["phone"].aliases, "lead phone", "contact phone")),
    Field("type", "text", ("event type", "activity type", "event", "activity", "action", "event name", "aktivität")),
    Field(
        "occurred_at",
        "time",
        (
            *("event time", "event date", "activity date", "timestamp", "on", "date", "datum", "when", "time"),
            *("zeitpunkt", "zeit", "created at", "created", "created on"),
        ),
        identifying=True,  # hardly two are the same, and a reader of dates remembers by itself
    ),
    *ACTIVITY_FIELDS,
    Field("note", "text", ("notes", "comment", "comments", "text", "bemerkung", "notiz"), identifying=True),
    Field("times", "number", ("count", "anzahl")),
    Field(
        "visitor",
        "text",
        (
            *("visitor id", "visitorid", "client id", "clientid", "ga client id", "anonymous id", "anonymousid"),
            *("user pseudo id", "userpseudoid", "cookie id"),
        ),
        identifying=True,
    ),
    Field("token", "text", (TOKEN, "link token"), identifying=True),
    Field("own_id", "text", ("id", "activity id", "event id", "message id"), identifying=True),
    Field("system", "text", ("source system",)),
)
BY_NAME = {field.name: field for field in FIELDS}
__all__ = ["CONTENT", "FIELDS", "WHO", "ActivityConverter", "type_named", "with_clock"]
# By what a row says whose it is; the first that finds a lead counts, and a visitor only where nothing else is said.
WHO = ("lead", "external_id", "email", "phone", "token", "visitor")
_LONGEST_TYPE = 60
# Google Analytics writes so where it knows no source, no medium or no campaign.
_NOTHING = frozenset(
    ("", "(direct)", "(organic)", "(referral)", "(none)", "none", "(not set)", "not set", "(not provided)")
)
_CLOCKS = ("time", "uhrzeit", "zeit")
_DAYS = ("on", "date", "datum", "event date", "activity date")


def type_named(text: str, types: Iterable[str]) -> str:
    """The type of activity that a text means: `Page View` is page_view. Raises ValueError with a did-you-mean."""
    known = tuple(types)
    name = re.sub(r"[\s\-_]+", "_", fold(text) or "").strip("_")
    if name not in known:
        raise ValueError(f"there is no activity called '{text.strip()[:40]}'; {_nearest(name[:_LONGEST_TYPE], known)}")
    return name


@lru_cache(1000)
def _nearest(name: str, known: tuple[str, ...]) -> str:
    """The one that was meant; where that is not clear the nearest three, as there are too many to name them in each row."""
    sure = get_close_matches(name, known, n=1, cutoff=0.65)
    if sure:
        return f"did you mean '{sure[0]}'? (or add it under `activities:` in the rules)"
    near = ", ".join(get_close_matches(name, known, n=3, cutoff=0))
    return f"the nearest are {near}; the guide lists all (What leads did), and `activities:` in the rules adds your own"


def with_clock(chosen: Plan) -> Plan:
    """A day and a time of day in two columns are one moment."""
    origin = chosen.origins.get("occurred_at")
    if origin is None or origin.form or len(origin.columns) != 1 or plain(origin.columns[0]) not in _DAYS:
        return chosen
    clock = next((name for name, field in chosen.columns.items() if field is None and plain(name) in _CLOCKS), None)
    if clock is None:
        return chosen
    both = replace(origin, columns=(*origin.columns, clock))
    return replace(
        chosen,
        origins={**chosen.origins, "occurred_at": both},
        columns={**chosen.columns, clock: "occurred_at"},
    )


class ActivityConverter(Converter):
    """Converts the batches of a file of activities. A row that does not say who, what and when is refused.

    `email` and `phone` hold only what somebody can be known by.
    """

    def __init__(
        self,
        plan: Plan,
        header: tuple[str, ...],
        dates: Callable[[str | None], DateReader],
        country: str | None,
        types: Iterable[str],
    ) -> None:
        self.types = tuple(types)
        super().__init__(plan, header, BY_NAME, dates, country, ())
        places = [header.index(column) for column in plan.origins.get("path", Origin(())).columns]
        if len(places) == 1:
            self.leftovers = WithAddresses(self.leftovers, header[places[0]], places[0])

    def typed(self, field: Field, form: str | None) -> Callable[[str], Any]:
        if field.name == "type":
            return unless_missing(lambda text: type_named(text, self.types))
        if field.name == "times":
            return unless_missing(times)
        if field.name == "lead":
            return trimmed
        if field.name == "email":
            return _address
        if field.name == "phone":
            return self.number
        return super().typed(field, form)

    def number(self, text: str) -> str | None:
        """A number by which somebody can be known."""
        found = self.phone(text)
        return found[0] if found is not None and found[1] == PhoneState.VALID else None

    def derive(self, columns: dict[str, list[Any]], count: int) -> None:
        """What whole addresses say, and sources that say the medium too."""
        take_apart(columns, count)
        self._split_sources(columns, count)

    def _split_sources(self, columns: dict[str, list[Any]], count: int) -> None:
        """`linkedin / social`, as Google Analytics writes it, is a source and a medium."""
        for number, source in enumerate(columns.get("source", ())):
            if source is not None and " / " in source:
                named, _, medium = source.partition(" / ")
                columns["source"][number] = named.strip() if named.strip() not in _NOTHING else None
                channel = columns.setdefault("channel", [None] * count)
                if channel[number] is None and medium.strip() not in _NOTHING:
                    channel[number] = medium.strip()

    def prints(self, columns: dict[str, list[Any]], rows: Sequence[Sequence[str]]) -> list[int | None]:
        return [None] * len(rows)

    def check(self, columns: dict[str, list[Any]], batch: Batch, bad: dict[int, BadRow], empty: set[int]) -> None:
        for name, reason in (("type", "it does not say what was done"), ("occurred_at", "it does not say when")):
            for number, value in enumerate(columns.get(name, ())):
                if value is None and number not in bad and number not in empty:
                    bad[number] = self.refused(batch, number, name, reason)
        who = [columns[name] for name in WHO if name in columns]
        if all(None in column for column in who):
            for number, values in enumerate(zip(*who, strict=True)):
                if values.count(None) == len(values) and number not in bad and number not in empty:
                    blamed = next((each for each in WHO if self.cell(batch, number, each).strip()), None)
                    reason = "nobody can be known by this" if blamed else "it does not say who"
                    bad[number] = self.refused(batch, number, blamed, reason)

    def cell(self, batch: Batch, number: int, name: str) -> str:
        """What stands in a row for a field; empty where no column does."""
        columns = self.plan.origins.get(name, Origin(())).columns
        return batch.rows[number][self.header.index(columns[0])] if columns else ""

    def refused(self, batch: Batch, number: int, name: str | None, reason: str) -> BadRow:
        """A whole row refused, with the cell to blame where there is one."""
        origin = self.plan.origins.get(name or "")
        column = origin.columns[0] if origin is not None and origin.columns else None
        value = self.cell(batch, number, name) if name is not None and column is not None else None
        return BadRow(batch.lines[number], column, value, reason, batch.rows[number])


def _address(text: str) -> str | None:
    """An address by which somebody can be known."""
    if not text:
        return None
    address, state, _ = contact(text)
    return address if state != EmailState.INVALID else None
