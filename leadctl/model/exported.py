"""What a file of `export` says of itself, so that `import` knows the leads again."""

from __future__ import annotations

from typing import NamedTuple

COLUMN = "leadctl_export"
"""In every row: which database the ids are of. In the ids of another one nobody is known by them."""

_GUARDED = " safe"  # behind the mark: cells were guarded against spreadsheets


class Mark(NamedTuple):
    """Which database a row is of (None: it cannot say), and whether its texts are guarded."""

    database: str | None
    guarded: bool


def mark_text(mark: Mark) -> str:
    return (mark.database or "unknown") + (_GUARDED if mark.guarded else "")


def read_mark(text: str) -> Mark:
    bare = text.strip()
    return Mark(bare.removesuffix(_GUARDED) or None, bare.endswith(_GUARDED))
