"""The table `company`: what is known of companies themselves, and how it fills their leads.

A company is known by its domain; without one, by its name as it is compared.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from typing import Any

from leadctl.model.names import company_key
from leadctl.store import enrichment
from leadctl.store.enrichment import Filled

COLUMNS = ("key", "domain", "name", "industry", "employees", "country", "city", "website", "extra")
FACTS = ("industry", "employees", "country", "city", "website")  # what a lead takes from its company
_INSERT = (
    f"INSERT INTO company ({', '.join(COLUMNS)}, created_line, created_by) "
    f"VALUES ({', '.join('?' * len(COLUMNS))}, ?, ?) RETURNING id"
)
_WAIT = f"""
INSERT INTO fact (n, line, {", ".join(FACTS)})
SELECT company.id, brought.line, {", ".join(f"company.{name}" for name in FACTS)} FROM company
"""
_BY_DOMAIN = """
INSERT OR IGNORE INTO about
SELECT lead.id, company.id FROM lead CROSS JOIN company ON company.domain = lead.company_domain
JOIN fact ON fact.n = company.id
"""
_CALLED = """
CREATE TEMP TABLE called (key TEXT PRIMARY KEY, companies INTEGER, company INTEGER, without_domain INTEGER)
"""
_CALL = """
INSERT INTO called SELECT key, count(*), min(id), min(CASE WHEN domain IS NULL THEN id END) FROM company GROUP BY key
"""
# By its name alone a lead finds a company only where no other one is called so, and never one of another domain.
_BY_NAME = f"""
INSERT OR IGNORE INTO about
SELECT lead.id, fact.n FROM lead CROSS JOIN ({enrichment.SPELT}) AS spelt ON spelt.company = lead.company
CROSS JOIN called ON called.key = spelt.key
JOIN fact ON fact.n = CASE WHEN lead.company_domain IS NOT NULL THEN called.without_domain
                           WHEN called.companies = 1 THEN called.company END
WHERE (lead.company_domain IS NULL OR NOT EXISTS (SELECT 1 FROM company WHERE company.domain = lead.company_domain))
"""


def count(connection: sqlite3.Connection) -> int:
    return int(connection.execute("SELECT count(*) FROM company").fetchone()[0])


def keys(connection: sqlite3.Connection) -> Iterable[tuple[int, str, str | None]]:
    """By what each company is known: id, key, domain."""
    return connection.execute("SELECT id, key, domain FROM company")


def row(connection: sqlite3.Connection, company: int) -> dict[str, Any]:
    """What is stored of a company, by the names of `COLUMNS`."""
    query = f"SELECT {', '.join(COLUMNS)} FROM company WHERE id = ?"
    return dict(zip(COLUMNS, connection.execute(query, (company,)).fetchone(), strict=True))


def insert(connection: sqlite3.Connection, values: Mapping[str, Any], line: int, operation: int) -> int:
    """A new company; its id."""
    given = [values.get(name) for name in COLUMNS]
    return int(connection.execute(_INSERT, (*given, line, operation)).fetchone()[0])


def update(connection: sqlite3.Connection, company: int, changes: Mapping[str, Any]) -> None:
    settings = ", ".join(f'"{name}" = ?' for name in changes)
    connection.execute(f"UPDATE company SET {settings} WHERE id = ?", (*changes.values(), company))


def fill_leads(
    connection: sqlite3.Connection, operation: int, brought: Iterable[tuple[int, int]] | None = None
) -> Filled:
    """Fills what is empty in the leads of these companies (id, and the line of the file that brought it; None: of all)."""
    connection.create_function("company_key", 1, company_key, deterministic=True)
    enrichment.open_facts(connection, FACTS)
    connection.execute("CREATE TEMP TABLE brought (company INTEGER PRIMARY KEY, line INTEGER)")
    if brought is not None:
        connection.executemany("INSERT INTO brought VALUES (?, ?)", brought)
    join = "LEFT JOIN" if brought is None else "JOIN"
    connection.execute(f"{_WAIT} {join} brought ON brought.company = company.id")
    connection.execute(_CALLED)
    connection.execute(_CALL)
    connection.execute(_BY_DOMAIN)
    connection.execute(_BY_NAME)
    filled = enrichment.fill(connection, operation, FACTS)
    for table in ("brought", "called"):
        connection.execute(f"DROP TABLE temp.{table}")
    enrichment.close_facts(connection)
    return filled
