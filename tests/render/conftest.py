"""Text that breaks programs: hand-made here, and the Big List of Naughty Strings where the real data are at hand."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

BY_HAND = [
    "[/] O'Brien :smile:",
    "[ceo] [bold red]boss[/bold red] [link=https://example.com]x[/link]",
    "\x1b]0;pwned\x07",
    "\x1b[2J\x1b[31mred",
    "\x9b31mred",
    "invoice\u202egpj.exe",
    "\u2066\u2069\u061c\u200e\u200f\ufeff\u200b",
    "one\ntwo\r\nthree\rfour\u2028five\u2029six\x85seven",
    "tab\there\x0b\x0c\x00\x7f",
    '"quoted", comma; semicolon | pipe \\| \\',
    "'",
    " leading and trailing ",
    "\u3000wide spaces\u3000",
    "日本語のとても長い会社名" * 4,
    "e\u0301" * 30 + "\u0300" * 40,
    "👩‍👩‍👧‍👦 " * 10,
    "\U000e0041\U000e0042",
    "می‌خواهم क्‍ष",
    "`code` **bold** _it_ <b>x</b> ~~no~~ ![a](b) [a](b) &amp; $x$ https://example.com",
    "=cmd|' /C calc'!A0",
    "x" * 500,
    "",
]


def _naughty() -> list[str]:
    folder = os.environ.get("LEADCTL_REALDATA")
    if not folder:
        return []
    return list(json.loads((Path(folder) / "naughty_strings" / "blns.json").read_text(encoding="utf-8")))


@pytest.fixture(scope="session", params=["by hand", "naughty strings"])
def hostile(request: pytest.FixtureRequest) -> list[str]:
    """A list of hostile texts."""
    texts = BY_HAND if request.param == "by hand" else _naughty()
    if not texts:
        pytest.skip("LEADCTL_REALDATA is not set")
    return texts
