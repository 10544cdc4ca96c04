"""What a file of `export` says of itself, so that `import` knows the leads again."""

from __future__ import annotations

import re
from typing import NamedTuple

COLUMN = "leadctl_export"
"""In every row: which database the ids are of. In the ids of another one nobody is known by them."""

FURTHER = {"email": "label", "phone": "label", "external_id": "id_system"}
"""What leads have several of, and what is said of each: `email 2` with `email 2.label`, `external_id 2` with `id_system 2`."""

_GUARDED = " safe"  # behind the mark: cells were guarded against spreadsheets


_FURTHER = re.compile(rf"({'|'.join(FURTHER)}) ([0-9]{{1,6}})")


def further_columns(kind: str, number: int) -> tuple[str, str]:
    """The columns of the second, third, … e-mail, phone or external id, and of what is said of it."""
    said = FURTHER[kind]
    column = f"{kind} {number}"
    return column, f"{column}.{said}" if said == "label" else f"{said} {number}"


def further_kind(column: str) -> tuple[str, int] | None:
    """What a column such as `email 2` holds: kind and number. None for any other."""
    found = _FURTHER.fullmatch(column)
    return (found[1], int(found[2])) if found is not None else None


class Mark(NamedTuple):
    """Which database a row is of (None: it cannot say), and whether its texts are guarded."""

    database: str | None
    guarded: bool


def mark_text(mark: Mark) -> str:
    return (mark.database or "unknown") + (_GUARDED if mark.guarded else "")


def read_mark(text: str) -> Mark:
    bare = text.strip()
    return Mark(bare.removesuffix(_GUARDED) or None, bare.endswith(_GUARDED))
