"""CSV as it comes: delimiters, headers, line ends, quotation marks, and the ledger that always balances."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leadctl.errors import UsageError
from leadctl.intake import BadRow, Batch, Layout, open_reading


def read(path: Path, data: bytes | str, size: int = 5000, **options: object) -> tuple[Layout, Batch]:
    """Write a file, read it, and put its batches together."""
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    whole = Batch([], [])
    with open_reading(path, **options) as reading:  # type: ignore[arg-type]
        for batch in reading.batches(size):
            whole.lines += batch.lines
            whole.rows += batch.rows
            whole.bad += batch.bad
            whole.blank += batch.blank
        return reading.layout, whole


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "leads.csv"


def reasons(batch: Batch) -> list[tuple[int, str]]:
    return [(bad.line, bad.reason) for bad in batch.bad]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_delimiter_is_found(file: Path, delimiter: str) -> None:
    layout, batch = read(file, f"name{delimiter}value\nAna{delimiter}1.5\n")
    assert (layout.kind, layout.delimiter, layout.header) == ("csv", delimiter, ("name", "value"))
    assert batch.rows == [["Ana", "1.5"]]


def test_decimal_commas_do_not_make_a_comma_file(file: Path) -> None:
    layout, batch = read(file, "name;value;city\nAna;1,5;X\nBen;2,5;Y\nCy;3,5;Z\n")
    assert layout.delimiter == ";"
    assert batch.rows[0] == ["Ana", "1,5", "X"]


def test_one_column_of_addresses_is_a_comma_file(file: Path) -> None:
    layout, batch = read(file, "email\nana@mm.example\nbob@mm.example\n")
    assert (layout.delimiter, layout.header) == (",", ("email",))
    assert batch.lines == [2, 3]


@pytest.mark.parametrize(
    ("word", "delimiter"), [("tab", "\t"), ("semicolon", ";"), ("PIPE", "|"), ("comma", ","), ("^", "^")]
)
def test_delimiter_as_the_user_says(file: Path, word: str, delimiter: str) -> None:
    layout, batch = read(file, f"a{delimiter}b\n1{delimiter}2\n", delimiter=word)
    assert layout.delimiter == delimiter
    assert batch.rows == [["1", "2"]]


@pytest.mark.parametrize("wrong", ["::", '"', "\n"])
def test_impossible_delimiter(file: Path, wrong: str) -> None:
    with pytest.raises(UsageError, match="delimiter"):
        read(file, "a,b\n", delimiter=wrong)


def test_excel_separator_line(file: Path) -> None:
    layout, batch = read(file, "sep=;\na;b\n1;2\n")
    assert (layout.header, layout.header_line, batch.lines) == (("a", "b"), 2, [3])


def test_header_names_are_made_clean_and_unique(file: Path) -> None:
    layout, _ = read(file, '"  E-mail\n address ",email,email,,email,email (2)\n1,2,3,4,5,6\n')
    assert layout.header == ("E-mail address", "email", "email (2)", "column 4", "email (3)", "email (2) (2)")


def test_leading_blank_lines_and_skip_lines(file: Path) -> None:
    layout, batch = read(file, "\n\n\na,b\n1,2\n")
    assert (layout.header_line, batch.lines, batch.blank) == (4, [5], 0)
    layout, batch = read(file, "Report, of\nMay\n\na,b\n1,2\n", skip_lines=2)
    assert (layout.header_line, batch.lines) == (4, [5])
    with pytest.raises(UsageError, match="nothing is left"):
        read(file, "a,b\n", skip_lines=9)


def test_preamble_is_left_out_and_said(file: Path) -> None:
    layout, batch = read(file, 'Notes:\n"Some, prose\nof two lines"\n\nFirst,Last,Email\nAna,M,a@x.example\n')
    assert (layout.header, layout.header_line, batch.lines) == (("First", "Last", "Email"), 5, [6])
    assert layout.notes == ("lines 1 to 4 stand above the header and were left out",)


def test_a_long_row_under_one_column_is_no_preamble(file: Path) -> None:
    layout, batch = read(file, "name\nDoe, John\nMuster, Max\n")
    assert layout.header == ("name",)
    assert reasons(batch) == [(2, "has 2 values, the header names 1"), (3, "has 2 values, the header names 1")]


def test_header_that_looks_like_data(file: Path) -> None:
    with pytest.raises(UsageError, match=r"looks like data.*ana@x\.org") as error:
        read(file, "Ana,ana@x.org\nBob,bob@x.org\n")
    assert error.value.place is not None
    assert error.value.place.line == 1
    layout, _ = read(file, "1,2,3\n4,5,6\n")
    assert "only numbers" in layout.notes[0]


def test_only_blank_lines(file: Path) -> None:
    layout, batch = read(file, "\n\n")
    assert (layout.header, batch.rows, batch.blank, batch.bad) == (("column 1",), [], 1, [])
    assert "only blank lines" in layout.notes[0]


def test_blank_and_ragged_rows(file: Path) -> None:
    text = "a,b,c\n1,2\n\n , ,\n1,2,3,\n1,2,3,4\n4,5,6"
    _, batch = read(file, text)
    assert (batch.rows, batch.lines, batch.blank) == ([["1", "2", "3"], ["4", "5", "6"]], [5, 7], 2)
    assert batch.bad == [
        BadRow(2, None, None, "has 2 values, the header names 3", ["1", "2"]),
        BadRow(6, None, None, "has 4 values, the header names 3", ["1", "2", "3", "4"]),
    ]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends_inside_values_are_kept(file: Path, end: str) -> None:
    _, batch = read(file, end.join(["a,b", '"x', 'y",1', "z,2", ""]))
    assert batch.rows == [[f"x{end}y", "1"], ["z", "2"]]
    assert batch.lines == [2, 4]


def test_nuls_are_taken_out_and_counted(file: Path) -> None:
    file.write_bytes(b"a,b\n\x001,2\x00\n")
    with open_reading(file) as reading:
        assert [batch.rows for batch in reading.batches()] == [[["1", "2"]]]
        assert reading.nul_count == 2


def test_bare_marks(file: Path) -> None:
    text = 'a,b,c\n1,This "quotes" here,3\n2,5" pipe,37°36\'37.8"N\n3,"so ""it"" is",x\n'
    _, batch = read(file, text)
    assert batch.lines == [3, 4]
    assert batch.rows[1][1] == 'so "it" is'
    assert (batch.bad[0].line, batch.bad[0].column, batch.bad[0].value) == (2, "b", 'This "quotes" here')
    _, batch = read(file, 'a\tb\n1\tthe "best"\n')
    assert batch.rows == [["1", 'the "best"']]


def test_bare_mark_beside_a_broken_line(file: Path) -> None:
    """The row before a broken one must not be blamed for the marks of its neighbour."""
    _, batch = read(file, 'a,b\n"x ""1""",2\n3,"y" z\n4,5\n')
    assert batch.rows == [['x "1"', "2"], ["4", "5"]]
    assert [bad.line for bad in batch.bad] == [3]


