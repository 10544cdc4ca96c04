"""Bytes → numbered rows of text. `open_reading` is the door; nothing here knows what a lead is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import BinaryIO, TextIO

from leadctl.errors import UsageError
from leadctl.intake.batch import BadRow, Batch, Layout, Reading
from leadctl.intake.recognise import looks_like_form, looks_like_json, looks_like_vcard
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
    known: Callable[[Sequence[str]], bool] | None = None,
) -> Reading:
    """Open a file of leads ("-": the binary stream `stdin`) and find out how it is built.

    `encoding` and `delimiter` overrule what would be found out (a delimiter also says that it is CSV); `skip_lines`
    physical lines at the top are passed over. `known` says whether a line of a CSV file is a header that somebody knows:
    then it is one, whatever stands above it. Raises NotFound, UsageError with place and hint when it is no table
    of leads, and BrokeOff when it cannot be read to the end.
    """
    if skip_lines < 0:
        raise UsageError(f"cannot skip {skip_lines} lines", hint="give 0 or more")
    source = open_source(path, stdin=stdin, encoding=encoding)
    try:
        beginning = _beginning(source.text(newline=None), skip_lines)
        source.refuse_markup(beginning)
        source.refuse_log(beginning)
        if delimiter is None and looks_like_json(source.name, beginning):
            from leadctl.intake.json.objects import Objects

            return Objects(source, skip_lines=skip_lines)
        if delimiter is None and looks_like_vcard(source.name, beginning):
            from leadctl.intake.vcard import Cards

            return Cards(source, skip_lines=skip_lines)
        if delimiter is None and looks_like_form(beginning):
            from leadctl.intake.form_lines import Forms

            return Forms(source, skip_lines=skip_lines)
        from leadctl.intake.delimited import Delimited

        return Delimited(source, delimiter=delimiter, skip_lines=skip_lines, known=known)
    except BaseException:
        source.close()
        raise


def _beginning(text: TextIO, skip_lines: int) -> str:
    for _ in range(skip_lines):
        if not text.readline():
            break
    return text.read(1 << 16).replace("\0", "")
