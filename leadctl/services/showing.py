"""Show: one lead with everything that is known, and for each value where it came from."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import PurePath
from typing import Any
from zoneinfo import ZoneInfo

from leadctl.compiler.catalogue import Catalogue
from leadctl.compiler.fragment import Sql
from leadctl.intake.mapping.plan import plain
from leadctl.model.dates import civil_day
from leadctl.model.report import Column, Record, Report, Unit
from leadctl.store import contacts, listing
from leadctl.store.database import Database, utc_text
from leadctl.store.origins import Origin, origins, score_origin
from leadctl.store.timeline import timeline

# What is worked out, and from what: its origin is that of the other field.
_FOLLOWS = {
    "email_state": "email", "email_kind": "email", "email_domain": "email", "company_domain": "email",
    "phone_state": "phone", "phone_country": "phone", "seniority": "title", "department": "title",
}  # fmt: skip
_MOST_OF_COLUMN = 24  # characters
_WITHOUT = ("id", "extra", "last_activity_at", "next_follow_up", *_FOLLOWS)


def lead_record(
    database: Database, catalogue: Catalogue, dimensions: Sequence[str], lead: int, now: datetime
) -> Record:
    """One lead with everything that is known: its fields, `contacts` (what else it is known by), and `origins`, which has
    the shape of the lead itself: field -> where its value came from, `extra` -> that of each value in it, `contacts` -> a
    list of those in the same order."""
    connection = database.connection
    listing.register(connection, utc_text(now))
    columns = listing.lead_columns(catalogue, dimensions)
    row = listing.select(
        connection, list(columns), catalogue, dimensions, Sql("lead.id = ?", (lead,)), "lead.id", None
    )[0]
    values = dict(zip(columns, row, strict=True))
    values["extra"] = json.loads(values["extra"]) if values["extra"] else None
    values["contacts"] = [
        {"kind": kind, "value": value, "state": state, "label": label}
        for _, kind, value, state, label, *_ in contacts.listed(connection, lead)
    ]
    values["origins"] = _origins(database, catalogue, dimensions, lead, values)
    units = {name: column.unit for name, column in columns.items()}
    return Record(values["name"] or f"Lead {lead}", values, {**units, "contacts": Unit.JSON, "origins": Unit.JSON})


def _origins(
    database: Database, catalogue: Catalogue, dimensions: Sequence[str], lead: int, values: Mapping[str, Any]
) -> dict[str, Any]:
    """Field -> its origin, for what has a value."""
    found = origins(database.connection, lead)
    scored = score_origin(database.connection, lead)
    result: dict[str, Any] = {}
    for field in (*(each.name for each in catalogue.lead_fields), *_FOLLOWS):
        if values.get(field) is not None:
            origin = found.of(_FOLLOWS.get(field, field))
            if origin is not None:
                result[field] = origin._asdict()
    for name in (*dimensions, *listing.OF_SCORE):
        if values.get(name) is not None and scored is not None:
            result[name] = scored._asdict()
    for (*above, name), origin in found.extra.items():
        place = result.setdefault("extra", {})
        for each in above:
            place = place.setdefault(each, {})
        place[name] = origin._asdict()
    if found.contacts:
        result["contacts"] = [origin._asdict() for origin in found.contacts]
    return result


def missing_decider(database: Database, lead: int) -> tuple[str, ...]:
    """A sentence where nobody of a lead's company is known to decide."""
    from leadctl.store.companies import who_decides

    found = who_decides(database.connection, lead)
    return (found.warning,) if found is not None and found.warning is not None else ()


def known_facts(record: Record, today: date, zone: ZoneInfo, notes: tuple[str, ...] = ()) -> Record:
    """The same lead for reading: what is known and where from, each column that no field took under its own header."""
    left_out = ("extra", "contacts", "origins")
    values = {name: value for name, value in record.values.items() if value is not None and name not in left_out}
    found = record.values["origins"]
    # What it is called here -> where it came from, and the name under which a file would have it.
    beside = {name: (origin, name) for name, origin in found.items() if name in values and name not in _WITHOUT}
    for each, origin in zip(record.values["contacts"], found.get("contacts", ()), strict=True):
        name, number = f"{each['kind']} (also)", 1
        while name in values:
            number += 1
            name = f"{each['kind']} (also {number})"
        state = "" if each["state"] == "valid" else f", {each['state']}"
        values[name] = f"{each['value']}{state}" + (f", {each['label']}" if each["label"] else "")
        beside[name] = origin, each["kind"]
    extra = record.values["extra"] or {}
    kept = extra.get("also")
    also: Mapping[str, Any] = kept if isinstance(kept, dict) else {}
    of_extra = found.get("extra", {})
    for held, origins_of, mark in ((extra, of_extra, "*"), (also, of_extra.get("also", {}), "(kept)")):
        for name, value in held.items():
            if value is not also:
                values[f"{name} {mark}"] = _text(value)
                if name in origins_of:
                    beside[f"{name} {mark}"] = origins_of[name], name
    notes = (*notes, *(("* columns of the file that no field took",) if extra else ()))
    remarks = {name: _said(Origin(**origin), field, today, zone) for name, (origin, field) in beside.items()}
    return Record(record.title, values, record.units, notes, remarks)


def _said(origin: Origin, field: str, today: date, zone: ZoneInfo) -> str:
    """`leads.csv:12, Surname, 2026-11-22`. The column is named where it is called otherwise than the field."""
    part = f"lead {origin.part}: " if origin.part is not None else ""
    if origin.by == "program":
        return "another program"
    if origin.by in ("file", "constant"):
        file = "standard input" if origin.file == "-" else PurePath(origin.file or "").name
        where = file if origin.line is None else f"{file}:{origin.line}"
        if origin.by == "constant":
            where += ", every row"
        elif origin.column is not None and plain(origin.column) != plain(field):
            column = origin.column
            if len(column) <= _MOST_OF_COLUMN:
                where += f", {column}"
            elif " or " not in column:  # a part of several that it may be says nothing
                where += f", {column[: _MOST_OF_COLUMN - 1]}…"
    elif origin.by == "rule" and origin.run is not None:
        where = f"run {origin.run} ({(origin.rule or '')[:8]})"
    elif origin.by == "rule":
        where = f"rule {origin.rule}"
    elif origin.by == "hand":
        where = "by hand"
    else:
        words = (origin.command or "").split()
        where = words[1] if origin.by == "command" and len(words) > 1 else origin.by
    day = civil_day(origin.at, zone) if origin.at is not None else None
    return f"{part}{where}" + ("" if day is None else ", today" if day == today else f", {day.isoformat()}")


def _text(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def history_report(database: Database, lead: int) -> Report:
    """What happened to a lead, oldest first."""
    columns = (Column("happened_at", Unit.TIME, "when"), Column("what", whole=True), Column("detail", whole=True))
    rows, more = timeline(database.connection, lead)
    left_out = (f"and {more:,} older activit{'ies' if more > 1 else 'y'}",) if more else ()
    return Report("History", columns, rows, left_out)
