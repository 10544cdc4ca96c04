"""An opt-out holds for the address: a lead that has one in common with a lead whose last word is out is out too, unless it
has opted in itself since.

Leads that hang together by their addresses are looked at together (`temp.near`, with their addresses in `temp.address`); of each
the own last word stands in `temp.word`, see `consent`. Only an own word is handed on: no lead is out over two corners.
"""

from __future__ import annotations

import sqlite3

_TABLES = (
    "CREATE TEMP TABLE near (lead INTEGER PRIMARY KEY)",
    "CREATE TEMP TABLE address (address TEXT PRIMARY KEY) WITHOUT ROWID",
    "CREATE TEMP TABLE quiet (address TEXT PRIMARY KEY, last TEXT NOT NULL) WITHOUT ROWID",
)
_SAID = """
INSERT OR IGNORE INTO temp.near SELECT word.lead FROM temp.word JOIN lead ON lead.id = word.lead
WHERE substr(word.last, -1) = '1' OR lead.opted = 'out'
"""
_ANY_OUT = "SELECT EXISTS (SELECT 1 FROM temp.near) OR EXISTS (SELECT 1 FROM lead WHERE opted = 'out')"
_USABLE = "lead.email IS NOT NULL AND lead.email_state <> 'invalid'"
_FURTHER = "contact.kind = 'email' AND contact.state <> 'invalid'"
_LAST_BEFORE = "ifnull((SELECT id FROM {0} WHERE created_by <> :operation ORDER BY id DESC LIMIT 1), 0)"
# The addresses that an operation gave to leads or took from them, and whose they are or were.
_TOUCHED = f"""
WITH touched (address, lead) AS (
  SELECT email, id FROM lead WHERE id > {_LAST_BEFORE.format("lead")} AND {_USABLE}
  UNION ALL SELECT value, lead FROM contact WHERE id > {_LAST_BEFORE.format("contact")} AND {_FURTHER}
  UNION ALL SELECT before, row FROM change WHERE operation = :operation AND +noun = 'lead' AND field = 'email'
  UNION ALL SELECT lead.email, lead.id FROM change JOIN lead ON lead.id = change.row
    WHERE change.operation = :operation AND +change.noun = 'lead' AND change.field IN ('email', 'email_state')
  UNION ALL SELECT before ->> 'email', row FROM change WHERE operation = :operation AND +noun = 'lead' AND field IS NULL
  UNION ALL SELECT contact.value, contact.lead FROM change JOIN contact ON contact.id = change.row
    WHERE change.operation = :operation AND +change.noun = 'contact' AND change.field IS NOT NULL AND contact.kind = 'email'
  UNION ALL SELECT before ->> 'value', before ->> 'lead' FROM change
    WHERE operation = :operation AND +noun = 'contact' AND field IS NULL AND before ->> 'kind' = 'email')
"""
_TOUCHED_ADDRESSES = f"""
INSERT OR IGNORE INTO temp.address {_TOUCHED}
SELECT address FROM touched WHERE address IS NOT NULL AND (
  EXISTS (SELECT 1 FROM lead WHERE lead.opted = 'out' AND lead.email = touched.address)
  OR EXISTS (SELECT 1 FROM contact CROSS JOIN lead ON lead.id = contact.lead
    WHERE contact.kind = 'email' AND contact.value = touched.address AND lead.opted = 'out'))
"""
_TOUCHED_LEADS = f"""
INSERT OR IGNORE INTO temp.near {_TOUCHED}
SELECT touched.lead FROM touched JOIN lead ON lead.id = touched.lead WHERE lead.opted = 'out'
"""
_THEIR_ADDRESSES = f"""
INSERT OR IGNORE INTO temp.address
SELECT lead.email FROM temp.near JOIN lead ON lead.id = near.lead WHERE {_USABLE}
UNION ALL SELECT contact.value FROM temp.near CROSS JOIN contact ON contact.lead = near.lead WHERE {_FURTHER}
"""
_HOLDERS = f"""
SELECT lead.id AS lead, address.address FROM temp.address CROSS JOIN lead ON lead.email = address.address AND {_USABLE}
UNION ALL
SELECT contact.lead, address.address FROM temp.address CROSS JOIN contact ON contact.value = address.address AND {_FURTHER}
"""
_HELD = f"CREATE TEMP TABLE held AS {_HOLDERS}"
_QUIET = """
INSERT INTO temp.quiet SELECT held.address, max(word.last) FROM temp.held CROSS JOIN temp.word ON word.lead = held.lead
WHERE substr(word.last, -1) = '1' GROUP BY held.address
"""
_GIVE = """
INSERT INTO temp.word SELECT held.lead, max(quiet.last) FROM temp.held CROSS JOIN temp.quiet ON quiet.address = held.address
WHERE TRUE GROUP BY held.lead
ON CONFLICT (lead) DO UPDATE SET last = excluded.last
WHERE word.last IS NULL OR (substr(word.last, -1) = '0' AND word.last < excluded.last)
"""
_WHOSE = f"""
SELECT other.id FROM lead AS other WHERE other.id <> :lead AND other.opted = 'out' AND other.opted_at = :since
  AND EXISTS (SELECT 1 FROM activity WHERE activity.lead = other.id AND activity.occurred_at = other.opted_at
    AND activity.type IN ('opt_out', 'unsubscribe'))
  AND other.id IN (
    WITH mine (address) AS (
      SELECT lead.email FROM lead WHERE lead.id = :lead AND {_USABLE}
      UNION SELECT contact.value FROM contact WHERE contact.lead = :lead AND {_FURTHER})
    SELECT lead.id FROM mine CROSS JOIN lead ON lead.email = mine.address AND {_USABLE}
    UNION SELECT contact.lead FROM mine CROSS JOIN contact ON contact.value = mine.address AND {_FURTHER})
ORDER BY other.id LIMIT 1
"""
_SAID_ITSELF = """
SELECT 1 FROM activity WHERE lead = :lead AND occurred_at = :since AND type IN ('opt_out', 'unsubscribe')
"""


