"""The whole data to look at, while nothing is written to it: what is missing stands in temporary tables and views before the
real ones, so that what reads them is the same SQL."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

from leadctl.compiler.catalogue import Catalogue
from leadctl.compiler.score_sql import Scoring
from leadctl.store import scores
from leadctl.store.database import Database, open_for_reading
from leadctl.store.wordings import word_apart

_TYPES = "SELECT DISTINCT type FROM activity"


@contextmanager
def snapshot(path: Path, catalogue: Catalogue, keys: set[str], wait: float) -> Iterator[Database]:
    """The database at this moment, with a column for every field, and the compared forms of the texts under `keys`.

    Raises NotFound, DatabaseError.
    """
    with open_for_reading(path, wait) as database:
        missing = [each.name for each in catalogue.custom_fields if each.name not in database.columns("lead")]
        if missing:  # the rules have fields that no import has brought yet
            listed = "".join(f', NULL AS "{name}"' for name in missing)
            database.connection.execute(f"CREATE TEMP VIEW lead AS SELECT *{listed} FROM main.lead")
        word_apart(database.connection, keys)
        yield database


def score_apart(connection: sqlite3.Connection, scoring: Scoring, today: date) -> None:
    """What the scoring works out of all leads, as the table `score` that is read from then on."""
    select = scoring.select()
    scores.sum_up(connection, scoring.sums(), scoring.half_lives, today)
    names = [
        each[0] for each in connection.execute(f"SELECT * FROM ({select.text}) LIMIT 0", select.values).description
    ]
    listed = ", ".join(f'"{name}"' for name in names[1:])
    connection.execute(f"CREATE TEMP TABLE scored_now (lead INTEGER PRIMARY KEY, {listed})")
    connection.execute(f"INSERT INTO scored_now {select.text}", select.values)
    connection.execute("ALTER TABLE temp.scored_now RENAME TO score")
    scores.forget(connection)


def types_that_came(connection: sqlite3.Connection) -> set[str]:
    """The types of all activities that there are."""
    return {row[0] for row in connection.execute(_TYPES)}
