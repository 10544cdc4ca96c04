"""Activities on their way in: a file's are put aside first and enter the table `activity` together, a lead's side by side.

In the order of a large file they would go to places all over the indexes, which takes several times as long.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from leadctl.intake.values.told import CONTENT
from leadctl.model.addresses import TOKEN
from leadctl.store.activities import COUNT_LEADS, Days

_TABLES = (
    f"""CREATE TEMP TABLE arriving (
      n INTEGER PRIMARY KEY, row INTEGER, lead INTEGER, who TEXT, type TEXT, occurred_at TEXT, day INTEGER,
      {", ".join(f"{name} TEXT" for name in CONTENT)}, extra TEXT, own_id TEXT, system TEXT, mark INTEGER, visitor TEXT
    )""",
    "CREATE TEMP TABLE settled (n INTEGER PRIMARY KEY, fate INTEGER NOT NULL)",
)
_THERE, _CHANGED, _AGAIN = 1, 2, 3  # fates: there before as it is, there before but different, twice in this file
_LAST = "SELECT ifnull(max(id), 0) FROM activity"
_OWN_INDEX = "activity_by_own_id"

# Of several rows about one activity with an id of its own, the latest counts; so the order of the rows is all the same.
_ONE_OF_EACH = f"""
INSERT INTO settled SELECT n, {_AGAIN} FROM (
  SELECT n, row_number() OVER (PARTITION BY mark ORDER BY occurred_at DESC, lead, who, {", ".join(CONTENT)}, extra, n) AS place
  FROM arriving WHERE own_id IS NOT NULL AND mark IN (
    SELECT mark FROM arriving WHERE own_id IS NOT NULL GROUP BY mark HAVING count(*) > 1)) WHERE place > 1
"""
_SAME = "activity.mark = arriving.mark AND activity.own_id IS NOT NULL"
_MERGED_EXTRA = "json_patch(coalesce(activity.extra, '{}'), arriving.extra)"
# What a later file leaves empty stays; a person who was known stays known.
_DIFFERS = " OR ".join(
    (
        "(arriving.lead IS NOT NULL AND arriving.lead IS NOT activity.lead)",
        "(arriving.lead IS NULL AND activity.lead IS NULL AND arriving.who IS NOT activity.who)",
        "arriving.occurred_at <> activity.occurred_at",
        *(f"(arriving.{name} IS NOT NULL AND arriving.{name} IS NOT activity.{name})" for name in CONTENT),
        f"(arriving.extra IS NOT NULL AND {_MERGED_EXTRA} IS NOT activity.extra)",
    )
)
_FIND_CHANGED = f"""
INSERT INTO settled SELECT arriving.n, {_CHANGED} FROM arriving JOIN activity ON {_SAME}
WHERE arriving.own_id IS NOT NULL AND ({_DIFFERS}) AND arriving.n NOT IN (SELECT n FROM settled)
"""
_FIND_SAME = f"""
INSERT INTO settled SELECT arriving.n, {_THERE} FROM arriving JOIN activity ON {_SAME}
WHERE arriving.own_id IS NOT NULL AND arriving.n NOT IN (SELECT n FROM settled WHERE fate = {_CHANGED})
ON CONFLICT (n) DO UPDATE SET fate = {_THERE}
"""
_FIND_KNOWN = f"""
INSERT INTO settled SELECT arriving.n, {_THERE} FROM arriving WHERE own_id IS NULL AND (
  (lead IS NOT NULL AND EXISTS (SELECT 1 FROM activity WHERE activity.lead = arriving.lead
    AND activity.day = arriving.day AND activity.type = arriving.type AND activity.mark = arriving.mark))
  OR (lead IS NULL AND EXISTS (SELECT 1 FROM activity WHERE activity.lead IS NULL AND activity.who = arriving.who
    AND activity.day = arriving.day AND activity.type = arriving.type AND activity.mark = arriving.mark)))
"""
_CHANGE = f"""
UPDATE activity SET lead = coalesce(arriving.lead, activity.lead), occurred_at = arriving.occurred_at, day = arriving.day,
  who = CASE WHEN coalesce(arriving.lead, activity.lead) IS NULL THEN arriving.who ELSE activity.who END,
  {", ".join(f"{name} = coalesce(arriving.{name}, activity.{name})" for name in CONTENT)},
  extra = CASE WHEN arriving.extra IS NULL THEN activity.extra ELSE {_MERGED_EXTRA} END
