"""What a word of a title says by itself: a rank, where somebody works, or what it does to the words around it.

The words and what they say stand in data/titles.txt, whose beginning explains how they are written.
"""

from __future__ import annotations

from functools import cache, lru_cache
from typing import NamedTuple
from unicodedata import normalize

SENIORITIES = ("owner", "c_level", "vp", "director", "head", "manager", "senior", "staff", "junior", "student")
DEPARTMENTS = (
    *("management", "sales", "marketing", "engineering", "it", "product", "finance"),
    *("hr", "legal", "operations", "purchasing", "support", "research", "education"),
)

# A junior manager is a junior, and the head of the interns is a head.
_FIRST_TO_COUNT = ("owner", "c_level", "vp", "director", "head", "student", "junior", "manager", "senior", "staff")
_ORDER = {rank: place for place, rank in enumerate(_FIRST_TO_COUNT)}
_WEIGHTS = {"!": 3, "?": 1}
_USUAL_WEIGHT = 2
_LISTS = ("linker", "company", "founding", "besides")  # words that others are looked up beside

_LONGEST_WORD = 40
LONGEST_INITIALISM = 4
_SHORT_ENDING = 3
_STEM_START = 3  # letters by which the stems of compounds are found

_ACCENTS = dict.fromkeys(range(0x300, 0x370))
_PLAIN = str.maketrans({"ø": "o", "æ": "a", "œ": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i"})
_AND = frozenset(["and", "und", "et", "y", "en", "e"])


class Word(NamedTuple):
    key: str
    rank: str = ""
    department: str = ""
    weight: int = 0
    part: str = ""  # what it does to the words around it


class _Lexicon(NamedTuple):
    ranks: dict[str, str]
    rank_endings: dict[str, str]
    departments: dict[str, tuple[str, int]]
    stems: dict[str, list[tuple[str, bool, bool, tuple[str, int]]]]  # stem, only at the start, only at the end
    parts: dict[str, str]
    part_endings: dict[str, str]
    phrases: dict[str, list[tuple[str, ...]]]  # by their first word, longest first


def highest(said: list[Word]) -> str | None:
    return min((word.rank for word in said if word.rank in _ORDER), key=_ORDER.__getitem__, default=None)


@lru_cache(maxsize=16_384)
def read(word: str) -> Word:
    key = key_of(word)
    if len(key) > _LONGEST_WORD:
        return Word(key)
    lexicon = all_words()
    forms = (key, key[:-2]) if key.endswith("in") and len(key) > _SHORT_ENDING + 2 else (key,)
    rank, rank_place = _by_ending(forms, lexicon.ranks, lexicon.rank_endings)
    part, _ = _by_ending(forms, lexicon.parts, lexicon.part_endings)
    place_of_work = next((lexicon.departments[form] for form in forms if form in lexicon.departments), None)
    if place_of_work is None:
        place_of_work = _stem_department(forms[-1]) or _first_half_department(key[:rank_place])
    if key.startswith("junior") and rank in ("staff", "manager"):
        rank = "junior"
    elif key.startswith("senior") and not key.startswith("senioren") and rank == "staff":
        rank = "senior"
    return Word(key, rank, *(place_of_work or ("", 0)), part)


def _by_ending(forms: tuple[str, ...], whole: dict[str, str], endings: dict[str, str]) -> tuple[str, int]:
    """What the word means, by itself or by its longest known ending, and where that begins."""
    for form in forms:
        if form in whole:
            return whole[form], 0
    for form in forms:
        for start in range(2, len(form) - 1):
            ending = form[start:]
            if ending in endings and (len(ending) > _SHORT_ENDING or start >= _SHORT_ENDING):
                return endings[ending], start
    return "", 0


def _stem_department(key: str) -> tuple[str, int] | None:
    stems = all_words().stems
    best = None
    place = 0
    while place <= len(key) - _STEM_START:
        step = 1
        for stem, at_start, at_end, meaning in stems.get(key[place : place + _STEM_START], ()):
            if (
                key.startswith(stem, place)
                and not (at_start and place)
                and not (at_end and place + len(stem) < len(key))
            ):
                if best is None or meaning[1] > best[1]:
                    best = meaning
                step = len(stem)
                break
        place += step
    return best


def _first_half_department(half: str) -> tuple[str, int] | None:
    """`it` for `itleiter`, `support` for `supportleiter`; also with the s that German puts between."""
    departments = all_words().departments
    found = departments.get(half) or departments.get(half.removesuffix("s"))
    return None if found is None or found[0] == "management" else found  # who works for the management is not of it


@cache
def read_phrase(phrase: str) -> Word:
    """The phrase, and where nothing is said of it as a whole, what its words say."""
    lexicon = all_words()
    said = [read(word) for word in phrase.removeprefix("=").split("_")]
    rank = lexicon.ranks.get(phrase) or highest(said) or ""
    of_the_words = max(said, key=lambda word: word.weight if word.department != "management" else -1)
    place_of_work = lexicon.departments.get(phrase, (of_the_words.department, of_the_words.weight))
    return Word(phrase, rank, *place_of_work, lexicon.parts.get(phrase, ""))


def key_of(word: str) -> str:
    """The word without accents and with umlauts in one spelling: `Geschäft`, `Geschaeft` and `Geschaft` are the same."""
    if not word.isascii():
        word = normalize("NFC", normalize("NFD", word).translate(_ACCENTS)).translate(_PLAIN)
    if word in _AND:
        return "and"
    if len(word) > LONGEST_INITIALISM:
        word = word.replace("ae", "a").replace("oe", "o").replace("ue", "u")
    return word


@cache
def listed(kind: str) -> frozenset[str]:
    return frozenset(key_of(entry) for each, entry in _entries() if each == kind)


@cache
def _entries() -> tuple[tuple[str, str], ...]:
    from pathlib import Path

    lines = (Path(__file__).parent / "data" / "titles.txt").read_text(encoding="utf-8").splitlines()
    split = (line.partition(": ") for line in lines if line and not line.startswith("#"))
    return tuple((kind, entry) for kind, _, entries in split for entry in entries.split())


@cache
def all_words() -> _Lexicon:
    lexicon = _Lexicon({}, {}, {}, {}, {}, {}, {})
    phrases = set()
    for kind, entry in _entries():
        bare = entry.strip("-")
        key = "_".join(map(key_of, bare.split("_")))
        if "_" in key and not key.startswith("="):
            phrases.add(tuple(key.split("_")))
        name = kind.rstrip("!?")
        if name in DEPARTMENTS or name == "nowhere":
            meaning = (name, _WEIGHTS.get(kind[-1], _USUAL_WEIGHT)) if name in DEPARTMENTS else ("", 0)
            lexicon.departments.setdefault(key, meaning)
            if bare != entry:
                stem = (key, not entry.startswith("-"), not entry.endswith("-"), meaning)
                lexicon.stems.setdefault(key[:_STEM_START], []).append(stem)
        elif name == "nothing" and not entry.startswith("-"):
            lexicon.ranks[key] = name
        elif name in SENIORITIES or name == "nothing":
            lexicon.ranks.setdefault(key, name)
            if entry.startswith("-"):
                lexicon.rank_endings.setdefault(key, name)
        elif name not in _LISTS:
            lexicon.parts.setdefault(key, name)
            if entry.startswith("-"):
                lexicon.part_endings.setdefault(key, name)
    for stems in lexicon.stems.values():
        stems.sort(key=lambda stem: -len(stem[0]))
    for phrase in sorted(phrases, key=len, reverse=True):
        lexicon.phrases.setdefault(phrase[0], []).append(phrase)
    return lexicon
