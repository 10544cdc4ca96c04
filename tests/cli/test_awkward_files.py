"""Files that others made to break readers, through `leadctl import`: csv-spectrum, csv-test-data, csvkit. Their rows are
leads without a key, so what stands in them must come out of `list --json` again, cell by cell."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

DATA = Path(os.environ.get("LEADCTL_REALDATA") or "nowhere").resolve()
pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="LEADCTL_REALDATA is not set")

GOOD = [
    f"{folder}/{path.name}"
    for folder in ("csv-spectrum/csvs", "csv-test-data/csv")
    for path in sorted((DATA / folder).glob("*.csv"))
    if not path.name.startswith("bad-")
]
BLANK = {"all-empty.csv": 1, "empty-one-column.csv": 1, "header-no-rows.csv": 0}  # blank rows are counted, not kept


def expected_rows(name: str) -> list[dict[str, str]]:
    path = Path(name)
    found = json.loads((DATA / path.parent.parent / "json" / f"{path.stem}.json").read_text(encoding="utf-8"))
    if isinstance(found, list) and found and isinstance(found[0], list):
        found = [dict(zip(found[0], row, strict=True)) for row in found[1:]]
    return found if isinstance(found, list) else [found]


def cell(lead: dict[str, Any], header: str, columns: dict[str, str | None]) -> str:
    field = columns[header]
    value = (lead["extra"] or {}).get(header) if field is None else lead[field]
    return "" if value is None else str(value)


def plain(text: str) -> str:
    return text.replace("\r\n", "\n")  # some files lost their CR on the way through version control


@pytest.mark.parametrize("name", [name for name in GOOD if Path(name).name not in BLANK])
def test_good_files_come_out_as_they_should(workspace: Any, name: str) -> None:
    ledger = workspace.call("import", DATA / name, "--json").json
    expected = expected_rows(name)
    assert ledger["rejects"] == []
    assert ledger["read"] == len(expected) == ledger["created"] + ledger["duplicate"] + ledger["blank"]
    leads = workspace.call("list", "--sort", "id", "--json").json
    found = [{header: plain(cell(lead, header, ledger["columns"])) for header in ledger["columns"]} for lead in leads]
    if name.endswith("location_coordinates.csv"):  # the phone in the JSON is not the one in the CSV
        assert found[0]["Location Coordinates"] == expected[0]["Location Coordinates"]
        return
    different: list[dict[str, str]] = []
    for row in expected:
        row = {header: plain(str(value)) for header, value in row.items()}
        if row not in different:
            different.append(row)
    assert found == different
    again = workspace.call("import", DATA / name, "--json").json
    assert (again["created"], again["updated"]) == (0, 0)


@pytest.mark.parametrize("name", sorted(BLANK))
def test_files_of_blank_rows(workspace: Any, name: str) -> None:
    done = workspace.call("import", DATA / "csv-test-data/csv" / name, "--json")
    assert done.code == 0
    assert (done.json["read"], done.json["blank"], done.json["created"]) == (BLANK[name], BLANK[name], 0)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("bad-header-less-fields", "has 2 values, the header names 3"),
        ("bad-header-more-fields", "has 4 values, the header names 3"),
        ("bad-missing-quote", "not closed"),
        ("bad-quotes-with-unescaped-quote", "must be doubled"),
        ("bad-unescaped-quote", "quotation mark"),
    ],
)
def test_bad_rows_are_rejected_with_line_and_reason(workspace: Any, name: str, reason: str) -> None:
    done = workspace.run("import", DATA / f"csv-test-data/csv/{name}.csv", "--json")
    assert done.code == 1
    assert [each["line"] for each in done.json["rejects"]] == [2]
    assert reason in done.json["rejects"][0]["reason"]
    assert f"{name}.csv:2: " in done.err
    assert reason in done.err
    assert workspace.call("list", "--json").json == []


def test_a_file_without_any_header_is_refused(workspace: Any) -> None:
    done = workspace.run("import", DATA / "csv-test-data/csv/bad-header-no-header.csv")
    assert (done.code, done.out) == (2, "")
    assert "no header" in done.err


def test_a_wrong_header_is_refused_by_the_mapping_that_names_another(workspace: Any) -> None:
    workspace.write("rules/mappings/foo.yaml", "mapping:\n  fields: {name: foo, company: bar}\n")
    done = workspace.run("import", DATA / "csv-test-data/csv/bad-header-wrong-header.csv", "--map", "foo")
    assert done.code == 2
    assert "'foo'" in done.err


KIT = sorted((DATA / "csvkit").glob("*.csv")) + sorted((DATA / "csvkit").glob("*.tsv"))


@pytest.mark.parametrize("path", KIT, ids=[path.name for path in KIT])
def test_every_file_of_csvkit_is_read_or_refused_with_a_reason(workspace: Any, path: Path) -> None:
    done = workspace.call("import", path, "--json")
    assert done.code in (0, 1, 2)
    assert "Traceback" not in done.err
    if done.code == 2:
        assert done.out == ""
        assert path.name in done.err
        return
    ledger = done.json
    parts = ("created", "updated", "unchanged", "duplicate", "rejected", "blank")
    assert ledger["read"] == sum(ledger[part] for part in parts)
    assert (done.code == 1) == (ledger["rejected"] > 0) == bool(ledger["rejects"])
    assert all(each["line"] > 1 and each["reason"] for each in ledger["rejects"])
    assert len(workspace.call("list", "--json").json) == ledger["created"]


@pytest.mark.parametrize(
    ("name", "row"),
    [
        ("test_utf16_big", ["4", "5", "ʤ"]),
        ("test_utf16_little", ["4", "5", "ʤ"]),
        ("test_utf8_bom", ["4", "5", "ʤ"]),
        ("test_latin1", ["4", "5", "©"]),
        ("mac_newlines", ["Once upon\na time", "5", "6"]),
        ("null_byte", ["", "2", "3"]),
        ("test_skip_lines", ["1", "2", "3"]),
        ("test_header_newline", ["d", "e", "f"]),
    ],
)
def test_last_rows_of_csvkit(workspace: Any, name: str, row: list[str]) -> None:
    ledger = workspace.call("import", DATA / f"csvkit/{name}.csv", "--json").json
    assert ledger["rejected"] == 0
    last = workspace.call("list", "--sort", "id", "--json").json[-1]
    assert [cell(last, header, ledger["columns"]).replace("\r", "\n") for header in ledger["columns"]] == row


def test_ragged_rows_of_csvkit_are_rejected_where_they_stand(workspace: Any) -> None:
    done = workspace.run("import", DATA / "csvkit/bad.csv", "--json")
    assert [each["line"] for each in done.json["rejects"]] == [2, 3]
    assert done.json["created"] == 1
