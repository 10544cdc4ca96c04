"""JSON and JSON Lines: raw values under their names, one object a row, written row by row."""

from __future__ import annotations

from typing import TextIO

from leadctl.model.report import Record, Report
from leadctl.render.safe import escaped_json
from leadctl.render.values import json_text, raw_rows


def write_json(result: Report | Record, stream: TextIO) -> None:
    """Writes a report as an array of objects, one a line, and a record as one object."""
    names, rows = raw_rows(result)
    if isinstance(result, Record):
        stream.write(_indented(dict(zip(names, next(rows), strict=True))) + "\n")
        return
    stream.write("[")
    before = "\n"
    for row in rows:
        stream.write(before + json_text(dict(zip(names, row, strict=True))))
        before = ",\n"
    stream.write("]\n" if before == "\n" else "\n]\n")


def write_lines(result: Report | Record, stream: TextIO) -> None:
    """Writes one object a line."""
    names, rows = raw_rows(result)
    for row in rows:
        stream.write(json_text(dict(zip(names, row, strict=True))) + "\n")


def _indented(value: dict[str, object]) -> str:
    import json

    # Within JSON no string holds a bare line feed, so the lines can be made safe one by one.
    lines = json.dumps(value, ensure_ascii=False, allow_nan=False, indent=2).split("\n")
    return "\n".join(map(escaped_json, lines))
