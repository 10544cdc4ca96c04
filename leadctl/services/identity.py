"""Who is who: which lead a row of a file is about. Careful: a wrong merge costs more than a duplicate.

A lead is known by its external id, then a valid e-mail, then a certain phone number; without any of these by its whole
content. A match that the names contradict is not taken; the new lead is flagged instead.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple
from zlib import crc32

from leadctl.model.email import EmailState
from leadctl.model.names import contradict, share_a_word
from leadctl.model.phone import PhoneState
from leadctl.model.text import fold
from leadctl.store import leads

KINDS = ("external_id", "email", "phone", "fingerprint")


class Person(NamedTuple):
    """What is known of a row or a lead about who it is. Contact points that cannot identify are None."""

    external_id: str | None
    email: str | None
    phone: str | None
    fingerprint: int | None
    name: str | None
    company: str | None


STORED = ("external_id", "email", "email_state", "phone", "phone_state", "fingerprint", "name", "company")


def stored_person(
    external_id: str | None,
    email: str | None,
    email_state: str | None,
    phone: str | None,
    phone_state: str | None,
    mark: int | None,
    name: str | None,
    company: str | None,
) -> Person:
    """Who a lead of the database is, from its columns `STORED`."""
    mail = email if email_state != EmailState.INVALID else None
    return Person(external_id, mail, phone if phone_state == PhoneState.VALID else None, mark, name, company)


@dataclass(frozen=True)
class Match:
    """The lead that a row is about (None: a new one) and by which kind of key; or the one that it only may be, and why."""

    lead: int | None
    kind: str | None = None
    doubt: int | None = None
    reason: str | None = None


class Known:
    """The leads that a batch of rows may be about, by key; those that the batch itself makes are added as they come."""

    def __init__(self) -> None:
        self.ids: dict[str, dict[Any, list[int]]] = {kind: {} for kind in KINDS}
        self.people: dict[int, Person] = {}

    def look_up(self, connection: sqlite3.Connection, who: Mapping[str, Sequence[Any]]) -> list[int]:
        """Looks up every key of a batch (kind -> keys); the ids of all leads that share one."""
        for kind in KINDS:
            self.ids[kind] = leads.ids_by_key(connection, kind, set(who[kind]) - {None})
        return sorted({lead for found in self.ids.values() for ids in found.values() for lead in ids})

    def add(self, lead: int, person: Person) -> None:
        self.people[lead] = person
        for kind in KINDS:
            key = getattr(person, kind)
            if key is not None:
                held = self.ids[kind].setdefault(key, [])
                if lead not in held:
                    held.append(lead)

    def change(self, lead: int, person: Person) -> None:
        """A lead is somebody else now as far as its keys go."""
        before = self.people[lead]
        for kind in KINDS:
            key = getattr(before, kind)
            if key is not None and key != getattr(person, kind):
                self.ids[kind][key].remove(lead)
        self.add(lead, person)

    def find(self, person: Person) -> Match:
        """The lead that this person is. Of several that fit, the one that differs least, then the oldest."""
        refused: tuple[int, str] | None = None
        for kind in KINDS:
            key = getattr(person, kind)
            candidates = self.ids[kind].get(key, []) if key is not None else []
            fitting: list[int] = []
            for lead in sorted(candidates):
                why = _why_not(kind, person, self.people[lead])
                if why is None:
                    fitting.append(lead)
                elif refused is None:
                    refused = (lead, why)
            if fitting:
                return Match(min(fitting, key=lambda lead: (_distance(person, self.people[lead]), lead)), kind)
        return Match(None, None, *refused) if refused is not None else Match(None)


# Knuth's multiplier. Numbers in a row have checksums close together; without it four times as many fall on one bit.
_SPREAD = 2_654_435_761


class KeysSeen:
    """Which keys a first import has met: a field of bits, small enough for millions, that errs on one side only. A key
    that was met is always known again; one in a hundred is taken for met and looked at more closely for nothing."""

    def __init__(self) -> None:
        self.bits = bytearray(1 << 25)  # 32 MB: 268 million bits

    def met(self, who: Mapping[str, Sequence[Any]]) -> list[int]:
        """The numbers of the rows of which a key may have been met before; all of their keys have been met now."""
        bits = self.bits
        found: set[int] = set()
        for kind in KINDS:
            for number, key in enumerate(who[kind]):
                if key is not None:
                    mark = crc32(key.encode("utf-8", "surrogatepass")) if isinstance(key, str) else key
                    at = (mark * _SPREAD >> 7) & 0xFFFFFFF
                    place, bit = at >> 3, 1 << (at & 7)
                    if bits[place] & bit:
                        found.add(number)
                    else:
                        bits[place] |= bit
        return sorted(found)


def _distance(row: Person, lead: Person) -> tuple[bool, int, int]:
    """How far a lead that fits is from a row: another name, keys that they do not share, keys that only the lead has."""
    pairs = [(getattr(row, kind), getattr(lead, kind)) for kind in KINDS]
    shared = sum(mine is not None and mine == its for mine, its in pairs)
    more = sum(mine is None and its is not None for mine, its in pairs)
    return (row.name is None or fold(row.name) != fold(lead.name), -shared, more)


def _why_not(kind: str, row: Person, lead: Person) -> str | None:
    """Why a row that shares a key with a lead is somebody else all the same, or None."""
    if kind == "fingerprint":
        return None
    named = row.name is not None and lead.name is not None
    if kind == "external_id" and row.name == lead.name:
        return None
    if kind == "external_id":
        agrees = (
            (row.email is not None and row.email == lead.email)
            or (row.phone is not None and row.phone == lead.phone)
            or (row.company is not None and fold(row.company) == fold(lead.company))
        )
        if named and not agrees and contradict(row.name, lead.name) and not share_a_word(row.name, lead.name):
            return f"has the external id {row.external_id} of another name"
        return None
    if row.external_id is not None and lead.external_id is not None and row.external_id != lead.external_id:
        return f"shares the {kind} of a lead with another external id"
    if row.name != lead.name and contradict(row.name, lead.name):
        return f"shares the {kind} of a lead with another name"
    if kind == "phone" and row.email is not None and lead.email is not None and row.email != lead.email:
        return "shares the phone of a lead with another email"
    return None
