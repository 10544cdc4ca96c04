"""Reports: each one query in `sql/`, over the leads of the temporary table `chosen`."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from importlib import resources
from typing import Any
from zoneinfo import ZoneInfo

from leadctl.compiler.fragment import Sql
from leadctl.model.dates import civil_day


def query_text(name: str) -> str:
    """The SQL of a report."""
    return (resources.files("leadctl.store") / "sql" / f"{name}.sql").read_text(encoding="utf-8")


def prepare(connection: sqlite3.Connection, zone: ZoneInfo) -> None:
    """What every report needs: the civil day of a moment, and the tables that say which leads and groups it is about."""
    days: dict[str, str] = {}

    def local_day(moment: str | None) -> str | None:
        if moment is None:
            return None
        found = days.get(moment)
        if found is None:
            found = days[moment] = civil_day(moment, zone).isoformat()
        return found

    connection.create_function("local_day", 1, local_day, deterministic=True)
    connection.execute("CREATE TEMP TABLE IF NOT EXISTS chosen (lead INTEGER PRIMARY KEY)")
    connection.execute("CREATE TEMP TABLE IF NOT EXISTS grouped (lead INTEGER, label, sort)")
    connection.execute("DELETE FROM chosen")
    connection.execute("DELETE FROM grouped")


def choose(connection: sqlite3.Connection, condition: Sql | None) -> None:
    """Which leads the report is about: those for which the condition holds, or all."""
    where = " WHERE " + condition if condition is not None else Sql("")
    query = "INSERT INTO chosen SELECT lead.id FROM lead LEFT JOIN score ON score.lead = lead.id" + where
    connection.execute(query.text, query.values)


# Spellings that differ in case or spaces only are one group, under the spelling that most leads have.
_GROUP = """
INSERT INTO grouped (lead, label, sort)
SELECT one.lead, spelling.label, CASE WHEN :in_order THEN spelling.label ELSE 0 END
FROM (SELECT lead.id AS lead, {key} AS key FROM chosen JOIN lead ON lead.id = chosen.lead
      LEFT JOIN score ON score.lead = lead.id) AS one
LEFT JOIN (
  SELECT key, label FROM (
    SELECT {key} AS key, {label} AS label, row_number() OVER (PARTITION BY {key} ORDER BY count(*) DESC, {label}) AS number
    FROM chosen JOIN lead ON lead.id = chosen.lead LEFT JOIN score ON score.lead = lead.id
    GROUP BY {key}, {label}
  ) WHERE number = 1
) AS spelling ON spelling.key IS one.key
"""


def group_by(connection: sqlite3.Connection, label: str, *, text: bool, in_order: bool) -> None:
    """Groups the chosen leads by an expression on `lead` and `score`; `in_order`: the groups have an order of their own."""
    key = f"fold({label})" if text else label
    connection.execute(_GROUP.format(key=key, label=label), {"in_order": in_order})


def group_by_condition(connection: sqlite3.Connection, label: str, condition: Sql) -> None:
    """Adds a group of the chosen leads for which a condition holds; a lead may be in several."""
    query = (
        Sql(
            "INSERT INTO grouped (lead, label, sort) SELECT lead.id, ?, 0 FROM chosen JOIN lead ON lead.id = chosen.lead "
            "LEFT JOIN score ON score.lead = lead.id WHERE ",
            (label,),
        )
        + condition
    )
    connection.execute(query.text, query.values)


def group_the_rest(connection: sqlite3.Connection) -> None:
    """Leads in no group yet form one without a name."""
    connection.execute(
        "INSERT INTO grouped (lead, label, sort) SELECT lead, NULL, 0 FROM chosen WHERE lead NOT IN (SELECT lead FROM grouped)"
    )


def rows(
    connection: sqlite3.Connection, name: str, values: Mapping[str, Any]
) -> tuple[list[str], list[tuple[Any, ...]]]:
    """Runs a report; its column names and rows."""
    cursor = connection.execute(query_text(name), values)
    return [each[0] for each in cursor.description], cursor.fetchall()
