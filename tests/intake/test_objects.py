"""JSON and JSON Lines: every object a row, numbers as they are spelt, broken text refused with its line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leadctl.errors import UsageError
from leadctl.intake import Batch, Layout, open_reading
from leadctl.intake.json import items as json_items


def read(path: Path, text: str, size: int = 5000) -> tuple[Layout, Batch]:
    path.write_text(text, encoding="utf-8", newline="")
    whole = Batch([], [])
    with open_reading(path) as reading:
        for batch in reading.batches(size):
            whole.lines += batch.lines
            whole.rows += batch.rows
            whole.bad += batch.bad
            whole.blank += batch.blank
        return reading.layout, whole


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "leads"


def test_json_lines(file: Path) -> None:
    layout, batch = read(file, '{"a": "x", "b": 1.50}\r\n\r\n{"c": null, "a": true}\n{}\n')
    assert (layout.kind, layout.header, layout.header_line, layout.delimiter) == ("jsonl", ("a", "b", "c"), 0, None)
    assert batch.rows == [["x", "1.50", ""], ["true", "", ""]]
    assert (batch.lines, batch.blank) == ([1, 3], 1)


@pytest.mark.parametrize(
    "text",
    [
        '[{"a":"1","b":"2"},{"a":"3","b":"4"}]',
        '[\n {"a":"1","b":"2"},\n {"a":"3","b":"4"}\n]\n',
        '{"a":"1",\n"b":"2"}\n{"a":"3",\n"b":"4"}',
        '{"a":"1","b":"2"}{"a":"3","b":"4"}',
    ],
)
def test_lists_and_objects_in_a_row(file: Path, text: str) -> None:
    layout, batch = read(file, text)
    assert layout.header == ("a", "b")
    assert batch.rows == [["1", "2"], ["3", "4"]]


def test_values_become_texts(file: Path) -> None:
    text = '{"n": 1e400, "i": 007.5, "nan": NaN}'.replace("007", "7")
    layout, batch = read(file, text[:-1] + ', "big": ' + "9" * 5000 + ', "l": [1.0, {"k": "é\\""}, null, false]}')
    assert layout.kind == "json"
    assert batch.rows == [["1e400", "7.5", "", "9" * 5000, '[1.0,{"k":"é\\""},null,false]']]


def test_keys_are_made_clean_as_headers_are(file: Path) -> None:
    layout, batch = read(file, '{" e  mail": 1, "e mail": 2, "": 3}')
    assert layout.header == ("e mail", "e mail (2)", "column 3")
    assert batch.rows == [["1", "2", "3"]]


def test_broken_lines_are_refused_and_the_others_read(file: Path) -> None:
    text = '{"a": 1}\n{"a": 2,\n{"a": 3}\nhello\n[1]\n{"a": "open}\n{"a": 4} junk\n{"a": 5, "a": 6}\n{"a": 7}\n'
    _, batch = read(file, text)
    assert batch.rows == [["1"], ["3"], ["7"]]
    assert batch.lines == [1, 3, 9]
    assert [bad.line for bad in batch.bad] == [2, 4, 5, 6, 7, 8]
    assert "a list" in batch.bad[2].reason
    assert "stands twice" in batch.bad[5].reason


def test_a_broken_first_line(file: Path) -> None:
    layout, batch = read(file, '{"a": 1,,}\n{"a": 2}\n')
    assert (layout.kind, batch.rows, [bad.line for bad in batch.bad]) == ("jsonl", [["2"]], [1])


def test_broken_member_of_a_list(file: Path) -> None:
    text = '[\n  {"a": 1},\n  {"a": 2,, "deep": [\n    {"a": 9}]},\n  {"a": 3}\n]'
    _, batch = read(file, text)
    assert batch.rows == [["1"], ["3"]]
    assert [bad.line for bad in batch.bad] == [3]
    assert "line 3, column 11" in batch.bad[0].reason


def test_broken_list_on_one_line(file: Path) -> None:
    _, batch = read(file, '[{"a": 1}, {"a": 2}, {"a" 3}, {"a": 4}]')
    assert batch.rows == [["1"], ["2"]]
    assert "rest of the file could not be read" in batch.bad[0].reason


@pytest.mark.parametrize(("tail", "why"), [("", "not closed"), (', {"a": 2', "broken JSON"), ("] x", "behind the end")])
def test_list_with_a_wrong_end(file: Path, tail: str, why: str) -> None:
    _, batch = read(file, '[{"a": 1}' + tail)
    assert batch.rows == [["1"]]
    assert why in batch.bad[0].reason


@pytest.mark.parametrize(
    ("text", "line", "column"), [('[{"a" 1}]', 1, 7), ('{"a":\n  x}', 2, 3), ("[1, 2]", 1, 2), ("[" * 200_000, 1, 2)]
)
def test_nothing_readable_is_an_error_with_its_place(tmp_path: Path, text: str, line: int, column: int) -> None:
    with pytest.raises(UsageError, match="no lead that can be read") as error:
        read(tmp_path / "a.json", text)
    assert error.value.place is not None
    assert (error.value.place.line, error.value.place.column) == (line, column)


def test_deep_values_are_refused_without_a_traceback(file: Path) -> None:
    deep = "[" * 200_000 + "]" * 200_000
    mid = "[" * 400 + "]" * 400
    _, batch = read(file, '{"a": 1}\n{"a": ' + deep + '}\n{"a": ' + mid + '}\n{"a": 2}\n')
    assert batch.rows[0] == ["1"]
    assert batch.rows[-1] == ["2"]
    assert batch.bad[0].line == 2
    assert "nested too deeply" in batch.bad[0].reason


def test_half_characters_and_nuls(file: Path) -> None:
    file.write_text('{"a": "x\\ud83d"}\n{"a": "x\\u0000y"}\n{"a": "\\ud83d\\ude00"}\n')
    with open_reading(file) as reading:
        batch = next(reading.batches())
        assert batch.rows == [["xy"], ["😀"]]
        assert "half a character" in batch.bad[0].reason
        assert batch.bad[0].values == ["x�"]
        assert reading.nul_count == 1


@pytest.mark.parametrize("text", ["{id},name\n1,Ana\n", "[x],b\n1,2\n", "[1] x,b\n1,2\n"])
def test_csv_that_begins_with_a_bracket(file: Path, text: str) -> None:
    layout, batch = read(file, text)
    assert (layout.kind, len(batch.rows)) == ("csv", 1)


def test_empty_list(file: Path) -> None:
    layout, batch = read(file, "[]")
    assert (layout.kind, layout.header, batch.rows) == ("json", (), [])
    assert "no leads" in layout.notes[-1]


def test_a_table_has_no_thousands_of_columns(file: Path) -> None:
    with pytest.raises(UsageError, match="different keys"):
        read(file, json.dumps({f"k{number}": 1 for number in range(3000)}))


VALUE = st.text(st.characters(codec="utf-8", exclude_characters="\0\ufeff"), max_size=8)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    leads=st.lists(st.fixed_dictionaries({"name": VALUE, "e-mail": VALUE, "city": VALUE}), min_size=1, max_size=8),
    form=st.sampled_from(["lines", "list", "pretty", "objects"]),
    escaped=st.booleans(),
    chunk=st.integers(1, 40),
    size=st.integers(1, 5),
)
def test_what_json_writes_is_read_back(
    tmp_path: Path, leads: list[dict[str, str]], form: str, escaped: bool, chunk: int, size: int
) -> None:
    """In chunks of any size: a value may be cut anywhere."""
    leads = [{key: lead[key] for key in ("name", "e-mail", "city")} for lead in leads]
    text = {
        "lines": "\n".join(json.dumps(lead, ensure_ascii=escaped) for lead in leads),
        "list": json.dumps(leads, ensure_ascii=escaped),
        "pretty": json.dumps(leads, ensure_ascii=escaped, indent=2),
        "objects": "\n".join(json.dumps(lead, ensure_ascii=escaped, indent=1) for lead in leads),
    }[form]
    whole = json_items.CHUNK
    json_items.CHUNK = chunk
    try:
        layout, batch = read(tmp_path / "r.json", text, size=size)
    finally:
        json_items.CHUNK = whole
    assert layout.header == ("name", "e-mail", "city")
    full = [list(lead.values()) for lead in leads if any(value.strip() for value in lead.values())]
    assert (batch.rows, batch.blank, batch.bad) == (full, len(leads) - len(full), [])


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(st.sampled_from(list('{}[]":,a1\\ \nn')), max_size=40))
def test_any_text_is_read_or_refused(tmp_path: Path, text: str) -> None:
    try:
        layout, batch = read(tmp_path / "r.jsonl", '{"a": 1}\n' + text)
    except UsageError:
        return
    assert all(len(row) == len(layout.header) for row in batch.rows)
    assert len(batch.rows) + batch.blank >= 1