def test_marks_never_closed_cost_their_own_line_only(file: Path) -> None:
    _, batch = read(file, 'a,b,c\n1,"open,3\n4,5,6\n7,"",9\n"x\ny",8,9\n')
    assert batch.lines == [3, 4, 5]
    assert reasons(batch) == [(2, "a quotation mark is opened in this row and not closed")]
    assert batch.bad[0].values == ["1", '"open', "3"]


def test_a_mark_closed_by_a_later_value_that_begins_with_the_delimiter(file: Path) -> None:
    """`",x"` looks from within quotation marks like the end of a value; the lines between must not be lost."""
    _, batch = read(file, 'a,b,c\n1,"open,3\n4,5,6\n7,",8",9\n10,11,12\n')
    assert [bad.line for bad in batch.bad] == [2]
    assert batch.rows == [["4", "5", "6"], ["7", ",8", "9"], ["10", "11", "12"]]


def test_header_with_an_open_mark(file: Path) -> None:
    with pytest.raises(UsageError, match="header has a quotation mark"):
        read(file, 'a,"b\n1,2\n')


@pytest.mark.parametrize("size", [1, 2, 3, 5000])
def test_lines_are_exact_whatever_the_size_of_a_batch(file: Path, size: int) -> None:
    _, batch = read(file, 'a,b\n1,2\n"x\n\ny",2\n\n3,"bad" mark\n4,"open\n5,6\n7,8\n', size=size)
    assert batch.lines == [2, 3, 9, 10]
    assert [bad.line for bad in batch.bad] == [7, 8]
    assert batch.blank == 1


