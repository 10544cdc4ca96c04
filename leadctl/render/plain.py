"""The table for pipes and files: aligned columns without colour, never cut, one record a line."""

from __future__ import annotations

from collections.abc import Callable
from typing import TextIO

from leadctl.model.report import Record, Report
from leadctl.render.drawing import (
    NOTHING_FOUND,
    cell_width,
    drawn_beside,
    drawn_columns,
    drawn_record,
    headings,
    notes_below,
    to_the_right,
)

_GAP = "  "
_USUAL = 44  # cells; a longer value does not push away what stands beside the others


def write(result: Report | Record, stream: TextIO, zone: str | None) -> None:
    """Writes the result as plain aligned text."""
    if isinstance(result, Record):
        _write_record(result, stream, zone)
    else:
        _write_report(result, stream, zone)


def _write_report(report: Report, stream: TextIO, zone: str | None) -> None:
    columns = drawn_columns(report, zone)
    shown = len(columns[0]) if columns else 0
    if shown:
        padded = []
        for number, (column, heading, cells) in enumerate(zip(report.columns, headings(report), columns, strict=True)):
            right, last = to_the_right(column.unit), number == len(columns) - 1
            padded.append(_padded([heading, *cells], right=right, last=last))
        lines = zip(*padded, strict=True)
        stream.write(_GAP.join(next(lines)) + "\n")
        stream.write(_GAP.join("-" * _width(cells) for cells in padded) + "\n")
        stream.writelines(_GAP.join(line) + "\n" for line in lines)
    else:
        stream.write(NOTHING_FOUND + "\n")
    _write_notes(notes_below(report, shown), stream)


def _write_record(record: Record, stream: TextIO, zone: str | None) -> None:
    pairs = drawn_record(record, zone)
    names = _padded([name for name, _ in pairs], right=False, last=False)
    values = [value for _, value in pairs]
    if record.beside:
        usual = [value if cell_width(value) <= _USUAL else "" for value in values]
        padded = _padded(usual, right=False, last=False)
        values = [long if cell_width(long) > _USUAL else short for short, long in zip(padded, values, strict=True)]
    for name, value, remark in zip(names, values, drawn_beside(record), strict=True):
        stream.write(f"{name}{_GAP}{value}{_GAP}{remark}".rstrip() + "\n")
    _write_notes(notes_below(record), stream)


def _write_notes(notes: list[str], stream: TextIO) -> None:
    if notes:
        stream.write("\n")
        stream.writelines(note + "\n" for note in notes)


def _width(cells: list[str]) -> int:
    return max(map(cell_width, cells), default=0)


def _padded(cells: list[str], *, right: bool, last: bool) -> list[str]:
    """The cells filled with spaces to the width of the widest; a last column of text needs none behind it."""
    if last and not right:
        return cells
    width = _width(cells)
    fill: Callable[[str, int], str] = str.rjust if right else str.ljust
    # Python fills by characters: wide ones count double here, combining ones not at all.
    return [fill(cell, width + len(cell) - cell_width(cell)) for cell in cells]
