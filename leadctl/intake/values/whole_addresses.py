"""Whole web addresses in files of activities: taken apart, and kept as they were where they say more than the fields take."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from leadctl.intake.values.leftovers import Leftovers
from leadctl.model.addresses import Address, parse_address

_MORE = frozenset("?#%")
_FILLS = {
    "source": "source",
    "channel": "medium",
    "campaign": "campaign",
    "content": "content",
    "term": "term",
    "token": "token",
}


def take_apart(columns: dict[str, list[Any]], count: int) -> None:
    """Leaves the path in `path`, and host and path in `referrer`; what tags and token say goes where nothing else is said."""
    for name in ("path", "referrer"):
        column = columns.get(name, [])
        said = {text: address for text in set(column) if text is not None and (address := address_in(text)) is not None}
        for number, text in enumerate(column if said else ()):
            address = said.get(text)
            if address is None:
                continue
            if name == "referrer":
                column[number] = (address.host or "") + (address.path or "").rstrip("/") or None
                continue
            column[number] = address.path
            for field, part in _FILLS.items():
                value = getattr(address, part)
                if value is not None:
                    held = columns.setdefault(field, [None] * count)
                    if held[number] is None:
                        held[number] = value


@lru_cache(50_000)
def _found(text: str) -> Address | None:
    found = parse_address(text)
    return found if found.host is not None or text.startswith(("/", "?")) else None


def address_in(text: str) -> Address | None:
    """What an address says; None for a bare path, which is one already, and for what is none, such as a page's title."""
    if text.startswith("/") and not text.startswith("//") and _MORE.isdisjoint(text):
        return None
    return None if any(map(str.isspace, text)) else _found(text)


class WithAddresses(Leftovers):
    """What is left over, and the address itself where its host or its query says what no field takes."""

    def __init__(self, others: Leftovers, name: str, place: int) -> None:
        self.others = others
        self.name = name
        self.place = place

    def of(self, texts: Sequence[Sequence[str]], count: int) -> list[str | None]:
        found = self.others.of(texts, count)
        if not texts:
            return found
        column = texts[self.place]
        more = {
            text for text in set(column) if (address := address_in(text.strip())) and (address.host or address.other)
        }
        for number, text in enumerate(column if more else ()):
            if text in more:
                own = self.others.encode({self.name: text})
                before = found[number]
                found[number] = own if before is None else f"{before[:-1]},{own[1:]}"
        return found
