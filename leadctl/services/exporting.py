"""Export: every lead or activity out again, in a form that `leadctl import` knows again."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from leadctl.compiler.catalogue import Catalogue
from leadctl.compiler.fragment import Sql
from leadctl.errors import UsageError
from leadctl.model import exported
from leadctl.model.exported import Mark
from leadctl.model.report import Column, Unit
from leadctl.store import contacts, exports, listing, touches
from leadctl.store.database import Database, utc_text

KINDS = ("leads", "activities")
# What an import needs besides what a list shows, or a person who writes to leads.
_BESIDES = {"opted": Unit.TEXT, "opted_at": Unit.TIME, "buying_role": Unit.TEXT, "id_system": Unit.TEXT}
_ACTIVITY_UNITS = {"id": Unit.COUNT, "lead": Unit.COUNT, "occurred_at": Unit.TIME, "extra": Unit.JSON}

Batch = Sequence[Sequence[Any]]


@dataclass(frozen=True)
class Export:
    """What goes out: columns, and rows in batches as the database gives them. `opted_out`: of how many leads."""

    columns: tuple[Column, ...]
    batches: Iterator[Batch]
    opted_out: int = 0

    @property
    def says_who_opted_out(self) -> bool:
        return any(column.name == "opted" for column in self.columns)


def export_leads(
    database: Database,
    catalogue: Catalogue,
    dimensions: Sequence[str],
    *,
    condition: Sql | None,
    fields: Sequence[str] | None,
    now: datetime,
    as_text: bool,
    guarded: bool = False,
) -> Export:
    """All leads for which the condition holds, by id. `fields` None: everything that `list` shows, consent, the system that
    gave the external id, and as many further e-mails, phones and ids (`email 2`, `email 3`, …) as some lead has.

    `as_text`: values as CSV holds them, else as JSON does. `guarded`: the texts will be guarded against spreadsheets. With
    the id comes the mark of this database, by which an import knows whose ids they are.
    """
    listing.register(database.connection, utc_text(now))
    columns = dict(listing.lead_columns(catalogue, dimensions))
    extra = columns.pop("extra")
    columns |= {name: Column(name, unit) for name, unit in _BESIDES.items() if name not in columns}
    further = _further(contacts.most(database.connection, condition))
    columns |= {name: Column(name) for name in further}
    columns["extra"] = extra
    usual = [name for name in columns if name not in touches.COLUMNS or name in catalogue.fields]
    chosen = _chosen(fields, columns, usual, "leads")
    expressions = {
        name: (listing.expression(name, catalogue, dimensions) if name not in further else "NULL", columns[name].unit)
        for name in chosen
    }
    asked = _marked(database, expressions, guarded=guarded)
    places = {name: place for place, name in enumerate(expressions) if name in further}
    if places:
        asked = {**expressions, "": ("lead.id", Unit.COUNT)}
    batches = exports.leads(database.connection, asked, condition, as_text=as_text)
    if places:
        batches = _with_further(database, batches, places)
    return _export(expressions, batches, exports.opted_out(database.connection, condition), as_text=as_text)


def export_activities(
    database: Database,
    *,
    condition: Sql | None,
    fields: Sequence[str] | None,
    as_text: bool,
    guarded: bool = False,
) -> Export:
    """All activities by id: those of leads for which the condition holds; without one also those of people who are no
    leads."""
    columns = {name: Column(name, _ACTIVITY_UNITS.get(name, Unit.TEXT)) for name in exports.ACTIVITY_COLUMNS}
    chosen = _chosen(fields, columns, list(columns), "activities")
    expressions = {name: (exports.ACTIVITY_COLUMNS[name], columns[name].unit) for name in chosen}
    if condition is not None:
        condition = "activity.lead IS NOT NULL AND (" + condition + ")"
    batches = exports.activities(
        database.connection, _marked(database, expressions, guarded=guarded), condition, as_text=as_text
    )
    return _export(expressions, batches, 0, as_text=as_text)


def _further(most: Mapping[str, tuple[int, bool]]) -> list[str]:
    """The columns for what leads are known by in second place. `most`: kind -> how many, and whether anything is said."""
    found = []
    for kind in exported.FURTHER:
        count, labelled = most.get(kind, (0, False))
        for number in range(2, count + 2):
            column, said = exported.further_columns(kind, number)
            found += [column, said] if labelled else [column]
    return found


def _with_further(database: Database, batches: Iterator[Batch], places: Mapping[str, int]) -> Iterator[Batch]:
    """The rows with further e-mails, phones and ids in their places; the lead's id, which is their last value, goes."""
    for batch in batches:
        held = contacts.between(database.connection, batch[0][-1], batch[-1][-1])
        yield [_row_with(row[:-1], held[row[-1]], places) if row[-1] in held else row[:-1] for row in batch]


def _row_with(
    row: Sequence[Any], held: Mapping[str, Sequence[tuple[str, str | None]]], places: Mapping[str, int]
) -> list[Any]:
    result = list(row)
    for kind, values in held.items():
        for number, pair in enumerate(values, start=2):
            for column, value in zip(exported.further_columns(kind, number), pair, strict=True):
                if column in places:
                    result[places[column]] = value
    return result


def _chosen(fields: Sequence[str] | None, columns: Mapping[str, Column], usual: Sequence[str], kind: str) -> list[str]:
    for name in fields or ():
        if name not in columns:
            from leadctl.compiler.findings import nearest

            raise UsageError(f"{kind} have no field called '{name}'", hint=nearest(name, columns))
    return list(dict.fromkeys(fields)) if fields else list(usual)


def _marked(
    database: Database, expressions: dict[str, tuple[str, Unit]], *, guarded: bool
) -> dict[str, tuple[str, Unit]]:
    """With the mark of the database as the last column, where an import could misread what is there without it: ids,
    `extra`, further e-mails and such, guarded texts."""
    if guarded or any(name in ("id", "extra") or exported.further_kind(name) for name in expressions):
        mark = exports.database_mark(database.connection, make=database.writable)
        expressions[exported.COLUMN] = (f"'{exported.mark_text(Mark(mark, guarded))}'", Unit.TEXT)
    return expressions


def _export(
    expressions: Mapping[str, tuple[str, Unit]], batches: Iterator[Batch], opted_out: int, *, as_text: bool
) -> Export:
    # Numbers are exact here, so they have no unit that would round them.
    exact = (Unit.YES_NO, Unit.JSON)
    columns = tuple(Column(name, unit if unit in exact else Unit.TEXT) for name, (_, unit) in expressions.items())
    if not as_text and "extra" in expressions:
        batches = _with_objects(batches, list(expressions).index("extra"))
    return Export(columns, batches, opted_out)


def _with_objects(batches: Iterator[Batch], at: int) -> Iterator[Batch]:
    """The JSON text in one column as what it says."""
    for batch in batches:
        yield [(*row[:at], json.loads(row[at]) if row[at] else None, *row[at + 1 :]) for row in batch]
