"""First and last name of a whole name, where that is certain: rather none than a wrong one.

`Ludwig van der Berg` is Ludwig and van der Berg, `Nordmann, Kari` is turned round, titles stay out. Names of one word,
of companies, of several people, in scripts and countries whose order cannot be told, and names of three words that
could be cut in two places are not split.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from unicodedata import normalize

_TITLE_WORDS = """
    dr dres prof professor mr mister mrs ms miss mx sir dame madam mag dipl ing herr hr frau fräulein mme mlle
    monsieur madame señor señora dott dottoressa phd md mba msc bsc
"""
TITLES = frozenset(_TITLE_WORDS.split())
ACCENTS = dict.fromkeys(range(0x300, 0x370))

Parts = tuple[str, str]

_BEHIND = frozenset(("phd", "mba", "msc", "bsc", "md"))  # titles that stand behind the name
_SUBJECTS = "med dent vet univ rer nat jur phil pol oec habil mult hc h.c"
_OF_A_DOCTOR = frozenset(_SUBJECTS.split())
_LONGEST = 120
_MOST_WORDS = 8
_LATIN = r"[A-Za-zÀ-ÖØ-öø-ɏḀ-ỿ\u0300-\u036f]"
_WORD = rf"'?{_LATIN}+(?:['’ʼ-]{_LATIN}+)*"
_INITIALS = rf"(?:{_LATIN}[\u0300-\u036f]?\.?-?)(?:{_LATIN}\.-?)*"
_ELISION = r"[dDoO]['’ʼ]"
# Behind a comma any script will do: the comma has told the order.
_ANY_WORD = r"'?(?:[^\W\d_]|[\u0300-\u036f])+(?:['’ʼ-](?:[^\W\d_]|[\u0300-\u036f])+)*"


def split(name: str | None) -> Parts | None:
    """First and last name, without titles; None where they are not certain. No word is lost but titles."""
    if name is None:
        return None
    first, _, last = name.partition(" ")
    if len(first) > 1 < len(last) and first.isalpha() and last.isalpha() and (name.isascii() or max(name) < "\u0250"):
        in_front, at_the_end = _needs_care()
        word, _, other = (name.lower() if name.isascii() else plain_word(name)).partition(" ")
        if word not in in_front and other not in at_the_end:
            return first, last
    return _with_care(name) if len(name) <= _LONGEST else None


@cache
def _words(kind: str) -> frozenset[str]:
    lines = (Path(__file__).parent / "data" / "names.txt").read_text(encoding="utf-8").splitlines()
    return frozenset(word for line in lines if line.startswith(f"{kind}: ") for word in line.split()[1:])


@cache
def _needs_care() -> tuple[frozenset[str], frozenset[str]]:
    """Words that do not settle a name of two words by themselves: as the first of them, and as the last."""
    either = TITLES | _words("particle") | _nobody()
    return either | _words("family_first"), either | _words("suffix") | _words("given") | _words("family_first")


@cache
def _nobody() -> frozenset[str]:
    return _words("company") | _words("nobody")


def plain_word(word: str) -> str:
    """A word in small letters, without accents and points."""
    bare = normalize("NFC", normalize("NFD", word.lower()).translate(ACCENTS))
    return bare.replace("đ", "d").replace("ø", "o").replace("’", "'").replace("ʼ", "'").strip(".")


def _with_care(name: str) -> Parts | None:
    parts = [part.split() for part in name.split(",")]
    if len(parts) > 1 and _is_behind(parts[-1]):
        behind = parts.pop()
        parts[-1] += [word for word in behind if not _is_title(word)]  # `John Smith, Jr.`
    if not all(parts) or sum(map(len, parts)) > _MOST_WORDS:
        return None
    parts = [_without_titles(part) for part in parts]
    if not all(parts) or any(plain_word(word) in _nobody() for part in parts for word in part):
        return None
    if len(parts) == 1:
        return _in_order(parts[0])
    return _turned_round(*parts) if len(parts) == 2 else None


def _is_title(word: str) -> bool:
    pieces = [piece for piece in re.split(r"[.-]", word.lower()) if piece]
    return word.lower().replace(".", "") in TITLES or (bool(pieces) and all(piece in TITLES for piece in pieces))


def _is_behind(words: list[str]) -> bool:
    """Whether these words only add to a name: `Jr.`, `PhD`, `MBA`."""
    return bool(words) and all(
        plain_word(word) in _words("suffix") or word.lower().replace(".", "") in _BEHIND for word in words
    )


def _without_titles(words: list[str]) -> list[str]:
    start, end = 0, len(words)
    while start < end and (_is_title(words[start]) or (start and words[start].lower().strip(".") in _OF_A_DOCTOR)):
        start += 1
    while end > start and words[end - 1].lower().replace(".", "") in _BEHIND:
        end -= 1
    # `Md. Rahman` is a Muhammad, `Ing Wei` and `Mag Li` are people.
    if start == 1 and plain_word(words[0]) in ("md", "ing", "mag") and end - start < 2:
        return words
    return words[start:end]


def _in_order(words: list[str]) -> Parts | None:
    """First name first."""
    body, suffix = _suffix_apart(words)
    if len(body) < 2 or not all(map(_is_latin, body)) or not re.fullmatch(_WORD, body[-1]):
        return None
    plain = list(map(plain_word, body))
    if len(plain[-1]) < 2 or plain[-1] in _words("particle"):
        return None
    if plain[0] in _words("particle") or plain[0] in _words("family_first") or plain[0] in TITLES:
        return None
    at = _last_name_at(body, plain)
    if at is None or (at == len(body) - 1 and plain[at] in _words("given") | _words("family_first") and len(body) > 2):
        return None
    if len(body) == 2 and plain[1] in _words("given"):
        return None  # `Müller Anna`
    return " ".join(body[:at]), " ".join(body[at:] + suffix)


def _suffix_apart(words: list[str]) -> tuple[list[str], list[str]]:
    if len(words) > 2 and plain_word(words[-1]) in _words("suffix"):
        return words[:-1], words[-1:]
    return words, []


def _is_latin(word: str) -> bool:
    if re.fullmatch(_ELISION, word):
        return True
    if re.fullmatch(_WORD, word):
        return True
    return re.fullmatch(_INITIALS, word) is not None or plain_word(word) in ("st", "ste")


def _last_name_at(body: list[str], plain: list[str]) -> int | None:
    """Where the last name begins, or None where two places would do."""
    particle = next((at for at in range(1, len(body) - 1) if _is_particle(body[at], plain[at])), None)
    joined = next((at for at in range(2, len(body) - 1) if body[at] in ("y", "e", "i")), None)
    if particle is not None:
        at = particle
        # A first name of Maria or Ana may go on behind the particle: `Maria do Carmo Silva`.
        mary = plain[at - 1] in ("maria", "ana", "anna", "marie")
        if mary and any(word in _words("of_mary") for word in plain[at + 1 :]):
            return None
    elif joined is not None:
        at = joined - 1  # `José Ortega y Gasset`
    else:
        at = len(body) - 1
        while at > 1 and plain[at - 1] not in _words("given") and not _is_initials(body[at - 1]):
            at -= 1
        if at < len(body) - 1 and not (at > 1 and plain[at - 1] in _words("given")):
            return None  # `Gabriel García Márquez`
    return at if _are_first_names(body[:at], plain[:at]) else None


def _is_particle(word: str, plain: str) -> bool:
    return plain in _words("particle") and not (len(word) < 2 or re.fullmatch(r"[A-Z]\.", word))


def _is_initials(word: str) -> bool:
    return re.fullmatch(_INITIALS, word) is not None


def _are_first_names(words: list[str], plain: list[str]) -> bool:
    """One name, or several of which all but the first are initials or surely first names."""
    if len(words[0].strip(".")) > 1 and words[0].endswith(".") and not _is_initials(words[0]):
        return False  # `Rev. Smith`
    # `Sean O Brien`: an O without its point is half a family name.
    return all(
        bare in _words("given") or (_is_initials(word) and word not in ("O", "D"))
        for word, bare in zip(words[1:], plain[1:], strict=True)
    )


def _turned_round(left: list[str], right: list[str]) -> Parts | None:
    """Last name, first name."""
    left, suffix = _suffix_apart([*left, "-"])[0][:-1], []
    if len(left) > 1 and plain_word(left[-1]) in _words("suffix"):
        left, suffix = left[:-1], left[-1:]
    if len(right) > 1 and plain_word(right[-1]) in _words("suffix"):
        right, suffix = right[:-1], right[-1:]
    before: list[str] = []
    while len(right) > 1 and _is_particle(right[-1], plain_word(right[-1])):
        before.insert(0, right.pop())  # `Berg, Ludwig van der`
    if len(left) > 4 or len(right) > 3 or not _are_names(left) or not _are_names(right):
        return None
    if any(len(word) < 2 and _is_latin(word) for word in left) or _is_particle(left[-1], plain_word(left[-1])):
        return None
    first = plain_word(left[0])
    if len(left) > 1 and (first in _words("given") or first in _words("also_family")):
        return None  # `Thomas Smith, Berlin`
    shouted = [word for word in right if len(word) > 1 and word.isupper() and word.isascii() and word.isalpha()]
    if shouted and not all(word.isupper() for word in left):
        return None  # `Smith, CEO`
    return " ".join(right), " ".join(before + left + suffix)


def _are_names(words: list[str]) -> bool:
    return all(
        re.fullmatch(_ANY_WORD, word) or re.fullmatch(_INITIALS, word) or re.fullmatch(_ELISION, word) for word in words
    )
