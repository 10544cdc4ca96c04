"""Leads as people and scripts see them: facts, score and next action side by side."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Any

from leadctl.compiler.catalogue import Catalogue, Field
from leadctl.compiler.fragment import Sql
from leadctl.model.report import Column, Unit

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
)
_NOT_YET = ("lifecycle", "persona", "last_activity_at")  # always null in this version
_UNITS = {"number": Unit.NUMBER, "money": Unit.MONEY, "date": Unit.DATE, "time": Unit.TIME, "yes_no": Unit.YES_NO}
_NEXT = "(SELECT min(due_on) FROM follow_up WHERE follow_up.lead = lead.id AND done_at IS NULL)"
_FROM = "FROM lead LEFT JOIN score ON score.lead = lead.id"
SHORT = ("id", "name", "company", "total", "grade", "stage", "owner", "value", "country", "source")


def lead_columns(catalogue: Catalogue, dimensions: Sequence[str]) -> dict[str, Column]:
    """Every column that `list` and `show` have, in order. `engagement` is always there, null where no rules make it."""
    scores = [*dimensions, *(name for name in ("fit", "engagement") if name not in dimensions)]
    scores.sort(key=lambda name: ("fit", "engagement").index(name) if name in ("fit", "engagement") else 2)
    custom = [field.name for field in catalogue.custom_fields]
    names = [*_FIRST, *scores, *_AFTER_SCORES, *_MORE, *custom]
    columns = {name: Column(name, _unit(name, catalogue)) for name in names}
    columns["extra"] = Column("extra", Unit.JSON)
    return columns


def _unit(name: str, catalogue: Catalogue) -> Unit:
    if name in ("id", "total", "fit", "engagement"):
        return Unit.COUNT
    if name == "next_follow_up":
        return Unit.DATE
    field = catalogue.fields.get(name, Field(name, "text"))
    return _UNITS.get(field.type, Unit.TEXT)


def expression(name: str, catalogue: Catalogue, dimensions: Sequence[str]) -> str:
    """The SQL of a column of `lead_columns`."""
    if name == "next_follow_up":
        return _NEXT
    if name in _NOT_YET or (name in ("fit", "engagement") and name not in dimensions):
        return "NULL"
    if name in dimensions or name in ("total", "grade", "temperature"):
        return f'score."{name}"'
    return f'lead."{name}"'


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


_HISTORY = """
SELECT happened_at, what, detail FROM (
  SELECT operation.started_at AS happened_at, 0 AS sort, lead.id AS number, 'created' AS what, operation.command AS detail
    FROM lead JOIN operation ON operation.id = lead.created_by WHERE lead.id = :lead
  UNION ALL
  SELECT operation.started_at, 1, change.id, change.field || ' changed',
         coalesce(printf(CASE typeof(change.before) WHEN 'real' THEN '%.15g' ELSE '%s' END, change.before), '-') || ' -> '
         || coalesce(printf(CASE typeof(change.after) WHEN 'real' THEN '%.15g' ELSE '%s' END, change.after), '-')
         || '  (' || coalesce(operation.command, 'by another program') || ')'
    FROM change LEFT JOIN operation ON operation.id = change.operation
    WHERE change.noun = 'lead' AND change.row = :lead AND change.field IS NOT NULL
      AND change.field NOT IN ('stage', 'stage_on', 'owner', 'queue', 'email_state', 'email_kind', 'phone_state')
  UNION ALL
  SELECT operation.started_at, 2, stage_change.id, 'moved to ' || stage_change.stage,
         'on ' || moved_on || coalesce(': ' || reason, '')
    FROM stage_change JOIN operation ON operation.id = stage_change.created_by WHERE stage_change.lead = :lead
  UNION ALL
  SELECT offered_at, 3, id, CASE WHEN owner IS NULL THEN 'put into the queue ' || queue ELSE 'given to ' || owner END,
         why || coalesce('; tell: ' || tell, '') FROM offer WHERE lead = :lead
  UNION ALL
  SELECT operation.started_at, 4, follow_up.id, 'follow-up on ' || due_on,
         coalesce(note, '') || CASE WHEN done_at IS NULL THEN '' ELSE ' (done ' || done_at || ')' END
    FROM follow_up JOIN operation ON operation.id = follow_up.created_by WHERE follow_up.lead = :lead
  UNION ALL
  SELECT operation.started_at, 5, doubt.id, 'in doubt', reason || coalesce(': lead ' || other, '')
    FROM doubt JOIN operation ON operation.id = doubt.created_by WHERE doubt.lead = :lead
) ORDER BY happened_at, sort, number
"""


def history(connection: sqlite3.Connection, lead: int) -> list[tuple[Any, ...]]:
    """What happened to a lead: when (UTC), what, and the detail."""
    return connection.execute(_HISTORY, {"lead": lead}).fetchall()
