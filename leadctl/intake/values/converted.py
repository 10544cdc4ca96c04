"""What a batch of rows became: columns of values, and what became of the rows that are none."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any

from leadctl.intake.batch import BadRow
from leadctl.intake.values.contact_points import Contact
from leadctl.intake.values.told import Tale


@dataclass
class Values:
    """The rows of a batch that could be read, as columns: field -> values, `count` of them; and what became of the others.

    `blank` counts rows in which nothing stands, or nothing but words for "no value".
    """

    count: int
    columns: dict[str, list[Any]]
    extra: list[str | None]
    prints: list[int | None]  # fingerprints of the rows that have no key to be known by
    bad: list[BadRow]
    blank: int
    told: list[tuple[Tale, ...]] | None = None  # the activities that each row tells of
    lines: list[int] = field(default_factory=list)  # on which line of the file each row begins
    contacts: list[tuple[Contact, ...]] | None = None  # what each row's lead is known by besides; None: no row has any
    left_out: int = 0  # how many of the blank rows are test leads
    footer: int = 0  # how many of them are lines below the data

    def part(self, numbers: Sequence[int]) -> Values:
        """Only these rows; what became of the others stays with the whole."""
        columns = {name: [column[number] for number in numbers] for name, column in self.columns.items()}
        extra = [self.extra[number] for number in numbers]
        told = [self.told[number] for number in numbers] if self.told is not None else None
        lines = [self.lines[number] for number in numbers]
        prints = [self.prints[number] for number in numbers]
        contacts = [self.contacts[number] for number in numbers] if self.contacts is not None else None
        return Values(len(numbers), columns, extra, prints, [], 0, told, lines, contacts)


def fingerprint(header: Sequence[str], row: Sequence[str]) -> int:
    """A number for the content of a row without any key, whatever the mapping makes of it: 64 bits of BLAKE2b over its
    headers and texts, signed as SQLite stores it. By chance two of a million different rows would share one once in
    some 37 million imports."""
    content = sorted([name, bare] for name, text in zip(header, row, strict=True) if (bare := text.strip()))
    text = json.dumps(content, ensure_ascii=True, separators=(",", ":"))
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big", signed=True)
