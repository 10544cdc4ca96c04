"""What leads and we did: the day that each activity counts as, and the types as the rules have them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from datetime import date
from zoneinfo import ZoneInfo

from leadctl.intake.values.told import CONTENT
from leadctl.model.dates import civil_day
from leadctl.store import visits
from leadctl.store.contacts import COUNTS

_ZONE = "SELECT timezone FROM calendar"
# Activities whose time another program has changed.
_BY_OTHERS = "SELECT row FROM change WHERE operation IS NULL AND +noun = 'activity' AND field = 'occurred_at'"
_COUNT_DAYS = "UPDATE activity SET day = activity_day(occurred_at) WHERE day <> activity_day(occurred_at)"
_TYPE = (
    "INSERT INTO activity_type (type, by) VALUES (?, ?) "
    "ON CONFLICT (type) DO UPDATE SET by = excluded.by WHERE by <> excluded.by"
)
# People who are no leads yet are looked for under the keys of leads that are new or have changed, and under what leads are
# known by besides. A visitor who is several leads is a shared machine, and nobody's.
_ANY_UNKNOWN = "SELECT EXISTS (SELECT 1 FROM activity WHERE lead IS NULL) OR EXISTS (SELECT 1 FROM visits)"
_TOUCHED = """
SELECT id FROM lead WHERE id >= :first
UNION SELECT row FROM change WHERE operation = :operation AND noun = 'lead' AND field IN
  ('external_id', 'email', 'email_state', 'phone', 'phone_state')
"""
_KEYS = f"""
SELECT 'id:' || external_id AS who, id AS lead FROM lead WHERE external_id IS NOT NULL AND id IN (SELECT id FROM touched)
UNION ALL SELECT 'email:' || email, id FROM lead WHERE email_state <> 'invalid' AND id IN (SELECT id FROM touched)
UNION ALL SELECT 'phone:' || phone, id FROM lead WHERE phone_state = 'valid' AND id IN (SELECT id FROM touched)
UNION ALL SELECT CASE kind WHEN 'external_id' THEN 'id' ELSE kind END || ':' || value, lead FROM contact AS mine
  WHERE (created_by = :operation OR id IN (SELECT row FROM change WHERE operation = :operation AND noun = 'contact'))
    AND ({COUNTS} OR (kind = 'visitor' AND NOT EXISTS (
      SELECT 1 FROM contact AS other WHERE other.kind = 'visitor' AND other.value = mine.value AND other.lead <> mine.lead)))
"""
_FOUND = f"""
CREATE TEMP TABLE found AS WITH touched AS MATERIALIZED ({_TOUCHED}), keys AS ({_KEYS})
SELECT keys.who, min(keys.lead) AS lead FROM keys WHERE keys.who IS NOT NULL
  AND (EXISTS (SELECT 1 FROM activity WHERE activity.lead IS NULL AND activity.who = keys.who)
    OR (keys.who GLOB 'visitor:*' AND EXISTS (SELECT 1 FROM visits WHERE visits.visitor = substr(keys.who, 9))))
