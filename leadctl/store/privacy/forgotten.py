"""People who asked to be forgotten: salted hashes of what they were known by, so that no import brings them back.

A hash cannot be read back, and the salt makes it worthless in another database. Whoever has this one and an address can
still find out whether it is here: that is what it is for.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from hashlib import blake2b
from typing import Any

from leadctl.model.text import fold
from leadctl.store.salt import salt

KINDS = ("email", "phone", "external_id", "fingerprint")
_ANY = "SELECT 1 FROM forgotten_key LIMIT 1"
_ALL = "SELECT hash FROM forgotten_key"
_ADD = "INSERT OR REPLACE INTO forgotten_key (hash, person) VALUES (?, ?)"
_PERSON = "SELECT person FROM forgotten_key WHERE hash = ?"
_LIFT = "DELETE FROM forgotten_key WHERE person = ?"
_LETTERS = re.compile(r"[^\W_]+")


def hash_of(salt: bytes, kind: str, *parts: Any) -> bytes:
    """BLAKE2b of one key, 16 bytes. `kind`: one of KINDS, `lead`, `phone+name`, `external_id+name`, `mailbox` (an address without
    its +tag), `token` (of a link), or `visitor`."""
    text = "\0".join((kind, *map(str, parts)))
    return blake2b(text.encode("utf-8", "surrogatepass"), key=salt, digest_size=16).digest()


def name_key(name: str | None) -> str | None:
    """A name without regard to case, signs and the order of its words; None where nothing is left."""
    return " ".join(sorted(_LETTERS.findall(fold(name) or ""))) or None


def mailbox(address: str) -> str:
    """The address without its tag: mail to `kari+shop@…` arrives at `kari@…`."""
    local, _, domain = address.rpartition("@")
    return f"{local.partition('+')[0] or local}@{domain}"


class Forgotten:
    """Who was forgotten, as of one transaction. False: nobody, and then nothing else needs to be asked."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection

    @cached_property
    def there(self) -> bool:
        return self.connection.execute(_ANY).fetchone() is not None

    def __bool__(self) -> bool:
        return self.there

    @cached_property
    def salt(self) -> bytes:
        return salt(self.connection)

    @cached_property
    def hashes(self) -> frozenset[bytes]:
        return frozenset(row[0] for row in self.connection.execute(_ALL))

    def has(self, kind: str, *parts: Any) -> bool:
        """Whether somebody who was forgotten was known by this, an address also by another tag of it."""
        if not self.there:
            return False
        if kind == "email" and hash_of(self.salt, "mailbox", mailbox(*parts)) in self.hashes:
            return True
        return hash_of(self.salt, kind, *parts) in self.hashes

    def rows(self, who: Mapping[str, Sequence[Any]]) -> set[int]:
        """The numbers of the rows that are about somebody who was forgotten. `who`: external_id, email, phone, fingerprint,
        name, and further keys, that begin with kind and value, under `more`; each a column, all of the same length.

        The e-mail decides. Where a row has none, the phone number does, and where it has neither, the external id, which
        is one person's only in one system. A row with another e-mail is theirs where the phone number or the external id
        comes with the same name.
        """
        if not self:
            return set()
        count = len(who["email"])
        nothing: Sequence[Any] = [None] * count
        columns = [who.get(name, nothing) for name in (*KINDS, "name", "more")]
        return {number for number, row in enumerate(zip(*columns, strict=True)) if self._about(*row)}

    def _about(self, email: Any, phone: Any, external_id: Any, mark: Any, name: Any, more: Any) -> bool:
        further = [(each[0], each[1]) for each in more or ()]  # a key of an import says also which system gave it
        mails = [*_own(email), *(value for kind, value in further if kind == "email")]
        if any(self.has("email", each) for each in mails):
            return True
        if mark is not None and self.has("fingerprint", mark):
            return True
        phones = [*_own(phone), *(value for kind, value in further if kind == "phone")]
        ids = [*_own(external_id), *(value for kind, value in further if kind == "external_id")]
        if not mails and any(self.has("phone", each) for each in phones):
            return True
        if not mails and not phones and any(self.has("external_id", each) for each in ids):
            return True
        known_name = name_key(name) if phones or ids else None
        return known_name is not None and (
            any(self.has("phone+name", each, known_name) for each in phones)
            or any(self.has("external_id+name", each, known_name) for each in ids)
        )


def _own(key: Any) -> tuple[Any, ...]:
    return () if key is None else (key,)


def remember_as_forgotten(connection: sqlite3.Connection, keys: Iterable[tuple[Any, ...]], person: bytes) -> None:
    """Stores the hashes of what one person was known by: (kind, part, …). `person`: random bytes that hold them together."""
    own = salt(connection)
    connection.executemany(_ADD, ((hash_of(own, *key), person) for key in keys))


def lift(connection: sqlite3.Connection, kind: str, key: str) -> bool:
    """Takes away everything by which the person with this key would be left out; whether there was anybody."""
    own = salt(connection)
    row = connection.execute(_PERSON, (hash_of(own, kind, key),)).fetchone()
    if row is None and kind == "email":
        row = connection.execute(_PERSON, (hash_of(own, "mailbox", mailbox(key)),)).fetchone()
    if row is None:
        return False
    connection.execute(_LIFT, (row[0],))
    return True
