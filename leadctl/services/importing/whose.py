"""Whose: which lead did something, by whatever a file says about the person."""

from __future__ import annotations

import json
import sqlite3
from typing import Any

from leadctl.intake.values.activity_rows import WHO
from leadctl.model.email import EmailState, contact
from leadctl.model.phone import PhoneState, normalise
from leadctl.store import leads
from leadctl.store.visits import linked_leads

MOST_REMEMBERED = 200_000
_KEYS = {"external_id": "id"}  # what somebody is remembered by has the field's name, but for this one
_LASTING = (
    "email",
    "lead",
    "external_id",
    "phone",
    "visitor",
    "token",
)  # and in this order, until there is such a lead


class Whose:
    """The leads of the rows of a file. No lead may change meanwhile: what was looked up is remembered."""

    def __init__(self, connection: sqlite3.Connection, country: str | None) -> None:
        self.connection = connection
        self.country = country
        self.known: dict[str, dict[str, int | None]] = {name: {} for name in WHO}
        self.ambiguous = 0  # numbers that are the id of one lead and the external id of another

    def leads(self, columns: dict[str, list[Any]]) -> list[int | None]:
        """Each row's lead, by the first of its columns that finds one. Of several leads with one key, the oldest. Who a
        visitor is only the whole file can say."""
        found: list[list[int | None]] = []
        for name in WHO:
            if name in columns and name != "visitor":
                known = self.known[name]
                # The other way round, `- known.keys()` would look at everything that is known.
                wanted = {text for text in set(columns[name]) if text is not None and text not in known}
                if wanted:
                    if len(known) > MOST_REMEMBERED:
                        known.clear()
                        wanted = set(columns[name]) - {None}
                    known.update(self.look_up(name, wanted))
                found.append(list(map(known.get, columns[name])))
        if len(found) < 2:
            return found[0] if found else [None] * len(columns["visitor"])
        return [next((lead for lead in row if lead is not None), None) for row in zip(*found, strict=True)]

    def look_up(self, name: str, wanted: set[str]) -> dict[str, int | None]:
        if name == "token":
            return dict.fromkeys(wanted, None) | linked_leads(self.connection, wanted)
        if name != "lead":
            return dict.fromkeys(wanted, None) | self.by_key(name, {text: text for text in wanted})
        numbers = {text: int(text) for text in wanted if text.isascii() and text.isdigit() and len(text) <= 18}
        there = leads.there(self.connection, numbers.values())
        by_id = {text: number for text, number in numbers.items() if number in there}
        by_external_id = self.by_key("external_id", {text: text for text in wanted})
        self.ambiguous += sum(by_external_id.get(text, lead) != lead for text, lead in by_id.items())
        mails, phones = {}, {}
        for text in wanted - by_id.keys() - by_external_id.keys():
            kind, key = self.meant(text)
            if kind == "email":
                mails[text] = key
            elif kind == "phone":
                phones[text] = key
        found = {**self.by_key("phone", phones), **self.by_key("email", mails), **by_external_id, **by_id}
        return dict.fromkeys(wanted, None) | found

    def by_key(self, kind: str, keys: dict[str, str]) -> dict[str, int]:
        """Text -> the oldest lead that has its key (`keys`: text -> key)."""
        ids = leads.ids_by_key(self.connection, kind, set(keys.values()))
        return {text: ids[key][0] for text, key in keys.items() if key in ids}

    def meant(self, text: str) -> tuple[str, str]:
        """What a text in the column `lead` is, and its one spelling: email, phone or id."""
        if "@" in text:
            address, state, _ = contact(text)
            if state != EmailState.INVALID:
                return "email", address
        if sum(sign.isdigit() for sign in text) >= 5:
            number, state, _ = normalise(text, self.country)
            if state == PhoneState.VALID:
                return "phone", number
        return "id", text

    def stranger(self, columns: dict[str, list[Any]], number: int) -> tuple[str, dict[str, str]]:
        """How somebody who is no lead is remembered, and what else the row says of who it is."""
        given = {name: columns[name][number] for name in _LASTING if name in columns}
        given = {name: text for name, text in given.items() if text is not None}
        first = next(iter(given))
        kind, key = self.meant(given[first]) if first == "lead" else (_KEYS.get(first, first), given[first])
        return f"{kind}:{key}", {name: text for name, text in given.items() if name not in (first, "token")}


def with_more(extra: str | None, more: dict[str, str]) -> str | None:
    """`extra` with what else a row says of a stranger."""
    if not more:
        return extra
    held = json.loads(extra) if extra else {}
    return json.dumps({**more, **held}, ensure_ascii=False, separators=(",", ":"))
