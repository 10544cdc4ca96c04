"""Several addresses and numbers of one lead: what a file says in second place, and what a newer one took the place of."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from leadctl.intake.values.contact_points import Contact
from leadctl.services.importing.identity import Key, counts
from leadctl.store import contacts
from leadctl.store.database import Operation

_STATES = {"email": "email_state", "phone": "phone_state"}
_KEYS = ("external_id", "email", "phone")


class MoreContacts:
    """The further contact points of the leads that one file is about. Within the import's transaction."""

    def __init__(self, connection: sqlite3.Connection, operation: Operation) -> None:
        self.connection = connection
        self.operation = operation
        # Lead -> kind and value, whether it can be known by that, and the label.
        self.held: dict[int, dict[tuple[str, str], tuple[bool, str | None]]] = {}
        self.new: list[tuple[int, str, str, str, str | None, int]] = []
        self.lines: list[int | None] = []  # on which lines of the file they stand

    def look_up(self, leads: Sequence[int]) -> None:
        """What these leads have; what was known of others is forgotten."""
        self.write()
        self.held = contacts.held(self.connection, leads)

    def keys(self, lead: int) -> list[Key]:
        """What the lead is known by in second place."""
        return [
            Key(kind, int(value) if kind == "fingerprint" else value, label if kind == "external_id" else None)
            for (kind, value), (counts, label) in self.held.get(lead, {}).items()
            if counts
        ]

    def add(self, rows: Iterable[tuple[int, Iterable[Contact], int]]) -> None:
        """What rows say of leads that are new: lead, its further contact points, and the line of the file."""
        for lead, given, line in rows:
            for each in given:
                self._note(lead, each.kind, each.value, each.state, each.label, line)

    def without(self, lead: int, columns: Sequence[str], row: Sequence[Any], held: Sequence[Any]) -> Sequence[Any]:
        """The row without an address, number or id that the lead has in second place already: there it stays. So does the id
        of another system than that of the id in first place."""
        changed = list(row)
        own = self.held.get(lead, {})
        for kind in _KEYS:
            if kind in columns:
                at = columns.index(kind)
                there = (kind, row[at]) in own or (kind == "external_id" and self._of_another(columns, row, held))
                if there and held[at] is not None and row[at] != held[at]:
                    changed[at] = None
        return changed

    def _of_another(self, columns: Sequence[str], row: Sequence[Any], held: Sequence[Any]) -> bool:
        """Whether the ids of a row and a lead are from different systems."""
        at = columns.index("id_system")
        return bool(row[at] != held[at])

    def fill(
        self,
        lead: int,
        columns: Sequence[str],
        row: Sequence[Any],
        before: Sequence[Any],
        after: Sequence[Any],
        given: Iterable[Contact],
        line: int,
    ) -> bool:
        """What a row adds to a lead that is there: its further contact points, the id that another system gave, and the
        address or number that a new one has taken the place of. Whether there was anything new."""
        new = False
        if "external_id" in columns:
            id_ = row[columns.index("external_id")]
            if id_ is not None and id_ != after[columns.index("external_id")]:
                new |= self._note(lead, "external_id", id_, "valid", row[columns.index("id_system")], line)
        now: Mapping[str, Any] = dict(zip(columns, after, strict=True))
        for kind, state in _STATES.items():
            if kind in columns:
                at = columns.index(kind)
                old, old_state = before[at], before[columns.index(state)]
                if old is not None and old != after[at] and old_state not in (None, "invalid"):
                    new |= self._note(lead, kind, old, old_state, None, None)
        for each in given:
            if now.get(each.kind) != each.value:
                new |= self._note(lead, each.kind, each.value, each.state, each.label, line)
        return new

    def _note(self, lead: int, kind: str, value: str, state: str, label: str | None, line: int | None) -> bool:
        own = self.held.setdefault(lead, {})
        if (kind, value) in own:
            return False
        own[kind, value] = counts(kind, state), label
        self.new.append((lead, kind, value, state, label, self.operation.id))
        self.lines.append(line)
        return True

    def write(self) -> None:
        """Stores what is new; the leads are there now."""
        if self.new:
            contacts.add(self.connection, self.new, self.lines)
            self.new.clear()
            self.lines.clear()
