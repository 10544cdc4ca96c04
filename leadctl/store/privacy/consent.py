"""Consent: what the last opt-in or opt-out of each lead says, and what bounces and answers say of its address.

The record is the activities themselves; the columns `opted` and `opted_at` of a lead say what the latest of them says, and
`out` also where an address of the lead is that of another one who opted out (`spread`).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from leadctl.store.privacy import spread
from leadctl.store.reports import query_text

# The one condition on a lead for everything that calls, writes or advertises.
MAY_BE_CONTACTED = "(lead.opted IS NULL OR lead.opted <> 'out')"

# The types that say something of consent or of the address; the words of the index `activity_of_consent`.
TELLING = "type IN ('opt_in', 'opt_out', 'unsubscribe', 'bounce', 'reply') AND lead IS NOT NULL"
_FRESH = f"SELECT lead FROM activity INDEXED BY activity_of_consent WHERE {TELLING} AND created_by = :operation"
# Those that turned out to be a lead's, or another lead's; and the leads that lost one.
_CHANGED = f"""
UNION SELECT activity.lead FROM change JOIN activity ON activity.id = change.row
  WHERE change.operation = :operation AND change.noun = 'activity' AND {TELLING.replace("lead", "activity.lead")}
UNION SELECT before FROM change
  WHERE operation = :operation AND noun = 'activity' AND field = 'lead' AND before IS NOT NULL
"""
# The last word of a lead: its moment, then 1 for out and 0 for in. An opt-in that is still to come does not count yet; of two
# at the same moment the opt-out does.
_WORDS = """
INSERT INTO temp.word
SELECT asked.lead, max(activity.occurred_at || CASE activity.type WHEN 'opt_in' THEN '0' ELSE '1' END)
FROM (SELECT lead FROM temp.{asked} EXCEPT SELECT lead FROM temp.word) AS asked
LEFT JOIN activity ON activity.lead = asked.lead AND activity.type IN ('opt_in', 'opt_out', 'unsubscribe')
  AND (activity.type <> 'opt_in' OR activity.occurred_at <= :now)
GROUP BY asked.lead
"""
_OPTED = """
UPDATE lead SET opted = CASE substr(said.last, -1) WHEN '1' THEN 'out' WHEN '0' THEN 'in' END,
  opted_at = substr(said.last, 1, length(said.last) - 1)
FROM temp.word AS said
WHERE lead.id = said.lead AND (lead.opted IS NOT CASE substr(said.last, -1) WHEN '1' THEN 'out' WHEN '0' THEN 'in' END
  OR lead.opted_at IS NOT substr(said.last, 1, length(said.last) - 1))
"""
_OF_ADDRESS = "type IN ('bounce', 'reply', 'opt_in')"
# Only who has something new to tell of the address is looked at; of all that was told the latest counts. CROSS JOIN and the
# plus sign keep SQLite with the rows of one lead and the history of one activity.
_ADDRESS = f"""
CREATE TEMP TABLE told_of_address AS
SELECT asked.lead, substr(max(activity.occurred_at || CASE activity.type WHEN 'bounce' THEN '1' ELSE '0' END), -1) AS bounced
FROM temp.asked CROSS JOIN activity ON activity.lead = asked.lead AND activity.{_OF_ADDRESS}
  AND activity.occurred_at <= :now
GROUP BY asked.lead HAVING max(activity.created_by = :operation OR EXISTS (
  SELECT 1 FROM change WHERE change.noun = 'activity' AND change.row = activity.id AND +change.operation = :operation))
"""
# Mail does not arrive there, but the lead is still known by it: the address stays as one in second place.
_STILL_KNOWN = """
INSERT OR IGNORE INTO contact (lead, kind, value, state, label, created_by)
SELECT lead.id, 'email', lead.email, 'unverified', 'bounced', :operation
FROM temp.told_of_address AS told JOIN lead ON lead.id = told.lead
WHERE told.bounced = '1' AND lead.email_state IN ('valid', 'unverified')
"""
_BOUNCED = """
UPDATE lead SET email_state = 'invalid' FROM temp.told_of_address AS told
WHERE lead.id = told.lead AND told.bounced = '1' AND lead.email_state IN ('valid', 'unverified')
"""
_CONFIRMED = """
UPDATE lead SET email_state = 'confirmed' FROM temp.told_of_address AS told
WHERE lead.id = told.lead AND told.bounced = '0' AND (lead.email_state = 'valid' OR EXISTS (
  SELECT 1 FROM contact WHERE contact.lead = lead.id AND contact.kind = 'email' AND contact.value = lead.email
    AND contact.label = 'bounced'))
