"""Text as it is stored (`clean`), as it is compared (`fold`), and as rules search it (`words` and its constants)."""

from __future__ import annotations

import re
from itertools import product
from unicodedata import category, normalize

MARK = "\x1f"
"""Stands at both ends of every word in `words`. A control character, so `fold` never leaves one in."""

_EDGES = " \t\r\n\u00a0"
_SPACED_CONTROLS = dict.fromkeys((*range(0x20), *range(0x7F, 0xA0)), " ")  # category Cc is just these two ranges
_ALNUM_RUN = re.compile(r"([^\W_]+)")
_NOT_ALNUM = re.compile(r"[\W_]")
_MOST_HYPHEN_GAPS = 3


def clean(text: str) -> str | None:
    """The text as it is stored: blanks at its ends are gone, nothing inside is touched. Only white space: None."""
    stripped = text.strip(_EDGES)
    return None if not stripped or stripped.isspace() else stripped


def fold(text: str | None) -> str | None:
    """The text as it is compared: compatibility forms, case and white space evened out; nothing left: None.

    `fold(fold(x)) == fold(x)` for every text; the result holds no control character.
    """
    if text is None:
        return None
    if text.isascii():
        if not text.isprintable():
            text = text.translate(_SPACED_CONTROLS)
        return " ".join(text.lower().split()) or None
    return _fold_unicode(text) or None


def _fold_unicode(text: str) -> str:
    settled = max(text) < "\u0250"  # Latin letters: one round is enough (tested for every pair of them)
    while True:
        # Folding can put together a character that folds again, so go on until nothing moves.
        folded = normalize("NFKC", normalize("NFKC", text).casefold()).translate(_SPACED_CONTROLS)
        folded = " ".join(folded.split())
        if settled or folded == text:
            return folded
        text = folded


def words(text: str | None) -> str | None:
    """The folded text with `MARK` at both ends of each word: `SVP, Growth` → `␟svp␟, ␟growth␟`.

    A word is a longest run of letters, digits and the accents on them. Without its marks the result is `fold(text)`.
    """
    folded = fold(text)
    return None if folded is None else _mark(folded)


def whole(constant: str) -> str:
    """What `words(t)` is when t is the constant but for case and spacing. ValueError: nothing to look for."""
    marked = words(constant)
    if marked is None:
        raise ValueError("there is nothing to look for in an empty text")
    return marked


def prefix(constant: str) -> str:
    """`words(t).startswith(prefix(c))` is true exactly when `fold(t).startswith(fold(c))`."""
    return whole(constant).removesuffix(MARK)


def suffix(constant: str) -> str:
    """`words(t).endswith(suffix(c))` is true exactly when `fold(t).endswith(fold(c))`."""
    return whole(constant).removeprefix(MARK)


def inside(constant: str) -> str:
    """`inside(c) in words(t)` is true exactly when `fold(c) in fold(t)`."""
    return prefix(constant).removeprefix(MARK)


def has(constant: str) -> tuple[str, ...]:
    """Patterns of which one must be in `words(t)` where t has the constant as whole words.

    `vice president` also finds `Vice-President`. Every mixture of blanks and hyphens up to four words;
    beyond that all blanks or all hyphens, so that the SQL stays short.
    """
    pattern = whole(constant)
    parts = pattern.split(f"{MARK} {MARK}")
    gaps = len(parts) - 1
    mixtures = product(" -", repeat=gaps) if gaps <= _MOST_HYPHEN_GAPS else ((gap,) * gaps for gap in " -")
    return tuple(
        parts[0] + "".join(f"{MARK}{gap}{MARK}{part}" for gap, part in zip(mixture, parts[1:], strict=True))
        for mixture in mixtures
    )


def _mark(folded: str) -> str:
    if folded.replace(" ", "").isalnum():  # plain words with blanks between: nearly every title and company
        return MARK + folded.replace(" ", f"{MARK} {MARK}") + MARK
    if folded.isascii() or not any(map(_is_accent, _NOT_ALNUM.findall(folded))):
        return MARK.join(_ALNUM_RUN.split(folded))  # what is between the words and the words take turns
    return _mark_by_character(folded)


def _mark_by_character(folded: str) -> str:
    marked = []
    within = False
    for character in folded:
        belongs = character.isalnum() or _is_accent(character)
        if belongs is not within:
            marked.append(MARK)
            within = belongs
        marked.append(character)
    return "".join(marked) + (MARK if within else "")


def _is_accent(character: str) -> bool:
    # Each character is or is not part of a word by itself, whatever stands before it: only so does a search inside
    # the marked text find what a search inside the folded one finds. The variation selectors behind emoji are marks
    # to Unicode and no letters to anyone.
    return category(character) in ("Mn", "Mc") and not "\ufe00" <= character <= "\ufe0f"
