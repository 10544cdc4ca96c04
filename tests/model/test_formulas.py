"""What spreadsheets run and what they do not."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadctl.model.formulas import guard, runs, unguard

FOLDER = os.environ.get("LEADCTL_REALDATA")
FORMULAS = [
    *("=1+1", "+1+1", "-1+1", "@SUM(1)", "=cmd|' /C calc'!A0", "-2+3+cmd|' /C calc'!A0", "=", "+", "-", "--", "- item"),
    *(" =1", "\u00a0=1", "\u200b=1", "\ufeff=1", "\t=1", "\tx", "\nx", "\rx", "\x00=1"),
    *("＝1+1", "＋cmd", "－x", "＠SUM(1)", "﹦1", "⁺x"),
    *(
        'DDE ("cmd";"/C calc";"!A0")A0',
        "dde(1)",
        "@kari",
        "-kari",
        "+49-30-1234",
        "-5-3",
        "-5/3",
        "+1;2",
        "'=1",
        "''=1",
    ),
]
NONE = [
    *(
        "",
        " ",
        "Kari",
        "O'Brien",
        "'tis",
        "a=b",
        "1-2",
        "1+1",
        "Dora",
        "DDE",
        "d",
        "(-5)",
        "#ref",
        "ÄÖ",
        "王",
        "−5",
        '"=1',
    ),
    *("-5", "+5", "-1.234,50", "-1,234.50", "-1'234.50", "-1 234,50 €".replace(" €", ""), "-.5", "-5%", "-5.00€"),
    *(
        "+49 30 1234",
        "+49301234",
        "+49 (30) 1234",
        "+1 (212) 555-0123",
        "+1 212-555-0123",
        "+49301234;ext=5",
        "+49.30.12",
    ),
]


@pytest.mark.parametrize("text", FORMULAS)
def test_guarded(text: str) -> None:
    assert guard(text) == f"'{text}"
    assert unguard(guard(text)) == text


@pytest.mark.parametrize("text", NONE)
def test_left_as_it_is(text: str) -> None:
    assert guard(text) == unguard(text) == text


@given(st.text(st.sampled_from("'=+-@ \t\r\n\u00a0＝aD1(.,e5")) | st.text())
def test_guarding_is_taken_back(text: str) -> None:
    assert unguard(guard(text)) == text
    assert not runs(guard(text))


@pytest.mark.skipif(FOLDER is None, reason="LEADCTL_REALDATA is not set")
def test_payloads_and_naughty_strings() -> None:
    folder = Path(FOLDER or "")
    for payload in (folder / "csv_injection" / "payloadbox.txt").read_text(encoding="utf-8").splitlines():
        assert guard(payload) == f"'{payload}"
    for text in json.loads((folder / "naughty_strings" / "blns.json").read_text(encoding="utf-8")):
        first = text.strip()[:1]
        assert first not in "=@" or not first or guard(text).startswith("'")
        assert unguard(guard(text)) == text
