"""One child process at a time, measured: wall and processor seconds, peak memory; and medians over rounds."""

from __future__ import annotations

import contextlib
import os
import platform
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

LOOK_EVERY = 0.2  # seconds


@dataclass(frozen=True)
class Run:
    """`wall` and `cpu` in seconds (cpu: the program's own and the system's for it), `peak` in MB of resident memory; both
    of all its processes together."""

    wall: float
    cpu: float
    peak: float
    output: str = ""


def keep_compiled(folder: Path) -> None:
    """From now on Python compiles a module once, as an installed program's are, and keeps that in `folder`."""
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    os.environ["PYTHONPYCACHEPREFIX"] = str(folder)


def run(command: Sequence[str | Path], folder: Path) -> Run:
    """Runs a program to its end. What others left to be written to the disk is written before. Raises SystemExit."""
    os.sync()
    with (folder / "measured.out").open("w+", encoding="utf-8") as output:
        before = time.perf_counter()
        child = subprocess.Popen(
            [str(part) for part in command],
            cwd=folder,
            stdout=output,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
        )
        watch = _Watch(child.pid)
        _, status, used = os.wait4(child.pid, 0)  # of this child alone: RUSAGE_CHILDREN knows only the greatest of all
        wall = time.perf_counter() - before
        watched = watch.end()
        child.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        text = output.read()
    if child.returncode != 0:
        raise SystemExit(f"{' '.join(map(str, command))} ended with {child.returncode}:\n{text}")
    kilobytes = used.ru_maxrss / 1024 if sys.platform == "darwin" else used.ru_maxrss
    return Run(wall, used.ru_utime + used.ru_stime, max(kilobytes, watched) / 1024, text)


class _Watch(threading.Thread):
    """Looks now and then at the peak memory of a program and of the processes that it started: the kernel's own account
    knows only the greatest of them. The sum counts what they share more than once. Linux only; elsewhere it sees nothing."""

    def __init__(self, program: int) -> None:
        super().__init__(daemon=True)
        self.program = program
        self.peaks: dict[int, int] = {}
        self.over = threading.Event()
        self.start()

    def run(self) -> None:
        while not self.over.wait(LOOK_EVERY):
            for process in _family(self.program):
                self.peaks[process] = max(self.peaks.get(process, 0), _peak(process))

    def end(self) -> int:
        """The sum of the peaks in KB."""
        self.over.set()
        self.join()
        return sum(self.peaks.values())


def _family(program: int) -> list[int]:
    """The program and all that it started, by the parents that /proc names (its lists of children need a kernel option)."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            parent = int(entry.read_text(errors="replace").rpartition(")")[2].split()[1])
            children.setdefault(parent, []).append(int(entry.parent.name))
    found = [program]
    for process in found:  # grows while it is gone through
        found += children.get(process, [])
    return found


def _peak(process: int) -> int:
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{process}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1])
    return 0


def median(runs: Sequence[Run], what: str) -> float:
    return float(statistics.median(getattr(each, what) for each in runs))


def ratio(ours: Sequence[Run], theirs: Sequence[Run], what: str) -> float:
    """The median of the ratios of the rounds that measured both: what disturbs a round disturbs both."""
    pairs = zip(ours, theirs, strict=False)
    return float(statistics.median(getattr(one, what) / getattr(other, what) for one, other in pairs))


def machine() -> str:
    """The machine in a line."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{os.cpu_count()} cores ({_processor()}), {memory:.0f} GB memory, {_system()}, {platform.machine()}"


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or "unknown"
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "unknown")


def _system() -> str:
    try:
        return platform.freedesktop_os_release()["PRETTY_NAME"]
    except OSError:
        return platform.platform()


def version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None
