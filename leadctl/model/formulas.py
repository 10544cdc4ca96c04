"""Texts that a spreadsheet would run as a formula, made harmless by an apostrophe before them, and back again.

A spreadsheet takes a cell for a formula that begins with = + - or @, also in their wide forms and behind blanks that it
takes away; tabs and line ends at the beginning can move the rest into a cell of its own (OWASP, "CSV Injection"). Numbers
and phone numbers (`-5`, `-1.234,50`, `+49 30 1234`) are left as they are: digits, blanks, points, commas and brackets alone
run nothing. `+49-30-1234` would be reckoned with and show -1215, so it is guarded; `+1 212-555-0123` has a blank between
digits, which no formula has.
"""

from __future__ import annotations

import re
from unicodedata import category, normalize

_SIGNS = frozenset("=+-@")
_HARMLESS = re.compile(r"[+-]?(?:[0-9(]|[.,][0-9])[0-9 .,'()\u00a0\u2009\u202f]*(?:;ext=[0-9]+)?[%€$£]?")
_PHONE = re.compile(r"\+(?=[0-9])[0-9 ().-]*[0-9)] [0-9(][0-9 ().-]*(?:;ext=[0-9]+)?")
_DDE = re.compile(r"dde\s*\(", re.IGNORECASE)  # as old programs spell the call
_ENDS = "\t\r\n\v\f"


def runs(text: str) -> bool:
    """Whether a spreadsheet may take the text for more than a text."""
    if not text:
        return False
    first = text[0]
    if first.isalnum() and first not in "dD":  # nearly all texts
        return False
    if first in _ENDS:
        return True
    bare = _without_blanks(text)
    if normalize("NFKC", bare[:1])[:1] in _SIGNS and bare:
        return _HARMLESS.fullmatch(bare) is None and _PHONE.fullmatch(bare) is None
    return _DDE.match(bare) is not None


def guard(text: str) -> str:
    """The text, with an apostrophe before it where a spreadsheet would run it. `unguard` takes it away again."""
    return f"'{text}" if runs(text.lstrip("'") if text[:1] == "'" else text) else text


def unguard(text: str) -> str:
    return text[1:] if text[:1] == "'" and guard(text[1:]) == text else text


def _without_blanks(text: str) -> str:
    """Without blanks, controls and invisible signs at the beginning."""
    for at, sign in enumerate(text):
        if not (sign.isspace() or category(sign) in ("Cc", "Cf")):
            return text[at:]
    return ""
