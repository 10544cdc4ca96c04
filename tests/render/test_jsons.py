from __future__ import annotations

import io
import json
import math
from collections.abc import Iterator
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from leadctl.model.report import Column, Record, Report, Unit
from leadctl.render import jsons
from leadctl.render.safe import visible

TEXTS = st.text(st.characters())  # lone surrogates too
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)


def _json(result: Report | Record) -> str:
    stream = io.StringIO(newline="")
    jsons.write_json(result, stream)
    return stream.getvalue()


def _lines(result: Report | Record) -> str:
    stream = io.StringIO(newline="")
    jsons.write_lines(result, stream)
    return stream.getvalue()


def test_a_report_is_an_array_of_objects() -> None:
    columns = (Column("name", title="The name"), Column("value", Unit.MONEY), Column("young", Unit.YES_NO))
    report = Report("t", columns, [["Ü", 5000.0, 0], [None, None, None]], ("note",), 12)
    assert _json(report) == (
        '[\n{"name": "Ü", "value": 5000, "young": false},\n{"name": null, "value": null, "young": null}\n]\n'
    )
    assert _lines(report) == (
        '{"name": "Ü", "value": 5000, "young": false}\n{"name": null, "value": null, "young": null}\n'
    )


def test_a_record_is_one_object() -> None:
    record = Record("t", {"lead": 42, "dimensions": {"fit": {"score": 12.0}}, "odd": math.nan})
    expected = {"lead": 42, "dimensions": {"fit": {"score": 12}}, "odd": None}
    assert json.loads(_json(record)) == expected
    assert json.loads(_lines(record)) == expected
    assert _lines(record).count("\n") == 1
    assert _json(Record("t", {})) == "{}\n"


def test_nothing_found() -> None:
    report = Report("t", (Column("a"),), [])
    assert (_json(report), _lines(report)) == ("[]\n", "")


def test_rows_are_written_as_they_come() -> None:
    stream = io.StringIO()

    class Rows:
        def __iter__(self) -> Iterator[list[int]]:
            for number in range(3):
                assert stream.getvalue().count("{") == number
                yield [number]

    rows: Any = Rows()
    jsons.write_json(Report("t", (Column("a"),), rows), stream)
    assert json.loads(stream.getvalue()) == [{"a": 0}, {"a": 1}, {"a": 2}]


def test_hostile_text_reads_back(hostile: list[str]) -> None:
    report = Report("t", (Column("text"),), [[text] for text in [*hostile, "\ud800 alone", "\udfff"]])
    expected = [{"text": row[0]} for row in report.rows]
    assert json.loads(_json(report)) == expected
    assert [json.loads(line) for line in _lines(report).splitlines()] == expected
    assert all(visible(line) == line for line in _json(report).split("\n"))


@given(st.lists(st.tuples(VALUES, VALUES)))
def test_json_reads_back(rows: list[tuple[Any, Any]]) -> None:
    report = Report("t", (Column("a"), Column("b\n")), rows)
    expected = [{"a": a, "b\n": b} for a, b in rows]
    assert json.loads(_json(report)) == expected
    assert [json.loads(line) for line in _lines(report).splitlines()] == expected
    if rows:
        record = Record("t", {"a": rows[0][0]})
        assert json.loads(_json(record)) == {"a": rows[0][0]}
