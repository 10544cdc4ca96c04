"""Files made to break the program, or broken by accident: refused with what, where and how to mend it, or read whole."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from leadctl.errors import BrokeOff
from leadctl.intake import open_reading
from leadctl.intake.logs.file import open_log

LOGGED = '192.0.2.7 - - [22/Nov/2026:10:00:00 +0000] "GET /page-{} HTTP/1.1" 200 10 "-" "Mozilla/5.0 Firefox/130.0"\n'


def test_more_columns_than_any_spreadsheet_has(workspace: Any) -> None:
    header = ",".join(f"c{number}" for number in range(20_001))
    workspace.write("wide.csv", f"{header}\n{header}\n")
    done = workspace.call("import", "wide.csv")
    assert done.code == 2 and "wide.csv:1: has 20,001 columns: no table of leads" in done.err
    assert "at most 20,000 columns" in done.err and "--delimiter" in done.err
    assert workspace.query("SELECT count(*) FROM lead") == [(0,)]


def test_ten_thousand_columns_of_one_name(workspace: Any) -> None:
    """Each gets a number of its own, without counting from 1 again for every one."""
    path = workspace.write("alike.csv", "name," + ",".join(["x"] * 10_000) + "\nAna" + ",1" * 10_000 + "\n")
    with open_reading(path) as reading:
        assert reading.layout.header[:4] == ("name", "x", "x (2)", "x (3)")
        assert reading.layout.header[-1] == "x (10000)"


@pytest.mark.parametrize("encoding", ["utf-32-le", "utf-32-be"])
def test_utf_32_without_a_mark(workspace: Any, encoding: str) -> None:
    workspace.write("wide.csv", "name,email\nŁukasz 太郎 😀,l@example.org\n".encode(encoding))
    done = workspace.call("import", "wide.csv", "--json")
    assert done.code == 0 and (done.json["read"], done.json["created"], done.json["encoding"]) == (1, 1, encoding)
    assert f"read as {encoding.upper()}" in done.err and "NUL" not in done.err
    assert workspace.query("SELECT name FROM lead") == [("Łukasz 太郎 😀",)]


@pytest.mark.parametrize("nothing", ["\u200b", "\ufeff \u200b", " \u200b\t"])
def test_an_address_of_signs_without_width_is_none(workspace: Any, nothing: str) -> None:
    workspace.write("leads.jsonl", json.dumps({"name": "Ana", "email": nothing}) + "\n")
    assert workspace.call("import", "leads.jsonl").code == 0
    assert workspace.query("SELECT email, email_state, email_kind FROM lead") == [(None, None, None)]


def test_a_card_with_twenty_thousand_numbers(workspace: Any) -> None:
    numbers = "".join(f"TEL:+43 1 {5550000 + number}\n" for number in range(20_000))
    workspace.write("people.vcf", f"BEGIN:VCARD\nVERSION:3.0\nFN:Ana\n{numbers}END:VCARD\n")
    with open_reading(workspace.path / "people.vcf") as reading:
        assert "phone 20" in reading.layout.header and "phone 21" not in reading.layout.header
        [row] = [row for batch in reading.batches() for row in batch.rows]
    cells = dict(zip(reading.layout.header, row, strict=True))
    assert cells["phone 19"] == "+43 1 5550018" and len(cells["phone 20"].split("\n")) == 20_000 - 19


def test_an_object_too_long_is_refused_and_never_vanishes(workspace: Any) -> None:
    """Also one that holds only what says nothing of a lead beside a list of leads."""
    parts = dict.fromkeys(("message", "errors", "status"), "x" * 6_000_000)
    text = (
        json.dumps(parts)
        + "\n"
        + json.dumps({"name": "Ana"})
        + "\n"
        + json.dumps({f"k{n}": "x" * 6_000_000 for n in range(3)})
    )
    workspace.write("long.jsonl", text + "\n")
    done = workspace.call("import", "long.jsonl", "--json")
    assert done.code == 1
    assert (done.json["read"], done.json["created"], done.json["rejected"]) == (3, 1, 2)
    assert [(each["line"], each["reason"]) for each in done.json["rejects"]] == [
        (1, "is longer than 8 million characters"),
        (3, "is longer than 8 million characters"),
    ]


@pytest.mark.parametrize(
    ("name", "top", "line"),
    [
        ("cut.csv", "name,email\n", "Person {0},p{0}@example.org\n"),
        ("cut.jsonl", "", '{{"name": "Person {0}", "email": "p{0}@example.org"}}\n'),
        ("cut.vcf", "", "BEGIN:VCARD\nVERSION:3.0\nFN:Person {0}\nEND:VCARD\n"),
    ],
)
@pytest.mark.parametrize("left", [0, 0.5])
def test_a_file_that_becomes_shorter_while_it_is_read(
    tmp_path: Path, name: str, top: str, line: str, left: float
) -> None:
    """What was cut off is not taken for the end, even where a line ends there."""
    path = tmp_path / name
    path.write_bytes((top + "".join(line.format(f"{number:05}") for number in range(20_000))).encode())
    keep = len(top) + round(20_000 * left) * len(line.format("00000"))
    with open_reading(path) as reading:
        batches = reading.batches()
        assert len(next(batches).rows) == 1000
        os.truncate(path, keep)
        with pytest.raises(BrokeOff, match="became shorter while it was being read"):
            list(batches)


def test_a_file_that_grows_while_it_is_read(tmp_path: Path) -> None:
    """The rows that were there when it was opened are read, no more."""
    path = tmp_path / "grows.csv"
    path.write_text("name,email\n" + "".join(f"Person {number},p{number}@example.org\n" for number in range(20_000)))
    with open_reading(path) as reading:
        batches = reading.batches()
        count = len(next(batches).rows)
        with path.open("a") as file:
            file.write("Late,late@example.org\n" * 1000)
        assert count + sum(len(batch.rows) for batch in batches) == 20_000


def test_a_log_that_becomes_shorter_while_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "access.log"
    path.write_text("".join(LOGGED.format(number) for number in range(10_000)))
    size = path.stat().st_size
    for parts in (lambda log: log.blocks(), lambda log: log.part(0, size), lambda log: log.part(size // 2, size)):
        log, _ = open_log(str(path), None, sure=True)
        assert log is not None and log.whole
        os.truncate(path, size // 4)
        with pytest.raises(BrokeOff, match="became shorter"):
            list(parts(log))
        log.close()
        path.write_text("".join(LOGGED.format(number) for number in range(10_000)))


def test_a_file_cut_while_it_is_imported_leaves_nothing_behind(workspace: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from leadctl.intake import delimited

    path = workspace.write("cut.csv", "name,email\n" + "".join(f"P {n},p{n}@example.org\n" for n in range(20_000)))
    judge = delimited.Delimited._judge

    def cut(self: Any, records: Any) -> Any:
        os.truncate(path, 30_000)
        return judge(self, records)

    monkeypatch.setattr(delimited.Delimited, "_judge", cut)
    done = workspace.call("import", "cut.csv")
    assert done.code == 1 and "became shorter while it was being read" in done.err and "import it again" in done.err
    assert workspace.query("SELECT (SELECT count(*) FROM lead), (SELECT count(*) FROM operation)") == [(0, 0)]


def test_views_of_one_visitor_are_compared_alike_few_or_many(monkeypatch: pytest.MonkeyPatch) -> None:
    """A hundred thousand views of one address in two parts took minutes, when each was looked for in all the others."""
    from leadctl.intake.logs import page_views

    ends = ["", ',{"utm_source":"x"}', ',null,"example.org/"', ',{"utm_source":"x"},"example.org/"']
    held = ",".join(f'["2026-11-22T10:00:{n % 60:02}Z","/a{n}"{ends[n % 4]}]' for n in range(0, 200, 2))
    packed = ",".join(f'["2026-11-22T10:00:{n % 60:02}Z","/a{n}"{ends[(n + n // 8) % 4]}]' for n in range(0, 200, 3))
    few = page_views.without(packed, held)
    monkeypatch.setattr(page_views, "_LONG", 0)
    assert page_views.without(packed, held) == few
    assert 0 < page_views.count_views(few) < page_views.count_views(packed)
