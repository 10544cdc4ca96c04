"""How alike the names of two people are: equal however they are written, short forms, initials, slips, turned round."""

from __future__ import annotations

from functools import cache, lru_cache
from pathlib import Path
from typing import NamedTuple

from rapidfuzz.distance import OSA, JaroWinkler

from leadctl.model.likeness.traits import Traits, is_picture, plain, sound
from leadctl.model.likeness.weighing import FIELDS, ONE_MORE_TIME, Population, Weighing

_SHORT_FORM = (0.06, 0.004)  # how often one person's first names come out so, and two strangers'
_INITIAL = (0.9, 0.07)
_OTHER_INITIAL = (0.02, 0.93)
_TWO_NAMES = (0.03, 0.02)  # `Jan` and `Jon`, `Lena` and `Lea` may be a slip, and may be two sisters
_TELLING = 5  # letters: of a shorter name another letter makes another name, whether a list knows it or not
_ALIKE_BY_CHANCE = 0.006
_WORDS_LEFT = {"given": (1.0, 0.6, 0.1), "family": (1.0, 0.3, 0.1)}  # where words are left over in none, one, both
_TURNED, _PERHAPS_TURNED = 0.3, 0.8
_BORROWED_DIFFERS = 0.3  # an address need not be made of the name
_OTHER_GENERATION, _ONE_GENERATION = 0.02, 0.5
_OF_WOMEN = frozenset(("a", "e", "ia", "ina", "ine", "ette"))
_SPELLINGS = str.maketrans({"c": "k", "z": "s", "y": "i", "w": "v", "h": None})
# Where so few others have the name they may well be the same person once more; this share of them are strangers.
_STRANGERS = ((2, 0.05), (4, ONE_MORE_TIME), (float("inf"), 1.0))
_BY_NAME_ALONE = 64.0  # a name is at most so many times rarer than one in all leads: names of one region go together


class _Part(NamedTuple):
    m: float
    u: float
    level: str

    @property
    def weight(self) -> float:
        return self.m / self.u


_UNKNOWN = _Part(1.0, 1.0, "unknown")


def weigh_names(weighing: Weighing, a: Traits, b: Traits, population: Population) -> bool:
    """Weighs the names; whether some part of them is clearly another."""
    if not a.named or not b.named:
        return False
    if a.generation != b.generation:
        if a.generation is not None and b.generation is not None:
            weighing.weigh("generation", _OTHER_GENERATION, 1.0)
            weighing.tell(_OTHER_GENERATION, "another generation (Jr., Sr.): {} / {}", a.name or "", b.name or "")
            weighing.parted.add("generation")
        else:
            weighing.weigh("generation", _ONE_GENERATION, 1.0)
    if a.whole == b.whole and len(a.whole) > (1 if is_picture(a.whole) else 3) and _are_equal(a, b):
        _same_name(weighing, a, b, population)
        return False
    given, family = _part(a.given, b.given, "given", population), _part(a.family, b.family, "family", population)
    turned = False
    if given.level != "equal" or family.level != "equal":
        cost = _TURNED if a.sure and b.sure else _PERHAPS_TURNED
        one, two = _part(a.given, b.family, "given", population), _part(a.family, b.given, "given", population)
        if one.weight * two.weight * cost > given.weight * family.weight:
            # Nothing says which of them is the last name, which others share: the one that says more.
            given, family, turned = *sorted((one, two), key=lambda part: (part.weight, part.level)), True
            weighing.weigh("given", cost, 1.0)
    if a.borrowed or b.borrowed:
        given, family = (
            each if each.level != "different" else _Part(_BORROWED_DIFFERS, 1.0, each.level) for each in (given, family)
        )
    weighing.weigh("family", family.m, family.u)
    weighing.weigh("given", given.m, given.u)
    weighing.given, weighing.family = given.level, family.level
    if given.level in ("different", "two names"):
        weighing.parted.add("given")
    weighing.tell(given.weight * family.weight, f"{_said(given, family, turned)}: {{}} / {{}}", _shown(a), _shown(b))
    return "different" in (given.level, family.level)