"""
_NO_LONGER_SECOND = """
DELETE FROM contact WHERE kind = 'email' AND label = 'bounced' AND lead IN (
  SELECT lead FROM temp.told_of_address WHERE bounced = '0') AND value = (SELECT email FROM lead WHERE lead.id = contact.lead)
"""
# Of consent that a file tells without a moment. It says how things are as of its import; what was told before happened when
# it was told first, so that the same file another day is no news. A yes of no day takes back no opt-out; it is kept where a yes
# of a day in the same file does.
_AS_BEFORE = """
UPDATE arriving SET occurred_at = activity.occurred_at, day = activity.day FROM activity
WHERE arriving.occurred_at IS NULL AND arriving.type IN ('opt_in', 'opt_out', 'unsubscribe') AND activity.lead = arriving.lead
  AND activity.type = arriving.type AND activity.mark = arriving.mark
"""
_FROM_NOW_ON = """
UPDATE arriving SET occurred_at = :now, day = NULL WHERE occurred_at IS NULL AND type IN ('opt_out', 'unsubscribe')
"""
_NO_NEWS = """
DELETE FROM arriving WHERE occurred_at IS NULL AND type = 'opt_in' AND lead IN (
  SELECT lead.id FROM lead LEFT JOIN (
    SELECT lead, max(occurred_at) AS last FROM arriving WHERE type = 'opt_in' AND occurred_at <= :now GROUP BY lead
  ) AS dated ON dated.lead = lead.id
  WHERE lead.opted = 'out' AND (dated.last IS NULL OR dated.last <= lead.opted_at))
"""
_NOW = "SELECT started_at FROM operation WHERE id = ?"
_HAS_SAID = """
WITH said AS (
  SELECT occurred_at, note, CASE type WHEN 'opt_in' THEN 'in' ELSE 'out' END AS way FROM activity
  WHERE lead = :lead AND type IN ('opt_in', 'opt_out', 'unsubscribe'))
SELECT 1 FROM said WHERE way = :way AND (:origin IS NULL OR note = :origin)
  AND occurred_at >= ifnull((SELECT max(occurred_at) FROM said WHERE way <> :way), '')
"""
_RECORD = """
SELECT activity.occurred_at, activity.type, CASE activity.type WHEN 'opt_in' THEN 'in' ELSE 'out' END AS says,
       coalesce(activity.note, activity.source, activity.system) AS origin, activity.created_by, operation.command
