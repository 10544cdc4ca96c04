from __future__ import annotations

import csv
import io
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from leadctl.model.report import Column, Record, Report, Unit
from leadctl.render import delimited

TEXTS = st.text(st.characters(exclude_categories=["Cs"]))


def _written(result: Report | Record, delimiter: str = ",", *, show_controls: bool = False) -> str:
    stream = io.StringIO(newline="")
    delimited.write(result, stream, delimiter, show_controls=show_controls)
    return stream.getvalue()


def _read(text: str, delimiter: str = ",") -> list[list[str]]:
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))


def test_units_as_raw_values() -> None:
    columns = (
        Column("name"),
        Column("value", Unit.MONEY),
        Column("rate", Unit.PERCENT),
        Column("young", Unit.YES_NO),
        Column("extra", Unit.JSON),
    )
    rows: list[list[Any]] = [
        ["Müller, Söhne", 10005534.0, 0.6315, 1, {"a": ["ü", None]}],
        [None, None, None, None, None],
        ["", 5.5, 1.0, False, []],
    ]
    assert _written(Report("never written", columns, rows, ("nor this",), 9)) == (
        "name,value,rate,young,extra\n"
        '"Müller, Söhne",10005534,0.6315,true,"{""a"": [""ü"", null]}"\n'
        ",,,,\n"
        ",5.5,1,false,[]\n"
    )


def test_line_ends_in_cells_are_quoted_and_each_row_ends_in_one_line_feed() -> None:
    rows = [["a\rb", "x"], ["\r", "\n"], ["a\r\nb", ""]]
    text = _written(Report("t", (Column("a"), Column("b")), rows))
    assert text == 'a,b\n"a\rb",x\n"\r","\n"\n"a\r\nb",\n'
    assert _read(text)[1:] == rows


def test_a_row_of_one_empty_cell_is_no_blank_line() -> None:
    assert _written(Report("t", (Column("a"),), [[None], [""]])) == 'a\n""\n""\n'


def test_nothing_found_is_the_bare_header_and_a_record_one_row() -> None:
    assert _written(Report("t", (Column("a"), Column("b")), []), "\t") == "a\tb\n"
    assert _written(Record("t", {"id": 42, "x": [1]}), "\t") == "id\tx\n42\t[1]\n"


def test_hostile_text_reads_back(hostile: list[str]) -> None:
    rows = [[text, str(number)] for number, text in enumerate(hostile)]
    for delimiter in ",\t":
        text = _written(Report("t", (Column("text"), Column("n")), rows), delimiter)
        assert _read(text, delimiter) == [["text", "n"], *rows]


def test_on_a_terminal_controls_are_shown_and_rows_stay_lines(hostile: list[str]) -> None:
    text = _written(Report("t", (Column("text"),), [[text] for text in hostile]), show_controls=True)
    assert text.count("\n") == len(hostile) + 1
    assert not set(text) & {chr(c) for c in (*range(10), *range(11, 32), *range(127, 160), 0x202E, 0x2028)}


@given(st.lists(st.lists(TEXTS, min_size=3, max_size=3)), st.sampled_from(",\t"))
def test_csv_reads_back(rows: list[list[str]], delimiter: str) -> None:
    report = Report("t", (Column("a"), Column("b"), Column("c")), rows)
    assert _read(_written(report, delimiter), delimiter) == [["a", "b", "c"], *rows]


@given(st.lists(st.tuples(TEXTS), min_size=1))
def test_one_column_reads_back(rows: list[tuple[str]]) -> None:
    assert _read(_written(Report("t", (Column("a"),), rows)))[1:] == [list(row) for row in rows]