def _said(given: _Part, family: _Part, turned: bool) -> str:
    different = [each.level == "different" for each in (given, family)]
    if any(different):
        both = all(different) or "unknown" in (given.level, family.level)
        return "other name" if both else "other first name" if different[0] else "other last name"
    return "first and last name turned round" if turned else "names alike"


def _shown(traits: Traits) -> str:
    return traits.name or " ".join(traits.given + traits.family)


def _are_equal(a: Traits, b: Traits) -> bool:
    mine = {"".join(a.given + a.family), "".join(a.family + a.given)}
    return "".join(b.given + b.family) in mine or "".join(b.family + b.given) in mine


def _same_name(weighing: Weighing, a: Traits, b: Traits, population: Population) -> None:
    """The whole name is the same, however it is written: as rare as its words together, but never rarer than names can be."""
    ours = a if a.given and a.family else b
    given, family = (
        min((population.share("word", word, FIELDS[role].rare) for word in words), default=1.0)
        for role, words in (("given", ours.given), ("family", ours.family))
    )
    initial = _are_initials(ours.given)
    if initial:
        given = max(given, _INITIAL[1])
    others = max(0, population.count("name", a.whole) - 2)
    whole = others * next(share for most, share in _STRANGERS if others <= most) / population.size
    together = max(given * family, whole, 1 / (_BY_NAME_ALONE * population.size))
    if ours.family:
        weighing.weigh("family", FIELDS["family"].equal, family)
    if ours.given:
        weighing.weigh("given", FIELDS["given"].equal, given)
    for at in (0, 1):  # strangers and colleagues have both names by chance, and not each by itself
        weighing.odds[at] *= given * family / together
    weighing.given, weighing.family = "initial" if initial else "equal", "equal"
    weighing.tell(1 / together, "same initial and last name: {}" if initial else "same name: {}", _shown(a))


def _are_initials(words: tuple[str, ...]) -> bool:
    return bool(words) and all(len(word) == 1 and not is_picture(word) for word in words)


def _part(a: tuple[str, ...], b: tuple[str, ...], role: str, population: Population) -> _Part:
    """First names, or last names, compared."""
    if not a or not b:
        return _UNKNOWN
    of = FIELDS[role]
    common = set(a).intersection(b)
    if common:
        share = min(population.share("word", word, of.rare) for word in common)
        initial = _are_initials(tuple(common))
        if initial:
            share = max(share, _INITIAL[1])
        left = (len(set(a)) > len(common)) + (len(set(b)) > len(common))
        level = "initial" if initial else "equal"
        if role == "given" and left == 2 and not _go_together(set(a) - common, set(b) - common):
            level = "two names"  # `Hans Peter` and `Hans Georg`
        return _Part(of.equal * _WORDS_LEFT[role][left], share, level)
    if "".join(a) == "".join(b):
        return _Part(of.equal, population.share("word", a[0], of.rare), "equal")
    best = _Part(of.different, 1.0, "different")
    for one in a:
        for other in b:
            found = _two_words(one, other, role, population)
            if found.weight > best.weight:
                best = found
    return best


def _go_together(ours: set[str], theirs: set[str]) -> bool:
    """Whether some two of the words may be one: an initial, or a slip."""
    return any(
        one[0] == other[0] if 1 in (len(one), len(other)) else words_alike(one, other)
        for one in ours
        for other in theirs
    )


def _two_words(one: str, other: str, role: str, population: Population) -> _Part:
    of = FIELDS[role]
    if is_picture(one) or is_picture(other):
        return _Part(of.different, 1.0, "different")
    if len(one) == 1 or len(other) == 1:
        same = one[:1] == other[:1]
        return _Part(*_INITIAL, "initial") if same else _Part(*_OTHER_INITIAL, "different")
    if role == "given" and is_short_form(one, other):
        return _Part(*_SHORT_FORM, "two names" if _are_both_listed(one, other) else "short")
    if words_alike(one, other):
        if role == "given" and _are_two_names(one, other):
            return _Part(*_TWO_NAMES, "two names")
        # A slip makes a word that nobody has; two words that many have are two names.
        frequent = min(population.share("word", each, 0) for each in (one, other))
        short = role == "given" and min(len(one), len(other)) < _TELLING and _spelt(one) != _spelt(other)
        return _Part(of.close, _ALIKE_BY_CHANCE + frequent, "two names" if short else "close")
    if len(one) == len(other) == 3 and OSA.distance(one, other, score_cutoff=1) <= 1:
        return _Part(*_TWO_NAMES, "two names" if role == "given" else "close")
    return _Part(of.different, 1.0, "different")


