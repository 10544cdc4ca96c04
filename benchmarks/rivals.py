"""What leadctl is measured against, each a small program of its own: `python rivals.py NAME ARGUMENTS`."""

from __future__ import annotations

import csv
import json
import sqlite3
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import hand_written
import hand_written_events as events
from make_activities import EPOCH, TODAY


def plain_upsert(leads: str, database: str, settings: str) -> None:
    """`csv` and `executemany`: 14 columns of text, an upsert on the e-mail. `settings`: SQLite's own, or leadctl's."""
    connection = sqlite3.connect(database)
    if settings == "tuned":
        connection.executescript(
            "PRAGMA page_size = 8192; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA cache_size = -98304"
        )
    with Path(leads).open(encoding="utf-8", newline="") as file, connection:
        rows = csv.reader(file)
        header = next(rows)
        columns = ", ".join(f"{name} TEXT UNIQUE" if name == "email" else f"{name} TEXT" for name in header)
        connection.execute(f"CREATE TABLE lead (id INTEGER PRIMARY KEY, {columns})")
        updates = ", ".join(f"{name} = excluded.{name}" for name in header if name != "email")
        # An empty text is no value; else all leads without an e-mail would be one.
        values = ", ".join(["nullif(?, '')"] * len(header))
        connection.executemany(
            f"INSERT INTO lead ({', '.join(header)}) VALUES ({values}) ON CONFLICT (email) DO UPDATE SET {updates}",
            rows,
        )
    connection.close()


def hand_score(database: str, form: str) -> None:
    """The hand-written statement on a copy of leadctl's own database, with leadctl's settings."""
    connection = sqlite3.connect(database, isolation_level=None)
    connection.executescript("PRAGMA synchronous = NORMAL; PRAGMA cache_size = -98304; PRAGMA temp_store = MEMORY")
    titles = hand_written.BY_WORDS if form == "words" else hand_written.BY_WHOLE_TITLE
    connection.execute("BEGIN IMMEDIATE")
    connection.execute("CREATE TABLE hand (lead INTEGER PRIMARY KEY, fit INTEGER, grade TEXT)")
    connection.execute("INSERT INTO hand " + hand_written.scores("id", titles, hand_written.APART_IN_SQLITE))
    connection.execute("COMMIT")
    connection.close()


def duckdb_score(leads: str, database: str) -> None:
    """The same in DuckDB. Prints the seconds of the statement alone: reading the file is not counted."""
    import duckdb

    connection = duckdb.connect(database)
    connection.execute("CREATE TABLE lead AS SELECT * FROM read_csv(?, header = true)", [leads])
    statement = "CREATE TABLE scored AS " + hand_written.scores("external_id", hand_written.BY_WORDS, "")
    before = time.perf_counter()
    connection.execute(statement)
    print(json.dumps({"seconds": time.perf_counter() - before}))
    connection.close()


def hand_score_events(database: str, form: str) -> None:
    """The fifteen rules with events by hand, on a copy of leadctl's own database, with leadctl's settings."""
    connection = sqlite3.connect(database, isolation_level=None)
    connection.executescript("PRAGMA synchronous = NORMAL; PRAGMA cache_size = -98304; PRAGMA temp_store = MEMORY")
    titles = hand_written.BY_WORDS if form == "words" else hand_written.BY_WHOLE_TITLE
    today = (TODAY - EPOCH).days
    connection.execute("BEGIN IMMEDIATE")
    for table in (events.TABLE, events.WEIGHTS, events.DID):
        connection.execute(table)
    connection.executemany(events.ADD_WEIGHT, events.weights(today))
    connection.execute("INSERT INTO did " + events.sums(today))
    connection.execute("INSERT INTO score_by_hand " + events.scores("id", titles, hand_written.APART_IN_SQLITE))
    connection.execute("COMMIT")
    connection.close()


def duckdb_score_events(leads: str, activities: str, database: str) -> None:
    """The same in DuckDB, from the same files. Prints the seconds of the statements alone."""
    import duckdb

    connection = duckdb.connect(database)
    connection.execute(
        "CREATE TABLE lead AS SELECT * REPLACE (CAST(substr(external_id, 3) AS INTEGER) AS external_id) "
        "FROM read_csv(?, header = true)", [leads],
    )  # fmt: skip
    connection.execute(
        "CREATE TABLE activity AS SELECT CAST(substr(lead, 3) AS INTEGER) AS lead, type, "
        "CAST(occurred_at AS TIMESTAMP)::DATE - DATE '1970-01-01' AS day FROM read_csv(?, header = true)", [activities],
    )  # fmt: skip
    today = (TODAY - EPOCH).days
    connection.execute(events.WEIGHTS)
    connection.executemany(events.ADD_WEIGHT, events.weights(today))
    statement = events.scores("external_id", hand_written.BY_WORDS, "", "//")
    before = time.perf_counter()
    connection.execute("CREATE TEMP TABLE did AS " + events.sums(today))
    connection.execute("CREATE TABLE scored AS " + statement)
    print(json.dumps({"seconds": time.perf_counter() - before}))
    connection.close()


def compare_events(ours: str, by_words: str, by_title: str, duck: str) -> None:
    """Every lead's points in both dimensions and the grade, the same in all. Raises SystemExit as `compare` does."""
    query = "SELECT CAST(substr(external_id, 3) AS INTEGER), total, fit, engagement, grade FROM lead JOIN {} ORDER BY 1"
    streams = [_stored(ours, query.format("score ON score.lead = lead.id"))]
    streams += [
        _stored(path, query.format("score_by_hand AS hand ON hand.lead = lead.id")) for path in (by_words, by_title)
    ]
    if duck:
        import duckdb

        scored = duckdb.connect(duck).execute(
            "SELECT external_id, total, fit, engagement, grade FROM scored ORDER BY 1"
        )
        streams.append(iter(lambda: scored.fetchone(), None))
    _compare(streams)


def compare(ours: str, by_words: str, by_title: str, duck: str) -> None:
    """Every lead's points and grade, the same in all. Raises SystemExit naming the first lead that differs."""
    streams = [_stored(ours, "SELECT external_id, fit, letter FROM lead JOIN score ON score.lead = lead.id ORDER BY 1")]
    for path in (by_words, by_title):
        streams.append(
            _stored(path, "SELECT external_id, fit, grade FROM lead JOIN hand ON hand.lead = lead.id ORDER BY 1")
        )
    if duck:
        import duckdb

        scored = duckdb.connect(duck).execute("SELECT external_id, fit, grade FROM scored ORDER BY 1")
        streams.append(iter(lambda: scored.fetchone(), None))
    _compare(streams)


def _compare(streams: list[Iterator[tuple[object, ...]]]) -> None:
    count = points = 0
    for rows in zip(*streams, strict=True):
        if len({tuple(row) for row in rows}) != 1:
            raise SystemExit(f"the scores differ: {rows}")
        count += 1
        points += rows[0][1]
    print(json.dumps({"leads": count, "points": points, "ways": len(streams)}))


def _stored(path: str, query: str) -> Iterator[tuple[object, ...]]:
    return iter(sqlite3.connect(path).execute(query))


PROGRAMS = {
    each.__name__: each
    for each in (
        plain_upsert, hand_score, duckdb_score, compare, hand_score_events, duckdb_score_events, compare_events,
    )
}  # fmt: skip

if __name__ == "__main__":
    PROGRAMS[sys.argv[1]](*sys.argv[2:])
