"""Exports: CSV, TSV, JSON and JSON Lines of as many rows as there are, batch by batch."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import Any, TextIO, cast

from leadctl.errors import UsageError
from leadctl.model.report import Column, Report
from leadctl.render import output, spreadsheet

FORMATS = ("csv", "tsv", "json", "jsonl")

Batch = Sequence[Sequence[Any]]


def format_for(name: str | None, file: Path | None, *, spreadsheet: bool) -> str:
    """The format that is named, or that the file's ending says; CSV else. `spreadsheet`: it is for one. Raises UsageError."""
    found = "csv" if name is None and file is None else output.format_for(name, file)
    if found not in FORMATS:
        raise UsageError(
            f"an export is no {found}", hint=f"choose one of {', '.join(FORMATS)}; leadctl list draws tables"
        )
    if spreadsheet and found not in ("csv", "tsv"):
        raise UsageError(
            f"spreadsheets do not read {found}", hint="leave --spreadsheet-safe and --excel out, or write CSV"
        )
    return found


def write(
    columns: Sequence[Column],
    batches: Iterable[Batch],
    *,
    format: str,
    form: spreadsheet.Form,
    stream: TextIO | None,
    file: Path | None,
    progress: Callable[[int], None] | None = None,
) -> int:
    """Writes the rows to the file, whole or not at all, or to the stream; how many they were."""
    counted = _Counted(batches, progress)
    if file is not None:
        output.write_whole(file, lambda opened: _write(columns, counted, format, form, opened))
    elif stream is not None:
        output.make_ready_for_programs(stream)
        _write(columns, counted, format, replace(form, shown=stream.isatty()), stream)
    return counted.count


def _write(
    columns: Sequence[Column], batches: Iterable[Batch], format: str, form: spreadsheet.Form, stream: TextIO
) -> None:
    if format in ("csv", "tsv"):
        form = form if format == "csv" else replace(form, delimiter="\t")
        spreadsheet.write([column.name for column in columns], batches, stream, form)
        return
    from leadctl.render import jsons

    # Rows that are read once, and never all at a time.
    rows = cast("Sequence[Sequence[Any]]", chain.from_iterable(batches))
    report = Report("Export", tuple(columns), rows)
    jsons.write_json(report, stream) if format == "json" else jsons.write_lines(report, stream)


class _Counted:
    """Batches, counted on their way."""

    def __init__(self, batches: Iterable[Batch], progress: Callable[[int], None] | None) -> None:
        self.batches = batches
        self.progress = progress
        self.count = 0

    def __iter__(self) -> Iterator[Batch]:
        for batch in self.batches:
            yield batch
            self.count += len(batch)
            if self.progress is not None:
                self.progress(self.count)
