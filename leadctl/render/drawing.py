"""What the three drawn forms (plain, terminal, Markdown) share: safe cells by column, names, notes, widths."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from functools import cache
from typing import Any

from leadctl.model.report import Record, Report, Unit
from leadctl.render.safe import visible
from leadctl.render.values import drawn

NOTHING_FOUND = "nothing found"
FLEXIBLE = frozenset({Unit.TEXT, Unit.JSON})  # may be cut to fit; a cut number or date would be another one
_LEFT = FLEXIBLE | {Unit.DATE, Unit.TIME, Unit.YES_NO}


def to_the_right(unit: Unit) -> bool:
    """Whether a column of this unit stands right-aligned, as numbers do."""
    return unit not in _LEFT


def drawn_columns(report: Report, zone: str | None) -> list[list[str]]:
    """The drawn cells, safe to show, column by column."""
    rows = [tuple(row) for row in report.rows]
    values: list[Sequence[Any]] = list(zip(*rows, strict=True)) if rows else [()] * len(report.columns)
    return [
        [visible(cell) for cell in drawn(cells, column.unit, zone)]
        for column, cells in zip(report.columns, values, strict=True)
    ]


def drawn_record(record: Record, zone: str | None) -> list[tuple[str, str]]:
    """The names (with spaces for underscores) and drawn values of a record, safe to show."""
    return [
        (visible(name.replace("_", " ")), visible(drawn([value], record.units.get(name, Unit.TEXT), zone)[0]))
        for name, value in record.values.items()
    ]


def drawn_beside(record: Record) -> list[str]:
    """The remark on each value of a record, safe to show; empty where there is none."""
    return [visible(record.beside.get(name, "")) for name in record.values]


def headings(report: Report) -> list[str]:
    """The headings, safe to show."""
    return [visible(column.heading) for column in report.columns]


def notes_below(result: Report | Record, shown: int = 0) -> list[str]:
    """The notes, safe to show; before them how many rows a limit left out, if `shown` is fewer than the total."""
    limited = isinstance(result, Report) and result.total is not None and result.total > shown
    first = [f"{shown:,} of {result.total:,} shown; --limit sets how many"] if limited else []  # type: ignore[union-attr]
    return [*first, *(visible(note) for note in result.notes)]


def cell_width(text: str) -> int:
    """How many cells of a terminal the text takes: wide East Asian characters two, combining marks none."""
    return len(text) if text.isascii() else sum(map(_character_width, text))


@cache
def _character_width(character: str) -> int:
    if character in "\u200c\u200d" or unicodedata.category(character) in ("Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
