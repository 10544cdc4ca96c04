"""Everything out again: leads and activities row by row, in the order of their ids, without a limit."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from hashlib import blake2b
from typing import Any

from leadctl.compiler.fragment import Sql
from leadctl.intake.values.told import CONTENT
from leadctl.model.report import Unit
from leadctl.store.salt import salt

BATCH = 1_000
_SALTED = "SELECT EXISTS (SELECT 1 FROM salt)"
_FLOATS = (Unit.NUMBER, Unit.MONEY, Unit.PERCENT, Unit.DAYS)
_LEADS = "FROM lead LEFT JOIN score ON score.lead = lead.id"
_ACTIVITIES = "FROM activity LEFT JOIN lead ON lead.id = activity.lead LEFT JOIN score ON score.lead = lead.id"
# Who is no lead yet is known by one thing: email:…, phone:… or id:….
_STRANGER = (
    "CASE WHEN activity.lead IS NULL AND activity.who LIKE '{kind}:%' THEN substr(activity.who, {after}) ELSE {own} END"
)
ACTIVITY_COLUMNS: dict[str, str] = {
    "id": "activity.id",
    "lead": "activity.lead",
    "name": "lead.name",
    "external_id": _STRANGER.format(kind="id", after=4, own="lead.external_id"),
    "email": _STRANGER.format(kind="email", after=7, own="CASE WHEN lead.email_state <> 'invalid' THEN lead.email END"),
    "phone": _STRANGER.format(kind="phone", after=7, own="CASE WHEN lead.phone_state = 'valid' THEN lead.phone END"),
    "type": "activity.type",
    "occurred_at": "activity.occurred_at",
    **{name: f"activity.{name}" for name in CONTENT},
    "own_id": "activity.own_id",
    "system": "activity.system",
    "extra": "activity.extra",
}
STORED = ("lead", "who", "type", "occurred_at", *CONTENT, "own_id", "system")
_BY_ID = (
    f"SELECT activity.id, {', '.join(f'activity.{name}' for name in STORED)} "
    "FROM json_each(?) AS wanted JOIN activity ON activity.id = wanted.value"
)


def database_mark(connection: sqlite3.Connection, *, make: bool = False) -> str | None:
    """By what the ids of this database are told from those of others; None where it has no salt yet. `make`: then it is
    made, in a transaction of its own."""
    if not connection.execute(_SALTED).fetchone()[0]:
        if not make:
            return None
        connection.execute("BEGIN IMMEDIATE")
        try:
            salt(connection)
        except BaseException:
            connection.rollback()
            raise
        connection.commit()
    # A letter first: a spreadsheet would take 12e45678 for a number.
    return "k" + blake2b(b"leadctl export", key=salt(connection), digest_size=5).hexdigest()


def leads(
    connection: sqlite3.Connection, expressions: Mapping[str, tuple[str, Unit]], condition: Sql | None, *, as_text: bool
) -> Iterator[Sequence[Sequence[Any]]]:
    """Batches of rows. `expressions`: name -> SQL and unit; `as_text`: values as CSV holds them."""
    return _batches(connection, expressions, _LEADS, condition, "lead.id", as_text=as_text)


def activities(
    connection: sqlite3.Connection, expressions: Mapping[str, tuple[str, Unit]], condition: Sql | None, *, as_text: bool
) -> Iterator[Sequence[Sequence[Any]]]:
    """The same of activities; `condition` is on their leads."""
    return _batches(connection, expressions, _ACTIVITIES, condition, "activity.id", as_text=as_text)


def opted_out(connection: sqlite3.Connection, condition: Sql | None) -> int:
    """How many of the leads have opted out."""
    where = "" if condition is None else " AND (" + condition + ")"
    query = Sql(f"SELECT count(*) {_LEADS} WHERE lead.opted = 'out'") + where
    return int(connection.execute(query.text, query.values).fetchone()[0])


def stored_activities(connection: sqlite3.Connection, ids: Sequence[int]) -> dict[int, tuple[Any, ...]]:
    """Id -> the values of the columns `STORED`."""
    import json

    return {row[0]: row[1:] for row in connection.execute(_BY_ID, (json.dumps(list(ids)),))}


def _batches(
    connection: sqlite3.Connection,
    expressions: Mapping[str, tuple[str, Unit]],
    source: str,
    condition: Sql | None,
    order: str,
    *,
    as_text: bool,
) -> Iterator[Sequence[Sequence[Any]]]:
    listed = ", ".join(_spelt(sql, unit) if as_text else sql for sql, unit in expressions.values())
    where = Sql("") if condition is None else " WHERE " + condition
    query = Sql(f"SELECT {listed} {source}") + where + f" ORDER BY {order}"
    cursor = connection.execute(query.text, query.values)
    while batch := cursor.fetchmany(BATCH):
        yield batch


def _spelt(sql: str, unit: Unit) -> str:
    """A value as CSV holds it: whole numbers without a point, yes and no as true and false."""
    if unit is Unit.YES_NO:
        return f"CASE {sql} WHEN 0 THEN 'false' WHEN 1 THEN 'true' END"
    if unit in _FLOATS:
        whole = f"CAST({sql} AS INTEGER)"
        # Up to there a float knows its last digit.
        return f"CASE WHEN {sql} = {whole} AND abs({sql}) < 9007199254740992 THEN {whole} ELSE {sql} END"
    return sql
