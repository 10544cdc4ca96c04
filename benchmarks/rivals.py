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
    count = points = 0
    for rows in zip(*streams, strict=True):
        if len({tuple(row) for row in rows}) != 1:
            raise SystemExit(f"the scores differ: {rows}")
        count += 1
        points += rows[0][1]
    print(json.dumps({"leads": count, "points": points, "ways": len(streams)}))


def _stored(path: str, query: str) -> Iterator[tuple[object, ...]]:
    return iter(sqlite3.connect(path).execute(query))


PROGRAMS = {each.__name__: each for each in (plain_upsert, hand_score, duckdb_score, compare)}

if __name__ == "__main__":
    PROGRAMS[sys.argv[1]](*sys.argv[2:])
