"""CSV and TSV: one header, raw values to the last character, UTF-8, a line feed after each row."""

from __future__ import annotations

import csv
from typing import Any, TextIO

from leadctl.model.report import Record, Report
from leadctl.render.safe import visible
from leadctl.render.values import json_text, raw_rows

_NOT_FOR_CSV = frozenset({bool, list, dict})  # csv would write these as Python spells them


class _LineFeeds:
    """Between csv and the stream: takes rows that end in CR LF and passes them on ending in LF.

    csv quotes only the line ends that it writes itself, so it must believe that it writes both: else a lone carriage
    return in a cell would stand bare and end the row for every reader.
    """

    def __init__(self, stream: TextIO) -> None:
        self._write = stream.write

    def write(self, line: str) -> int:
        return self._write(line[:-2] + "\n")


def write(result: Report | Record, stream: TextIO, delimiter: str, *, show_controls: bool = False) -> None:
    """Writes the result row by row. `show_controls` is for terminals: unsafe characters appear as signs."""
    names, rows = raw_rows(result)
    writer = csv.writer(_LineFeeds(stream), delimiter=delimiter, lineterminator="\r\n")
    if show_controls:
        writer.writerow(map(_shown_cell, names))
        writer.writerows(map(_shown_cell, row) for row in rows)
    else:
        writer.writerow(names)
        # Hardly a row needs a second look; asking for the types of all its cells at once costs next to nothing.
        writer.writerows(row if _NOT_FOR_CSV.isdisjoint(map(type, row)) else map(_cell, row) for row in rows)


def _cell(value: Any) -> Any:
    return json_text(value) if type(value) in _NOT_FOR_CSV else value


def _shown_cell(value: Any) -> Any:
    cell = _cell(value)
    return visible(cell) if isinstance(cell, str) else cell
