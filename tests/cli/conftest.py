"""What tests of the command line share besides `workspace`: real files, a terminal of 80 columns, programs that run on."""

from __future__ import annotations

import fcntl
import os
import pty
import struct
import subprocess
import sys
import termios
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

PROGRAM = [sys.executable, "-m", "leadctl"]


@pytest.fixture
def real() -> Path:
    """The folder of real data; without it the test is skipped."""
    home = os.environ.get("LEADCTL_REALDATA")
    if not home:
        pytest.skip("LEADCTL_REALDATA is not set")
    return Path(home).resolve()


@pytest.fixture
def start() -> Iterator[Callable[..., subprocess.Popen[bytes]]]:
    """Starts the program in a workspace and does not wait for it; whatever still runs at the end is killed."""
    running: list[subprocess.Popen[bytes]] = []

    def begin(workspace: Any, *args: str | Path, **options: Any) -> subprocess.Popen[bytes]:
        options = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **options}
        process = subprocess.Popen(
            [*PROGRAM, *map(str, args)], cwd=workspace.path, env=workspace.environment(), **options
        )
        running.append(process)
        return process

    yield begin
    for process in running:
        if process.poll() is None:
            process.kill()
        process.communicate()


@pytest.fixture
def terminal() -> Callable[..., tuple[int, str]]:
    """Runs the program with all three streams on a terminal; its exit code and what it wrote, line feeds plain."""

    def run(
        workspace: Any, *args: str | Path, columns: int = 80, env: dict[str, str | None] | None = None
    ) -> tuple[int, str]:
        above, below = pty.openpty()
        fcntl.ioctl(below, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
        process = subprocess.Popen(
            [*PROGRAM, *map(str, args)],
            cwd=workspace.path,
            env=workspace.environment({"TERM": "xterm", **(env or {})}),
            stdin=below,
            stdout=below,
            stderr=below,
            start_new_session=True,
        )
        os.close(below)
        written = b""
        while True:
            try:
                some = os.read(above, 1 << 16)
            except OSError:  # the program has closed its end
                break
            if not some:
                break
            written += some
        os.close(above)
        return process.wait(), written.decode("utf-8", "backslashreplace").replace("\r\n", "\n")

    return run


@pytest.fixture(scope="session")
def databases() -> dict[tuple[Any, ...], bytes]:
    """Databases that tests begin with: what was imported, and by which commands -> the file."""
    return {}


@pytest.fixture
def filled(workspace: Any, databases: dict[tuple[Any, ...], bytes]) -> Callable[..., Any]:
    """`filled(text of leads.csv, command, …)`: the workspace after these commands, which are run once for all tests."""

    def fill(leads: str, *commands: list[str]) -> Any:
        workspace.write("leads.csv", leads)
        key = (leads, *map(tuple, commands))
        if key not in databases:
            for command in commands:
                done = workspace.call(*command)
                assert done.code == 0, done.err
            workspace.query("PRAGMA wal_checkpoint(TRUNCATE)")
            databases[key] = (workspace.path / "leads.db").read_bytes()
        else:
            workspace.write("leads.db", databases[key])
        return workspace

    return fill


def obey_permissions() -> None:
    """For a process about to start: even the superuser may then read and write only what the file says."""
    import ctypes

    library = ctypes.CDLL(None)
    for capability in (1, 2):  # CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH; 24 is PR_CAPBSET_DROP
        library.prctl(24, capability, 0, 0, 0)


@pytest.fixture
def without_permission(start: Callable[..., subprocess.Popen[bytes]]) -> Callable[..., tuple[int, str, str]]:
    """Runs the program as a user whom permissions stop: exit code, standard output, standard error."""

    def run(workspace: Any, *args: str | Path) -> tuple[int, str, str]:
        process = start(workspace, *args, preexec_fn=obey_permissions)
        out, err = process.communicate()
        return process.returncode, out.decode(), err.decode()

    return run
