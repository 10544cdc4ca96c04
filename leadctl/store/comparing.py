"""Two sets of rules over the same leads: each lead's score by both, side by side, and which leads move. All of it stands in
temporary tables; the database itself stays as it is."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from leadctl.compiler.catalogue import STORED_AS
from leadctl.compiler.score_sql import RULES_AT_ONCE, Scoring
from leadctl.compiler.sql import score_conditions, texts_compared
from leadctl.compiler.tree import Rule, Rules
from leadctl.store.activities import keep_calendar
from leadctl.store.database import Database
from leadctl.store.scores import forget, sum_up
from leadctl.store.wordings import is_worded, word_fields

# What is compared besides the dimensions.
MARKS = ("total", "grade", "temperature", "persona", "qualified", "lifecycle")
Row = tuple[Any, ...]

_COUNTS = """
SELECT ifnull(sum(after_total > before_total), 0), ifnull(sum(after_total < before_total), 0),
       ifnull(sum(after_total - before_total), 0)
FROM temp.moved
"""
_CROSSINGS = """
SELECT before_{0}, after_{0}, count(*) FROM temp.moved WHERE before_{0} IS NOT after_{0}
GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2
"""
_SPOOL = """
CREATE TABLE moved (lead INTEGER, change INTEGER, name, before_total, before_grade, before_lifecycle, after_total, after_grade,
                    after_lifecycle, because TEXT, also TEXT)
