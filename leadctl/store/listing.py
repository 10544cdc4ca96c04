"""Leads as people and scripts see them: facts, score and next action side by side."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from leadctl.compiler.catalogue import Catalogue, Field
from leadctl.compiler.fragment import Sql
from leadctl.model.report import Column, Unit
from leadctl.store import touches

# The contract with scripts: these keys in this order, then custom fields, then `extra`.
_FIRST = (
    "id",
    "external_id",
    "name",
    "first_name",
    "last_name",
    "email",
    "phone",
    "company",
    "title",
    "industry",
    "employees",
    "country",
    "city",
    "source",
    "campaign",
    "stage",
    "lifecycle",
    "owner",
    "value",
)
_AFTER_SCORES = ("total", "grade", "temperature", "persona", "captured_at", "last_activity_at", "next_follow_up")
_MORE = (
    "website",
    "language",
    "budget",
    "stage_on",
    "stage_reason",
    "queue",
    "email_state",
    "email_kind",
    "phone_state",
    "company_domain",
    "email_domain",
    "seniority",
    "department",
    "phone_country",
    "qualified",
    "window_shopper",
)
OF_SCORE = ("total", "grade", "temperature", "persona", "lifecycle", "qualified", "window_shopper")
_DERIVED = {"seniority": "title", "department": "title", "company_key": "company"}
_UNITS = {"number": Unit.NUMBER, "money": Unit.MONEY, "date": Unit.DATE, "time": Unit.TIME, "yes_no": Unit.YES_NO}
_NEXT = "(SELECT min(due_on) FROM follow_up WHERE follow_up.lead = lead.id AND done_at IS NULL)"
# The last thing that the lead did, of the types that are the lead's as the rules were when activities last came.
_LAST_ACTIVITY = """(SELECT max(activity.occurred_at) FROM activity JOIN activity_type USING (type)
  WHERE activity.lead = lead.id AND activity_type.by = 'lead' AND activity.occurred_at <= utc_now())"""
_PHONE_COUNTRY = "CASE WHEN lead.phone_state = 'valid' THEN phone_country(lead.phone) END"
_EMAIL_DOMAIN = "CASE WHEN instr(lead.email, '@') > 0 THEN substr(lead.email, instr(lead.email, '@') + 1) END"
_FROM = "FROM lead LEFT JOIN score ON score.lead = lead.id"
SHORT = ("id", "name", "company", "total", "grade", "stage", "owner", "value", "country", "source")


# Columns that only who asks for them gets; touches take a look at every activity of a lead.
ON_REQUEST = ("opted", "opted_at", *touches.COLUMNS)


def lead_columns(catalogue: Catalogue, dimensions: Sequence[str]) -> dict[str, Column]:
    """Every column that `list` and `show` have, in order. `engagement` is always there, null where no rules make it."""
    scores = [*dimensions, *(name for name in ("fit", "engagement") if name not in dimensions)]
    scores.sort(key=lambda name: ("fit", "engagement").index(name) if name in ("fit", "engagement") else 2)
    custom = [field.name for field in catalogue.custom_fields]
    names = [*_FIRST, *scores, *_AFTER_SCORES, *_MORE, *custom, *ON_REQUEST]
    columns = {name: Column(name, _unit(name, catalogue)) for name in names}
    columns["extra"] = Column("extra", Unit.JSON)
    return columns


def _unit(name: str, catalogue: Catalogue) -> Unit:
    if name in ("id", "total", "fit", "engagement", "touches"):
        return Unit.COUNT
    if name == "next_follow_up":
        return Unit.DATE
    field = catalogue.fields.get(name, Field(name, "text"))
    return _UNITS.get(field.type, Unit.TEXT)


def expression(name: str, catalogue: Catalogue, dimensions: Sequence[str]) -> str:
    """The SQL of a column of `lead_columns`."""
    if name == "next_follow_up":
        return _NEXT
    if name == "last_activity_at":
        return _LAST_ACTIVITY
    if name in touches.COLUMNS and name not in catalogue.fields:
        return touches.COLUMNS[name]
    if name == "email_domain":
        return _EMAIL_DOMAIN
    if name == "phone_country":
        return _PHONE_COUNTRY
    if name in _DERIVED:
        return f"derived('{name}', lead.\"{_DERIVED[name]}\")"
    if name in ("fit", "engagement") and name not in dimensions:
        return "NULL"
    if name in dimensions or name in OF_SCORE:
        return f'score."{name}"'
    return f'lead."{name}"'


def register(connection: sqlite3.Connection, now: str) -> None:
    """Makes known what the expressions of columns call: the moment that stands for now (UTC text), and derived facts."""

    @lru_cache(50_000)  # titles recur
    def derived(name: str, text: str | None) -> str | None:
        from leadctl.model.derived import derive  # a list for reading does not need it

        return derive(name, text)

    connection.create_function("utc_now", 0, lambda: now, deterministic=True)
    connection.create_function("derived", 2, derived, deterministic=True)


def select(
    connection: sqlite3.Connection,
    names: Sequence[str],
    catalogue: Catalogue,
    dimensions: Sequence[str],
    condition: Sql | None,
    order: str,
    limit: int | None,
) -> list[tuple[Any, ...]]:
    """The leads for which the condition holds, with these columns."""
    listed = ", ".join(expression(name, catalogue, dimensions) for name in names)
    where = "\nWHERE " + condition if condition is not None else Sql("")
    query = (
        f"SELECT {listed}\n{_FROM}"
        + where
        + f"\nORDER BY {order}"
        + (f"\nLIMIT {int(limit)}" if limit is not None else "")
    )
    return connection.execute(query.text, query.values).fetchall()


def count(connection: sqlite3.Connection, condition: Sql | None) -> int:
    where = " WHERE " + condition if condition is not None else Sql("")
    query = f"SELECT count(*) {_FROM if condition is not None else 'FROM lead'}" + where
    return int(connection.execute(query.text, query.values).fetchone()[0])


def search(words: Sequence[str]) -> Sql | None:
    """A condition: every word stands somewhere in the name, the e-mail or the company, without regard to case."""
    if not words:
        return None
    text = "fold(coalesce(lead.name, '') || ' ' || coalesce(lead.email, '') || ' ' || coalesce(lead.company, ''))"
    parts = [Sql(f"instr({text}, fold(?)) > 0", (word,)) for word in words if word.strip()]
    found = Sql("")
    for index, part in enumerate(parts):
        found = found + (" AND " if index else "") + part
    return found if parts else None
