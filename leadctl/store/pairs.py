"""Pairs of leads that may be one person, found through keys that they share, without comparing each lead with each other."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from leadctl.compiler.fragment import Sql

# A key that more leads share is asked together with one more detail; what still is shared by more is left out, and told.
MOST_IN_BLOCK = 30
MOST_IN_PART = 12
MOST_BY_FACT = 4  # of many leads
MANY = 200_000
RARE, RARE_OF_MANY = 10, 3
_COMMON = 20  # a detail that more than every twentieth lead has parts nothing

_TABLES = """
CREATE TEMP TABLE pair_key (key INTEGER NOT NULL, lead INTEGER NOT NULL);
CREATE TEMP TABLE pair_detail (key INTEGER NOT NULL, lead INTEGER NOT NULL);
CREATE TEMP TABLE pair_fact (field INTEGER NOT NULL, key INTEGER NOT NULL, lead INTEGER NOT NULL);
CREATE TEMP TABLE pair_said (field INTEGER NOT NULL, value INTEGER NOT NULL);
CREATE TEMP TABLE pair_count (value INTEGER PRIMARY KEY, leads INTEGER NOT NULL);
CREATE TEMP TABLE pair_candidate (lead INTEGER NOT NULL, other INTEGER NOT NULL);
"""
_NAMES = (
    "pair_key",
    "pair_detail",
    "pair_fact",
    "pair_said",
    "pair_count",
    "pair_candidate",
    "pair_block",
    "pair_part",
    "pair_large",
    "pair_chosen",
)
_COUNT = (
    "INSERT INTO temp.pair_count SELECT value, count(*) FROM temp.pair_said GROUP BY value HAVING count(*) > 1",
    "DROP TABLE temp.pair_said",
)
_COLUMNS = """
SELECT field, sum(leads), count(*), max(leads), sum(leads * leads) * 1.0 / sum(leads) FROM (
  SELECT field, count(*) AS leads FROM temp.pair_said WHERE field > 0 GROUP BY field, value) GROUP BY field
"""
_BY_FACT = """
INSERT INTO temp.pair_key SELECT key | :strong, lead FROM temp.pair_fact WHERE field IN (SELECT value FROM json_each(:fields))
  AND key IN (SELECT key FROM temp.pair_fact WHERE field IN (SELECT value FROM json_each(:fields))
              GROUP BY key HAVING count(*) BETWEEN 2 AND :most)
"""
_DETAILS_OF_FACTS = """
INSERT INTO temp.pair_detail SELECT key | 1, lead FROM temp.pair_fact WHERE field IN (SELECT value FROM json_each(?))
"""
_BLOCKS = (
    "CREATE INDEX temp.pair_key_in_order ON pair_key (key, lead)",
    "CREATE TEMP TABLE pair_block AS SELECT key, count(*) AS leads FROM temp.pair_key GROUP BY key HAVING count(*) > 1",
)
_LARGE = (
    "CREATE TEMP TABLE pair_large AS SELECT pair_key.key, pair_key.lead FROM temp.pair_block JOIN temp.pair_key USING (key) "
    f"WHERE pair_block.leads > {MOST_IN_BLOCK}",
    "CREATE INDEX temp.pair_detail_of_lead ON pair_detail (lead, key)",
    "DELETE FROM temp.pair_detail WHERE key IN (SELECT key FROM temp.pair_detail GROUP BY key HAVING count(*) > :common)",
    # Weak keys only with facts: what else is known makes keys of its own with a part of the name. With many leads that
    # would be more than all else together.
    # Both are numbers of 31 bits: together they are one of 62.
    "CREATE TEMP TABLE pair_part AS SELECT pair_large.key * 2147483648 + pair_detail.key AS key, pair_large.lead "
    "FROM temp.pair_large JOIN temp.pair_detail USING (lead) WHERE pair_large.key & 1 OR (pair_detail.key & 1 AND :weak)",
    "CREATE INDEX temp.pair_part_in_order ON pair_part (key, lead)",
)
# Leads that were not compared with all who share a strong key: nothing more is shared by few.
_LEFT = f"""
SELECT count(DISTINCT lead), (SELECT max(leads) FROM temp.pair_block WHERE key & 1) FROM temp.pair_large WHERE key & 1
  AND lead NOT IN (SELECT lead FROM temp.pair_part WHERE key IN (
    SELECT key FROM temp.pair_part GROUP BY key HAVING count(*) BETWEEN 2 AND {MOST_IN_PART}))
