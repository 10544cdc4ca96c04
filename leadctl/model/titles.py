"""Titles of people's jobs: how high they rank and where they work, as far as the words of the title say so."""

from __future__ import annotations

from functools import lru_cache

from leadctl.model.text import MARK, words
from leadctl.model.title_words import (
    DEPARTMENTS,
    LONGEST_INITIALISM,
    SENIORITIES,
    Word,
    all_words,
    highest,
    listed,
    read,
    read_phrase,
)

__all__ = ["DEPARTMENTS", "SENIORITIES", "department", "seniority"]

_DEPUTISED = frozenset(("vp", "director", "head", "manager"))  # an assistant manager is a manager
_LED = _DEPUTISED | {"c_level"}
_SERVED = _LED | {"owner"}
_LONGEST = 200
_GENDER_ENDINGS = frozenset(
    ["in", "innen", "r", "n", "e", "a", "o", "ne", "le", "frau", "mann", "euse", "rice", "trice"]
)
_GENDER_LETTERS = frozenset(["m", "w", "d", "f", "x", "h", "v", "i"])


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
    said: list[Word] = []
    segments = _segments(title)
    for segment in segments:
        if len(segment) == 1 and segment[0].part == "former" and segment[0].key != "ex":
            said.clear()  # `CEO (retired)`
        elif len(segments) == 1 and (whole := "=" + "_".join(word.key for word in segment)) in all_words().ranks:
            said.append(read_phrase(whole))
        else:
            said.extend(_weighed(segment) if any(word.part or word.rank == "owner" for word in segment) else segment)
    rank = highest(said)
    if rank == "student" and any(word.part == "pupil" and word.rank for word in said):
        return rank, None  # what they study is not where they work
    place_of_work = max(said, key=lambda word: word.weight, default=None)
    return rank, place_of_work.department or None if place_of_work is not None else None


def _segments(title: str) -> list[list[Word]]:
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


def _phrased(segment: list[str]) -> list[Word]:
    said = [read(word) for word in segment]
    phrases = all_words().phrases
    found = []
    place = 0
    while place < len(said):
        word = said[place]
        for phrase in phrases.get(word.key, ()):
            end = place + len(phrase)
            if end <= len(said) and all(said[place + i].key == part for i, part in enumerate(phrase)):
                word = read_phrase("_".join(phrase))
                place = end - 1
                break
        found.append(word)
        place += 1
    return found


def _weighed(segment: list[Word]) -> list[Word]:
    """The words that tell of the person, without the ranks and the offices of others."""
    said: list[Word] = []
    clause: list[Word] = []
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


def _serves(clause: list[Word]) -> bool:
    """Whether the clause ends with whom the person assists, so that more of them may follow."""
    places = [place for place in range(len(clause)) if _assists(clause, place)]
    return bool(places) and any(word.rank in _SERVED for word in clause[places[0] :])


def _assists(clause: list[Word], place: int) -> bool:
    word = clause[place]
    if word.part != "assistant":
        return False
    if word.key in ("assistant", "asst"):
        for other in clause[place + 1 :]:
            if other.key in listed("linker"):
                break
            if other.rank in _DEPUTISED:
                return False
    return True


def _weigh_clause(clause: list[Word], serving: bool) -> list[Word]:
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
            if any(weighed[i].key in listed("besides") for i in after):
                blanked.add(place)
            else:
                blanked.update(i for i in everywhere if weighed[i].rank in _LED)
        elif word.part == "adviser":
            blanked.update(i for i in after if weighed[i].rank == "c_level")
            blanked.update(i for i in before if weighed[i].rank == "c_level")
        elif word.part == "desk":
            blanked.update(i for i in before if weighed[i].rank in ("c_level", "owner"))
            if place + 1 < len(weighed) and weighed[place + 1].key in listed("linker"):
                blanked.update(i for i in after if weighed[i].rank in _SERVED)
        elif word.part == "partner":
            weighed[place] = _as_partner(weighed, place)
        elif word.part == "lead":
            alone = place + 1 == len(weighed) or weighed[place + 1].key in listed("linker")
            weighed[place] = word._replace(rank="manager" if alone else "senior")
        elif word.part == "chief" and any(weighed[i].key.endswith("officer") for i in after):
            weighed[place] = word._replace(rank="c_level")
        elif word.rank == "manager" and word.key == "manager":
            blanked.update(i for i in before if _is_initialism(weighed[i]))
    if serving:
        blanked.update(i for i in everywhere if weighed[i].rank in _SERVED)
    return [_blank(word) if place in blanked else word for place, word in enumerate(weighed)]


def _company_from(clause: list[Word]) -> int:
    """Where the name of the company begins in `Founder of Sales Academy`."""
    for place in range(len(clause) - 1):
        if clause[place].rank == "owner" and clause[place + 1].key in listed("company"):
            return place + 1
    return len(clause)


def _is_initialism(word: Word) -> bool:
    return word.rank == "c_level" and len(word.key) <= LONGEST_INITIALISM


def _as_partner(clause: list[Word], place: int) -> Word:
    """Who calls themselves a partner owns a share, unless they look after partners or are the partner of a team."""
    owns = all(
        word.key in listed("founding") or word.rank in ("owner", "c_level") or word.department in ("legal", "finance")
        for word in clause[:place]
    )
    if owns and not any(word.rank in _DEPUTISED or word.part == "lead" for word in clause):
        return clause[place]._replace(rank="owner")
    return clause[place]._replace(rank="staff", department="", weight=0)


def _blank(word: Word) -> Word:
    """The word of another person's title: their rank is not this one's, their department is, but for the management."""
    if word.department == "management":
        return Word(word.key, part=word.part)
    return word._replace(rank="")
