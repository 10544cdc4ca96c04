"""Killed, crowded, out of room, or not allowed: afterwards the database holds all of an import or nothing of it."""

from __future__ import annotations

import random
import resource
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

ROWS = 12_000


def leads_file(path: Path, rows: int = ROWS, worth: int = 1) -> Path:
    lines = [f"{n},Person {n},p{n}@firm{n % 999}.de,Firm {n % 999},DE,{worth}\n" for n in range(rows)]
    path.write_text("id,name,email,company,country,value\n" + "".join(lines))
    return path


def state(workspace: Any) -> tuple[int, float]:
    return tuple(workspace.query("SELECT count(*), coalesce(sum(value), 0) FROM lead")[0])


def healthy(workspace: Any) -> None:
    done = workspace.call("doctor", "--json")
    assert done.code == 0, done.out + done.err
    assert "error" not in {check["state"] for check in done.json}
    assert not list((workspace.path / "rejects").glob(".*")) if (workspace.path / "rejects").exists() else True


def kill_at(start: Callable[..., subprocess.Popen[bytes]], workspace: Any, file: Path, moment: float) -> int:
    process = start(workspace, "import", file, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    time.sleep(moment)
    process.send_signal(signal.SIGKILL)
    return process.wait()


def test_sigkill_at_twenty_moments(workspace: Any, start: Callable[..., subprocess.Popen[bytes]]) -> None:
    chance = random.Random(20)
    first, second = leads_file(workspace.path / "a.csv"), leads_file(workspace.path / "b.csv", worth=3)
    began = time.monotonic()
    workspace.ok("import", first)
    usual = time.monotonic() - began
    whole: tuple[int, float] = (ROWS, ROWS)
    changed: tuple[int, float] = (ROWS, ROWS * 3)
    killed = tried = 0
    while killed < 20 and tried < 50:  # first of a file of new leads, then of one that changes every lead
        tried += 1
        fresh = killed < 10
        if fresh:
            for file in workspace.path.glob("leads.db*"):
                file.unlink()
            workspace.call("operations")  # makes an empty database; see the next test for why
        elif state(workspace) != whole:
            workspace.ok("import", first)
        before = (0, 0) if fresh else whole
        file, after = (first, whole) if fresh else (second, changed)
        if kill_at(start, workspace, file, chance.uniform(0.2, 1.0) * usual) == -signal.SIGKILL:
            killed += 1
        else:
            usual *= 0.9  # it was done before: the machine has become quicker
        healthy(workspace)
        assert state(workspace) in (before, after)
        if killed % 5 == 4:
            workspace.ok("import", file)
            assert state(workspace) == after
            assert workspace.query("SELECT count(*) FROM operation WHERE finished_at IS NULL") == [(0,)]
    assert killed == 20


def test_killed_while_the_database_was_made(workspace: Any) -> None:
    import sqlite3

    made = sqlite3.connect(workspace.path / "leads.db", isolation_level=None)
    made.execute("PRAGMA journal_mode = WAL")  # what the program does first; the schema follows in a transaction
    made.close()
    workspace.ok("import", "-", stdin="name\nAnn\n")
    assert state(workspace)[0] == 1


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_asked_to_stop(workspace: Any, start: Callable[..., subprocess.Popen[bytes]], how: int) -> None:
    workspace.ok("import", leads_file(workspace.path / "few.csv", 10))
    file = leads_file(workspace.path / "many.csv", 60_000)
    process = start(workspace, "import", file)
    time.sleep(0.8)
    process.send_signal(how)
    _out, err = process.communicate()
    if process.returncode != 0:
        assert process.returncode in ((130, -how) if how == signal.SIGINT else (-how,))
        assert b"Traceback" not in err
        # all or nothing: asked between the commit and the end, the import is done and not told
        assert state(workspace) in ((10, 10), (60_000, 60_000))
    healthy(workspace)


def test_two_writers_at_the_same_time(workspace: Any, start: Callable[..., subprocess.Popen[bytes]]) -> None:
    one, two = leads_file(workspace.path / "one.csv"), leads_file(workspace.path / "two.csv", ROWS + 500)
    workspace.call("operations")  # makes an empty database: two that make it at once are the bug tested above
    running = [start(workspace, "import", file, "--json") for file in (one, two)]
    for process in running:
        _, err = process.communicate()
        assert process.returncode == 0, err
    assert state(workspace)[0] == ROWS + 500
    healthy(workspace)


def test_a_writer_that_will_not_wait_is_told_so(workspace: Any) -> None:
    workspace.write("in.csv", "name,email\nAnn,a@a.at\n")
    workspace.ok("import", "in.csv")
    import sqlite3

    holder = sqlite3.connect(workspace.path / "leads.db", isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    try:
        workspace.write("more.csv", "name,email\nBob,b@b.at\n")
        for command in (
            ["import", "more.csv"],
            ["score"],
            ["route"],
            ["move", "1", "won"],
            ["follow-up", "1", "fri"],
            ["undo"],
        ):
            began = time.monotonic()
            done = workspace.call(*command, "--wait", "0")
            assert (done.code, done.out) == (5, "")
            assert "another leadctl is writing" in done.err
            assert "--wait" in done.err
            assert time.monotonic() - began < 3
        for command in (["list"], ["show", "1"], ["report", "pipeline"], ["report", "conversion"], ["operations"]):
            assert workspace.call(*command, "--wait", "0").code == 0  # readers need not wait
    finally:
        holder.rollback()
        holder.close()
    assert state(workspace)[0] == 1
    workspace.ok("import", "more.csv", "--wait", "0")


@pytest.mark.parametrize("limit", [1 << 12, 1 << 19, 1 << 21])
def test_no_room_left(workspace: Any, start: Callable[..., subprocess.Popen[bytes]], limit: int) -> None:
    workspace.ok("import", leads_file(workspace.path / "few.csv", 10))
    file = leads_file(workspace.path / "many.csv", 30_000)

    def small() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    process = start(workspace, "import", file, preexec_fn=small)
    out, err = process.communicate()
    assert process.returncode in (1, 5)
    assert out == b""
    assert b"leadctl:" in err
    assert b"Traceback" not in err
    assert b"bug" not in err
    assert state(workspace) == (10, 10)
    healthy(workspace)
    workspace.ok("import", file)
    assert state(workspace)[0] == 30_000


def test_no_room_for_the_result(workspace: Any) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("there is no /dev/full")
    workspace.ok("import", "-", stdin="name\nAnn\n")
    done = workspace.run("list", "-o", "/dev/full", "--format", "csv")
    assert done.code == 1
    assert "/dev/full" in done.err
    assert "Traceback" not in done.err


def test_a_database_that_may_not_be_written(
    workspace: Any, without_permission: Callable[..., tuple[int, str, str]]
) -> None:
    workspace.ok("import", leads_file(workspace.path / "few.csv", 10))
    workspace.query("PRAGMA wal_checkpoint(TRUNCATE)")
    (workspace.path / "leads.db").chmod(0o444)
    more = leads_file(workspace.path / "more.csv", 12)
    for command in (["import", more], ["score"], ["move", "1", "contacted"], ["undo"]):
        code, out, err = without_permission(workspace, *command)
        assert (code, out) == (5, "")
        assert "leads.db" in err
        assert "permissions" in err
    for command in (["list"], ["report", "pipeline"], ["doctor"]):
        assert without_permission(workspace, *command)[0] == 0
    assert state(workspace)[0] == 10


def test_a_folder_that_may_not_be_written(
    workspace: Any, without_permission: Callable[..., tuple[int, str, str]]
) -> None:
    file = leads_file(workspace.path / "few.csv", 10)
    workspace.path.chmod(0o555)
    try:
        code, out, err = without_permission(workspace, "import", file)
        assert (code, out) == (5, "")
        assert "leads.db" in err
        assert "permissions" in err
        code, out, err = without_permission(workspace, "init", "below")
        assert code == 1
        assert "Permission denied" in err
    finally:
        workspace.path.chmod(0o755)
    workspace.ok("import", file)


def test_leads_can_be_read_in_a_folder_that_may_not_be_written(
    workspace: Any, without_permission: Callable[..., tuple[int, str, str]]
) -> None:
    workspace.ok("import", leads_file(workspace.path / "few.csv", 10))
    workspace.path.chmod(0o555)
    try:
        assert without_permission(workspace, "list")[0] == 0
    finally:
        workspace.path.chmod(0o755)


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"this is no database, only text of more than a hundred bytes " * 4, "damaged or no database"),
        ("other", "not made by leadctl"),
        ("newer", "newer"),
    ],
    ids=["text", "other", "newer"],
)
def test_a_database_that_is_not_ours(workspace: Any, content: bytes | str, what: str) -> None:
    if isinstance(content, bytes):
        workspace.write("leads.db", content)
    else:
        if content == "newer":
            workspace.ok("import", "-", stdin="name\nAnn\n")
        workspace.query("PRAGMA user_version = 9999")
        if content == "other":
            workspace.query("CREATE TABLE theirs (id)")
    before = (workspace.path / "leads.db").read_bytes()
    for command in (["list"], ["score"], ["import", "-"]):
        done = workspace.run(*command, stdin="name\nBob\n")
        assert (done.code, done.out) == (5, "")
        assert "leads.db" in done.err
        assert what in done.err
    assert (workspace.path / "leads.db").read_bytes() == before


