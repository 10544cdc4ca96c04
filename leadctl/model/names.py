"""Names of people: whether two of them can be one person's."""

from __future__ import annotations

import re
from functools import lru_cache
from unicodedata import normalize

from leadctl.model.companies import without_legal_form
from leadctl.model.name_parts import ACCENTS, TITLES, split
from leadctl.model.text import MARK, clean, fold, words

_APOSTROPHES = dict.fromkeys(map(ord, "'’ʼ`´"))
_PLAIN = str.maketrans({"ø": "o", "æ": "ae", "œ": "oe", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i"})
_SPELT_OUT = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ø": "oe", "å": "aa", "æ": "ae", "ð": "d", "þ": "th"})
# Han, kana, Hangul; a name in one of them alone.
_EASTERN = re.compile("[\u3005-\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]+|[\uac00-\ud7a3]+")
_MOST_TOKENS = 12  # a name of a thousand words is somebody's joke, and matching takes cubic time

__all__ = ["company_key", "contradict", "join", "share_a_word", "split"]

Spellings = frozenset[str]


def join(first: str | None, last: str | None) -> str | None:
    """First and last name as one; None where there is neither. Chinese, Japanese and Korean ones as they are written there: the
    family's name first, without a space."""
    parts = [part for name in (first, last) if name is not None and (part := clean(name)) is not None]
    if len(parts) == 2 and all(map(_EASTERN.fullmatch, parts)):
        return parts[1] + parts[0]
    return " ".join(parts) or None


def contradict(a: str | None, b: str | None) -> bool:
    """Whether two names cannot be of one person. A missing name contradicts nothing.

    They agree when each word of the shorter one has its own partner in the longer one: the same word in some spelling
    (`Müller`, `Mueller`, `Muller`), or one the initial of the other. Order, accents, case and titles do not count.
    """
    if a is None or b is None or a == b:
        return False
    shorter, longer = sorted((_tokens(a), _tokens(b)), key=len)
    if not shorter or _run_together(shorter) & _run_together(longer):
        return False
    return not _each_has_a_partner(shorter, longer)


def share_a_word(a: str | None, b: str | None) -> bool:
    """Whether two names have a word in common, in some spelling. Initials and titles do not count."""
    if a is None or b is None:
        return False
    return bool(_full_words(a) & _full_words(b))


@lru_cache(maxsize=16_384)
def company_key(text: str | None) -> str | None:
    """A company's name as it is compared, without its legal form (`Fjord AS` is `fjord`); None for words that name none
    (`-`, `n/a`, `privat`)."""
    folded = fold(text)
    if folded is None or folded in _NO_COMPANY or not any(sign.isalnum() for sign in folded):
        return None
    return without_legal_form(folded)


_NO_COMPANY_WORDS = """
    n/a na none null nil unknown undefined tbd test self self-employed selfemployed freelance freelancer
    privat private keine kein unbekannt selbständig
"""
_NO_COMPANY = frozenset(_NO_COMPANY_WORDS.split())


def _tokens(name: str) -> tuple[Spellings, ...]:
    marked = words(name.translate(_APOSTROPHES))
    if marked is None:
        return ()
    found = [_spellings(token) for token in marked.split(MARK)[1::2] if token not in TITLES]
    return tuple(found[:_MOST_TOKENS])


def _spellings(token: str) -> Spellings:
    return frozenset((_without_accents(token), _without_accents(token.translate(_SPELT_OUT))))


def _without_accents(token: str) -> str:
    # Only the accents of European scripts: the vowel signs of Indic ones are letters of the name.
    return normalize("NFC", normalize("NFD", token).translate(ACCENTS)).translate(_PLAIN)


def _full_words(name: str) -> frozenset[str]:
    return frozenset(word for token in _tokens(name) for word in token if not _is_initial(word))


def _run_together(tokens: tuple[Spellings, ...]) -> frozenset[str]:
    # `Mac Donald` and `MacDonald`, `王 小明` and `王小明`.
    return frozenset(("".join(map(min, tokens)), "".join(map(max, tokens))))


def _is_initial(word: str) -> bool:
    return len(word) == 1 and word < "\u2e80"  # one CJK sign is a whole word


def _agree(a: Spellings, b: Spellings) -> bool:
    if a & b:
        return True
    return any((_is_initial(x) or _is_initial(y)) and x[0] == y[0] for x in a for y in b)


def _each_has_a_partner(shorter: tuple[Spellings, ...], longer: tuple[Spellings, ...]) -> bool:
    """Whether all of the shorter can be paired at once (augmenting paths, H. W. Kuhn 1955)."""
    partner_of: dict[int, int] = {}

    def pair(i: int, tried: set[int]) -> bool:
        for j, token in enumerate(longer):
            if j not in tried and _agree(shorter[i], token):
                tried.add(j)
                if j not in partner_of or pair(partner_of[j], tried):
                    partner_of[j] = i
                    return True
        return False

    return all(pair(i, set()) for i in range(len(shorter)))
