"""A conversation with a program: lines go to its standard input while lines come from its standard output."""

from __future__ import annotations

import contextlib
import os
import selectors
import signal
import subprocess
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import BinaryIO

from leadctl.errors import BrokeOff

_CHUNK = 1 << 16
LONGEST_LINE = 10_000_000  # bytes
_MORE_LINES = 1000  # beyond one for each lead: what a program may say too much before it is stopped
_MOST_BYTES = 100_000_000  # and _BYTES_A_LEAD for each lead: all that is held of what it says
_BYTES_A_LEAD = 1000
_LOOK = 0.1  # seconds: how often it is looked at whether the program is still there
_AFTER_END = 1.0  # seconds: how long what a program left behind may still write


@dataclass
class Heard:
    """What a program said: whole lines without their ends, and the beginning of one that it was cut off in. `trouble`: why it
    did not end well, with the program as the subject."""

    lines: list[bytes] = field(default_factory=list)
    cut: bytes = b""
    trouble: str | None = None
    taken: int = 0  # bytes in `lines`


@dataclass
class Conversation:
    """One run of a program, without a shell. `silent_for`: after so many seconds in which it neither reads nor writes it is
    stopped; `most`: so many lines are wanted, and it is stopped when it does not end. Its standard error is left to it."""

    words: Sequence[str]
    folder: Path
    silent_for: float
    most: int
    progress: Callable[[int], None] | None = None

    def hold(self, told: Iterator[bytes]) -> Heard:
        """Starts the program, writes and reads at the same time, and ends it. Raises BrokeOff where it cannot be started."""
        first = next(told, b"")  # what is wrong with the question is found before the program starts
        reading, writing = os.pipe()
        # The program's end is held here too: so what it has left unread can be told when it ends.
        with os.fdopen(reading, "rb", 0) as unread, os.fdopen(writing, "wb", 0) as into:
            process = self._start(reading)
            try:
                heard = self._converse(process, into, first, told)
                if heard.trouble is None and process.returncode:
                    code = process.returncode
                    heard.trouble = f"was ended by signal {-code}" if code < 0 else f"ended with exit code {code}"
                elif heard.trouble is None and (not into.closed or _holds_more(unread)):
                    heard.trouble = "ended before it had read all leads"
            finally:
                _end(process)
        if heard.cut and heard.trouble is None:  # only the last line end is missing
            heard.lines.append(heard.cut)
            heard.cut = b""
        return heard

    def _start(self, reading: int) -> subprocess.Popen[bytes]:
        try:
            return subprocess.Popen(
                self.words,
                stdin=reading,
                stdout=subprocess.PIPE,
                cwd=self.folder,
                bufsize=0,
                start_new_session=True,  # so that what it starts itself ends with it
            )
        except (OSError, ValueError) as error:
            why = getattr(error, "strerror", None) or str(error)
            hint = "--exec takes a program and its arguments; no shell reads them"
            raise BrokeOff(f"{self.words[0][:60]} cannot be started: {why}; nothing was written", hint=hint) from error

    def _converse(self, process: subprocess.Popen[bytes], into: BinaryIO, first: bytes, told: Iterator[bytes]) -> Heard:
        heard = Heard()
        assert process.stdout is not None
        out = process.stdout.fileno()
        for number in (out, into.fileno()):
            os.set_blocking(number, False)
        waiting = memoryview(first)
        held = bytearray()
        alive = monotonic()
        ended: float | None = None
        with selectors.DefaultSelector() as selector:
            selector.register(out, selectors.EVENT_READ)
            selector.register(into, selectors.EVENT_WRITE)
            while True:
                for key, _ in selector.select(_LOOK):
                    alive = monotonic()
                    if key.fd == out:
                        some = os.read(out, _CHUNK)
                        held += some
                        self._split(held, heard)
                        if not some:
                            heard.cut = heard.cut or bytes(held)
                            self._wait(process, heard, into)
                        if not some or heard.trouble is not None:
                            return heard
                        continue
                    waiting = waiting or memoryview(next(told, b""))
                    if waiting:
                        waiting = waiting[_write(into, waiting) :]
                    else:
                        selector.unregister(into)
                        into.close()
                if process.poll() is not None:  # its output may be held open by a program that it left behind
                    ended = ended or monotonic()
                    if monotonic() - max(ended, alive) > _AFTER_END:
                        heard.cut = bytes(held)
                        return heard
                elif monotonic() - alive > self.silent_for:
                    heard.cut = bytes(held)
                    heard.trouble = f"was silent for {self.silent_for:g} seconds and was stopped (--timeout)"
                    return heard

    def _split(self, held: bytearray, heard: Heard) -> None:
        """Moves whole lines over. Says the trouble where there is no end to it."""
        end = held.rfind(b"\n")
        if end >= 0:
            heard.lines += bytes(held[:end]).split(b"\n")
            heard.taken += end
            del held[: end + 1]
            if self.progress is not None:
                self.progress(len(heard.lines))
        if len(heard.lines) > self.most + _MORE_LINES:
            del heard.lines[self.most + _MORE_LINES :]
            heard.trouble = (
                f"wrote more than {self.most + _MORE_LINES:,} lines about {self.most:,} leads and was stopped"
            )
        elif heard.taken > (most := _MOST_BYTES + _BYTES_A_LEAD * self.most):
            heard.trouble = (
                f"wrote more than {most // 1_000_000} million bytes about {self.most:,} leads and was stopped"
            )
        elif len(held) > LONGEST_LINE:
            heard.trouble = f"wrote a line of more than {LONGEST_LINE // 1_000_000} million bytes and was stopped"
            heard.cut = bytes(held[:_CHUNK])

    def _wait(self, process: subprocess.Popen[bytes], heard: Heard, into: BinaryIO) -> None:
        """It has closed its output; how it ends is waited for."""
        try:
            process.wait(timeout=self.silent_for)
        except subprocess.TimeoutExpired:
            heard.trouble = (
                f"closed its output, did not end within {self.silent_for:g} seconds and was stopped (--timeout)"
            )


def _write(into: BinaryIO, some: memoryview) -> int:
    """How much was written."""
    try:
        return os.write(into.fileno(), some[:_CHUNK])
    except BlockingIOError:
        return 0


def _holds_more(unread: BinaryIO) -> bool:
    """Whether something is left in the pipe."""
    os.set_blocking(unread.fileno(), False)
    try:
        return bool(os.read(unread.fileno(), 1))
    except BlockingIOError:
        return False


def _end(process: subprocess.Popen[bytes]) -> None:
    """Nothing of it goes on: neither itself nor what it started."""
    if process.stdout is not None:
        process.stdout.close()
    with contextlib.suppress(OSError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
