from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from leadctl.errors import BrokeOff, UsageError
from leadctl.model.report import Column, Record, Report
from leadctl.render.output import FORMATS, format_for, write, write_file

REPORT = Report("Leads", (Column("id"), Column("name")), [[1, "Jörg \x1b[31m\n"], [2, "\ud800"]], ("note",))


def _written(result: Report | Record, format: str, *, is_terminal: bool, stream: Any = None) -> str:
    stream = io.StringIO(newline="") if stream is None else stream
    write(result, format=format, stream=stream, is_terminal=is_terminal, width=80, colour=False)
    return str(stream.getvalue()) if isinstance(stream, io.StringIO) else ""


@pytest.mark.parametrize(
    ("name", "output", "expected"),
    [
        (None, None, "table"),
        ("md", None, "md"),
        ("json", "leads.csv", "json"),
        (None, "leads.csv", "csv"),
        (None, "LEADS.CSV", "csv"),
        (None, "a.b/leads.tsv", "tsv"),
        (None, "leads.json", "json"),
        (None, "leads.jsonl", "jsonl"),
        (None, "leads.ndjson", "jsonl"),
        (None, "leads.md", "md"),
        (None, "leads.txt", "table"),
    ],
)
def test_the_format(name: str | None, output: str | None, expected: str) -> None:
    assert format_for(name, Path(output) if output else None) == expected


@pytest.mark.parametrize(("name", "output"), [("xml", None), ("", None), (None, "leads.xlsx"), (None, "leads")])
def test_an_unknown_format_is_refused_and_the_known_named(name: str | None, output: str | None) -> None:
    with pytest.raises(UsageError) as caught:
        format_for(name, Path(output) if output else None)
    assert all(format in str(caught.value.hint) for format in FORMATS)
    assert caught.value.exit_code == 2


@pytest.mark.parametrize("format", FORMATS)
def test_to_a_terminal_nothing_unsafe_goes_out(format: str, hostile: list[str]) -> None:
    report = Report(hostile[0], (Column("a\x1b"), Column("b")), [[text, text] for text in hostile], (hostile[0],))
    for result in (report, Record("t\x1b", {f"{number}\x9b{text}": text for number, text in enumerate(hostile)})):
        text = _written(result, format, is_terminal=True)
        unsafe = {chr(code) for code in (*range(32), *range(127, 160), *range(0x202A, 0x202F), 0xFEFF)} - {"\n"}
        assert set(text) & unsafe <= ({"\t"} if format == "tsv" else set())


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("encoding", ["utf-8", "latin-1", "ascii"])
@pytest.mark.parametrize("is_terminal", [True, False])
def test_no_encoding_breaks_it(format: str, encoding: str, is_terminal: bool) -> None:
    buffer = io.BytesIO()
    stream = io.TextIOWrapper(buffer, encoding=encoding)
    _written(REPORT, format, is_terminal=is_terminal, stream=stream)
    stream.flush()
    text = buffer.getvalue().decode(encoding if is_terminal or format == "table" else "utf-8")
    assert "Leads" in text or "id" in text
    if format == "json" and not is_terminal:
        assert [row["name"] for row in json.loads(text)] == ["Jörg \x1b[31m\n", "\ud800"]
    if format == "csv" and not is_terminal:
        assert list(csv.reader(io.StringIO(text, newline="")))[1:] == [["1", "Jörg \x1b[31m\n"], ["2", "\\ud800"]]


def test_a_pipe_gets_the_plain_table_and_a_terminal_the_drawn_one() -> None:
    assert "-----" in _written(REPORT, "table", is_terminal=False)
    assert "─────" in _written(REPORT, "table", is_terminal=True)


@pytest.mark.parametrize("format", FORMATS)
def test_only_the_terminal_table_loads_rich(format: str) -> None:
    program = f"""
import io, sys
from leadctl.model.report import Column, Report
from leadctl.render.output import write
write(Report("t", (Column("a"),), [["x"]]), format={format!r}, stream=io.StringIO(), is_terminal=False,
      width=None, colour=False)
sys.exit(any(name.split(".")[0] in ("rich", "typer", "sqlite_utils") for name in sys.modules))
"""
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


@pytest.mark.parametrize("format", FORMATS)
def test_a_file_holds_what_a_pipe_gets(tmp_path: Path, format: str) -> None:
    report = Report("t", (Column("a"),), [["Jörg\r\n\r"], ["b"]])
    write_file(report, tmp_path / "out", format)
    assert (tmp_path / "out").read_bytes().decode() == _written(report, format, is_terminal=False)
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_when_it_breaks_off_the_old_file_stays(tmp_path: Path) -> None:
    class Rows:
        def __iter__(self) -> Iterator[list[str]]:
            yield ["x"]
            raise KeyboardInterrupt

    rows: Any = Rows()
    target = tmp_path / "out.csv"
    target.write_text("old")
    with pytest.raises(KeyboardInterrupt):
        write_file(Report("t", (Column("a"),), rows), target, "csv")
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


def test_links_and_permissions_stay(tmp_path: Path) -> None:
    target, link = tmp_path / "real.csv", tmp_path / "link.csv"
    target.write_text("old")
    target.chmod(0o640)
    link.symlink_to(target)
    write_file(REPORT, link, "csv")
    assert link.is_symlink()
    assert target.read_text().startswith("id,name\n")
    assert target.stat().st_mode & 0o777 == 0o640
    write_file(REPORT, tmp_path / "new.csv", "csv")
    mask = os.umask(0)
    os.umask(mask)
    assert (tmp_path / "new.csv").stat().st_mode & 0o777 == 0o666 & ~mask


def test_a_named_pipe_is_written_into(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.csv"
    os.mkfifo(pipe)
    got: list[str] = []
    reader = threading.Thread(target=lambda: got.append(pipe.read_text()))
    reader.start()
    write_file(Report("t", (Column("a"),), [["x"]]), pipe, "csv")
    reader.join(5)
    assert got == ["a\nx\n"]
    assert pipe.is_fifo()


@pytest.mark.parametrize("where", ["missing/out.csv", "", "file/out.csv"])
def test_a_refused_file_is_named(tmp_path: Path, where: str) -> None:
    (tmp_path / "file").write_text("x")
    target = tmp_path / where
    with pytest.raises(BrokeOff) as caught:
        write_file(REPORT, target, "csv")
    assert str(target) in caught.value.message
    assert caught.value.hint
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_is_told() -> None:
    with pytest.raises(BrokeOff, match="No space left"):
        write_file(REPORT, Path("/dev/full"), "csv")
