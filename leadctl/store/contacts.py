"""What else leads are known by: further e-mail addresses, phone numbers and external ids, visitors of the site, and the whole
rows (as fingerprints) of leads that were merged into them."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from itertools import repeat
from typing import Any

from leadctl.compiler.fragment import Sql

_ANY = "SELECT 1 FROM contact LIMIT 1"
# A key that counts, as those of `lead` do: an address that is not invalid, a number that is certain.
COUNTS = (
    "(kind IN ('external_id', 'fingerprint') OR (kind = 'email' AND state <> 'invalid') "
    "OR (kind = 'phone' AND state = 'valid'))"
)
_OF = (
    f"SELECT contact.lead, kind, contact.value, {COUNTS}, label FROM json_each(?) AS wanted "
    "JOIN contact ON contact.lead = wanted.value"
)
_BY_KEY = (
    "SELECT contact.value, contact.lead FROM json_each(?) AS wanted JOIN contact ON contact.kind = ? "
    f"AND contact.value = wanted.value WHERE {COUNTS}"
)
_ADD = "INSERT OR IGNORE INTO contact (lead, kind, value, state, label, created_by, created_line) VALUES (?, ?, ?, ?, ?, ?, ?)"
_LISTED = (
    "SELECT id, kind, value, state, label, created_by, created_line FROM contact "
    "WHERE lead = ? AND kind NOT IN ('visitor', 'fingerprint') ORDER BY kind, id"
)
# Of each kind, how many a lead has at the most, and whether anything is said of any.
_MOST = (
    "SELECT kind, max(count), max(labels) FROM (SELECT kind, count(*) AS count, count(label) AS labels FROM contact WHERE ",
    " GROUP BY contact.lead, kind) GROUP BY kind",
)
_BETWEEN = (
    "SELECT lead, kind, value, label FROM contact WHERE lead BETWEEN ? AND ? AND kind NOT IN ('visitor', 'fingerprint') "
    "ORDER BY lead, id"
)


def any_there(connection: sqlite3.Connection) -> bool:
    """Whether there are any."""
    return connection.execute(_ANY).fetchone() is not None


def held(
    connection: sqlite3.Connection, leads: Iterable[int]
) -> dict[int, dict[tuple[str, str], tuple[bool, str | None]]]:
    """Lead -> (kind, value) of everything that it has here, whether it can be known by that, and the label: of an external
    id the system that gave it."""
    found: dict[int, dict[tuple[str, str], tuple[bool, str | None]]] = {}
    for lead, kind, value, counts, label in connection.execute(_OF, (json.dumps(list(leads)),)):
        found.setdefault(lead, {})[kind, value] = bool(counts), label
    return found


def ids_by_key(connection: sqlite3.Connection, kind: str, keys: Iterable[str]) -> Iterable[tuple[str, int]]:
    """Pairs of key and lead, of those leads that have one of these further keys."""
    return connection.execute(_BY_KEY, (json.dumps(list(keys)), kind))


def add(
    connection: sqlite3.Connection,
    rows: Iterable[tuple[int, str, str, str, str | None, int]],
    lines: Iterable[int | None] = repeat(None),
) -> None:
    """Adds (lead, kind, value, state, label, operation); what is there stays. `lines`: where in the operation's file the rows
    begin that say so."""
    connection.executemany(_ADD, ((*row, line) for row, line in zip(rows, lines, strict=False)))


def most(connection: sqlite3.Connection, condition: Sql | None) -> dict[str, tuple[int, bool]]:
    """Kind -> how many of it a lead has in second place at the most, and whether anything is said of one: of the leads for
    which the condition holds."""
    if not any_there(connection):
        return {}
    where = Sql("kind NOT IN ('visitor', 'fingerprint')")
    if condition is not None:
        chosen = "SELECT lead.id FROM lead LEFT JOIN score ON score.lead = lead.id WHERE "
        where = where + f" AND contact.lead IN ({chosen}" + condition + ")"
    query = _MOST[0] + where + _MOST[1]
    return {kind: (count, bool(labels)) for kind, count, labels in connection.execute(query.text, query.values)}


def between(
    connection: sqlite3.Connection, first: int, last: int
) -> dict[int, dict[str, list[tuple[str, str | None]]]]:
    """Lead -> kind -> the further addresses, numbers and ids (value, label), of the leads with ids from `first` to `last`."""
    found: dict[int, dict[str, list[tuple[str, str | None]]]] = {}
    for lead, kind, value, label in connection.execute(_BETWEEN, (first, last)):
        found.setdefault(lead, {}).setdefault(kind, []).append((value, label))
    return found


def listed(connection: sqlite3.Connection, lead: int) -> list[tuple[Any, ...]]:
    """A lead's further addresses, numbers and ids: id, kind, value, state, label, operation, line."""
    return connection.execute(_LISTED, (lead,)).fetchall()