GROUP BY keys.who
"""
# A row that named a visitor too says who that was.
_SAYS_WHO = """
INSERT OR IGNORE INTO contact (lead, kind, value, state, created_by)
SELECT DISTINCT found.lead, 'visitor', activity.extra ->> '$.visitor', 'valid', ? FROM temp.found
JOIN activity ON activity.lead IS NULL AND activity.who = found.who
WHERE instr(activity.extra, '"visitor":') > 0 AND json_type(activity.extra, '$.visitor') = 'text'
"""
_ADOPT = """
UPDATE OR IGNORE activity SET lead = found.lead FROM temp.found WHERE activity.lead IS NULL AND activity.who = found.who
"""
_THERE_ALREADY = "DELETE FROM activity WHERE lead IS NULL AND who IN (SELECT who FROM temp.found)"
COUNT_LEADS = "SELECT count(DISTINCT activity.lead) FROM activity WHERE {}"
_EPOCH = date(1970, 1, 1).toordinal()


class Days(dict[str, int]):
    """Moment (UTC text) -> the number of its civil day in a time zone, in days since 1970-01-01; worked out once a minute."""

    def __init__(self, zone: ZoneInfo) -> None:
        super().__init__()
        self.zone = zone

    def __missing__(self, moment: str) -> int:
        if len(moment) > 16:  # no zone changes its clocks within a minute
            return self[moment[:16]]
        if len(self) > 500_000:
            self.clear()
        found = self[moment] = civil_day(moment, self.zone).toordinal() - _EPOCH
        return found


def keep_calendar(connection: sqlite3.Connection, zone: ZoneInfo) -> None:
    """Counts the days of all activities in this time zone; work only where it was another one before."""
    row = connection.execute(_ZONE).fetchone()
    if row is not None and row[0] == zone.key:
        if connection.execute(f"SELECT 1 FROM ({_BY_OTHERS}) LIMIT 1").fetchone():
            _count_days(connection, zone, f"id IN ({_BY_OTHERS})")
        return
    if row is None:
        connection.execute("INSERT INTO calendar (timezone) VALUES (?)", (zone.key,))
    else:
        connection.execute("UPDATE calendar SET timezone = ?", (zone.key,))
    if connection.execute("SELECT 1 FROM activity LIMIT 1").fetchone():
        _count_days(connection, zone)


def mend_days(connection: sqlite3.Connection, operation: int) -> None:
    """Counts the days of the activities that an operation changed, in the time zone in which all are counted."""
    row = connection.execute(_ZONE).fetchone()
    if row is not None:
        of_operation = f"id IN (SELECT row FROM change WHERE operation = {int(operation)} AND noun = 'activity')"
        _count_days(connection, ZoneInfo(row[0]), of_operation)


def _count_days(connection: sqlite3.Connection, zone: ZoneInfo, which: str = "TRUE") -> None:
    days = Days(zone)
    connection.create_function("activity_day", 1, lambda moment: days[moment], deterministic=True)
    connection.execute(f"{_COUNT_DAYS} AND {which}")


def keep_types(connection: sqlite3.Connection, types: Iterable[tuple[str, str]]) -> None:
    """Notes who acts in each type of activity: (type, `lead` or `us`)."""
    connection.executemany(_TYPE, types)


def find(connection: sqlite3.Connection, lead: int, day: int, kind: str, mark: int) -> int | None:
    """The activity of a lead that is the same one, if it is there."""
    query = "SELECT id FROM activity WHERE lead = ? AND day = ? AND type = ? AND mark = ?"
    row = connection.execute(query, (lead, day, kind, mark)).fetchone()
    return int(row[0]) if row is not None else None


def add(
    connection: sqlite3.Connection,
    lead: int,
    day: int,
    kind: str,
    mark: int,
    occurred_at: str,
    content: Mapping[str, str | None],
    operation: int,
) -> int:
    """Inserts one activity; its id. `content`: values of the columns `CONTENT`."""
    given = [content.get(name) for name in CONTENT]
    query = (
        f"INSERT INTO activity (lead, day, type, mark, occurred_at, created_by, {', '.join(CONTENT)}) "
        f"VALUES (?, ?, ?, ?, ?, ?, {', '.join('?' * len(CONTENT))}) RETURNING id"
    )
    values = (lead, day, kind, mark, occurred_at, operation, *given)
    return int(connection.execute(query, values).fetchone()[0])


def adopt(connection: sqlite3.Connection, operation: int, first: int) -> int:
    """Gives activities of people who were no leads to the leads that they turn out to be: new ones (from the id `first` on)
    and those that the operation changed, or of which it said by what else they are known. An activity that is there under
    its lead already goes. How many were found."""
    if not connection.execute(_ANY_UNKNOWN).fetchone()[0]:
        return 0
    found = _FOUND.replace(":first", str(int(first))).replace(":operation", str(int(operation)))
    count = 0
    again = True
    while again:  # who was found may say who else is known
        connection.execute(found)
        try:
            again = connection.execute(_SAYS_WHO, (operation,)).rowcount > 0
            count += connection.execute(_ADOPT).rowcount
            count += connection.execute(_THERE_ALREADY).rowcount
            row = connection.execute(_ZONE).fetchone()
            if row is not None:  # else no log was ever read
                count += visits.join(connection, operation, Days(ZoneInfo(row[0])))
        finally:
            connection.execute("DROP TABLE temp.found")
    return count


def ready_to_count(connection: sqlite3.Connection, zone: ZoneInfo) -> None:
    """Like `keep_calendar`, for reading: in a transaction of its own, and only where days are counted in another zone."""
    row = connection.execute(_ZONE).fetchone()
    if row is None or row[0] == zone.key:
        return
    if connection.in_transaction:
        keep_calendar(connection, zone)
        return
    connection.execute("BEGIN IMMEDIATE")
    try:
        keep_calendar(connection, zone)
    except BaseException:
        connection.rollback()
        raise
    connection.commit()