FROM arriving WHERE {_SAME} AND arriving.n IN (SELECT n FROM settled WHERE fate = {_CHANGED})
"""
# A row that says both who somebody is and which visitor ties them. One with the visitor alone is of the lead who that is;
# of a shared machine only where it is known as that lead's already.
_TIE = """
INSERT OR IGNORE INTO contact (lead, kind, value, state, created_by)
SELECT DISTINCT lead, 'visitor', visitor, 'valid', ? FROM arriving WHERE visitor IS NOT NULL AND lead IS NOT NULL
"""
_NAME_VISITORS = """
UPDATE arriving SET lead = known.lead FROM (
  SELECT value, min(lead) AS lead FROM contact
  WHERE kind = 'visitor' AND value IN (SELECT visitor FROM arriving WHERE lead IS NULL AND visitor IS NOT NULL)
  GROUP BY value HAVING count(*) = 1) AS known
WHERE arriving.lead IS NULL AND arriving.visitor = known.value AND arriving.who = 'visitor:' || known.value
"""
_SAME_OF_SHARED = """
FROM contact JOIN activity ON activity.lead = contact.lead AND activity.day = arriving.day
  AND activity.type = arriving.type AND activity.mark = arriving.mark
WHERE contact.kind = 'visitor' AND contact.value = arriving.visitor
"""
_KNOWN_OF_SHARED = f"""
UPDATE arriving SET lead = (SELECT min(activity.lead) {_SAME_OF_SHARED})
WHERE lead IS NULL AND own_id IS NULL AND who = 'visitor:' || visitor AND EXISTS (SELECT 1 {_SAME_OF_SHARED})
"""
_WITH_VISITORS = """
SELECT count(*) FROM (
  SELECT lead FROM activity WHERE created_by = :operation AND lead IS NOT NULL
  UNION SELECT activity.lead FROM change JOIN activity ON activity.id = change.row
    WHERE change.operation = :operation AND change.noun = 'activity' AND activity.lead IS NOT NULL
  UNION SELECT lead FROM contact WHERE created_by = :operation)
"""
# A link's token says where somebody came from, also where the address has lost its tags.
_TAGGED = {"source": "source", "channel": "medium", "campaign": "campaign", "content": "content", "term": "term"}
_ANY_LINK = "SELECT 1 FROM link LIMIT 1"
_TAG_BY_LINK = f"""
UPDATE arriving SET {", ".join(f"{name} = link.{tag}" for name, tag in _TAGGED.items())} FROM link
WHERE instr(arriving.extra, '"{TOKEN}":') > 0 AND link.token = json_extract(arriving.extra, '$.{TOKEN}')
  AND arriving.source IS NULL AND arriving.campaign IS NULL
"""
_DATE_BY_CAPTURE = """
UPDATE arriving SET occurred_at = lead.captured_at, day = NULL FROM lead
WHERE arriving.occurred_at IS NULL AND lead.id = arriving.lead
"""
_COLUMNS = ("lead", "who", "type", "occurred_at", "day", *CONTENT, "extra", "own_id", "system", "mark")
_ENTER = f"""
INSERT OR IGNORE INTO activity ({", ".join(_COLUMNS)}, created_by) SELECT {", ".join(_COLUMNS)}, ? FROM arriving
WHERE n NOT IN (SELECT n FROM settled) ORDER BY lead, who, day, type, mark, system, extra
"""
_OF_ROWS = f"""
SELECT ifnull(sum(made), 0), ifnull(sum(made = 0 AND changed), 0), ifnull(sum(made = 0 AND NOT changed AND there = activities), 0),
       ifnull(sum(made AND unknown), 0) FROM (
  SELECT max(first AND fate IS NULL) AS made, max(fate IS {_CHANGED}) AS changed, sum(fate IS {_THERE}) AS there,
         count(*) AS activities, max(lead IS NULL) AS unknown FROM (
    SELECT arriving.row, arriving.lead, settled.fate,
           arriving.n = min(arriving.n) OVER (PARTITION BY fate, lead, who, day, type, mark) AS first
    FROM arriving LEFT JOIN settled USING (n))
  GROUP BY row)
