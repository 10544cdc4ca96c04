"""Leaving out: rows of a file that are about people who asked to be forgotten. They go nowhere: into no table and no file of
refused rows; only how many they were is told."""

from __future__ import annotations

import json
import re
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
_LONGEST_NUMBER = 40
_MOST_LOOKED_AT = 100_000
_APART = re.compile(r"[\s,;|<>]+")
_NUMBER = re.compile(r"\+?\d[\d ./()-]{5,30}\d")


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
        for kind in ("token", "visitor"):  # of a link, or a browser, that was theirs
            gone |= {
                number
                for number, text in enumerate(columns.get(kind, ()))
                if text is not None and found[number] is None and self.forgotten.has(kind, text)
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
        numbers = (
            text
            for text in cells
            if sum(sign.isdigit() for sign in text) >= _LEAST_DIGITS and len(text) < _LONGEST_NUMBER
        )
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


class TextsLeftOut:
    """Of rows that are about no person, such as companies: a text that holds an address or a number of somebody who was
    forgotten is left out, and the rest of the row stays."""

    def __init__(self, connection: sqlite3.Connection, country: str | None) -> None:
        self.forgotten = Forgotten(connection)
        self.country = country
        self.count = 0

    def extra(self, extra: str | None) -> str | None:
        """What no field took (JSON: header -> value) without such texts."""
        if extra is None or not self.forgotten:
            return extra
        held = json.loads(extra)
        kept = {name: value for name, value in held.items() if not self._names_somebody(str(value))}
        self.count += len(held) - len(kept)
        if len(kept) == len(held):
            return extra
        return json.dumps(kept, ensure_ascii=False, separators=(",", ":")) if kept else None

    def _names_somebody(self, text: str) -> bool:
        mails = (contact(each.strip(".<>()'\"")) for each in _APART.split(text) if "@" in each)
        if any(self.forgotten.has("email", address) for address, state, _ in mails if state != EmailState.INVALID):
            return True
        numbers = [text] if len(text) < _LONGEST_NUMBER else []
        numbers += _NUMBER.findall(text[:_MOST_LOOKED_AT])
        read = (normalise(each, self.country) for each in numbers if sum(map(str.isdigit, each)) >= _LEAST_DIGITS)
        return any(self.forgotten.has("phone", number) for number, state, _ in read if state == PhoneState.VALID)

    def notes(self) -> Iterator[str]:
        if self.count:
            said = "texts name people" if self.count > 1 else "text names somebody"
            yield f"{self.count:,} {said} who asked to be forgotten: left out"


def refuse_forgotten(connection: sqlite3.Connection, who: Mapping[str, Sequence[Any]]) -> None:
    """Raises Conflict where the only row is about somebody who was forgotten."""
    forgotten = Forgotten(connection)
    if forgotten.rows(who):
        keys = [(name, each) for name in ("email", "phone", "external_id") for each in who.get(name, ()) if each]
        keys += [(each[0], each[1]) for row in who.get("more", ()) for each in row]
        key = next((each for kind, each in keys if forgotten.has(kind, each)), "KEY")
        raise Conflict(
            "this person asked to be forgotten", hint=f"only on the person's own wish: leadctl remember {key}"
        )
