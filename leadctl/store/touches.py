"""Touches: what leads did that says where they came from, and the first and the last of them.

A touch is an activity of the lead's that has a source, a referrer or a campaign, and every activity `touch`. Leaving is
none: who unsubscribes from a campaign did not come by it.
"""

from __future__ import annotations

import sqlite3
from typing import Any

_LEAVING = ("unsubscribe", "opt_out", "bounce")
_OF_LEAD = (
    f"activity.type NOT IN {_LEAVING} AND activity.type NOT IN (SELECT type FROM activity_type WHERE by = 'us') "
    "AND activity.occurred_at <= utc_now()"
)
_NAMES = "(activity.source IS NOT NULL OR activity.campaign IS NOT NULL OR activity.referrer IS NOT NULL)"
IS_TOUCH = f"(activity.type = 'touch' OR {_NAMES}) AND {_OF_LEAD}"
_HOST = "substr(activity.referrer, 1, instr(activity.referrer || '/', '/') - 1)"
_VALUES = {"source": f"coalesce(activity.source, {_HOST})", "campaign": "activity.campaign"}
_ORDERS = {
    "first": "activity.occurred_at, activity.id",
    "last": "activity.occurred_at DESC, activity.id DESC",
}
_EXTREMES = {"first": "min", "last": "max"}
_PARTS = {f"{end}_{part}": (end, part) for end in _ORDERS for part in _VALUES}

# Columns of leads: those of the first and the last touch that names anything, and how many touches there are. Each is an
# expression on `lead`; `utc_now()` is the moment that stands for now.
COLUMNS = {
    **{
        name: f"(SELECT {_VALUES[part]} FROM activity WHERE activity.lead = lead.id AND {_NAMES} AND {_OF_LEAD} "
        f"ORDER BY {_ORDERS[end]} LIMIT 1)"
        for name, (end, part) in _PARTS.items()
    },
    "touches": f"(SELECT count(*) FROM activity WHERE activity.lead = lead.id AND {IS_TOUCH})",
}
GROUPS = tuple(_PARTS)
# After `note_each`: what it noted for a lead.
NOTED = "(SELECT noted_touch.value FROM temp.noted_touch WHERE noted_touch.lead = lead.id)"

_OF_ONE = f"""
SELECT occurred_at, type, source, channel, campaign, content, term, path, referrer FROM activity
WHERE lead = ? AND {IS_TOUCH} ORDER BY occurred_at, id
"""
# SQLite takes the other columns from the row that holds the minimum or maximum; ids have 19 digits at most.
_NOTE = f"""
INSERT INTO temp.noted_touch SELECT lead, value FROM (
  SELECT activity.lead AS lead, {{value}} AS value, {{extreme}}(activity.occurred_at || printf('%019d', activity.id))
  FROM activity WHERE activity.lead IS NOT NULL AND {_NAMES} AND {_OF_LEAD} GROUP BY activity.lead)
"""
# A lead without a source or a campaign has those of the first touch that an import brought.
_FILL = """
UPDATE lead SET {part} = told.value FROM (
  SELECT activity.lead AS lead, activity.{part} AS value, min(activity.occurred_at || printf('%019d', activity.id))
  FROM activity JOIN lead ON lead.id = activity.lead
  WHERE activity.created_by = ? AND activity.type = 'touch' AND activity.{part} IS NOT NULL AND lead.{part} IS NULL
  GROUP BY activity.lead) AS told
WHERE lead.id = told.lead
"""


def of_lead(connection: sqlite3.Connection, lead: int) -> list[tuple[Any, ...]]:
    """Every touch of a lead, oldest first: moment, type, source, medium, campaign, content, term, path, referrer."""
    return connection.execute(_OF_ONE, (lead,)).fetchall()


def note_each(connection: sqlite3.Connection, name: str) -> None:
    """Notes one of `GROUPS` for all leads, in one pass over the activities; `NOTED` reads it."""
    end, part = _PARTS[name]
    connection.execute("CREATE TEMP TABLE IF NOT EXISTS noted_touch (lead INTEGER PRIMARY KEY, value TEXT)")
    connection.execute("DELETE FROM temp.noted_touch")
    connection.execute(_NOTE.format(value=_VALUES[part], extreme=_EXTREMES[end]))


def fill_leads(connection: sqlite3.Connection, operation: int) -> None:
    """Gives leads that say neither source nor campaign those of the touches that this operation brought."""
    for part in _VALUES:
        connection.execute(_FILL.format(part=part), (operation,))