FROM activity LEFT JOIN operation ON operation.id = activity.created_by
WHERE activity.lead = ? AND activity.type IN ('opt_in', 'opt_out', 'unsubscribe')
ORDER BY activity.occurred_at, says DESC, activity.id
"""


def keep_consent(connection: sqlite3.Connection, operation: int, *, changed: bool = True) -> None:
    """Brings `opted`, `opted_at` and the state of the address up to date, after an operation that brought or moved
    activities, or changed who has which address. `changed`: it may have given activities that were there to (other) leads."""
    now = connection.execute(_NOW, (operation,)).fetchone()[0]
    with _asking(connection):
        any_asked = _ask(connection, operation, changed=changed)
        _settle(connection, now, (operation,))
        if any_asked:
            try:
                connection.execute(_ADDRESS, {"now": now, "operation": operation})
                connection.execute(_STILL_KNOWN, {"operation": operation})
                connection.execute(_BOUNCED)
                connection.execute(_CONFIRMED)
                connection.execute(_NO_LONGER_SECOND)
            finally:
                connection.execute("DROP TABLE IF EXISTS temp.told_of_address")


@contextmanager
def consent_kept(connection: sqlite3.Connection, undone: int, current: int) -> Iterator[None]:
    """While an operation is taken back: afterwards `opted` says what the activities say that are left."""
    with _asking(connection):
        _ask(connection, undone, changed=True)
        spread.begin(connection, undone)
        connection.execute("INSERT OR IGNORE INTO temp.near SELECT lead FROM temp.asked")
        yield
        _settle(connection, connection.execute(_NOW, (current,)).fetchone()[0], (undone,))


@contextmanager
def _asking(connection: sqlite3.Connection) -> Iterator[None]:
    connection.execute("CREATE TEMP TABLE asked (lead INTEGER PRIMARY KEY)")
    connection.execute("CREATE TEMP TABLE word (lead INTEGER PRIMARY KEY, last TEXT)")
    spread.open_tables(connection)
    try:
        yield
    finally:
        spread.close_tables(connection)
        connection.execute("DROP TABLE temp.word")
        connection.execute("DROP TABLE temp.asked")


def _ask(connection: sqlite3.Connection, operation: int, *, changed: bool) -> bool:
    """Notes whose consent the operation may have changed; whether anybody's."""
    which = _FRESH + (_CHANGED if changed else "")
    return connection.execute(f"INSERT OR IGNORE INTO asked {which}", {"operation": operation}).rowcount > 0


def _settle(connection: sqlite3.Connection, now: str, operations: Iterable[int]) -> None:
    """Works out what holds for those who are asked, and for those who have an address in common with somebody who is out."""
    connection.execute(_WORDS.format(asked="asked"), {"now": now})
    for operation in operations:
        spread.begin(connection, operation)
    if spread.find(connection):
        connection.execute(_WORDS.format(asked="near"), {"now": now})
        spread.give(connection)
    connection.execute(_OPTED)


def date_consent(connection: sqlite3.Connection, operation: int) -> None:
    """Dates the consent that waiting rows tell of without a moment, where their lead's capture would be the wrong one."""
    if connection.execute(
        "SELECT 1 FROM arriving WHERE occurred_at IS NULL AND type IN ('opt_in', 'opt_out', 'unsubscribe') LIMIT 1"
    ).fetchone():
        now = connection.execute(_NOW, (operation,)).fetchone()[0]
        connection.execute(_AS_BEFORE)
        connection.execute(_FROM_NOW_ON, {"now": now})
        keep_consent(connection, operation)  # a new lead may have the address of one who is out
        connection.execute(_NO_NEWS, {"now": now})


def stands(connection: sqlite3.Connection, lead: int) -> tuple[str | None, str | None]:
    """`opted` and `opted_at` of a lead."""
    row = connection.execute("SELECT opted, opted_at FROM lead WHERE id = ?", (lead,)).fetchone()
    return (row[0], row[1]) if row is not None else (None, None)


def warning(connection: sqlite3.Connection, lead: int) -> str | None:
    """What to say before somebody contacts a lead that opted out."""
    opted, since = stands(connection, lead)
    return (
        f"lead {lead} has opted out, on {(since or '')[:10]}: ask before you write or call" if opted == "out" else None
    )


def has_said(connection: sqlite3.Connection, lead: int, way: str, origin: str | None) -> bool:
    """Whether a lead has said so itself since it last said the contrary, by this origin; None: by any."""
    return connection.execute(_HAS_SAID, {"lead": lead, "way": way, "origin": origin}).fetchone() is not None


def record(connection: sqlite3.Connection, lead: int) -> list[tuple[Any, ...]]:
    """Every opt-in and opt-out, oldest first: when, type, in or out, origin, operation and its command."""
    return connection.execute(_RECORD, (lead,)).fetchall()


def left_out_of(connection: sqlite3.Connection, report: str, values: dict[str, Any]) -> int:
    """How many leads a report leaves out because they opted out."""
    query = query_text(report).replace(MAY_BE_CONTACTED, f"NOT {MAY_BE_CONTACTED}")
    return int(connection.execute(f"SELECT count(DISTINCT lead) FROM ({query})", values).fetchone()[0])
