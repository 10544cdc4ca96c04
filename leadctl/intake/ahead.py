"""Reading ahead: a large file is read and converted in a process of its own, while the database takes what is ready.

Half the time of a large import goes into text, half into the database; on two cores they need not wait for each other.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import pickle
import signal
import sys
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Any, TypeVar

from leadctl.errors import BrokeOff

T = TypeVar("T")
_LAST = b""


def ahead(work: Callable[[], Iterator[T]], *, large: bool) -> Iterator[T]:
    """What `work` yields, in order. If it is `large` and the system can fork, `work` runs in a process of its own, which
    begins at once.

    An exception of `work` is raised here. Raises BrokeOff where the process was ended from outside.
    """
    if not large or not sys.platform.startswith("linux") or (os.cpu_count() or 1) < 2:
        return work()
    context = multiprocessing.get_context("fork")
    receiving, sending = context.Pipe(duplex=False)
    process = context.Process(target=_run, args=(work, receiving, sending), daemon=True)
    process.start()
    sending.close()
    return _received(process, receiving)


def _received(process: BaseProcess, receiving: Connection) -> Iterator[Any]:
    try:
        while True:
            try:
                message = receiving.recv_bytes()
            except EOFError:
                raise BrokeOff("the process that reads the file was ended; nothing was written") from None
            if message == _LAST:
                return
            found = pickle.loads(message)
            if isinstance(found, BaseException):
                raise found
            yield found
    finally:
        receiving.close()
        process.join(timeout=1)
        if process.is_alive():
            process.kill()


def _run(work: Callable[[], Iterator[T]], receiving: Connection, sending: Connection) -> None:
    """The other process: sends each result, then the end. It goes quietly when nobody reads any more."""
    receiving.close()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # an interrupt is the reader's to answer
    with contextlib.suppress(BrokenPipeError):
        try:
            for found in work():
                sending.send_bytes(pickle.dumps(found, pickle.HIGHEST_PROTOCOL))
        except Exception as error:
            sending.send_bytes(pickle.dumps(error))
        sending.send_bytes(_LAST)
