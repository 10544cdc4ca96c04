"""Leaving out: rows of a file that are about people who asked to be forgotten. They go nowhere: into no table and no file of
refused rows; only how many they were is told."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from leadctl.errors import Conflict
from leadctl.intake.mapping.plan import Plan
from leadctl.intake.values.convert import Values
from leadctl.model.email import EmailState, contact
from leadctl.model.phone import PhoneState, normalise
from leadctl.services.importing.ledger import Ledger
from leadctl.services.importing.whose import Whose
from leadctl.store.privacy.forgotten import Forgotten

_LEAST_DIGITS = 7


class LeavingOut:
    """Of one file. Where nobody was forgotten it costs nothing."""

    def __init__(
        self, connection: sqlite3.Connection, ledger: Ledger, plan: Plan, header: Sequence[str], country: str | None
    ) -> None:
        self.forgotten = Forgotten(connection)
        self.ledger = ledger
        self.country = country
        columns = plan.origins["external_id"].columns if "external_id" in plan.origins else ()
        self.ids = [header.index(column) for column in columns]

    def refused(self, values: Values) -> None:
        """Takes rows that could not be read out of those that were refused; they count as read."""
        if not values.bad or not self.forgotten:
            return
        kept = [bad for bad in values.bad if not self._about(bad.values)]
        self.ledger.read += len(values.bad) - len(kept)
        self.ledger.forgotten += len(values.bad) - len(kept)
        values.bad = kept

    def leads(self, values: Values, who: Mapping[str, Sequence[Any]]) -> Values:
        """The rows of leads that stay."""
        return self._without(values, self.forgotten.rows(who))

    def activities(self, values: Values, whose: Whose) -> Values:
        """The rows of activities that stay. One of a lead that is there goes only where it names a forgotten address."""
        if not self.forgotten:
            return values
        columns = values.columns
        nothing: list[Any] = [None] * values.count
        who = {name: list(columns.get(name, nothing)) for name in ("email", "phone", "external_id")}
        for number, text in enumerate(columns.get("lead", ())):
            if text is not None:
                kind, key = whose.meant(text)
                name = {"id": "external_id"}.get(kind, kind)
                if who[name][number] is None:
                    who[name][number] = key
        found = whose.leads(columns)
        about = self.forgotten.rows(who)
        gone = {
            number
            for number in about
            if found[number] is None or (who["email"][number] and self.forgotten.has("email", who["email"][number]))
        }
        numbers = columns.get("lead", nothing)  # of ours, as an export of activities says them
        gone |= {
            number
            for number, text in enumerate(numbers)
            if text is not None and found[number] is None and self.forgotten.has("lead", text.strip())
        }
        return self._without(values, gone)

    def _without(self, values: Values, gone: set[int]) -> Values:
        if not gone:
            return values
        self.ledger.forgotten += len(gone)
        return values.part([number for number in range(values.count) if number not in gone])

    def _about(self, cells: Sequence[str]) -> bool:
        """Whether a row as it was found is about somebody who was forgotten; cells may be in wrong places."""
        mails = [
            address
            for text in cells
            if "@" in text
            for address, state, _ in (contact(text),)
            if state != EmailState.INVALID
        ]
        numbers = (text for text in cells if sum(sign.isdigit() for sign in text) >= _LEAST_DIGITS and len(text) < 40)
        read = [] if mails else [normalise(text, self.country) for text in numbers]
        phones = [number for number, state, _ in read if state == PhoneState.VALID]
        ids = [] if mails or phones else [cells[at].strip() for at in self.ids if at < len(cells)]
        keys = [("email", mails), ("phone", phones), ("external_id", ids)]
        return any(self.forgotten.has(kind, each) for kind, found in keys for each in found)

    def notes(self) -> Iterator[str]:
        count = self.ledger.forgotten
        if count:
            said = "rows are about people" if count > 1 else "row is about somebody"
            yield f"{count:,} {said} who asked to be forgotten: left out"


def refuse_forgotten(connection: sqlite3.Connection, who: Mapping[str, Sequence[Any]]) -> None:
    """Raises Conflict where the only row is about somebody who was forgotten."""
    if Forgotten(connection).rows(who):
        key = next((each for name in ("email", "phone", "external_id") for each in who.get(name, ()) if each), "KEY")
        raise Conflict(
            "this person asked to be forgotten", hint=f"only on the person's own wish: leadctl remember {key}"
        )
