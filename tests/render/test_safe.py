from __future__ import annotations

import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadctl.render.safe import escaped_json, visible


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", "plain"),
        ("Ärger & Söhne\u00a0AG", "Ärger & Söhne\u00a0AG"),
        ("\x1b[31m", "␛[31m"),
        ("a\nb\tc\r\x00", "a␊b␉c␍␀"),
        ("\x7f", "␡"),
        ("\x9b31m", "<U+009B>31m"),
        ("a\u202eb", "a<U+202E>b"),
        ("\u2066\u2069\u061c\ufeff\u200b", "<U+2066><U+2069><U+061C><U+FEFF><U+200B>"),
        ("\u2028\u2029", "<U+2028><U+2029>"),
        ("\ud800", "<U+D800>"),
        ("\U000e0041", "<U+E0041>"),
        ("می‌خواهم क्‍ष", "می‌خواهم क्‍ष"),
        ("👩‍👧", "👩‍👧"),
        ("", ""),
    ],
)
def test_visible(text: str, shown: str) -> None:
    assert visible(text) == shown


def test_no_character_of_unicode_gets_through_that_controls_or_hides() -> None:
    kept = {chr(code) for code in range(0x110000) if visible(chr(code)) == chr(code)}
    unsafe = {c for c in kept if unicodedata.category(c) in ("Cc", "Cf", "Cs", "Zl", "Zp")}
    # What is left are the two joiners and the Arabic, Syriac, Kaithi, hieroglyphic and shorthand signs, none of them a
    # mark or override of direction.
    assert {"\u200c", "\u200d"} <= unsafe
    assert {unicodedata.bidirectional(c) for c in unsafe} <= {"AN", "AL", "BN", "L"}
    assert not any(unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp") for c in unsafe)


@given(st.text(st.characters()))
def test_visible_is_one_line_and_stays_as_it_is(text: str) -> None:
    shown = visible(text)
    assert len(shown.splitlines()) <= 1
    assert visible(shown) == shown
    shown.encode("utf-8")


@given(st.text(st.characters(), max_size=30))
def test_escaped_json_says_the_same(text: str) -> None:
    encoded = escaped_json(json.dumps(text, ensure_ascii=False))
    assert json.loads(encoded) == text
    assert visible(encoded) == encoded