CELL = st.text(st.characters(codec="utf-8", exclude_characters="\0\ufeff"), max_size=6) | st.sampled_from(
    ['"', '""', ",", ';"', "a\nb", "a\r\nb", "\r", " ", '5"', '",']
)
ONE_LINE_CELL = CELL.filter(lambda text: "\n" not in text and "\r" not in text)


def ledger(rows: list[list[str]]) -> tuple[list[list[str]], int]:
    """The rows that should come back, and how many are blank."""
    full = [row for row in rows if any(cell.strip() for cell in row)]
    return full, len(rows) - len(full)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(st.lists(CELL, min_size=3, max_size=3), max_size=12),
    delimiter=st.sampled_from([",", ";", "\t", "|"]),
    end=st.sampled_from(["\n", "\r\n", "\r"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-32"]),
    size=st.integers(1, 7),
)
def test_what_csv_writes_is_read_back(
    tmp_path: Path, rows: list[list[str]], delimiter: str, end: str, encoding: str, size: int
) -> None:
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=delimiter, lineterminator=end, quoting=csv.QUOTE_ALL)
    writer.writerows([["one", "two", "three"], *rows])
    layout, batch = read(tmp_path / "r.csv", out.getvalue().encode(encoding), size=size, delimiter=delimiter)
    assert layout.header == ("one", "two", "three")
    full, blank = ledger(rows)
    assert (batch.rows, batch.blank, batch.bad) == (full, blank, [])


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(st.lists(ONE_LINE_CELL, min_size=3, max_size=3), min_size=1, max_size=10),
    at=st.integers(0, 9),
    column=st.integers(0, 2),
    size=st.integers(1, 7),
)
def test_an_open_mark_never_loses_other_lines(
    tmp_path: Path, rows: list[list[str]], at: int, column: int, size: int
) -> None:
    """Neighbours without line breaks are never lost. With them there is text that reads well in both ways, such as
    an open mark before a value that begins with a line break: `8,"open⏎"⏎x",9`."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n", quoting=csv.QUOTE_ALL)
    writer.writerow(["one", "two", "three"])
    broken = ["8", "8", "8"]
    broken[column] = '"open'
    at = min(at, len(rows))
    writer.writerows(rows[:at])
    out.write(",".join(broken) + "\n")
    writer.writerows(rows[at:])
    _, batch = read(tmp_path / "r.csv", out.getvalue(), size=size, delimiter=",")
    full, blank = ledger(rows)
    assert (batch.rows, batch.blank, len(batch.bad)) == (full, blank, 1)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=st.text(st.sampled_from(list('ab1,;"\n\r \t')), max_size=60), size=st.integers(1, 5))
def test_every_line_of_any_text_is_accounted_for(tmp_path: Path, body: str, size: int) -> None:
    """Whatever stands there: no traceback, rows as wide as the header, lines that rise and exist, the same ledger
    for every size of batch."""
    text = "x,y\n" + body
    _, batch = read(tmp_path / "r.csv", text, size=size, delimiter=",")
    _, whole = read(tmp_path / "r.csv", text, delimiter=",")
    assert (batch.lines, batch.rows, batch.blank, batch.bad) == (whole.lines, whole.rows, whole.blank, whole.bad)
    assert all(len(row) == 2 for row in batch.rows)
    count = len(list(io.StringIO(text, newline="")))
    numbers = sorted([*batch.lines, *(bad.line for bad in batch.bad)])
    assert all(2 <= number <= count for number in numbers)
    assert len(set(numbers)) == len(numbers)


def test_a_hostile_file_of_open_marks_ends_soon(file: Path) -> None:
    _, batch = read(file, "a,b\n" + 'x","abc\n' * 5_000, delimiter=",")
    assert len(batch.bad) == 5_000
