"""Facts about leads: a file's rows wait in a temporary table, find their leads, and fill them, a statement a step.

The table `fact` holds the rows (n, line, key and a column for each field), `about` which leads each is about, `filled`
which row gives which field of which lead a value.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from leadctl.compiler.fragment import Sql
from leadctl.model.names import company_key

_TABLES = ("fact", "about", "given", "filled", "kept", "used")
_OTHERWISE_KNOWN = (
    " UNION SELECT contact.lead, fact.n FROM fact JOIN contact ON contact.kind = '{0}' AND contact.value = fact.key "
    "WHERE contact.state {1}"
)
# Each spelling of a company's name is read once: that takes longer than all else.
SPELT = """
SELECT company, company_key(company) AS key FROM (SELECT DISTINCT company FROM lead WHERE company IS NOT NULL) LIMIT -1
"""
# The order of these joins is the quick one: keys that have an index are looked up, all others are gone through once.
FIND = {
    "id": "SELECT lead.id, fact.n FROM fact CROSS JOIN lead ON lead.id = fact.key",
    "external_id": "SELECT lead.id, fact.n FROM fact CROSS JOIN lead ON lead.external_id = fact.key"
    + _OTHERWISE_KNOWN.format("external_id", "<> 'invalid'"),
    "email": "SELECT lead.id, fact.n FROM fact CROSS JOIN lead ON lead.email = fact.key AND lead.email_state <> 'invalid'"
    + _OTHERWISE_KNOWN.format("email", "<> 'invalid'"),
    "phone": "SELECT lead.id, fact.n FROM fact CROSS JOIN lead ON lead.phone = fact.key AND lead.phone_state = 'valid'"
    + _OTHERWISE_KNOWN.format("phone", "= 'valid'"),
    "domain": "SELECT lead.id, fact.n FROM lead CROSS JOIN fact ON fact.key = lead.company_domain",
    "company": f"SELECT lead.id, fact.n FROM lead CROSS JOIN ({SPELT}) AS spelt ON spelt.company = lead.company "
    "CROSS JOIN fact ON fact.key = spelt.key",
}
# A lead that has several rows takes each field from the first one that gives it.
_GIVEN = 'min(CASE WHEN fact."{0}" IS NOT NULL THEN fact.n END) AS "{0}"'
_VALUE = '(SELECT "{0}" FROM fact WHERE fact.n = {1}."{0}")'
# What stands under a header already stays; overwriting, it goes.
_HELD_EXTRA = "coalesce(lead.extra, '{}')"
_FILLED_EXTRA = f"json_patch(json_patch({_HELD_EXTRA}, given_value), {_HELD_EXTRA})"
_OVERWRITTEN_EXTRA = f"json_patch({_HELD_EXTRA}, given_value)"
_BY_HAND = """
INSERT OR IGNORE INTO kept SELECT row, field FROM change WHERE noun = 'lead' AND field IS NOT NULL AND operation IN (
  SELECT id FROM operation WHERE kind IN ('move', 'qualify', 'edit') AND undone_at IS NULL)
"""
_NOTE = """
INSERT INTO source_row (operation, lead, line, fields)
SELECT ?1, filled.lead, fact.line, ',{0},' FROM filled JOIN fact ON fact.n = filled."{0}" WHERE fact.line IS NOT NULL
ON CONFLICT (operation, lead, line) DO UPDATE SET fields = fields || '{0},'
"""
_COUNT = """
SELECT (SELECT count(*) FROM filled), (SELECT count(*) FROM used),
       (SELECT count(*) FROM fact WHERE n NOT IN (SELECT n FROM about)),
       (SELECT count(*) FROM fact WHERE n NOT IN (SELECT n FROM used)
          AND EXISTS (SELECT 1 FROM fact AS earlier WHERE earlier.key = fact.key AND earlier.n < fact.n))
"""


@dataclass(frozen=True)
class Filled:
    """What rows of facts have changed: so many `leads`, by so many `rows`; `nobody`: rows that found no lead; `again`: rows
    that changed nothing and have the key of an earlier one. `values`: how many values were set."""

    leads: int
    rows: int
    nobody: int
    again: int
    values: int


def open_facts(connection: sqlite3.Connection, columns: Sequence[str]) -> None:
    """Makes the place where rows of facts wait. A transaction that is rolled back takes it along."""
    close_facts(connection)
    listed = "".join(f', "{name}"' for name in columns)
    connection.execute(f"CREATE TEMP TABLE fact (n INTEGER PRIMARY KEY, line INTEGER, key{listed})")
    connection.execute("CREATE TEMP TABLE about (lead INTEGER, n INTEGER, PRIMARY KEY (lead, n)) WITHOUT ROWID")


def close_facts(connection: sqlite3.Connection) -> None:
    for table in _TABLES:
        connection.execute(f"DROP TABLE IF EXISTS temp.{table}")


def put(connection: sqlite3.Connection, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Rows that wait; `columns` name the values of each (line, key, fields)."""
    names = ", ".join(f'"{name}"' for name in columns)
    connection.executemany(f"INSERT INTO fact ({names}) VALUES ({', '.join('?' * len(columns))})", rows)