"""
_CONCERNED = COUNT_LEADS.format(
    "activity.id > :last OR activity.id IN (SELECT row FROM change WHERE operation = :operation)"
)


@dataclass(frozen=True)
class Arrived:
    """What became of rows of activities: `created` (of these `unknown` of people who are no leads), `updated`, `unchanged`;
    and how many leads all this is about. `made`: how many activities that are."""

    created: int
    updated: int
    unchanged: int
    unknown: int
    leads: int
    made: int


def open_arrivals(connection: sqlite3.Connection) -> None:
    """Makes the place where activities wait. A transaction that is rolled back takes it along."""
    for statement in _TABLES:
        connection.execute(statement)


def put_aside(connection: sqlite3.Connection, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Activities that wait to enter; `columns` name the values of each."""
    values = ", ".join("?" * len(columns))
    connection.executemany(f"INSERT INTO arriving ({', '.join(columns)}) VALUES ({values})", rows)


def name_visitors(connection: sqlite3.Connection, operation: int) -> None:
    """Finds out whose the waiting activities of visitors are, by the waiting ones that say so and by what is known."""
    connection.execute(_TIE, (operation,))
    connection.execute(_NAME_VISITORS)
    connection.execute(_KNOWN_OF_SHARED)


def concerned(connection: sqlite3.Connection, operation: int) -> int:
    """How many leads an operation is about that brought activities, gave some to leads, or said who visitors are."""
    return int(connection.execute(_WITH_VISITORS, {"operation": operation}).fetchone()[0])


def date_by_capture(connection: sqlite3.Connection, days: Days) -> None:
    """Waiting activities without a moment happened when their lead was captured."""
    connection.create_function("day_of", 1, lambda moment: days[moment[:16]], deterministic=True)
    connection.execute(_DATE_BY_CAPTURE)
    connection.execute("UPDATE arriving SET day = day_of(occurred_at) WHERE day IS NULL")


def enter(connection: sqlite3.Connection, operation: int, *, own_ids: bool, several: bool) -> Arrived:
    """Lets the waiting activities in, each once. `own_ids`: some have an id of their own; `several`: some rows stand for
    several activities or for none."""
    last = connection.execute(_LAST).fetchone()[0]
    if connection.execute(_ANY_LINK).fetchone():
        connection.execute(_TAG_BY_LINK)
    if own_ids:
        connection.execute(_ONE_OF_EACH)
    if last:
        if own_ids:
            connection.execute(_FIND_CHANGED)
            connection.execute(_CHANGE)
            connection.execute(_FIND_SAME)
        connection.execute(_FIND_KNOWN)
    made = _let_in(connection, operation, rebuild=own_ids and not last)
    if several:
        created, updated, unchanged, unknown = connection.execute(_OF_ROWS).fetchone()
    else:
        created = made
        fates = dict(connection.execute("SELECT fate, count(*) FROM settled GROUP BY fate"))
        updated, unchanged = fates.get(_CHANGED, 0), fates.get(_THERE, 0)
        query = "SELECT count(*) FROM activity WHERE lead IS NULL AND id > ?"
        unknown = connection.execute(query, (last,)).fetchone()[0]
    leads = connection.execute(_CONCERNED, {"last": last, "operation": operation}).fetchone()[0]
    for table in ("arriving", "settled"):
        connection.execute(f"DROP TABLE temp.{table}")
    return Arrived(created, updated, unchanged, unknown, leads, made)


def _let_in(connection: sqlite3.Connection, operation: int, *, rebuild: bool) -> int:
    """Inserts what is new. Into an empty table it is quicker to sort the index of own ids at the end."""
    index = connection.execute("SELECT sql FROM sqlite_schema WHERE name = ?", (_OWN_INDEX,)).fetchone()[0]
    if rebuild:
        connection.execute(f"DROP INDEX {_OWN_INDEX}")
    made = connection.execute(_ENTER, (operation,)).rowcount
    if rebuild:
        connection.execute(index)
    return made
