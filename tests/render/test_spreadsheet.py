"""CSV of many rows, and CSV that is safe to open."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadctl.model.formulas import runs, unguard
from leadctl.model.money import parse_number
from leadctl.render.spreadsheet import Form, excel_form, write

CELLS = (
    st.none()
    | st.integers(-(10**9), 10**9)
    | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
)


def written(names: list[str], rows: list[tuple[Any, ...]], form: Form) -> str:
    stream = io.StringIO(newline="")
    write(names, [rows[:1], rows[1:]], stream, form)
    return stream.getvalue()


def read(text: str, delimiter: str = ",") -> list[list[str]]:
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))


def test_plain() -> None:
    rows = [(1, "Kari", 1.5, None), (2, "a,b", -3, 'say "x"\n')]
    assert written(["id", "a", "b", "c"], rows, Form()) == 'id,a,b,c\n1,Kari,1.5,\n2,"a,b",-3,"say ""x""\n"\n'


def test_a_lone_carriage_return_ends_no_row() -> None:
    assert written(["a"], [("x\ry",), ("z",)], Form()) == 'a\n"x\ry"\nz\n'


def test_safe() -> None:
    rows = [("=1+1", -5, "-5"), ("+49 30 1234", 1.5, ";=1")]
    # All texts stand in quotation marks, so that none begins a cell where semicolons part them.
    assert written(["a", "b", "c"], rows, Form(guarded=True)) == (
        '"a","b","c"\n"\'=1+1",-5,"-5"\n"+49 30 1234",1.5,";=1"\n'
    )


@pytest.mark.parametrize(
    ("country", "text"),
    [
        ("AT", '\ufeff"a";"b"\r\n"\'=1";1,5\r\n"Ö;x";-1234,25\r\n'),
        ("US", '\ufeff"a","b"\r\n"\'=1",1.5\r\n"Ö;x",-1234.25\r\n'),
        (None, '\ufeff"a","b"\r\n"\'=1",1.5\r\n"Ö;x",-1234.25\r\n'),
    ],
)
def test_excel(country: str | None, text: str) -> None:
    assert written(["a", "b"], [("=1", 1.5), ("Ö;x", -1234.25)], excel_form(country)) == text


@pytest.mark.parametrize("number", [1.234, 0.125, -12.345, 1e-7, 123456.789, 0.1, 2.5])
def test_a_decimal_comma_is_read_as_one(number: float) -> None:
    text = written(["a"], [(number,)], excel_form("DE")).splitlines()[1]
    assert parse_number(text) == number


def test_a_terminal_gets_signs() -> None:
    assert written(["a"], [("\x1b[31m",)], Form(shown=True)) == "a\n␛[31m\n"


@given(
    st.lists(st.tuples(CELLS, CELLS), max_size=5),
    st.sampled_from([Form(), Form(guarded=True), Form("\t"), excel_form("DE")]),
)
def test_what_is_written_reads_back(rows: list[tuple[Any, Any]], form: Form) -> None:
    text = written(["a", "b"], rows, form)
    found = read(text.removeprefix("\ufeff") if form.excel else text, form.delimiter)
    assert found[0] == ["a", "b"]
    bare = [[unguard(cell) if form.guarded else cell for cell in row] for row in found[1:]]
    assert bare == [["" if cell is None else str(cell) for cell in row] for row in rows]
    if form.guarded:
        assert not any(runs(cell) for row in found for cell in row)
