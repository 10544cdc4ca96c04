"""The GitHub table (https://github.github.com/gfm/#tables-extension-): user text stays text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import TextIO

from leadctl.model.report import Record, Report
from leadctl.render.drawing import drawn_columns, drawn_record, headings, notes_below, to_the_right
from leadctl.render.safe import visible

# What begins code, emphasis, links, pictures, tags, entities, formulas, cells; a colon only where it makes an address
# or a :picture:. Escaping all punctuation would be as safe, and unreadable.
_MEANS_SOMETHING = re.compile(r"[\\`*_\[\]<>|~&$#]|!(?=\[)|:(?=//|[\w+-]+:)")


def escaped(text: str) -> str:
    """Text that is safe to show (see `visible`) as Markdown that shows exactly it."""
    return _MEANS_SOMETHING.sub(r"\\\g<0>", text)


def write(result: Report | Record, stream: TextIO, zone: str | None) -> None:
    """Writes title, table and notes. A report without rows is its bare header."""
    if result.title:
        stream.write(f"## {escaped(visible(result.title))}\n\n")
    shown = 0
    if isinstance(result, Record):
        _write_rows(["", ""], ["---", "---"], drawn_record(result, zone), stream)
    else:
        columns = drawn_columns(result, zone)
        shown = len(columns[0]) if columns else 0
        rules = ["---:" if to_the_right(column.unit) else "---" for column in result.columns]
        _write_rows(headings(result), rules, list(zip(*columns, strict=True)), stream)
    for note in notes_below(result, shown):
        stream.write(f"\n{escaped(note)}\n")


def _write_rows(heads: list[str], rules: list[str], rows: Sequence[tuple[str, ...]], stream: TextIO) -> None:
    stream.write(_line(map(escaped, heads)) + _line(rules))
    stream.writelines(_line(map(escaped, row)) for row in rows)


def _line(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cells) + " |\n"
