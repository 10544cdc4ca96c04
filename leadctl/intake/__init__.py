"""Bytes → numbered rows of text. `open_reading` is the door; nothing here knows what a lead is."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO, TextIO

from leadctl.errors import UsageError
from leadctl.intake.batch import BadRow, Batch, Layout, Reading
from leadctl.intake.rejects import RejectFile
from leadctl.intake.source import open_source

__all__ = ["BadRow", "Batch", "Layout", "Reading", "RejectFile", "open_reading"]


def open_reading(
    path: str | Path,
    *,
    stdin: BinaryIO | None = None,
    encoding: str | None = None,
    delimiter: str | None = None,
    skip_lines: int = 0,
) -> Reading:
    """Open a file of leads ("-": the binary stream `stdin`) and find out how it is built.

    `encoding` and `delimiter` overrule what would be found out (a delimiter also says that it is CSV); `skip_lines`
    physical lines at the top are passed over. Raises NotFound, UsageError with place and hint when it is no table
    of leads, and BrokeOff when it cannot be read to the end.
    """
    from leadctl.intake.delimited import Delimited
    from leadctl.intake.objects import Objects, looks_like_json

    if skip_lines < 0:
        raise UsageError(f"cannot skip {skip_lines} lines", hint="give 0 or more")
    source = open_source(path, stdin=stdin, encoding=encoding)
    try:
        beginning = _beginning(source.text(newline=None), skip_lines)
        source.refuse_markup(beginning)
        if delimiter is None and looks_like_json(source.name, beginning):
            return Objects(source, skip_lines=skip_lines)
        return Delimited(source, delimiter=delimiter, skip_lines=skip_lines)
    except BaseException:
        source.close()
        raise


def _beginning(text: TextIO, skip_lines: int) -> str:
    for _ in range(skip_lines):
        if not text.readline():
            break
    return text.read(1 << 16).replace("\0", "")
