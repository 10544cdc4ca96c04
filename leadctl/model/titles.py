"""Titles of people's jobs: how high they rank and where they work, as far as the words of the title say so."""

from __future__ import annotations

from functools import cache, lru_cache
from typing import NamedTuple
from unicodedata import normalize

from leadctl.model.text import MARK, words

SENIORITIES = ("owner", "c_level", "vp", "director", "head", "manager", "senior", "staff", "junior", "student")
DEPARTMENTS = (
    *("management", "sales", "marketing", "engineering", "it", "product", "finance"),
    *("hr", "legal", "operations", "purchasing", "support", "research", "education"),
)

# A junior manager is a junior, and the head of the interns is a head.
_FIRST_TO_COUNT = ("owner", "c_level", "vp", "director", "head", "student", "junior", "manager", "senior", "staff")
_ORDER = {rank: place for place, rank in enumerate(_FIRST_TO_COUNT)}
_DEPUTISED = frozenset(("vp", "director", "head", "manager"))  # an assistant manager is a manager
_LED = _DEPUTISED | {"c_level"}
_SERVED = _LED | {"owner"}
_WEIGHTS = {"!": 3, "?": 1}
_USUAL_WEIGHT = 2
_LISTS = ("linker", "company", "founding", "besides")  # words that others are looked up beside

_LONGEST = 200
_LONGEST_WORD = 40
_LONGEST_INITIALISM = 4
_SHORT_ENDING = 3
_STEM_START = 3  # letters by which the stems of compounds are found

