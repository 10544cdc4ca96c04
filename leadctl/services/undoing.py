"""Undo: takes back an operation whole, from the log of changes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from leadctl.errors import Conflict, NotFound
from leadctl.model.report import Column, Record, Report, Unit
from leadctl.store import history
from leadctl.store.database import Database, utc_text
from leadctl.store.privacy.consent import consent_kept


@dataclass(frozen=True)
class Undone:
    """`undone` is the operation taken back, `operation` the taking back itself; `leads` is how many leads it concerned;
    `passed_over`: newer operations that changed nothing or cannot be taken back."""

    operation: int
    undone: int
    leads: int
    command: str
    passed_over: tuple[int, ...] = ()

    @property
    def said(self) -> Iterator[str]:
        yield f"undone: {self.undone}: {self.command} ({self.leads:,} lead{'s' if self.leads != 1 else ''})"
        if self.passed_over:
            several = len(self.passed_over) > 1
            listed = ", ".join(map(str, self.passed_over[-5:]))
            yield (
                f"operation{'s' if several else ''} {listed}, newer, {'have' if several else 'has'} changed nothing "
                "or cannot be taken back"
            )

    def as_record(self) -> Record:
        values = {"operation": self.operation, "undone": self.undone, "leads": self.leads}
        return Record("Undo", values, dict.fromkeys(values, Unit.COUNT))


def undo(database: Database, wanted: int | None, *, now: datetime, command: str) -> Undone:
    """Takes back operation `wanted`, or the newest that can be. Scores and offers of leads that go, go with them.

    Raises NotFound for an operation that is not there, and Conflict where it is undone already or later work of people
    stands on it.
    """
    connection = database.connection
    with database.operation("undo", command, now) as operation:
        passed_over: list[int] = []
        if wanted is None:
            wanted = history.newest(connection)
            if wanted is None:
                raise NotFound("there is nothing to undo")
            passed_over = history.passed_over(connection, wanted, operation.id)
        found = _can_be_undone(database, wanted, operation.id)
        history.begin_undo(connection, operation.id, wanted)
        with consent_kept(connection, wanted, operation.id):
            operation.leads = history.take_back(connection, wanted)
        history.mark_undone(connection, wanted, utc_text(now))
    return Undone(operation.id, wanted, operation.leads, found["command"], tuple(passed_over))


def _can_be_undone(database: Database, wanted: int, current: int) -> dict[str, Any]:
    """The operation, or the reason why it cannot be undone, as an exception."""
    connection = database.connection
    found = history.operation(connection, wanted) if wanted < current else None
    if found is None:
        raise NotFound(f"there is no operation {wanted}", hint="leadctl operations lists them")
    if found["undone_at"] is not None:
        raise Conflict(f"operation {wanted} was undone already, on {found['undone_at'][:10]}")
    if found["kind"] in ("forget", "remember"):
        why = "nothing is left of who was forgotten" if found["kind"] == "forget" else "leadctl forget does it again"
        raise Conflict(f"operation {wanted} cannot be undone: {why}")
    if found["kind"] == "undo":
        raise Conflict(
            f"operation {wanted} is an undo itself", hint=f"do the work again: {found['undone_command'] or 'as before'}"
        )
    later = history.later_work(connection, wanted)
    if any((history.operation(connection, number) or {}).get("kind") == "forget" for number, _ in later):
        raise Conflict(
            f"operation {wanted} cannot be undone: leadctl forget has changed a lead of it since, and that stays",
            hint="such as an opt-out of theirs that holds for a lead with the same address; leadctl forget takes it away",
        )
    if later:
        listed = "\n  ".join(f"{number or '-'}: {text}" for number, text in later)
        raise Conflict(
            f"operation {wanted} cannot be undone alone: later work stands on it",
            hint=f"undo these first, the newest before the others:\n  {listed}",
        )
    return found


def operations_report(database: Database, limit: int | None) -> Report:
    """Every command that was carried out on the data, newest first."""
    columns = (
        Column("id", Unit.COUNT),
        Column("at", Unit.TIME),
        Column("command"),
        Column("leads", Unit.COUNT),
        Column("undone_at", Unit.TIME),
    )
    rows, total = history.operations(database.connection, limit)
    return Report("Operations", columns, rows, total=total if limit is not None else None)
