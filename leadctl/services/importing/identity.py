"""Who is who: which lead a row of a file is about. Careful: a wrong merge costs more than a duplicate.

A lead is known by its external id, then a valid e-mail, then a certain phone number; without any of these by its whole
content. A match that the names contradict is not taken; the new lead is flagged instead.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple
from zlib import crc32

from leadctl.intake.values.contact_points import Contact
from leadctl.intake.values.converted import Values
from leadctl.model.email import EmailState, kind_and_company
from leadctl.model.names import company_key, contradict, share_a_word
from leadctl.model.phone import PhoneState
from leadctl.model.text import fold
from leadctl.store import leads

KINDS = ("external_id", "email", "phone", "fingerprint")
_SAID = {"email": "e-mail", "phone": "phone"}


class Key(NamedTuple):
    """A further key of somebody: its kind and value, and of an external id the system that gave it."""

    kind: str
    value: Any  # a text; the fingerprint of a whole row is a number
    system: str | None = None


class Person(NamedTuple):
    """What is known of a row or a lead about who it is. Contact points that cannot identify are None."""

    external_id: str | None
    email: str | None
    phone: str | None
    fingerprint: int | None
    name: str | None
    company: str | None
    system: str | None = None  # that gave the external id
    more: frozenset[Key] = frozenset()
    names: frozenset[str] = frozenset()  # of leads that are part of it now
    companies: frozenset[str] = frozenset()

    def keys(self, kind: str) -> Sequence[Any]:
        """Everything of this kind that it is known by."""
        own = getattr(self, kind)
        first = () if own is None else (own,)
        return (*first, *sorted(each.value for each in self.more if each.kind == kind)) if self.more else first

    @property
    def ids(self) -> list[tuple[str, str | None]]:
        """Every external id, with the system that gave it."""
        first = [] if self.external_id is None else [(self.external_id, self.system)]
        return first + [(each.value, each.system) for each in self.more if each.kind == "external_id"]


_NOTHING: Mapping[str, Iterable[Any]] = {}
STORED = ("external_id", "email", "email_state", "phone", "phone_state", "fingerprint", "name", "company", "id_system")


def stored_person(held: Sequence[Any], more: Iterable[Key], aside: Mapping[str, Iterable[Any]] = _NOTHING) -> Person:
    """Who a lead of the database is, from its columns `STORED`, its further keys, and what a merge has set aside."""
    external_id, email, email_state, phone, phone_state, mark, name, company, system = held
    mail = email if email_state != EmailState.INVALID else None
    number = phone if phone_state == PhoneState.VALID else None
    return Person(external_id, mail, number, mark, name, company, system, frozenset(more), *_also(aside))


def _also(aside: Mapping[str, Iterable[Any]]) -> Iterator[frozenset[str]]:
    for field in ("name", "company"):
        yield frozenset(each for each in aside.get(field, ()) if isinstance(each, str))


@dataclass(frozen=True)
class Match:
    """The lead that a row is about (None: a new one) and by which kind of key; or the one that it only may be, and why.
    `further`: it is known by a key in second place, so what the row says does not take the place of what the lead has."""

    lead: int | None
    kind: str | None = None
    doubt: int | None = None
    reason: str | None = None
    further: bool = False


class Known:
    """The leads that a batch of rows may be about, by key; those that the batch itself makes are added as they come."""

    def __init__(self) -> None:
        self.ids: dict[str, dict[Any, list[int]]] = {kind: {} for kind in KINDS}
        self.people: dict[int, Person] = {}

    def look_up(self, connection: sqlite3.Connection, who: Mapping[str, Sequence[Any]]) -> list[int]:
        """Looks up every key of a batch (kind -> keys); the ids of all leads that share one."""
        more = [key for row in who["more"] for key in row]
        for kind in KINDS:
            wanted = set(who[kind]) - {None}
            wanted.update(each.value for each in more if each.kind == kind)
            self.ids[kind] = leads.ids_by_key(connection, kind, wanted)
        return sorted({lead for found in self.ids.values() for ids in found.values() for lead in ids})

    def add(self, lead: int, person: Person) -> None:
        self.people[lead] = person
        for kind in KINDS:
            for key in person.keys(kind):
                held = self.ids[kind].setdefault(key, [])
                if lead not in held:
                    held.append(lead)

    def change(self, lead: int, person: Person) -> None:
        """A lead is somebody else now as far as its keys go."""
        before = self.people[lead]
        for kind in KINDS:
            for key in before.keys(kind):
                if key not in person.keys(kind):
                    self.ids[kind][key].remove(lead)
        self.add(lead, person)

    def find(self, person: Person) -> Match:
        """The lead that this person is. Of several that fit, the one that differs least, then the oldest."""
        refused: tuple[int, str] | None = None
        for kind in KINDS:
            keys = person.keys(kind)
            candidates = {lead for key in keys for lead in self.ids[kind].get(key, ())}
            fitting: list[int] = []
            for lead in sorted(candidates):
                why = _why_not(kind, person, self.people[lead])
                if why is None:
                    fitting.append(lead)
                elif refused is None and why:
                    refused = (lead, why)
            if fitting:
                lead = min(fitting, key=lambda lead: (_distance(person, self.people[lead]), lead))
                return Match(lead, kind, further=_in_second_place(kind, person, self.people[lead]))
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
        # A row with further keys waits: what stands in second place for one may stand in first place for another.
        for number, keys in enumerate(who["more"]):
            for each in keys:
                found.add(number)
                at = (crc32(each.value.encode("utf-8", "surrogatepass")) * _SPREAD >> 7) & 0xFFFFFFF
                bits[at >> 3] |= 1 << (at & 7)
        return sorted(found)


def _distance(row: Person, lead: Person) -> tuple[bool, int, bool]:
    """How far a lead that fits is from a row: another name, keys that they do not share, whether only the lead has some."""
    pairs = [(getattr(row, kind), getattr(lead, kind)) for kind in KINDS]  # in the first place only
    shared = sum(mine is not None and mine == its for mine, its in pairs)
    more = any(mine is None and its is not None for mine, its in pairs)  # how many, the same file may change
    return (row.name is None or fold(row.name) != fold(lead.name), -shared, more)


def _why_not(kind: str, row: Person, lead: Person) -> str | None:
    """Why a row that shares a key with a lead is somebody else all the same, or None. Empty: it only looks shared, as the
    ids of two systems do."""
    if kind == "fingerprint":
        return None
    if kind == "external_id" and not any(_may_be_one(mine, its) for mine in row.ids for its in lead.ids):
        return ""
    named = row.name is not None and lead.name is not None
    if kind == "external_id" and (row.name == lead.name or row.name in lead.names):
        return None
    if kind == "external_id":
        agrees = (
            _share(row, lead, "email")
            or _share(row, lead, "phone")
            or (row.company is not None and fold(row.company) == fold(lead.company))
        )
        if named and not agrees and _other_name(row, lead) and not share_a_word(row.name, lead.name):
            return f"same external id {row.external_id}, other name"
        return None
    if _other_record(row, lead):
        return f"same {_SAID[kind]}, other external id"
    if _other_name(row, lead):
        return f"same {_SAID[kind]}, other name"
    if not named and _other_company(row, lead) and (kind == "phone" or _of_an_office(row, lead)):
        return f"same {_SAID[kind]}, other company"
    if kind == "phone" and _differ(row, lead, "email"):
        return "same phone, other e-mail"
    return None


def _other_name(row: Person, lead: Person) -> bool:
    return all(row.name != each and contradict(row.name, each) for each in (lead.name, *lead.names))


def _other_company(row: Person, lead: Person) -> bool:
    """Whether both name a company, and these have no word in common."""
    mine, its = company_key(row.company), list(map(company_key, (lead.company, *lead.companies)))
    if mine is None or None in its:
        return False
    return not any(mine == each or share_a_word(mine, each) for each in its)


def _of_an_office(row: Person, lead: Person) -> bool:
    """Whether all addresses that they share are read by an office (`info@`)."""
    return all(kind_and_company(each)[0] == "role" for each in set(row.keys("email")).intersection(lead.keys("email")))


def _share(row: Person, lead: Person, kind: str) -> bool:
    return not set(row.keys(kind)).isdisjoint(lead.keys(kind))


def _differ(row: Person, lead: Person, kind: str) -> bool:
    """Whether both have keys of this kind, and none in common."""
    mine, its = row.keys(kind), lead.keys(kind)
    return bool(mine) and bool(its) and set(mine).isdisjoint(its)


def _may_be_one(mine: tuple[str, str | None], its: tuple[str, str | None]) -> bool:
    """Whether two external ids can be the same one: two systems may give one number to two people."""
    return mine[0] == its[0] and (mine[1] == its[1] or None in (mine[1], its[1]))


def _other_record(row: Person, lead: Person) -> bool:
    """Whether a system has given both of them ids, and different ones."""
    alike = [(mine, its) for mine, system in row.ids for its, other in lead.ids if system == other]
    return bool(alike) and all(mine != its for mine, its in alike)


def _in_second_place(kind: str, row: Person, lead: Person) -> bool:
    """Whether the key that a row shares with a lead is one of its further ones. The id of another system is as good as that
    in first place, unless it came by a merge from the same one; so is a row that brings such an id, or the lead's first: the
    next time the lead is known by that."""
    if getattr(lead, kind) in row.keys(kind):
        return False
    if kind != "external_id":
        first = lead.external_id is None or row.system not in (None, lead.system)
        return row.external_id is None or not first
    return not any(its[1] not in (None, lead.system) for mine in row.ids for its in lead.ids if _may_be_one(mine, its))


def further_keys(given: Iterable[Contact]) -> frozenset[Key]:
    """What somebody can be known by. An invalid address counts for nothing, a phone number must be certain."""
    return frozenset(
        Key(each.kind, each.value, each.label if each.kind == "external_id" else None)
        for each in given
        if counts(each.kind, each.state)
    )


def counts(kind: str, state: str) -> bool:
    """Whether somebody can be known by a contact point of this kind in this state."""
    return kind == "external_id" or (kind == "email" and state != "invalid") or (kind == "phone" and state == "valid")


def who_of(values: Values) -> dict[str, Sequence[Any]]:
    """Who each row is about: the parts of a `Person`, as columns."""
    nothing: list[Any] = [None] * values.count
    held = values.columns
    mails = held.get("email", nothing)
    if "email" in held:
        states = held["email_state"]
        mails = [None if s == EmailState.INVALID else mail for mail, s in zip(mails, states, strict=True)]
    phones = held.get("phone", nothing)
    if "phone" in held:
        phones = [n if state == "valid" else None for n, state in zip(phones, held["phone_state"], strict=True)]
    ids = held.get("external_id", nothing)
    return {
        "external_id": ids,
        "email": mails,
        "phone": phones,
        "fingerprint": values.prints,
        "name": held.get("name", nothing),
        "company": held.get("company", nothing),
        "system": held.get("id_system", nothing),
        "more": [frozenset()] * values.count if values.contacts is None else list(map(further_keys, values.contacts)),
    }


def wiser(lead: Person, row: Person, changed: Sequence[str], more: Iterable[Key]) -> Person:
    """Who a lead is after a row about it changed these columns. `more`: its further keys now."""
    values = {name: getattr(row, name) for name in changed if name in Person._fields}
    if "id_system" in changed:
        values["system"] = row.system
    return lead._replace(**values, more=lead.more.union(more))
