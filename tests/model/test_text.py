from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leadctl.model.text import MARK, clean, fold, has, inside, prefix, suffix, whole, words

# Few letters, so that constants and texts meet; with accents alone, controls, blanks of many kinds, symbols and emoji.
CHARACTERS = "abB ßéÉİıﬁΣσς½²Ⅷ,.-/_+'\t\n\x00\x1f\x7f\u00a0\u2003\u0301\u0345\u20e3\ufe0f❤工あｶﾞ१क्षि한"
TEXTS = st.one_of(st.text(CHARACTERS, max_size=12), st.text(max_size=12))


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        (None, None),
        ("", None),
        (" \t\u00a0\n", None),
        ("\x00\x1f", None),
        ("  SVP,\tGrowth \r\n", "svp, growth"),
        ("a\x00b", "a b"),
        ("STRASSE", "strasse"),
        ("Straße", "strasse"),
        ("Ｍüller　GmbH", "müller gmbh"),
        ("Mu\u0308ller", "müller"),
        ("ﬁrm", "firm"),
        ("№ ½", "no 1⁄2"),
    ],
)
def test_fold(text: str | None, folded: str | None) -> None:
    assert fold(text) == folded


@given(TEXTS)
def test_folding_twice_is_folding_once(text: str) -> None:
    once = fold(text)
    assert fold(once) == once
    assert once is None or MARK not in once


def test_one_round_of_folding_settles_every_pair_of_latin_letters() -> None:
    odd = [chr(c) for c in range(0x80, 0x250) if fold(chr(c)) != chr(c)]
    for a, b in product(odd, [*odd, "a", "j", " "]):
        assert fold(fold(a + b)) == fold(a + b)


@pytest.mark.parametrize(
    ("text", "marked"),
    [
        ("SVP, Growth", "|svp|, |growth|"),
        ("Vice  President", "|vice| |president|"),
        ("C++", "|c|++"),
        (".net", ".|net|"),
        ("a_b", "|a|_|b|"),
        ("Müller & Söhne", "|müller| & |söhne|"),
        ("q\u0308x!", "|q\u0308x|!"),  # an accent that has no letter of its own stays with its letter
        ("हिन्दी", "|हिन्दी|"),
        ("❤\ufe0fgrowth", "❤\ufe0f|growth|"),
        ("...", "..."),
    ],
)
def test_words(text: str, marked: str) -> None:
    assert words(text) == marked.replace("|", MARK)


def test_words_of_nothing() -> None:
    assert words(None) is None
    assert words(" ") is None


@given(TEXTS)
def test_words_without_marks_is_the_folded_text(text: str) -> None:
    marked = words(text)
    assert (None if marked is None else marked.replace(MARK, "")) == fold(text)


@settings(max_examples=500)
@given(TEXTS, TEXTS)
def test_constants_find_what_plain_search_finds(text: str, constant: str) -> None:
    folded, sought, marked = fold(text), fold(constant), words(text)
    if folded is None or sought is None or marked is None:
        return
    assert (inside(constant) in marked) == (sought in folded)
    assert marked.startswith(prefix(constant)) == folded.startswith(sought)
    assert marked.endswith(suffix(constant)) == folded.endswith(sought)
    assert (marked == whole(constant)) == (folded == sought)


@settings(max_examples=500)
@given(TEXTS, st.integers(0, 12), st.integers(0, 12))
def test_constants_find_every_piece_of_a_text(text: str, start: int, end: int) -> None:
    folded = fold(text)
    if folded is None:
        return
    piece = fold(folded[start:end])
    if piece is not None:
        assert (inside(piece) in (words(text) or "")) == (piece in folded)


@pytest.mark.parametrize("constant", ["", " ", "\x1f"])
def test_an_empty_constant_is_refused(constant: str) -> None:
    for make in (whole, inside, prefix, suffix, has):
        with pytest.raises(ValueError, match="nothing to look for"):
            make(constant)


@pytest.mark.parametrize(
    ("text", "constant", "found"),
    [
        ("Vice-President, Sales", "vice president", True),
        ("VICE PRESIDENT", "vice president", True),
        ("vice presidents", "vice president", False),
        ("Director", "cto", False),
        ("CTO/Founder", "cto", True),
        ("Senior Vice-President Sales", "senior vice president sales", True),
        ("a-b-c-d-e", "a b c d e", True),
        ("Head_of Sales", "head", True),
    ],
)
def test_has_finds_whole_words(text: str, constant: str, found: bool) -> None:
    assert any(pattern in (words(text) or "") for pattern in has(constant)) is found


def test_has_stays_short() -> None:
    assert len(has("cto")) == 1
    assert len(has("a b c d")) == 8
    assert len(has(" ".join("abcdefghij"))) == 2


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("", None),
        (" \u00a0\t", None),
        ("\u2003\u3000", None),
        ("\u00a0 a  b\x00\n", "a  b\x00"),
        ("\u200b", "\u200b"),
        ("[/] :smile:", "[/] :smile:"),
    ],
)
def test_clean(text: str, kept: str | None) -> None:
    assert clean(text) == kept


@given(st.text())
def test_clean_only_takes_from_the_ends(text: str) -> None:
    kept = clean(text)
    assert text.isspace() or not text if kept is None else kept in text and clean(kept) == kept
