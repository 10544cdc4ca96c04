"""Merging: two leads that are one person. Every value is kept somewhere, histories are joined, and `undo` parts them again."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from leadctl.compiler.tree import Rules
from leadctl.errors import Conflict, UsageError
from leadctl.model.report import Record, Unit
from leadctl.services.importing.filling import FIRST_TOUCH, FOLLOWS, STAGE, fill
from leadctl.store import contacts, leads, merging, pairs
from leadctl.store.database import Database, Operation
from leadctl.store.privacy.consent import keep_consent

_KEYS = ("external_id", "email", "phone")


@dataclass(frozen=True)
class Merged:
    """`gone` are part of `lead` now. `changed`: field -> value before and after. No operation: they were one already."""

    operation: int | None
    lead: int
    gone: tuple[int, ...]
    changed: Mapping[str, tuple[Any, Any]]

    @property
    def said(self) -> str:
        if not self.gone:
            return f"they are one already: lead {self.lead}"
        parts = ", ".join(map(str, self.gone))
        one = len(self.gone) == 1
        return f"lead{'' if one else 's'} {parts} {'is' if one else 'are'} part of lead {self.lead} now"

    def as_record(self) -> Record:
        changed = {name: {"before": old, "after": new} for name, (old, new) in self.changed.items()}
        values = {"operation": self.operation, "lead": self.lead, "gone": list(self.gone), "changed": changed}
        return Record("Merge", values, {"gone": Unit.JSON, "changed": Unit.JSON})


def merge_leads(
    database: Database,
    rules: Rules,
    keep: int,
    gone: Sequence[int],
    *,
    why: str,
    now: datetime,
    command: str,
    even_distinct: bool = False,
) -> Merged:
    """Makes `gone` part of `keep`; what is part of it already stays so. Raises UsageError for a lead and itself, and Conflict for
    leads that a person said are two, unless `even_distinct`."""
    others = [lead for lead in dict.fromkeys(gone) if lead != keep]
    if not others and not merging.has_parts(database.connection, keep):
        raise UsageError("a lead cannot be merged with itself", hint="leadctl merge LEAD LEAD: two different ones")
    if not others:
        return Merged(None, keep, (), {})
    if not even_distinct:
        _refuse_distinct(database.connection, [keep, *others])
    gone = others
    database.fit_columns(rules.catalogue, [each.name for each in rules.dimensions])
    with database.operation("merge", command, now) as operation:
        columns = _columns(rules)
        before = leads.rows_by_id(database.connection, [keep], columns)[keep]
        merge_within(database.connection, rules, operation, [(keep, each, why) for each in gone])
        after = leads.rows_by_id(database.connection, [keep], columns)[keep]
        operation.leads = 1 + len(gone)
    changed = {name: (old, new) for name, old, new in zip(columns, before, after, strict=True) if old != new}
    return Merged(operation.id, keep, tuple(gone), changed)


def _refuse_distinct(connection: sqlite3.Connection, wanted: Sequence[int]) -> None:
    for one, other in pairs.distinct_among(connection, wanted):
        raise Conflict(
            f"leads {one} and {other} were said to be two (leadctl duplicates --distinct)",
            hint="--yes merges them all the same",
        )


def merge_within(
    connection: sqlite3.Connection, rules: Rules, operation: Operation, which: Sequence[tuple[int, int, str]]
) -> int:
    """Merges pairs (`which`: stays, gone, why) as part of an operation that is under way; how many leads are gone. Pairs may hang
    together: of A with B and B with C, A stays."""
    into, why = _settled(which)
    if not into:
        return 0
    columns = _columns(rules)
    concerned = sorted({*into, *into.values()})
    rows = leads.rows_by_id(connection, concerned, columns)
    before = {lead: list(held) for lead, held in rows.items()}
    moves = merging.last_moves(connection, concerned)
    further: list[tuple[int, str, str, str, str | None, int]] = []
    for gone, lead in into.items():
        further += _join(columns, rows[lead], rows[gone], lead, operation.id, moves, gone)
    for gone, mark in merging.fingerprints(connection, into).items():  # the file that brought it will bring it again
        further.append((into[gone], "fingerprint", str(mark), "valid", None, operation.id))
    merging.move(connection, into)
    contacts.add(connection, further)
    changes = {}
    for lead in set(into.values()):
        pairs_of_values = zip(columns, before[lead], rows[lead], strict=True)
        changed = {name: new for name, old, new in pairs_of_values if old != new}
        if changed:
            changes[lead] = changed
    leads.update(connection, changes)
    merging.note(connection, ((lead, gone, why[gone], operation.id) for gone, lead in into.items()))
    keep_consent(connection, operation.id)
    return len(into)


def _settled(pairs: Sequence[tuple[int, int, str]]) -> tuple[dict[int, int], dict[int, str]]:
    """Gone -> the one that stays in the end, and gone -> why; in the order of the pairs."""
    parent: dict[int, int] = {}

    def root(lead: int) -> int:
        while lead in parent:
            lead = parent[lead]
        return lead

    why: dict[int, str] = {}
    for keep, gone, reason in pairs:
        stays, goes = root(keep), root(gone)
        if stays != goes:
            parent[goes] = stays
            why[goes] = reason
    return {gone: root(gone) for gone in parent}, why


def _columns(rules: Rules) -> list[str]:
    """Everything of a lead that is merged: facts, what follows from its contact points, and `extra` last."""
    given = [field.name for field in rules.catalogue.given_fields]
    return [*given, "queue", "id_system", *(name for names in FOLLOWS.values() for name in names), "extra"]


def _join(
    columns: Sequence[str],
    held: list[Any],
    row: Sequence[Any],
    lead: int,
    operation: int,
    moves: Mapping[int, str],
    gone: int,
) -> list[tuple[int, str, str, str, str | None, int]]:
    """Brings the values of one lead into another one's (`held`). What differs is kept under `also`; addresses, numbers and
    ids become further ones of the lead, which are returned."""
    at = {name: place for place, name in enumerate(columns)}
    other = list(row)
    captured = at["captured_at"]
    if other[captured] is not None and held[captured] is not None and other[captured] < held[captured]:
        _swap(held, other, [captured, *(at[name] for name in FIRST_TOUCH if other[at[name]] is not None)])
    if moves.get(gone, "") > moves.get(lead, ""):  # where the lead stands is what a person said last
        _swap(held, other, [at[name] for name in STAGE])
    further: list[tuple[int, str, str, str, str | None, int]] = []
    for kind in _KEYS:
        value = other[at[kind]]
        if value is not None and held[at[kind]] is not None:
            state = other[at[f"{kind}_state"]] if kind in FOLLOWS else "valid"
            better = kind in FOLLOWS and held[at[f"{kind}_state"]] == "invalid" != state
            if better:
                _swap(held, other, [at[kind], *(at[name] for name in FOLLOWS[kind])])
                value, state = other[at[kind]], other[at[f"{kind}_state"]]
            if value != held[at[kind]]:
                label = other[at["id_system"]] if kind == "external_id" else None
                further.append((lead, kind, value, state or "unverified", label, operation))
            other[at[kind]] = None
    owner, queue = at["owner"], at["queue"]
    if held[owner] is not None or other[owner] is not None:  # who has an owner waits in no queue
        held[queue] = other[queue] = None
    later = other[captured]
    fill(columns, other, held, again=True, same_record=True, by_hand=frozenset(), today=later or "")
    if later is not None and later != held[captured]:
        held[-1] = _also(held[-1], "captured_at", later)
    return further


def _swap(one: list[Any], other: list[Any], places: Sequence[int]) -> None:
    for place in places:
        one[place], other[place] = other[place], one[place]


def _also(extra: str | None, name: str, value: Any) -> str:
    """`extra` with one more value that differs."""
    held = json.loads(extra) if extra else {}
    also = held.setdefault("also", {})
    if not isinstance(also, dict):  # a column of the file has this very name
        also = held["also"] = {"also": [also]}
    if value not in also.setdefault(name, []):
        also[name].append(value)
    return json.dumps(held, ensure_ascii=False, separators=(",", ":"))
