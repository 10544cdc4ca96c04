"""The file of an access log: plain or packed with gzip, from the disk or standard input, as blocks of whole lines."""

from __future__ import annotations

import gzip
import io
import os
import shutil
import stat
import tempfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, cast

from leadctl.errors import BrokeOff, Place, UsageError
from leadctl.intake.logs.lines import SAMPLE, looks_like_access_log, own_hosts
from leadctl.intake.source import cut_short

BLOCK = 3 << 16  # bytes; much larger ones no longer fit the processor's cache
LONGEST_LINE = 1 << 20  # what is longer is no line of a log; it is cut off
_GZIP = b"\x1f\x8b"


class LogFile:
    """An open access log. `beginning` are its first bytes, unpacked; `size` how many bytes there are on the disk (0:
    nobody knows); `whole` whether it can be read from any place, in parts."""

    def __init__(self, name: str, file: BinaryIO, beginning: bytes, size: int, path: Path | None) -> None:
        self.name = name
        self.beginning = beginning
        self.size = size
        self.whole = path is not None
        self._path = path
        self._file = file

    def hosts(self) -> set[str]:
        """The hosts whose pages it is about, as far as its beginning shows."""
        return own_hosts(self.beginning)

    def blocks(self) -> Iterator[bytes]:
        """All of it. Raises BrokeOff where it cannot be read to the end."""
        try:
            yield from _blocks(self._file, None)
            if self.whole:
                self._refuse_cut(self._file)
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            why = "ends too early" if isinstance(error, EOFError) else "is damaged"
            raise BrokeOff(
                f"the packed file {why}; nothing was written", place=Place(self.name), hint="get it again"
            ) from error
        except OSError as error:
            raise BrokeOff(f"cannot be read on: {error.strerror or error}", place=Place(self.name)) from error

    def part(self, start: int, end: int) -> Iterator[bytes]:
        """The lines that begin from byte `start` on and before `end`, of a file that is `whole`."""
        assert self._path is not None
        try:
            with self._path.open("rb", buffering=BLOCK) as file:
                if start > 0:
                    file.seek(start - 1)
                    while (line := file.readline(LONGEST_LINE)) and not line.endswith(b"\n"):
                        pass
                yield from _blocks(file, end)
                self._refuse_cut(file)
        except OSError as error:
            raise BrokeOff(f"cannot be read on: {error.strerror or error}", place=Place(self.name)) from error

    def _refuse_cut(self, file: BinaryIO) -> None:
        """A log that became shorter (it was turned over meanwhile) was not read whole."""
        if os.fstat(file.fileno()).st_size < self.size:
            raise cut_short(self.name)

    def close(self) -> None:
        self._file.close()


class _Again(io.RawIOBase):
    """A stream of which the beginning was read already."""

    def __init__(self, beginning: bytes, rest: BinaryIO) -> None:
        super().__init__()
        self._held = beginning
        self._rest = rest

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1, /) -> bytes:
        if size is None or size < 0:
            held, self._held = self._held, b""
            return held + self._rest.read()
        if not self._held:
            return self._rest.read(size)
        found, self._held = self._held[:size], self._held[size:]
        return found

    def readinto(self, buffer: object, /) -> int:
        view = memoryview(cast(bytearray, buffer))
        found = self.read(len(view))
        view[: len(found)] = found
        return len(found)


def open_log(path: str, stream: BinaryIO | None, *, sure: bool) -> tuple[LogFile | None, BinaryIO | None]:
    """The access log at `path` (or in the stream, if there is one), or None where that is none, or nothing that can be opened.

    With it the stream that is to be read from now on, of which the beginning had to be looked at. `sure`: what is packed can
    be nothing else; raises UsageError where it is damaged.
    """
    if stream is not None:
        return _in_stream(stream, "standard input" if path == "-" else path, sure)
    try:
        file = Path(path).open("rb")  # noqa: SIM115 - the log closes it
        status = os.fstat(file.fileno())
    except (OSError, ValueError):
        return None, None  # whoever reads it otherwise says why not
    if not stat.S_ISREG(status.st_mode) or status.st_size == 0:
        return _in_stream(file, path, sure)
    first = file.read(SAMPLE)
    if first.startswith(_GZIP):
        file.seek(0)
        unpacked, begun = _unpacked(file, path, sure)
        if looks_like_access_log(begun):
            return LogFile(path, cast(BinaryIO, _Again(begun, unpacked)), begun, status.st_size, None), None
    elif looks_like_access_log(first):
        file.seek(0)
        return LogFile(path, file, first, status.st_size, Path(path)), None
    file.close()
    return None, None


def _in_stream(stream: BinaryIO, name: str, sure: bool) -> tuple[LogFile | None, BinaryIO | None]:
    """The same for what can be read once only."""
    first = stream.read(SAMPLE)
    again = cast(BinaryIO, _Again(first, stream))
    if looks_like_access_log(first):
        return LogFile(name, again, first, 0, None), None
    if first.startswith(_GZIP):
        held = tempfile.TemporaryFile(prefix="leadctl-")  # noqa: SIM115 - the log closes it
        shutil.copyfileobj(again, held)
        held.seek(0)
        unpacked, begun = _unpacked(held, name, sure)
        if looks_like_access_log(begun):
            return LogFile(name, cast(BinaryIO, _Again(begun, unpacked)), begun, 0, None), None
        held.seek(0)
        return None, held  # packed, and no log: refused as such
    return None, again


def _unpacked(packed: BinaryIO, name: str, sure: bool) -> tuple[BinaryIO, bytes]:
    """What is packed, and its beginning."""
    stream = cast(BinaryIO, gzip.GzipFile(fileobj=packed))
    try:
        return stream, stream.read(SAMPLE)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        if not sure:
            return stream, b""
        why = "ends too early" if isinstance(error, EOFError) else "is damaged"
        raise UsageError(f"the packed file {why}", place=Place(name), hint="get it again") from error


def _blocks(file: BinaryIO, end: int | None) -> Iterator[bytes]:
    """Whole lines up to byte `end`, each block with an end of a line in front and behind."""
    at = file.tell() if end is not None else 0
    held = b""
    while end is None or at < end:
        block = file.read(BLOCK if end is None else min(BLOCK, end - at))
        if not block:
            break
        at += len(block)
        if end is not None and not block.endswith(b"\n"):  # the rest of the line
            rest = file.readline(LONGEST_LINE)
            at += len(rest)
            block += rest
            while rest and not rest.endswith(b"\n"):
                rest = file.readline(LONGEST_LINE)
                at += len(rest)
        if end is not None:
            yield b"".join((b"\n", block)) if block.endswith(b"\n") else b"".join((b"\n", block, b"\n"))
            continue
        cut = block.rfind(b"\n") + 1
        if cut:
            yield b"".join((b"\n", held, block[:cut]))
            held = block[cut:]
        elif len(held) < LONGEST_LINE:
            held += block
    if held:
        yield b"".join((b"\n", held, b"\n"))
