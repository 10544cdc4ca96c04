"""The one face of this room: a result, a format and a stream or a file."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Literal, TextIO

from leadctl.errors import BrokeOff, UsageError
from leadctl.model.report import Record, Report

FORMATS = ("table", "csv", "tsv", "json", "jsonl", "md")
_ENDINGS = {
    ".csv": "csv",
    ".tsv": "tsv",
    ".json": "json",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".md": "md",
    ".txt": "table",
}


def format_for(name: str | None, output: Path | None) -> str:
    """The format of a result: the one named, else what the file's ending says, else a table.

    Raises UsageError for a format or an ending that is not known.
    """
    if name is not None:
        if name not in FORMATS:
            raise UsageError(f"there is no format {name!r}", hint=f"choose one of {', '.join(FORMATS)}")
        return name
    if output is None:
        return "table"
    known = _ENDINGS.get(output.suffix.lower())
    if known is None:
        raise UsageError(
            f"the ending of {str(output)!r} names no format",
            hint=f"end the file in one of {' '.join(_ENDINGS)}, or say --format with one of {', '.join(FORMATS)}",
        )
    return known


def write(
    result: Report | Record,
    *,
    format: str,
    stream: TextIO,
    is_terminal: bool,
    width: int | None,
    colour: bool,
    zone: str | None = None,
) -> None:
    """Writes a result to an open stream, row by row where the format allows it.

    `width` is in cells and only for tables on a terminal (None: as wide as it is); `colour` is what the person asked
    for, NO_COLOR and TERM=dumb are minded besides; `zone` names the time zone that drawn times are shown in.
    Into pipes CSV and JSON are exact; to a terminal no format sends a control character out of the data.
    A format that is not one of FORMATS raises UsageError.
    """
    format_for(format, None)
    _make_ready(stream, as_utf8=format != "table" and not is_terminal)
    # Each form is loaded only when it is asked for: Rich alone takes longer than most commands.
    if format == "table" and is_terminal:
        from leadctl.render import terminal

        terminal.write(result, stream, width=width, colour=colour, zone=zone)
    elif format == "table":
        from leadctl.render import plain

        plain.write(result, stream, zone)
    elif format in ("csv", "tsv"):
        from leadctl.render import delimited

        delimited.write(result, stream, "," if format == "csv" else "\t", show_controls=is_terminal)
    elif format == "md":
        from leadctl.render import markdown

        markdown.write(result, stream, zone)
    else:
        from leadctl.render import jsons

        jsons.write_json(result, stream) if format == "json" else jsons.write_lines(result, stream)


def write_file(result: Report | Record, path: Path, format: str, zone: str | None = None) -> None:
    """Writes a result to a file: whole, or not at all and the old file untouched.

    Raises BrokeOff, with the file and what to do, when the system refuses.
    """
    write_whole(
        path,
        lambda stream: write(
            result, format=format, stream=stream, is_terminal=False, width=None, colour=False, zone=zone
        ),
    )


def write_whole(path: Path, write: Callable[[TextIO], None]) -> None:
    """`write_file` for what `write` puts into the open file, in UTF-8 and with the line ends that it gives."""
    target = Path(os.path.realpath(path))  # through links, so that a link stays one
    try:
        if target.exists() and not target.is_file() and not target.is_dir():
            _write_to(target, "w", write)  # a device or a named pipe cannot be renamed over
        else:
            _write_beside(target, write)
    except BrokenPipeError:
        raise  # a reader that has seen enough, as behind /dev/stdout: the caller ends quietly
    except OSError as error:
        raise BrokeOff(
            f"cannot write {str(path)!r}: {error.strerror or error}",
            hint="check that its folder exists, may be written and has room, or name another file; nothing was written",
        ) from error


def _write_beside(target: Path, write: Callable[[TextIO], None]) -> None:
    if target.is_dir():
        raise IsADirectoryError(None, "it is a folder")
    # Not tempfile: it would make the file private to one user, and the person asked for an ordinary file.
    beside = target.with_name(f".leadctl-{os.urandom(6).hex()}.part")
    try:
        _write_to(beside, "x", write)
        if target.exists():
            beside.chmod(target.stat().st_mode & 0o7777)
        beside.replace(target)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise


def _write_to(path: Path, mode: Literal["w", "x"], write: Callable[[TextIO], None]) -> None:
    with path.open(mode, encoding="utf-8", errors="backslashreplace", newline="\n") as stream:
        write(stream)
        stream.flush()
        if mode == "x":
            os.fsync(stream.fileno())


def make_ready_for_programs(stream: TextIO) -> None:
    """Standard output as programs read it: UTF-8 with line feeds, whatever the locale."""
    _make_ready(stream, as_utf8=True)


def _make_ready(stream: TextIO, *, as_utf8: bool) -> None:
    """No text may break the stream: what its encoding cannot say (a lone surrogate, in UTF-8) is written as `\\ud800`.

    What programs read is UTF-8 with line feeds, whatever the locale.
    """
    reconfigure = getattr(stream, "reconfigure", None)
    if reconfigure is None:
        return
    if as_utf8:
        reconfigure(encoding="utf-8", errors="backslashreplace", newline="\n")
    else:
        reconfigure(errors="backslashreplace")