def find(connection: sqlite3.Connection, by: str) -> None:
    """Which leads each row is about. `by`: a key of `FIND`, which says what the column `key` holds."""
    connection.create_function("company_key", 1, company_key, deterministic=True)
    connection.execute("CREATE INDEX temp.fact_by_key ON fact (key)")
    connection.execute(f"INSERT OR IGNORE INTO about {FIND[by]}")


def fill(
    connection: sqlite3.Connection,
    operation: int,
    columns: Sequence[str],
    follows: Mapping[str, Sequence[str]] | None = None,
    *,
    overwrite: bool = False,
) -> Filled:
    """Gives the leads the values that the rows about them have in these columns. Without `overwrite` only where there is
    none. `follows`: columns that go with another one, as the state of an e-mail goes with it.

    What somebody set by hand is never replaced.
    """
    follows = follows or {}
    followers = {name for names in follows.values() for name in names}
    fields = [name for name in columns if name not in followers]
    if not fields:  # nothing but keys
        connection.execute("CREATE TEMP TABLE filled (lead INTEGER PRIMARY KEY)")
        connection.execute("CREATE TEMP TABLE used (n INTEGER PRIMARY KEY)")
        return _counted(connection, 0)
    connection.execute("CREATE TEMP TABLE kept (lead INTEGER, field TEXT, PRIMARY KEY (lead, field)) WITHOUT ROWID")
    if overwrite:
        connection.execute(_BY_HAND)
    listed = "".join(f', "{name}" INTEGER' for name in fields)
    for table in ("given", "filled"):
        connection.execute(f"CREATE TEMP TABLE {table} (lead INTEGER PRIMARY KEY{listed})")
    given = ", ".join(_GIVEN.format(name) for name in fields)
    connection.execute(
        f"INSERT INTO given SELECT about.lead, {given} FROM about JOIN fact USING (n) GROUP BY about.lead"
    )
    chosen = ", ".join(
        f'CASE WHEN given."{name}" IS NOT NULL AND {_may_be_set(name, overwrite, follows)} THEN given."{name}" END AS "{name}"'
        for name in fields
    )
    some = " OR ".join(f'"{name}" IS NOT NULL' for name in fields)
    connection.execute(
        f"INSERT INTO filled SELECT * FROM (SELECT given.lead, {chosen} FROM given CROSS JOIN lead ON lead.id = given.lead) "
        f"WHERE {some}"
    )
    connection.execute("CREATE TEMP TABLE used (n INTEGER PRIMARY KEY)")
    values = 0
    for name in fields:
        values += connection.execute(f'SELECT count("{name}") FROM filled').fetchone()[0]
        connection.execute(f'INSERT OR IGNORE INTO used SELECT "{name}" FROM filled WHERE "{name}" IS NOT NULL')
        connection.execute(_NOTE.format(name), (operation,))
    settings = ", ".join(_setting(name, overwrite, follows.get(name, ())) for name in fields)
    connection.execute(f"UPDATE lead SET {settings} FROM filled WHERE filled.lead = lead.id")
    return _counted(connection, values)


def asked_about(connection: sqlite3.Connection, condition: Sql | None) -> list[int]:
    """The ids of the leads for which a condition holds (None: of all)."""
    where = " WHERE " + condition if condition is not None else Sql("")
    query = "SELECT lead.id FROM lead LEFT JOIN score ON score.lead = lead.id" + where + " ORDER BY lead.id"
    return [row[0] for row in connection.execute(query.text, query.values)]


def _may_be_set(name: str, overwrite: bool, follows: Mapping[str, Sequence[str]]) -> str:
    value = _VALUE.format(name, "given")
    if name == "extra":
        merged = (_OVERWRITTEN_EXTRA if overwrite else _FILLED_EXTRA).replace("given_value", value)
        return f"(lead.extra IS NULL OR (json_valid(lead.extra) AND {merged} <> json(lead.extra)))"
    if not overwrite:
        return f'lead."{name}" IS NULL'
    worse = ""
    if name in follows:  # an invalid contact point never takes the place of a good one
        state = f"{name}_state"
        given = f'(SELECT "{state}" FROM fact WHERE fact.n = given."{name}")'
        worse = f" AND NOT ({given} = 'invalid' AND lead.\"{state}\" <> 'invalid')"
    kept = f"EXISTS (SELECT 1 FROM kept WHERE kept.lead = given.lead AND kept.field = '{name}')"
    return f'(lead."{name}" IS NULL OR ({value} <> lead."{name}" AND NOT {kept}{worse}))'


def _setting(name: str, overwrite: bool, followers: Sequence[str]) -> str:
    value = _VALUE.format(name, "filled")
    if name == "extra":
        value = (_OVERWRITTEN_EXTRA if overwrite else _FILLED_EXTRA).replace("given_value", value)
    settings = [f'"{name}" = CASE WHEN filled."{name}" IS NULL THEN lead."{name}" ELSE {value} END']
    for follower in followers:
        with_it = f'(SELECT "{follower}" FROM fact WHERE fact.n = filled."{name}")'
        settings.append(f'"{follower}" = CASE WHEN filled."{name}" IS NULL THEN lead."{follower}" ELSE {with_it} END')
    return ", ".join(settings)


def _counted(connection: sqlite3.Connection, values: int) -> Filled:
    leads, rows, nobody, again = connection.execute(_COUNT).fetchone()
    return Filled(leads, rows, nobody, again, values)