_ACCENTS = dict.fromkeys(range(0x300, 0x370))
_PLAIN = str.maketrans({"ø": "o", "æ": "a", "œ": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i"})
_GENDER_ENDINGS = frozenset(
    ["in", "innen", "r", "n", "e", "a", "o", "ne", "le", "frau", "mann", "euse", "rice", "trice"]
)
_GENDER_LETTERS = frozenset(["m", "w", "d", "f", "x", "h", "v", "i"])
_AND = frozenset(["and", "und", "et", "y", "en", "e"])


class _Word(NamedTuple):
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


def seniority(title: str) -> str | None:
    """The highest of `SENIORITIES` that the title claims; None where it says nothing of it.

    Only the rank of the person counts: the assistant to a CEO is staff. Of a title of a thousand words the beginning
    is read.
    """
    return _judge(_beginning(title))[0]


def department(title: str) -> str | None:
    """The one of `DEPARTMENTS` that the title points to most clearly, the first of several; None where it is unclear."""
    return _judge(_beginning(title))[1]


def _beginning(title: str) -> str:
    if len(title) <= _LONGEST:
        return title
    beginning = title[:_LONGEST]
    return beginning.rpartition(" ")[0] or beginning  # half a word could be another one


@lru_cache(maxsize=4096)
def _judge(title: str) -> tuple[str | None, str | None]:
    said: list[_Word] = []
    segments = _segments(title)
    for segment in segments:
        if len(segment) == 1 and segment[0].part == "former" and segment[0].key != "ex":
            said.clear()  # `CEO (retired)`
        elif len(segments) == 1 and (whole := "=" + "_".join(word.key for word in segment)) in _lexicon().ranks:
            said.append(_read_phrase(whole))
        else:
            said.extend(_weighed(segment) if any(word.part or word.rank == "owner" for word in segment) else segment)
    rank = _highest(said)
    if rank == "student" and any(word.part == "pupil" and word.rank for word in said):
        return rank, None  # what they study is not where they work
    place_of_work = max(said, key=lambda word: word.weight, default=None)
    return rank, place_of_work.department or None if place_of_work is not None else None


def _highest(said: list[_Word]) -> str | None:
    return min((word.rank for word in said if word.rank in _ORDER), key=_ORDER.__getitem__, default=None)


def _segments(title: str) -> list[list[_Word]]:
    """The words of each stretch of the title that no comma, bar or bracket parts, phrases put together."""
    marked = words(title)
    if marked is None:
        return []
    pieces = marked.split(MARK)
    found = []
    segment: list[str] = []
    after_gender = False
    for gap, word in zip(pieces[::2], pieces[1::2], strict=False):
        if segment and _is_gender(gap, word):
            after_gender = True
            continue
        kind = _gap(gap.lstrip(")]") if after_gender else gap)
        after_gender = False
        if kind == "break" and segment:
            found.append(segment)
            segment = []
        elif kind in ("and", "at"):
            segment.append(kind)
        segment.append(word)
    found.append(segment)
    return [_phrased(_initials_joined(segment)) for segment in found]


def _is_gender(gap: str, word: str) -> bool:
    """Whether this is the second half of `Leiter/in`, `Leiter(in)` and `Leiter*in`, or a part of `(m/w/d)`."""
    tight = gap.rstrip("-")
    if word in _GENDER_ENDINGS and tight and tight in "/(*:_·[":
        return True
    return word in _GENDER_LETTERS and gap.strip() in ("/", "(", "|", "[", "*") and gap != "*"


@lru_cache(maxsize=1024)
def _gap(gap: str) -> str:
    """What stands between two words: nothing that matters, `and`, `at` or a `break`."""
    core = gap.strip()
    if not core or not core.strip(".'’`´\"_"):
        return ""
    if core in ("&", "+") or gap == "/":
        return "and"
    if core == "@":
        return "at"
    if not core.strip(".-‐‑–—"):
        return "break" if gap[0] == " " == gap[-1] else ""
    return "break"


def _initials_joined(segment: list[str]) -> list[str]:
    """`c e o` as `ceo`; the s of `CEO's` goes."""
    if all(len(word) > 1 for word in segment):
        return segment
    joined: list[str] = []
    open_run = False
    for word in segment:
        single = len(word) == 1 and word.isascii()
        if single and open_run:
            joined[-1] += word
        elif word != "s":
            joined.append(word)
            open_run = single
    return joined


def _phrased(segment: list[str]) -> list[_Word]:
    read = [_read(word) for word in segment]
    phrases = _lexicon().phrases
    found = []
    place = 0
    while place < len(read):
        word = read[place]
        for phrase in phrases.get(word.key, ()):
            end = place + len(phrase)
            if end <= len(read) and all(read[place + i].key == part for i, part in enumerate(phrase)):
                word = _read_phrase("_".join(phrase))
                place = end - 1
                break
        found.append(word)
        place += 1
    return found


def _weighed(segment: list[_Word]) -> list[_Word]:
    """The words that tell of the person, without the ranks and the offices of others."""
    said: list[_Word] = []
    clause: list[_Word] = []
    serving = False
    for place, word in enumerate(segment):
        if word.part == "at" and place:
            break
        if word.part == "to" and place:
            said.extend(_weigh_clause(clause, serving))
            return said + [_blank(other) for other in segment[place:]]
        if word.key == "and":
            said.extend(_weigh_clause(clause, serving))
            serving = serving or _serves(clause)
            clause = []
        else:
            clause.append(word)
    return said + _weigh_clause(clause, serving)


def _serves(clause: list[_Word]) -> bool:
    """Whether the clause ends with whom the person assists, so that more of them may follow."""
    places = [place for place in range(len(clause)) if _assists(clause, place)]
    return bool(places) and any(word.rank in _SERVED for word in clause[places[0] :])


def _assists(clause: list[_Word], place: int) -> bool:
    word = clause[place]
    if word.part != "assistant":
        return False
    if word.key in ("assistant", "asst"):
        for other in clause[place + 1 :]:
            if other.key in _list("linker"):
                break
            if other.rank in _DEPUTISED:
                return False
    return True


def _weigh_clause(clause: list[_Word], serving: bool) -> list[_Word]:
    if any(word.part == "former" for word in clause):
        return []
    weighed = clause[: _company_from(clause)]
    blanked: set[int] = set()
    everywhere = range(len(weighed))
    for place, word in enumerate(weighed):
        before, after = range(max(place - 1, 0), place), range(place + 1, len(weighed))
        if _assists(weighed, place):
            blanked.update(i for i in everywhere if weighed[i].rank in _SERVED)
        elif word.part in ("learner", "pupil"):
            if any(weighed[i].key in _list("besides") for i in after):
                blanked.add(place)
            else:
                blanked.update(i for i in everywhere if weighed[i].rank in _LED)
        elif word.part == "adviser":
            blanked.update(i for i in after if weighed[i].rank == "c_level")
            blanked.update(i for i in before if weighed[i].rank == "c_level")
        elif word.part == "desk":
            blanked.update(i for i in before if weighed[i].rank in ("c_level", "owner"))
            if place + 1 < len(weighed) and weighed[place + 1].key in _list("linker"):
                blanked.update(i for i in after if weighed[i].rank in _SERVED)
        elif word.part == "partner":
            weighed[place] = _as_partner(weighed, place)
        elif word.part == "lead":
            alone = place + 1 == len(weighed) or weighed[place + 1].key in _list("linker")
            weighed[place] = word._replace(rank="manager" if alone else "senior")
        elif word.part == "chief" and any(weighed[i].key.endswith("officer") for i in after):
            weighed[place] = word._replace(rank="c_level")
        elif word.rank == "manager" and word.key == "manager":
            blanked.update(i for i in before if _is_initialism(weighed[i]))
    if serving:
        blanked.update(i for i in everywhere if weighed[i].rank in _SERVED)
    return [_blank(word) if place in blanked else word for place, word in enumerate(weighed)]


def _company_from(clause: list[_Word]) -> int:
    """Where the name of the company begins in `Founder of Sales Academy`."""
    for place in range(len(clause) - 1):
        if clause[place].rank == "owner" and clause[place + 1].key in _list("company"):
            return place + 1
    return len(clause)


def _is_initialism(word: _Word) -> bool:
    return word.rank == "c_level" and len(word.key) <= _LONGEST_INITIALISM


def _as_partner(clause: list[_Word], place: int) -> _Word:
    """Who calls themselves a partner owns a share, unless they look after partners or are the partner of a team."""
    owns = all(
        word.key in _list("founding") or word.rank in ("owner", "c_level") or word.department in ("legal", "finance")
        for word in clause[:place]
    )
    if owns and not any(word.rank in _DEPUTISED or word.part == "lead" for word in clause):
        return clause[place]._replace(rank="owner")
    return clause[place]._replace(rank="staff", department="", weight=0)


def _blank(word: _Word) -> _Word:
    """The word of another person's title: their rank is not this one's, their department is, but for the management."""
    if word.department == "management":
        return _Word(word.key, part=word.part)
    return word._replace(rank="")


@lru_cache(maxsize=16_384)
def _read(word: str) -> _Word:
    key = _key(word)
    if len(key) > _LONGEST_WORD:
        return _Word(key)
    lexicon = _lexicon()
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
    return _Word(key, rank, *(place_of_work or ("", 0)), part)


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
    stems = _lexicon().stems
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
    departments = _lexicon().departments
    found = departments.get(half) or departments.get(half.removesuffix("s"))
    return None if found is None or found[0] == "management" else found  # who works for the management is not of it


@cache
def _read_phrase(phrase: str) -> _Word:
    """The phrase, and where nothing is said of it as a whole, what its words say."""
    lexicon = _lexicon()
    read = [_read(word) for word in phrase.removeprefix("=").split("_")]
    rank = lexicon.ranks.get(phrase) or _highest(read) or ""
    of_the_words = max(read, key=lambda word: word.weight if word.department != "management" else -1)
    place_of_work = lexicon.departments.get(phrase, (of_the_words.department, of_the_words.weight))
    return _Word(phrase, rank, *place_of_work, lexicon.parts.get(phrase, ""))


def _key(word: str) -> str:
    """The word without accents and with umlauts in one spelling: `Geschäft`, `Geschaeft` and `Geschaft` are the same."""
    if not word.isascii():
        word = normalize("NFC", normalize("NFD", word).translate(_ACCENTS)).translate(_PLAIN)
    if word in _AND:
        return "and"
    if len(word) > _LONGEST_INITIALISM:
        word = word.replace("ae", "a").replace("oe", "o").replace("ue", "u")
    return word


@cache
def _list(kind: str) -> frozenset[str]:
    return frozenset(_key(entry) for each, entry in _entries() if each == kind)


@cache
def _entries() -> tuple[tuple[str, str], ...]:
    from pathlib import Path

    lines = (Path(__file__).parent / "data" / "titles.txt").read_text(encoding="utf-8").splitlines()
    split = (line.partition(": ") for line in lines if line and not line.startswith("#"))
    return tuple((kind, entry) for kind, _, entries in split for entry in entries.split())


@cache
def _lexicon() -> _Lexicon:
    lexicon = _Lexicon({}, {}, {}, {}, {}, {}, {})
    phrases = set()
    for kind, entry in _entries():
        bare = entry.strip("-")
        key = "_".join(map(_key, bare.split("_")))
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
