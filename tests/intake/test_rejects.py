"""The file of refused rows: mended by hand, it is read again."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leadctl.errors import UsageError
from leadctl.intake import BadRow, RejectFile, open_reading


def test_rows_as_they_were_found(tmp_path: Path) -> None:
    path = tmp_path / "rejects.csv"
    with RejectFile(path, ["name", "email"]) as rejects:
        rejects.add(BadRow(3, None, None, "has 1 value, the header names 2", ["Ana"]))
        assert not path.exists()
    assert rejects.count == 1
    assert path.read_text() == 'leadctl_line,leadctl_reason,name,email\n3,"has 1 value, the header names 2",Ana\n'
    assert [item.name for item in tmp_path.iterdir()] == ["rejects.csv"]


def test_no_reject_no_file(tmp_path: Path) -> None:
    with RejectFile(tmp_path / "none" / "rejects.csv", ["name"]):
        pass
    assert list(tmp_path.iterdir()) == []


def test_nothing_stays_after_an_error(tmp_path: Path) -> None:
    path = tmp_path / "rejects.csv"
    path.write_text("the old one")
    with pytest.raises(KeyboardInterrupt), RejectFile(path, ["name"]) as rejects:
        rejects.add(BadRow(2, None, None, "x", ["a"]))
        raise KeyboardInterrupt
    assert path.read_text() == "the old one"
    assert len(list(tmp_path.iterdir())) == 1


def test_where_no_file_can_be(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "none" / "none" / "r.csv"):
        with pytest.raises(UsageError, match="cannot be written"):
            RejectFile(path, ["name"]).add(BadRow(2, None, None, "x", ["a"]))


def test_a_device_is_written_to_and_not_replaced() -> None:
    device = Path("/dev/null")
    if not device.exists():
        pytest.skip("no such device here")
    with RejectFile(device, ["name"]) as rejects:
        rejects.add(BadRow(2, None, None, "x", ["a"]))
    assert device.is_char_device()


def test_rejects_of_rejects(tmp_path: Path) -> None:
    path = tmp_path / "rejects.csv"
    path.write_text("leadctl_line,leadctl_reason,name,email\n9,why,Ana\n")
    with open_reading(path) as reading, RejectFile(path, reading.layout.header) as rejects:
        for batch in reading.batches():
            for bad in batch.bad:
                rejects.add(bad)
    with path.open(newline="") as file:
        assert list(csv.reader(file)) == [
            ["leadctl_line", "leadctl_reason", "name", "email"],
            ["2", "has 3 values, the header names 4", "Ana"],
        ]


CELL = st.text(st.characters(codec="utf-8", exclude_characters="\0\ufeff"), max_size=6) | st.sampled_from(["\r", '"'])


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(st.lists(CELL, min_size=2, max_size=2), min_size=1, max_size=6))
def test_mended_rows_are_read_back(tmp_path: Path, rows: list[list[str]]) -> None:
    path = tmp_path / "rejects.csv"
    with RejectFile(path, ["name", "note"]) as rejects:
        for number, row in enumerate(rows, start=2):
            rejects.add(BadRow(number, "note", None, "because", row))
    with open_reading(path) as reading:
        back = [row for batch in reading.batches() for row in batch.rows]
        assert reading.layout.header == ("leadctl_line", "leadctl_reason", "name", "note")
    assert [row[2:] for row in back] == rows
