from __future__ import annotations

import io
import re
from typing import Any

import pytest
from rich.cells import cell_len

from leadctl.model.report import Column, Record, Report, Unit
from leadctl.render import terminal
from leadctl.render.safe import visible

COLOUR_CODE = re.compile(r"\x1b\[[\d;]*m")


@pytest.fixture(autouse=True)
def _surroundings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "TTY_COMPATIBLE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")


def _drawn(result: Report | Record, width: int = 80, *, colour: bool = True, zone: str | None = None) -> str:
    stream = io.StringIO(newline="")
    terminal.write(result, stream, width=width, colour=colour, zone=zone)
    return stream.getvalue()


def _lines(result: Report | Record, width: int = 80) -> list[str]:
    """The lines without colour codes and fill; each fits the width and holds nothing unsafe."""
    text = COLOUR_CODE.sub("", _drawn(result, width))
    lines = text.split("\n")
    assert max(map(cell_len, lines)) <= width
    assert all(visible(line) == line for line in lines)
    assert text.replace(" ", "") == re.sub(" ", "", COLOUR_CODE.sub("", _drawn(result, width, colour=False)))
    return [line.rstrip(" ") for line in lines]


def test_a_report() -> None:
    columns = (Column("group"), Column("leads", Unit.COUNT), Column("rate", Unit.PERCENT))
    report = Report("Conversion by [ceo]", columns, [["[/] :smile:", 12345, 0.632], ["b", 1, None]], ("a [note]",), 9)
    assert _lines(report) == [
        "Conversion by [ceo]",
        "",
        "group         leads    rate",
        "───────────────────────────",
        "[/] :smile:  12,345  63.2 %",
        "b                 1       -",
        "",
        "2 of 9 shown; --limit sets how many",
        "a [note]",
        "",
    ]


def test_a_record_wraps_and_never_cuts() -> None:
    text = "word " * 40 + "x" * 200
    lines = _lines(Record("Lead 42", {"id": 42, "next_follow_up": None, "notes": text}))
    assert lines[:4] == ["Lead 42", "", "id              42", "next follow up  -"]
    assert "".join("".join(lines[4:]).removeprefix("notes").split()) == "".join(text.split())


def test_text_is_cut_and_numbers_are_not() -> None:
    columns = (Column("name"), Column("company"), Column("value", Unit.MONEY), Column("captured_at", Unit.TIME))
    rows: list[list[Any]] = [["n" * 70, "c" * 70, 10005534.25, "2026-11-23T08:30:00Z"]]
    line = _lines(Report("", columns, rows))[2]
    # 80 less three gaps of 2, 13 for the money and 20 for the time: 41, shared by two.
    assert line == "n" * 20 + "…  " + "c" * 19 + "…  10,005,534.25  2026-11-23T08:30:00Z"


def test_columns_without_room_are_named() -> None:
    columns = tuple(Column(f"field_{number}") for number in range(12))
    lines = _lines(Report("t", columns, [["x" * 30] * 12]))
    # Six columns of 10 and five gaps of 2 are 70; a seventh would make 82.
    assert lines[-3:] == [
        "columns not shown: field_6, field_7, field_8, field_9, field_10, field_11;",
        "--format csv shows them",
        "",
    ]


def test_nothing_found() -> None:
    assert _lines(Report("Leads", (Column("a"),), [])) == ["Leads", "", "nothing found", ""]
    assert "nothing found" in _drawn(Report("Leads", (), []))


@pytest.mark.parametrize("width", [1, 2, 7, 20])
def test_narrow_terminals(width: int) -> None:
    columns = (Column("name"), Column("value", Unit.MONEY))
    _lines(Report("A title", columns, [["日本語", 10005534.25], [None, None]], ("a note",)), width)
    _lines(Record("A title", {"name": "日本語 text", "value_of_it": 12}), width)


def test_hostile_text_fits_and_does_nothing(hostile: list[str]) -> None:
    columns = (Column("n", Unit.COUNT), Column("text"), Column("again"))
    lines = _lines(Report("\n".join(hostile), columns, [[n, text, text] for n, text in enumerate(hostile)]))
    numbers = [line.split()[0] for line in lines if line.strip()][-len(hostile) :]
    assert numbers == [str(number) for number in range(len(hostile))]  # one line each


def test_hostile_text_is_whole_where_there_is_room(hostile: list[str]) -> None:
    lines = _lines(Report("", (Column("n", Unit.COUNT), Column("text")), list(enumerate(hostile))), 5000)
    for line, (number, text) in zip(lines[2:], enumerate(hostile), strict=False):
        assert line.lstrip() == f"{number}  {visible(text)}".rstrip(" ")
    for text in hostile:
        drawn = "".join(_lines(Record("", {"x": text})))
        assert "".join(drawn.split()) == "x" + "".join(visible(text).split())


@pytest.mark.parametrize(
    ("name", "value", "coloured"),
    [
        ("NO_COLOR", "1", False),
        ("NO_COLOR", "", True),
        ("TERM", "dumb", False),
        ("FORCE_COLOR", "0", True),
        ("COLUMNS", "20", True),
    ],
)
def test_the_surroundings_decide_on_colour_only(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, coloured: bool
) -> None:
    monkeypatch.setenv(name, value)
    report = Report("t", (Column("a"),), [["x" * 100]])
    assert ("\x1b" in _drawn(report)) is coloured
    assert "x" * 79 + "…" in _drawn(report)


@pytest.mark.parametrize("value", ["0", "1"])
def test_force_color_does_not_overrule_the_person(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("FORCE_COLOR", value)
    assert "\x1b" not in _drawn(Report("t", (Column("a"),), [["x"]], ("n",)), colour=False)


def test_times_in_the_zone() -> None:
    report = Report("t", (Column("at", Unit.TIME),), [["2026-11-23T08:30:00Z"]])
    assert "2026-11-23 09:30" in _drawn(report, zone="Europe/Berlin")
