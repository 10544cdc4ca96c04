"""The table for terminals, drawn by Rich to fit the width. Loaded only where a terminal is: Rich is slow to load."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from typing import TextIO

from rich import box
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from leadctl.model.report import Record, Report
from leadctl.render.drawing import (
    FLEXIBLE,
    NOTHING_FOUND,
    drawn_beside,
    drawn_columns,
    drawn_record,
    headings,
    notes_below,
    to_the_right,
)
from leadctl.render.fitting import GAP, Wish, fit, wish
from leadctl.render.safe import visible


def write(result: Report | Record, stream: TextIO, *, width: int | None, colour: bool, zone: str | None) -> None:
    """Draws the result. `width` in cells (None: as wide as the terminal); `colour` False: no colour codes at all."""
    console = _console(stream, width, colour and colour_welcome(os.environ))
    if result.title:
        console.print(Text(visible(result.title), style="bold"))
        console.print()
    if isinstance(result, Record):
        remarks = drawn_beside(result) if result.beside else []
        console.print(_record_table(drawn_record(result, zone), remarks, console.width))
        notes = notes_below(result)
    else:
        notes = _draw_report(result, console, zone)
    for number, note in enumerate(notes):
        console.print(Text(("" if number else "\n") + note, style="dim", overflow="fold"))


def colour_welcome(environ: Mapping[str, str]) -> bool:
    """Whether the surroundings allow colour: no NO_COLOR (https://no-color.org), no dumb terminal."""
    return not environ.get("NO_COLOR") and environ.get("TERM", "").lower() not in ("dumb", "unknown")


def _console(stream: TextIO, width: int | None, colour: bool) -> Console:
    # Everything that Rich would otherwise guess from the environment (FORCE_COLOR=0 it takes for a yes; for a dumb
    # terminal it overrides the width unless a height is given too) is decided here.
    return Console(
        file=stream,
        width=max(width or shutil.get_terminal_size().columns, 1),
        height=25,
        force_terminal=True,
        color_system="standard" if colour else None,
        no_color=not colour,
        legacy_windows=False,
        markup=False,
        emoji=False,
        highlight=False,
        soft_wrap=False,
    )


def _draw_report(report: Report, console: Console, zone: str | None) -> list[str]:
    """Draws the rows and returns the notes that belong below them."""
    columns, heads = drawn_columns(report, zone), headings(report)
    shown = len(columns[0]) if columns else 0
    if not shown:
        console.print(Text(NOTHING_FOUND, style="dim"))
        return notes_below(report, shown)
    wishes = [
        _wish(head, cells, flexible=column.unit in FLEXIBLE)
        for head, cells, column in zip(heads, columns, report.columns, strict=True)
    ]
    widths = fit(wishes, console.width)
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, GAP - 1, 0, 0), border_style="dim")
    for number, cells in widths.items():
        right = to_the_right(report.columns[number].unit)
        table.add_column(
            Text(heads[number], style="bold", overflow="fold"),
            width=cells,
            justify="right" if right else "left",
        )
    whole = [report.columns[number].whole for number in widths]
    for row in zip(*(columns[number] for number in widths), strict=True):
        table.add_row(*(_cell(cell, goes_on) for cell, goes_on in zip(row, whole, strict=True)))
    console.print(table)
    missing = [visible(column.name) for number, column in enumerate(report.columns) if number not in widths]
    left_out = [f"columns not shown: {', '.join(missing)}; --format csv shows them"] if missing else []
    return [*left_out, *notes_below(report, shown)]


def _cell(text: str, goes_on: bool) -> Text:
    return Text(text, overflow="fold") if goes_on else Text(text, no_wrap=True, overflow="ellipsis")


def _wish(heading: str, cells: list[str], *, flexible: bool) -> Wish:
    longest_word = max(map(cell_len, heading.split()), default=0)
    return wish(cell_len(heading), longest_word, max(map(cell_len, cells), default=0), flexible=flexible)


def _record_table(pairs: list[tuple[str, str]], remarks: list[str], width: int) -> Table:
    names = max((cell_len(name) for name, _ in pairs), default=0)
    names = max(1, min(names, width // 2 if not remarks else width // 4))
    beside = min(max(map(cell_len, remarks), default=0), width * 2 // 5)
    room = max(1, width - names - GAP - (beside + GAP if beside else 0))
    table = Table.grid(padding=(0, GAP, 0, 0))
    table.add_column(width=names)
    table.add_column(width=min(room, max((cell_len(value) for _, value in pairs), default=1) or 1) if beside else room)
    if beside:
        table.add_column(width=beside)
    for (name, value), remark in zip(pairs, remarks or [""] * len(pairs), strict=True):
        cells = [Text(name, style="bold", overflow="fold"), Text(value, overflow="fold")]
        table.add_row(*cells, *([Text(remark, style="dim", overflow="fold")] if beside else []))
    return table
