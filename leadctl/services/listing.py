"""List and show: leads as they are now."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from leadctl.compiler.catalogue import BUILT_IN, NO_DIMENSIONS, STORED_AS, Catalogue, Field, dimension_field
from leadctl.compiler.fragment import Sql
from leadctl.errors import UsageError
from leadctl.model.report import Column, Report, Unit
from leadctl.store import listing
from leadctl.store.database import Database, utc_text

_TYPES = {stored: name for name, stored in reversed(STORED_AS.items())}


def stored_catalogue(database: Database) -> tuple[Catalogue, list[str]]:
    """Fields and dimensions as the database has them, so that plain listings need not read the rules."""
    custom = [
        Field(row[1], _TYPES.get(row[2], "text"), custom=True)
        for row in database.connection.execute("PRAGMA table_info(lead)")
        if row[1] not in BUILT_IN
        and row[1] not in ("id", "extra", "fingerprint", "created_by", "created_line", "by_default", "id_system")
    ]
    columns = [row[1] for row in database.connection.execute("PRAGMA table_info(score)")]
    dimensions = [name for name in columns if name not in NO_DIMENSIONS]
    return Catalogue().with_fields([*custom, *map(dimension_field, dimensions)]), dimensions


def list_leads(
    database: Database,
    catalogue: Catalogue,
    dimensions: Sequence[str],
    *,
    condition: Sql | None,
    words: Sequence[str],
    sort: str | None,
    fields: Sequence[str] | None,
    limit: int | None,
    now: datetime,
) -> Report:
    """Leads, best first unless `sort` (a field, or -field for the highest first) says otherwise; ties by id."""
    listing.register(database.connection, utc_text(now))
    columns = listing.lead_columns(catalogue, dimensions)
    own = {field.name for field in catalogue.custom_fields}
    usual = [name for name in columns if name not in listing.ON_REQUEST or name in own]
    chosen = [_known(name, columns) for name in fields] if fields else usual
    found = listing.search(words)
    if found is not None:
        condition = found if condition is None else "(" + condition + ") AND " + found
    order = "score.total IS NULL, score.total DESC, lead.id"
    if sort:
        expression = listing.expression(_known(sort.lstrip("-+"), columns), catalogue, dimensions)
        if columns[sort.lstrip("-+")].unit is Unit.TEXT:
            expression = f"fold({expression})"
        order = f"{expression} IS NULL, {expression}{' DESC' if sort.startswith('-') else ''}, lead.id"
    rows: Sequence[Sequence[Any]] = listing.select(
        database.connection, chosen, catalogue, dimensions, condition, order, limit
    )
    if "extra" in chosen:
        at = chosen.index("extra")
        rows = [(*row[:at], json.loads(row[at]) if row[at] else None, *row[at + 1 :]) for row in rows]
    total = listing.count(database.connection, condition) if limit is not None and len(rows) == limit else None
    return Report("Leads", tuple(columns[name] for name in chosen), rows, total=total)


def _known(name: str, columns: Mapping[str, Column]) -> str:
    if name not in columns:
        from leadctl.compiler.findings import nearest

        raise UsageError(f"leads have no field called '{name}'", hint=nearest(name, columns))
    return name