def open_tables(connection: sqlite3.Connection) -> None:
    for statement in _TABLES:
        connection.execute(statement)


def close_tables(connection: sqlite3.Connection) -> None:
    for table in ("near", "address", "quiet", "held"):
        connection.execute(f"DROP TABLE IF EXISTS temp.{table}")


def begin(connection: sqlite3.Connection, operation: int) -> None:
    """Notes who may concern others: who is out or was, and who got an address of somebody who is, or lost one."""
    connection.execute(_SAID)
    if connection.execute(_ANY_OUT).fetchone()[0]:
        connection.execute(_TOUCHED_ADDRESSES, {"operation": operation})
        connection.execute(_TOUCHED_LEADS, {"operation": operation})


def find(connection: sqlite3.Connection) -> bool:
    """Finds all leads that hang together with those by their addresses; whether there are any."""
    while True:
        connection.execute(_THEIR_ADDRESSES)
        if not connection.execute(f"INSERT OR IGNORE INTO temp.near SELECT lead FROM ({_HOLDERS})").rowcount:
            return connection.execute("SELECT 1 FROM temp.near LIMIT 1").fetchone() is not None


def give(connection: sqlite3.Connection) -> None:
    """Hands the opt-outs in `temp.word` on to those who have an address in common with them."""
    connection.execute(_HELD)
    connection.execute(_QUIET)
    connection.execute(_GIVE)


def by_whom(connection: sqlite3.Connection, lead: int, since: str) -> int | None:
    """The lead by whose opt-out, at this moment, another one is out; None where it has said so itself."""
    values = {"lead": lead, "since": since}
    if connection.execute(_SAID_ITSELF, values).fetchone():
        return None
    row = connection.execute(_WHOSE, values).fetchone()
    return int(row[0]) if row is not None else None