"""
# Keys whose last bit is set, or that few leads share, are enough alone; of the others a pair takes two, and a key with a detail
# is two.
_CANDIDATES = f"""
INSERT INTO temp.pair_candidate
SELECT lead, other FROM (
  SELECT one.lead, two.lead AS other, CASE WHEN one.key & 1 OR leads <= :rare THEN 2 ELSE 1 END AS weight FROM temp.pair_block
  CROSS JOIN temp.pair_key AS one USING (key) CROSS JOIN temp.pair_key AS two ON two.key = one.key AND two.lead > one.lead
  WHERE leads <= {MOST_IN_BLOCK}
  UNION ALL
  SELECT one.lead, two.lead, 2 FROM (
    SELECT key FROM temp.pair_part GROUP BY key HAVING count(*) BETWEEN 2 AND {MOST_IN_PART}) AS small
  CROSS JOIN temp.pair_part AS one USING (key) CROSS JOIN temp.pair_part AS two ON two.key = one.key AND two.lead > one.lead
  UNION ALL
  SELECT min(lead, other), max(lead, other), 2 FROM doubt WHERE other IS NOT NULL AND lead <> other
) GROUP BY lead, other HAVING sum(weight) >= 2
ORDER BY lead, other
"""
_NOT_DISTINCT = """
DELETE FROM temp.pair_candidate WHERE EXISTS (SELECT 1 FROM distinct_pair AS said
  WHERE said.lead = pair_candidate.lead AND said.other = pair_candidate.other)
"""
_ALL = "INSERT INTO temp.pair_key SELECT 1, id FROM lead"
_DOUBTS = (
    "SELECT min(lead, other), max(lead, other), reason FROM doubt WHERE other IS NOT NULL AND lead <> other ORDER BY id"
)
_DISTINCT = "SELECT lead, other FROM distinct_pair"
_DISTINCT_AMONG = """
SELECT lead, other FROM distinct_pair WHERE lead IN (SELECT value FROM json_each(:leads))
  AND other IN (SELECT value FROM json_each(:leads)) ORDER BY lead, other
"""
_SAY_DISTINCT = "INSERT OR IGNORE INTO distinct_pair (lead, other, created_by) VALUES (?, ?, ?)"
_CONTACTS = "SELECT lead, kind, value, state FROM contact WHERE kind <> 'visitor' AND lead {} ORDER BY id"
_BETWEEN = "BETWEEN ? AND ?"
_ONE_OF = "IN (SELECT value FROM json_each(?))"


Row = tuple[tuple[Any, ...], dict[str, Any], list[tuple[str, str, str]]]


class LeftOut(NamedTuple):
    """How many leads share a name, a number, an address or a fact of their own with too many others to be compared with each of
    them, and how many share one at most."""

    leads: int
    most: int


def prepare(connection: sqlite3.Connection) -> None:
    """Makes the temporary tables, empty."""
    forget(connection)
    for statement in _TABLES.strip().split(";\n"):
        connection.execute(statement)


def forget(connection: sqlite3.Connection) -> None:
    for name in _NAMES:
        connection.execute(f"DROP TABLE IF EXISTS temp.{name}")


def how_many(connection: sqlite3.Connection) -> int:
    return int(connection.execute("SELECT count(*) FROM lead").fetchone()[0])


def ids(connection: sqlite3.Connection) -> tuple[int, int]:
    """The lowest and the highest id of a lead; 0 and -1 where there are none."""
    low, high = connection.execute("SELECT min(id), max(id) FROM lead").fetchone()
    return (int(low), int(high)) if low is not None else (0, -1)


def between(
    connection: sqlite3.Connection, columns: Sequence[str], own: Sequence[str], low: int, high: int
) -> Iterator[Row]:
    """The leads of these ids, as the values of `columns`, the fields of one's own, and further contact points (kind, value,
    state)."""
    return _rows(connection, columns, own, _BETWEEN, (low, high))


def by_id(
    connection: sqlite3.Connection, columns: Sequence[str], own: Sequence[str], wanted: Iterable[int]
) -> Iterator[Row]:
    return _rows(connection, columns, own, _ONE_OF, (json.dumps(list(wanted)),))


def _rows(
    connection: sqlite3.Connection, columns: Sequence[str], own: Sequence[str], chosen: str, bound: tuple[Any, ...]
) -> Iterator[Row]:
    listed, wide = ", ".join(f'lead."{name}"' for name in (*columns, *own)), len(columns)
    further: dict[int, list[tuple[str, str, str]]] = {}
    for lead, kind, value, state in connection.execute(_CONTACTS.format(chosen), bound):
        further.setdefault(lead, []).append((kind, value, state))
    for row in connection.execute(f"SELECT {listed} FROM lead WHERE lead.id {chosen} ORDER BY lead.id", bound):
        yield row[:wide], dict(zip(own, row[wide:], strict=True)) if own else {}, further.get(row[0], [])


def add(
    connection: sqlite3.Connection,
    keys: Iterable[tuple[int, int]],
    details: Iterable[tuple[int, int]],
    facts: Iterable[tuple[int, int, int]],
    said: Iterable[tuple[int, int]],
) -> None:
    """Adds keys and details (key, lead), facts (field, key, lead), and everything said (field, value), as numbers."""
    connection.executemany("INSERT INTO temp.pair_key VALUES (?, ?)", keys)
    connection.executemany("INSERT INTO temp.pair_detail VALUES (?, ?)", details)
    connection.executemany("INSERT INTO temp.pair_fact VALUES (?, ?, ?)", facts)
    connection.executemany("INSERT INTO temp.pair_said VALUES (?, ?)", said)


def compare_all(connection: sqlite3.Connection) -> None:
    """So few leads that each is compared with each."""
    connection.execute(_ALL)


def columns_said(connection: sqlite3.Connection) -> dict[int, tuple[int, int, int, float]]:
    """Field -> leads that have it, values, leads with the most frequent one, leads that share a lead's value on average."""
    return {row[0]: tuple(row[1:]) for row in connection.execute(_COLUMNS)}