@pytest.mark.parametrize(
    "command",
    [
        ["list", "-o", "leads.db", "--format", "csv"],
        ["import", "in.csv", "--rejects", "leads.db"],
        ["import", "in.csv", "--rejects", "in.csv"],
        ["list", "-o", "leadctl.yaml", "--format", "csv"],
    ],
    ids=" ".join,
)
def test_no_result_is_written_over_what_the_program_lives_on(workspace: Any, command: list[str]) -> None:
    workspace.ok("import", "-", stdin="name\nAnn\n")
    workspace.query("PRAGMA wal_checkpoint(TRUNCATE)")
    workspace.write("in.csv", "name,value\nBob,many\n")
    before = {name: workspace.read(name) for name in ("in.csv", "leadctl.yaml")}
    done = workspace.run(*command)
    assert done.code in (1, 2)
    assert {name: workspace.read(name) for name in before} == before
    assert state(workspace)[0] == 1


def test_a_damaged_database_is_said_to_be_so(workspace: Any) -> None:
    leads_file(workspace.path / "some.csv", 2000)
    workspace.ok("import", "some.csv")
    path = workspace.path / "leads.db"
    workspace.query("PRAGMA wal_checkpoint(TRUNCATE)")
    held = bytearray(path.read_bytes())
    for at in range(len(held) // 4, len(held) - 4096, 8192):
        held[at : at + 4096] = b"\xa5" * 4096
    path.write_bytes(held)
    for command in (["doctor"], ["list"], ["import", "some.csv"]):
        done = workspace.run(*command)
        assert done.code in (1, 5)
        assert "damaged" in done.out + done.err
        assert "bug" not in done.err
