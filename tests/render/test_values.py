from __future__ import annotations

import math
from typing import Any

import pytest

from leadctl.errors import UsageError
from leadctl.model.report import Column, Record, Report, Unit
from leadctl.render.values import drawn, json_text, raw, raw_rows


@pytest.mark.parametrize(
    ("value", "unit", "expected"),
    [
        (5000.0, Unit.MONEY, 5000),
        (5000.005, Unit.NUMBER, 5000.005),
        (19.999, Unit.MONEY, 20),
        (19.99, Unit.MONEY, 19.99),
        (2 / 3, Unit.PERCENT, 0.666667),
        (0.1 + 0.2, Unit.NUMBER, 0.3),
        (51.783389, Unit.DAYS, 51.783389),
        (-0.0, Unit.NUMBER, 0),
        (1e300, Unit.NUMBER, 1e300),
        (1 / 3, Unit.TEXT, 1 / 3),
        (math.nan, Unit.NUMBER, None),
        (math.inf, Unit.TEXT, None),
        (None, Unit.COUNT, None),
        (1, Unit.YES_NO, True),
        (0, Unit.YES_NO, False),
        (None, Unit.YES_NO, None),
        (True, Unit.TEXT, True),
        ("007", Unit.TEXT, "007"),
        ("n/a", Unit.MONEY, "n/a"),
        ({"a": (1.0, math.nan, {"b": 0.5})}, Unit.JSON, {"a": [1, None, {"b": 0.5}]}),
    ],
)
def test_raw(value: Any, unit: Unit, expected: Any) -> None:
    got = raw(value, unit)
    assert got == expected
    assert type(got) is type(expected)


@pytest.mark.parametrize(
    ("values", "unit", "expected"),
    [
        ([1234567, 0, -5, None], Unit.COUNT, ["1,234,567", "0", "-5", "-"]),
        ([1234.5, 2.0, 0.0034, 12.346, -0.00001], Unit.NUMBER, ["1,234.5", "2", "0.0034", "12.35", "0"]),
        ([0.6315, 1, 0, -0.0001, None], Unit.PERCENT, ["63.1 %", "100.0 %", "0.0 %", "0.0 %", "-"]),
        ([10005534.0, 7], Unit.MONEY, ["10,005,534", "7"]),
        ([10005534.0, 7.5], Unit.MONEY, ["10,005,534.00", "7.50"]),
        ([0.001, -0.001], Unit.MONEY, ["0", "0"]),
        ([51.78, 3.0, 1200], Unit.DAYS, ["51.8", "3", "1,200"]),
        (["2026-11-23"], Unit.DATE, ["2026-11-23"]),
        ([1, 0, True, False, None], Unit.YES_NO, ["yes", "no", "yes", "no", "-"]),
        ([{"a": [1, "ü"]}, [], None], Unit.JSON, ['{"a": [1, "ü"]}', "[]", "-"]),
        ([42, 5.0, True, ["x"], "t", math.nan], Unit.TEXT, ["42", "5", "yes", '["x"]', "t", "-"]),
        (["n/a", math.nan], Unit.PERCENT, ["n/a", "-"]),
    ],
)
def test_drawn(values: list[Any], unit: Unit, expected: list[str]) -> None:
    assert drawn(values, unit) == expected


def test_times_are_drawn_in_the_zone() -> None:
    times = ["2026-11-23T08:30:59Z", "2026-07-01T22:15:00Z", "2026-11-23", "soon", None, 7, "0001-01-01T00:00:00Z"]
    expected = ["2026-11-23 09:30", "2026-07-02 00:15", "2026-11-23", "soon", "-", "7"]
    assert drawn(times, Unit.TIME, "Europe/Berlin")[:6] == expected
    assert drawn(times, Unit.TIME)[0] == "2026-11-23T08:30:59Z"
    assert drawn(["0001-01-01T00:00:00Z"], Unit.TIME, "America/New_York") == ["0001-01-01T00:00:00Z"]


@pytest.mark.parametrize("name", ["Mars/Olympus", "../etc/passwd", "", "Europe"])
def test_an_unknown_zone_is_refused(name: str) -> None:
    with pytest.raises(UsageError, match="no time zone"):
        drawn(["2026-11-23T08:30:59Z"], Unit.TIME, name)


def test_a_record_is_one_row_and_a_row_must_fit_its_columns() -> None:
    names, rows = raw_rows(Record("t", {"a": 1.0, "b": 0}, {"b": Unit.YES_NO}))
    assert (names, list(rows)) == (["a", "b"], [[1, False]])
    with pytest.raises(ValueError, match="zip"):
        list(raw_rows(Report("t", (Column("a"),), [(1, 2)]))[1])


def test_json_text_is_one_safe_line() -> None:
    assert json_text({"a": "x\n\x9b\u202e\U000e0041ü"}) == '{"a": "x\\n\\u009b\\u202e\\udb40\\udc41ü"}'
