from __future__ import annotations

import io
from typing import Any

from leadctl.model.report import Column, Record, Report, Unit
from leadctl.render import plain
from leadctl.render.drawing import cell_width
from leadctl.render.safe import visible


def _written(result: Report | Record) -> str:
    stream = io.StringIO(newline="")
    plain.write(result, stream, None)
    return stream.getvalue()


def test_aligned_under_headings() -> None:
    columns = (Column("group"), Column("leads", Unit.COUNT), Column("won_rate", Unit.PERCENT), Column("note"))
    rows: list[list[Any]] = [["Google", 12345, 0.632, "x"], ["日本", 7, None, None], ["Müller\n", 0, 1, "long one"]]
    assert _written(Report("unseen", columns, rows, ("young: less than 90 days",), 1234)) == (
        "group     leads  won rate  note\n"
        "-------  ------  --------  --------\n"
        "Google   12,345    63.2 %  x\n"
        "日本          7         -  -\n"
        "Müller␊       0   100.0 %  long one\n"
        "\n"
        "3 of 1,234 shown; --limit sets how many\n"
        "young: less than 90 days\n"
    )


def test_nothing_found() -> None:
    assert _written(Report("t", (Column("a"),), [], ("try another word",))) == "nothing found\n\ntry another word\n"


def test_a_record_is_names_and_values() -> None:
    record = Record("t", {"id": 42, "next_follow_up": None, "value": 5000.0}, {"value": Unit.MONEY}, ("note",))
    assert _written(record) == "id              42\nnext follow up  -\nvalue           5,000\n\nnote\n"
    assert _written(Record("t", {})) == ""


def test_widths() -> None:
    assert [cell_width(text) for text in ("abc", "日本", "e\u0301", "می‌خ", "ﾊ")] == [3, 4, 1, 3, 1]


def test_hostile_text_is_whole_and_one_line_each(hostile: list[str]) -> None:
    lines = _written(Report("t", (Column("n", Unit.COUNT), Column("text")), list(enumerate(hostile)))).split("\n")
    assert len(lines) == len(hostile) + 3  # heading, rule, and nothing after the last line feed
    for line, (number, text) in zip(lines[2:], enumerate(hostile), strict=False):
        assert line.lstrip() == f"{number}  {visible(text)}"
    record = _written(Record("t", {text: text for text in hostile}))
    assert record.count("\n") == len(set(hostile))