@lru_cache(maxsize=262_144)
def words_alike(one: str, other: str) -> bool:
    """Whether two plain words of names may be one, misspelt or misheard."""
    shorter = min(len(one), len(other))
    if shorter < 3 or abs(len(one) - len(other)) > 3:
        return False
    most = 2 if shorter >= 6 else 1 if shorter >= 4 else 0
    if OSA.distance(one, other, score_cutoff=most) <= most:
        return True
    if one[0] == other[0] and len(sound(one)) > 1 and sound(one) == sound(other):
        return True
    return shorter >= 5 and JaroWinkler.similarity(one, other) >= 0.92


@lru_cache(maxsize=65_536)
def is_short_form(one: str, other: str) -> bool:
    """Whether both may be one person's first name: `Bob` and `Robert`, `Max` and `Maximilian`."""
    if one in _forms().get(other, ()):
        return True
    shorter, longer = sorted((one, other), key=len)
    if len(shorter) < 3 or len(longer) < len(shorter) + 2 or not longer.startswith(shorter):
        return False
    return not _are_two_names(one, other)


def _are_two_names(one: str, other: str) -> bool:
    """Whether both are first names that people have, and not one that is spelt in two ways (`Erik`, `Eric`)."""
    if _of_man_and_woman(one, other):
        return True
    known = _first_names()
    return one in known and other in known and _spelt(one) != _spelt(other)


def _are_both_listed(one: str, other: str) -> bool:
    """Whether a short form is a name by itself that does not begin the other (`Hanna` and `Johanna`)."""
    shorter, longer = sorted((one, other), key=len)
    return longer.endswith(shorter) and _spelt(one) != _spelt(other) and {one, other} <= _first_names()


def _of_man_and_woman(one: str, other: str) -> bool:
    """Whether one name is made of the other by its ending, whether a list knows them or not: `Paul` and `Paula`, `Mario` and
    `Maria`, `Georg` and `Georgina`."""
    shorter, longer = sorted((one, other), key=len)
    if len(shorter) < 3:
        return False
    if longer.startswith(shorter):
        return shorter[-1] not in "aeiouy" and longer[len(shorter) :] in _OF_WOMEN
    return shorter[:-1] == longer[:-1] and {shorter[-1], longer[-1]} == {"a", "o"}


@lru_cache(maxsize=4096)
def _spelt(word: str) -> str:
    even = word.replace("ph", "f").translate(_SPELLINGS)
    once = "".join(sign for at, sign in enumerate(even) if at == 0 or sign != even[at - 1])
    return f"h{once}" if word.startswith("h") else once  # `Hanna` and `Anna` are two, `Hannah` and `Hanna` one


@cache
def _first_names() -> frozenset[str]:
    lines = (Path(__file__).parents[1] / "data" / "names.txt").read_text(encoding="utf-8").splitlines()
    listed = (word for line in lines if line.startswith("given: ") for word in line.split()[1:])
    return frozenset({*map(plain, listed), *_forms()})


@cache
def _forms() -> dict[str, frozenset[str]]:
    lines = (Path(__file__).parents[1] / "data" / "nicknames.txt").read_text(encoding="utf-8").splitlines()
    found: dict[str, set[str]] = {}
    for line in lines:
        if line and not line.startswith("#"):
            name, *others = map(plain, line.split())
            for other in others:  # `Bob` is Robert, but the short forms of one name are not each other
                found.setdefault(name, set()).add(other)
                found.setdefault(other, set()).add(name)
    return {name: frozenset(others) for name, others in found.items()}