def count_said(connection: sqlite3.Connection) -> None:
    """Counts how many leads say each value; from then on `count` answers."""
    for statement in _COUNT:
        connection.execute(statement)


def count(connection: sqlite3.Connection, value: int) -> int:
    row = connection.execute("SELECT leads FROM temp.pair_count WHERE value = ?", (value,)).fetchone()
    return int(row[0]) if row else 1


def find_candidates(
    connection: sqlite3.Connection, own: Sequence[int], shared: Sequence[int], leads: int
) -> LeftOut | None:
    """Finds the pairs; what was left out. Facts of the fields `own` are one person's, those of `shared` may be many's."""
    many = leads > MANY
    if leads > MOST_IN_BLOCK:
        for fields, most, strong in ((own, MOST_IN_BLOCK, 1), (shared, MOST_BY_FACT if many else MOST_IN_PART, 0)):
            connection.execute(_BY_FACT, {"fields": json.dumps(list(fields)), "most": most, "strong": strong})
        connection.execute(_DETAILS_OF_FACTS, (json.dumps([*own, *shared]),))
    for statement in _BLOCKS:
        connection.execute(statement)
    for statement in _LARGE:
        connection.execute(
            statement, {"common": max(leads // _COMMON, MOST_IN_PART), "weak": not many} if ":" in statement else ()
        )
    connection.execute(_CANDIDATES, {"rare": RARE_OF_MANY if many else RARE})
    connection.execute(_NOT_DISTINCT)
    left, most = connection.execute(_LEFT).fetchone()
    return LeftOut(int(left), int(most)) if left else None


def how_many_candidates(connection: sqlite3.Connection) -> int:
    return int(connection.execute("SELECT count(*) FROM temp.pair_candidate").fetchone()[0])


def sample(connection: sqlite3.Connection, most: int) -> Iterator[list[tuple[int, int]]]:
    """Some of the pairs, from all over the leads, at most so many."""
    step = max(1, -(-how_many_candidates(connection) // most))
    cursor = connection.execute(
        "SELECT lead, other FROM temp.pair_candidate WHERE rowid % ? = 0 ORDER BY rowid", (step,)
    )
    while found := cursor.fetchmany(most // 4):
        yield found


def candidates(connection: sqlite3.Connection, condition: Sql | None, at_once: int) -> Iterator[list[tuple[int, int]]]:
    """The pairs, in the order of their leads; with a condition those of which one lead or both fit."""
    query = Sql("SELECT lead, other FROM temp.pair_candidate AS pair")
    if condition is not None:
        fitting = "SELECT lead.id FROM lead LEFT JOIN score ON score.lead = lead.id WHERE " + condition
        connection.execute("CREATE TEMP TABLE IF NOT EXISTS pair_chosen (lead INTEGER PRIMARY KEY)")
        connection.execute("DELETE FROM temp.pair_chosen")
        connection.execute("INSERT OR IGNORE INTO temp.pair_chosen " + fitting.text, fitting.values)
        query += " WHERE lead IN (SELECT lead FROM temp.pair_chosen) OR other IN (SELECT lead FROM temp.pair_chosen)"
    cursor = connection.execute(query.text + " ORDER BY pair.rowid", query.values)
    while found := cursor.fetchmany(at_once):
        yield found


def doubts(connection: sqlite3.Connection) -> dict[tuple[int, int], str]:
    """Pairs that an import flagged, with its reason."""
    return {(row[0], row[1]): row[2] for row in connection.execute(_DOUBTS)}


def distinct(connection: sqlite3.Connection) -> set[tuple[int, int]]:
    """Pairs that a person said are two, the lower id first."""
    return set(connection.execute(_DISTINCT))


def distinct_among(connection: sqlite3.Connection, leads: Sequence[int]) -> list[tuple[int, int]]:
    """The pairs among these leads that a person said are two."""
    return connection.execute(_DISTINCT_AMONG, {"leads": json.dumps(list(leads))}).fetchall()


def say_distinct(connection: sqlite3.Connection, lead: int, other: int, operation: int) -> bool:
    """Notes that two leads are not the same; whether that is new."""
    return connection.execute(_SAY_DISTINCT, (min(lead, other), max(lead, other), operation)).rowcount > 0
