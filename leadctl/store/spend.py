"""Spend: what sources and campaigns cost, one amount for each source, campaign and period."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

_ALL = "SELECT id, source, campaign, from_day, to_day, amount, extra, created_by FROM spend ORDER BY from_day, id"
_ADD = (
    "INSERT INTO spend (source, campaign, from_day, to_day, amount, extra, created_line, created_by) "
    "VALUES (:source, :campaign, :from_day, :to_day, :amount, :extra, :line, :operation)"
)
_CHANGE = "UPDATE spend SET amount = :amount, extra = coalesce(:extra, extra) WHERE id = :id"
_SPAN = "SELECT min(from_day), max(to_day) FROM spend"


class Stored(NamedTuple):
    """An amount that is there."""

    id: int
    source: str | None
    campaign: str | None
    from_day: str
    to_day: str
    amount: float
    extra: str | None
    created_by: int


def all_of_it(connection: sqlite3.Connection) -> list[Stored]:
    """Every amount, by its first day. There are as many as campaigns have days; leads do not count."""
    return [Stored(*row) for row in connection.execute(_ALL)]


def add(connection: sqlite3.Connection, rows: Iterable[Mapping[str, Any]]) -> None:
    connection.executemany(_ADD, rows)


def change(connection: sqlite3.Connection, rows: Iterable[Mapping[str, Any]]) -> None:
    connection.executemany(_CHANGE, rows)


def span(connection: sqlite3.Connection) -> tuple[str | None, str | None]:
    """The first and the last day of which spend is known."""
    first, last = connection.execute(_SPAN).fetchone()
    return first, last
