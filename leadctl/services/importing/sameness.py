"""Sameness: by what an activity is the same one when it is told again."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import blake2b


def content_identity(parts: Iterable[str]) -> str:
    """Of an activity without an id of its own: the moment and its content (empty where there is none). The lead, the day
    and the type are missing, because those are asked for apart from it."""
    return "\0".join(parts)


def own_identity(system: str | None, own_id: str, kind: str) -> str:
    """Of an activity with an id of its own in a system. Of one e-mail, opening and clicking are two."""
    return f"id\0{system or ''}\0{own_id}\0{kind}"


def mark_of(identity: str, ordinal: int = 0) -> int:
    """The number that stands for it, for the first, second, … of those that one row tells of: 64 bits of BLAKE2b, signed
    as SQLite stores it."""
    text = f"{identity}\0{ordinal}".encode("utf-8", "surrogatepass")
    return int.from_bytes(blake2b(text, digest_size=8).digest(), "big", signed=True)
