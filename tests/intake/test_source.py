"""Opening files and streams: what they are not, and in which encoding they are."""

from __future__ import annotations

import gzip
import io
import os
import threading
import zipfile
from pathlib import Path

import pytest

from leadctl.errors import NotFound, UsageError
from leadctl.intake import open_reading

TEXT = "name,city\nZoë,Köln\n"


def rows(path: Path | str, **options: object) -> list[list[str]]:
    with open_reading(path, **options) as reading:  # type: ignore[arg-type]
        return [row for batch in reading.batches() for row in batch.rows]


@pytest.mark.parametrize(
    ("stored", "known_as"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8"),
        ("utf-16", "utf-16-le"),
        ("utf-32", "utf-32-le"),
        ("utf-16-le", "utf-16-le"),
        ("utf-16-be", "utf-16-be"),
        ("cp1252", "cp1252"),
    ],
)
def test_encoding_is_found(tmp_path: Path, stored: str, known_as: str) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(TEXT.encode(stored))
    with open_reading(path) as reading:
        assert reading.layout.encoding == known_as
        assert reading.layout.header == ("name", "city")
        assert [batch.rows for batch in reading.batches()] == [[["Zoë", "Köln"]]]
        assert bool(reading.layout.notes) == (stored in ("utf-16-le", "utf-16-be", "cp1252"))


def test_cp1252_names_the_byte(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(TEXT.encode("cp1252"))
    with open_reading(path) as reading:
        note = reading.layout.notes[0]
    assert note == "not UTF-8 (byte 0xEB on line 2): read as cp1252; give --encoding if that is wrong"


def test_bytes_that_cp1252_does_not_know(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"a,b\n\xe9,\x81\n")
    with open_reading(path) as reading:
        assert reading.layout.encoding == "latin-1"


def test_a_late_byte_decides_for_the_whole_file(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"a,b\n" + b"1,2\n" * 100_000 + b"3,\xfc\n")
    with open_reading(path) as reading:
        assert reading.layout.encoding == "cp1252"
        assert "line 100002" in reading.layout.notes[0]


def test_encoding_as_the_user_says(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes("name\nŁódź\n".encode("cp1250"))
    assert rows(path, encoding="cp1250") == [["Łódź"]]
    with pytest.raises(UsageError, match=r"offset 5 \(line 2\)"):
        rows(path, encoding="utf-8")
    for name in ("klingon", "hex", "rot13", "a\0b", "", "unicode_escape"):
        with pytest.raises(UsageError, match="encoding"):
            rows(path, encoding=name)


def test_mark_of_utf8_over_other_bytes(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"\xef\xbb\xbfa,b\n\xe9,1\n")
    with pytest.raises(UsageError, match=r"offset 7 \(line 2\)"):
        rows(path)


@pytest.mark.parametrize("content", [b"", b"\xef\xbb\xbf", b"\xff\xfe"])
def test_empty(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(content)
    with pytest.raises(UsageError, match="is empty: it has no header"):
        rows(path)


def packed() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("xl/workbook.xml", "<x/>")
    return out.getvalue()


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (packed(), "spreadsheet"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(500), "old Excel"),
        (b"%PDF-1.7\n", "PDF"),
        (gzip.compress(b"a,b\n", mtime=0), "gzip"),
        (b"SQLite format 3\0" + bytes(84), "SQLite"),
        (b"\n <!DOCTYPE html><table>", "web page"),
        ('<?xml version="1.0"?><Workbook/>'.encode("utf-16"), "XML"),
    ],
)
def test_what_is_no_table(tmp_path: Path, content: bytes, what: str) -> None:
    path = tmp_path / "leads.csv"
    path.write_bytes(content)
    with pytest.raises(UsageError, match=what) as error:
        rows(path)
    assert error.value.hint


@pytest.mark.parametrize(("name", "text"), [("leads.xls", "PK;b\n1;2\n"), ("leads.pdf", "a\tb\n1\t2\n")])
def test_the_ending_of_a_name_proves_nothing(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text)
    assert rows(tmp_path / name) == [["1", "2"]]


def test_files_that_cannot_be_opened(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        rows(tmp_path / "none.csv")
    with pytest.raises(UsageError, match="folder"):
        rows(tmp_path)
    with pytest.raises(UsageError, match="cannot be opened"):
        rows("a\0b")
    with pytest.raises(UsageError, match="cannot be opened"):
        rows(tmp_path / ("x" * 500))


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
def test_no_permission(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("a\n")
    path.chmod(0)
    with pytest.raises(UsageError, match="may not be read"):
        rows(path)


def test_standard_input() -> None:
    assert rows("-", stdin=io.BytesIO(TEXT.encode())) == [["Zoë", "Köln"]]
    with pytest.raises(UsageError, match="standard input"):
        rows("-")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_named_pipe(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    writer = threading.Thread(target=path.write_bytes, args=(TEXT.encode("cp1252"),))
    writer.start()
    assert rows(path) == [["Zoë", "Köln"]]
    writer.join()


def test_a_file_that_grows_is_read_to_its_old_end(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("a,b\n1,2\n")
    with open_reading(path) as reading:
        with path.open("a") as more:
            more.write("3,4\n" * 10)
        assert [batch.rows for batch in reading.batches()] == [[["1", "2"]]]