"""
_KEEP = f"INSERT INTO moved VALUES ({', '.join('?' * 11)})"
_FARTHEST = """
SELECT lead, name, before_total, before_grade, before_lifecycle, after_total, after_grade, after_lifecycle, because, also
FROM moved ORDER BY abs(change) DESC, lead LIMIT ?
"""


@contextmanager
def tried(
    database: Database, sides: Sequence[Rules], zone: ZoneInfo, command: str, now: datetime
) -> Iterator[sqlite3.Connection]:
    """A transaction in which the rules of all sides can be worked out, and of which nothing stays.

    Where the database holds all that they look up it only reads: nobody has to wait, and a file that may not be written
    will do. Else what is missing is made, and taken back at the end.
    """
    connection = database.connection
    keys = {key for rules in sides for key in texts_compared(score_conditions(rules), rules)}
    connection.execute("BEGIN")
    try:
        ready = _is_ready(database, sides, keys, zone)
        if ready:
            yield connection
    finally:
        connection.rollback()
    if not ready:
        with database.operation("rules diff", command, now, dry_run=True):
            for rules in sides:
                database.fit_columns(rules.catalogue, [])
            word_fields(connection, keys)
            keep_calendar(connection, zone)
            yield connection


def _is_ready(database: Database, sides: Sequence[Rules], keys: set[str], zone: ZoneInfo) -> bool:
    connection = database.connection
    stored = {row[1]: row[2] for row in connection.execute("PRAGMA table_info(lead)")}
    fits = all(
        stored.get(field.name) == STORED_AS[field.type] for rules in sides for field in rules.catalogue.custom_fields
    )
    calendar = connection.execute("SELECT timezone FROM calendar").fetchone()
    return fits and calendar == (zone.key,) and is_worded(connection, keys)


def score_before(connection: sqlite3.Connection, scoring: Scoring, today: date) -> None:
    """Works out every lead by the rules of before, into the table `scored_before`; what leads did stays for `values`."""
    sum_up(connection, scoring.sums(), scoring.half_lives, today)
    names = ", ".join(map(_quoted, _compared(scoring.rules)))
    select = scoring.select()
    connection.execute(f"CREATE TEMP TABLE scored_before (lead INTEGER PRIMARY KEY, {names})")
    connection.execute(f"INSERT INTO temp.scored_before SELECT lead, {names} FROM ({select.text})", select.values)
    _put_aside(connection, scoring, "before")


def find_moved(connection: sqlite3.Connection, scoring: Scoring, before: Rules, today: date) -> list[str]:
    """Works out every lead by the rules of after, and keeps those that differ in the table `moved`, numbered from 1: `lead`,
    and `before_…` and `after_…` of each name that is given back. A dimension that one side does not have counts 0 there."""
    sum_up(connection, scoring.sums(), scoring.half_lives, today)
    own = {"before": set(_compared(before)), "after": set(_compared(scoring.rules))}
    names = list(dict.fromkeys((*_compared(before), *_compared(scoring.rules))))
    columns, values = [], []
    for name in names:
        for side in ("before", "after"):
            columns.append(_quoted(f"{side}_{name}"))
            values.append(f"{side}.{_quoted(name)}" if name in own[side] else "0")
    differs = " OR ".join(f"{values[at]} IS NOT {values[at + 1]}" for at in range(0, len(values), 2))
    select = scoring.select()
    connection.execute(f"CREATE TEMP TABLE moved (number INTEGER PRIMARY KEY, lead INTEGER, {', '.join(columns)})")
    connection.execute(
        f"INSERT INTO temp.moved (lead, {', '.join(columns)}) SELECT after.lead, {', '.join(values)} FROM ({select.text}) AS after "
        f"CROSS JOIN temp.scored_before AS before ON before.lead = after.lead WHERE {differs}",
        select.values,
    )
    connection.execute("DROP TABLE temp.scored_before")
    _put_aside(connection, scoring, "after")
    return names


def _put_aside(connection: sqlite3.Connection, scoring: Scoring, side: str) -> None:
    if scoring.inner.columns:
        connection.execute(f"ALTER TABLE temp.did RENAME TO did_{side}")
    forget(connection)


def values(connection: sqlite3.Connection, scoring: Scoring, side: str, rules: Sequence[Rule], leads: str) -> list[Row]:
    """(lead, what each of these rules found) for the leads of a query, in their order; `scoring` is the one of that side."""
    connection.execute("DROP VIEW IF EXISTS temp.did")
    if scoring.inner.columns:
        connection.execute(f"CREATE TEMP VIEW did AS SELECT * FROM temp.did_{side}")
    found: list[Row] = []
    for start in range(0, max(len(rules), 1), RULES_AT_ONCE):
        select = scoring.values(rules[start : start + RULES_AT_ONCE], leads)
        rows = connection.execute(select.text, select.values).fetchall()
        found = [(*row, *more[1:]) for row, more in zip(found, rows, strict=True)] if start else rows
    return found


def counts(connection: sqlite3.Connection) -> Row:
    """How many of the moved leads went up and how many down, and by how many points all together."""
    row: Row = connection.execute(_COUNTS).fetchone()
    return row


def crossings(connection: sqlite3.Connection, name: str) -> list[Row]:
    """(before, after, leads) for each change of a mark, the most frequent first."""
    return connection.execute(_CROSSINGS.format(name)).fetchall()


def batches(connection: sqlite3.Connection, names: Sequence[str], size: int) -> Iterator[tuple[str, list[Row]]]:
    """The moved leads, some thousand at a time: a query that gives their ids, and their rows: id, name, and `names` before and
    after in turn."""
    listed = ", ".join(f"moved.{_quoted(f'{side}_{name}')}" for name in names for side in ("before", "after"))
    start = 0
    while True:
        some = f"number > {start} AND number <= {start + size}"
        rows = connection.execute(
            f"SELECT moved.lead, lead.name, {listed} FROM temp.moved JOIN lead ON lead.id = moved.lead WHERE {some} ORDER BY number"
        ).fetchall()
        if not rows:
            return
        yield f"SELECT lead FROM temp.moved WHERE {some}", rows
        start += size


def count_leads(connection: sqlite3.Connection) -> int:
    return int(connection.execute("SELECT count(*) FROM lead").fetchone()[0])


class Moved:
    """The leads that moved, kept outside of the database in a file without a name; it goes when this does."""

    def __init__(self) -> None:
        self._spool = sqlite3.connect("", isolation_level=None)
        self._spool.execute("PRAGMA journal_mode = OFF")
        self._spool.execute(_SPOOL)

    def __len__(self) -> int:
        return int(self._spool.execute("SELECT count(*) FROM moved").fetchone()[0])

    def add(self, rows: Iterable[Row]) -> None:
        """Rows of: lead, change of the total, name, total, grade and lifecycle before and after, why, what else."""
        self._spool.execute("BEGIN")
        self._spool.executemany(_KEEP, rows)
        self._spool.execute("COMMIT")

    def farthest(self, limit: int | None = None) -> Iterator[Row]:
        """Those that moved by the most points first, ties by lead; without the change itself."""
        return self._spool.execute(_FARTHEST, (-1 if limit is None else limit,))

    def close(self) -> None:
        self._spool.close()


def _compared(rules: Rules) -> tuple[str, ...]:
    return (*(dimension.name for dimension in rules.dimensions), *MARKS)


def _quoted(name: str) -> str:
    return f'"{name}"'
