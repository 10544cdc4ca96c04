"""Files that others made to break readers (csv-spectrum, csv-test-data, csvkit), in the folder LEADCTL_REALDATA."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from leadctl.errors import UsageError
from leadctl.intake import Batch, Layout, open_reading

HOME = os.environ.get("LEADCTL_REALDATA")
pytestmark = pytest.mark.skipif(HOME is None, reason="LEADCTL_REALDATA is not set")
DATA = Path(HOME or ".")


def read(name: str, **options: object) -> tuple[Layout, Batch]:
    whole = Batch([], [])
    with open_reading(DATA / name, **options) as reading:  # type: ignore[arg-type]
        for batch in reading.batches():
            whole.lines += batch.lines
            whole.rows += batch.rows
            whole.bad += batch.bad
            whole.blank += batch.blank
        return reading.layout, whole


GOOD = [
    f"{folder}/{path.name}"
    for folder in ("csv-spectrum/csvs", "csv-test-data/csv")
    for path in sorted((DATA / folder).glob("*.csv"))
    if not path.name.startswith("bad-")
]
# The phone in the expected file is not the one in the CSV; blank records are counted here, not handed on.
KNOWN = {"location_coordinates.csv", "all-empty.csv", "empty-one-column.csv", "header-no-rows.csv"}


@pytest.mark.parametrize("name", [name for name in GOOD if Path(name).name not in KNOWN])
def test_good_files(name: str) -> None:
    path = Path(name)
    expected = json.loads((DATA / path.parent.parent / "json" / f"{path.stem}.json").read_text(encoding="utf-8"))
    layout, batch = read(name)
    assert batch.bad == []
    if isinstance(expected[0], list):
        assert [list(layout.header), *batch.rows] == expected
    else:
        found = [dict(zip(layout.header, row, strict=True)) for row in batch.rows]
        # newlines_crlf.csv may have lost its CRLF on the way through version control
        assert json.dumps(found).replace("\\r\\n", "\\n") == json.dumps(expected).replace("\\r\\n", "\\n")


def test_good_files_that_are_counted_otherwise() -> None:
    _, batch = read("csv-spectrum/csvs/location_coordinates.csv")
    assert [row[0] for row in batch.rows] == ["2095257564"]
    assert batch.rows[0][1].endswith('17.9"W')
    _, batch = read("csv-test-data/csv/all-empty.csv")
    assert (batch.rows, batch.blank) == ([], 1)
    layout, batch = read("csv-test-data/csv/empty-one-column.csv")
    assert (layout.header, batch.rows, batch.blank) == (("foo",), [], 1)
    layout, batch = read("csv-test-data/csv/header-no-rows.csv")
    assert (layout.header, batch.rows) == (("foo", "bar", "baz"), [])


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("bad-header-less-fields", "has 2 values, the header names 3"),
        ("bad-header-more-fields", "has 4 values, the header names 3"),
        ("bad-missing-quote", "a quotation mark is opened in this row and not closed"),
        (
            "bad-quotes-with-unescaped-quote",
            "text follows a closing quotation mark (a mark inside a quoted value must be doubled)",
        ),
        ("bad-unescaped-quote", "a quotation mark stands inside a value that is not in quotation marks"),
    ],
)
def test_bad_rows(name: str, reason: str) -> None:
    _, batch = read(f"csv-test-data/csv/{name}.csv")
    assert batch.rows == []
    assert [(bad.line, bad.reason) for bad in batch.bad] == [(2, reason)]


def test_bad_headers() -> None:
    with pytest.raises(UsageError, match="no header"):
        read("csv-test-data/csv/bad-header-no-header.csv")
    layout, batch = read("csv-test-data/csv/bad-header-wrong-header.csv")  # only a mapping can tell that it is wrong
    assert (layout.header, batch.rows) == (("qux", "quux", "quuz"), [])


@pytest.mark.parametrize(
    ("name", "encoding", "last"),
    [
        ("test_utf16_big", "utf-16-be", ["4", "5", "ʤ"]),
        ("test_utf16_little", "utf-16-le", ["4", "5", "ʤ"]),
        ("test_utf8_bom", "utf-8", ["4", "5", "ʤ"]),
        ("test_utf8", "utf-8", ["4", "5", "ʤ"]),
        ("test_latin1", "cp1252", ["4", "5", "©"]),
        ("mac_newlines", "utf-8", ["Once upon\ra time", "5", "6"]),
        ("null_byte", "utf-8", ["", "2", "3"]),
        ("test_skip_lines", "utf-8", ["1", "2", "3"]),
        ("sniff_limit", "utf-8", ["1", "2", "3"]),
        ("test_header_newline", "utf-8", ["d", "e", "f"]),
    ],
)
def test_csvkit(name: str, encoding: str, last: list[str]) -> None:
    layout, batch = read(f"csvkit/{name}.csv")
    assert (layout.encoding, batch.rows[-1], batch.bad) == (encoding, last, [])


def test_csvkit_ragged() -> None:
    _, batch = read("csvkit/bad.csv")
    assert [bad.line for bad in batch.bad] == [2, 3]
    assert batch.rows == [["0", "mixed types.... uh oh", "17"]]
    _, batch = read("csvkit/bad_skip_lines.csv", skip_lines=3)
    assert [bad.line for bad in batch.bad] == [5, 6]


def test_every_file_is_read_or_refused_with_a_reason() -> None:
    for path in sorted(DATA.rglob("*")):
        if path.suffix in (".csv", ".tsv", ".json"):
            try:
                with open_reading(path) as reading:
                    for batch in reading.batches():
                        assert all(len(row) == len(reading.layout.header) for row in batch.rows)
            except UsageError as error:
                assert error.message


def test_linkedin_and_meta() -> None:
    layout, batch = read("crm_exports/headers/linkedin_connections_preamble.csv")
    assert (layout.header_line, layout.header[0], len(batch.rows)) == (3, "First Name", 2)
    layout, batch = read("crm_exports/headers/linkedin_connections_full_preamble_header_only.csv")
    assert (layout.header_line, layout.header[0], len(batch.rows)) == (4, "First Name", 0)
    layout, batch = read("crm_exports/meta_lead_ads/leads_utf16le_bom.csv")
    assert (layout.delimiter, layout.encoding, layout.header[0]) == ("\t", "utf-16-le", "id")


def test_x_education() -> None:
    layout, batch = read("xeducation/leads.csv")
    assert layout.header[37] == "column 38"
    assert len(batch.rows) + batch.blank + len(batch.bad) == 4620
