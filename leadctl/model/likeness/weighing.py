"""The odds that two leads are one person, field by field, after Fellegi and Sunter.

The method is that of I. P. Fellegi and A. B. Sunter, A Theory for Record Linkage, Journal of the American Statistical
Association 64 (1969), pp. 1183-1210. Each field is compared and comes out equal, close or different. `m` is how often one
person's two records come out so, `u` how often those of two others do; the product of m/u over the fields, times the odds
before anything was compared, are the odds that it is one person. What a value says depends on how rare it is: `u` of an
equal value is its own frequency (W. E. Winkler, Frequency-Based Matching in Fellegi-Sunter Model of Record Linkage, US
Bureau of the Census, 2000).

One thing is added. The two that are not one person need not be strangers: colleagues share a company, a switchboard, a
town; a family shares its name and address; a father and a son may share the name too, and twins the birth date. Each of
these is an explanation of its own, with odds of its own: where a field is shared with the chance `s`, others than one
person come out so with s·m + (1 - s)·u. One person has to explain the pair better than all of them together.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from leadctl.model.likeness.facts import Kind

# From AUTOMATIC on a pair is merged by `duplicates --merge`, from REVIEW on it is shown to a person. Found with
# `benchmarks/duplicates.py`: at 0.95 hardly one pair in a thousand is wrong on any of its kinds, and what stays below 0.5 says
# too little to tell.
AUTOMATIC = 0.95
REVIEW = 0.5
# Whatever speaks for it: a person has to look where first names or a person's own numbers differ, and where nothing but the
# name and the place agrees.
JUST_NOT_AUTOMATIC = 0.94

# How many leads a lead has that are the same person (before anything is known), and how many of each other kind.
SAME = 0.1
COLLEAGUES = 3.0
COLLEAGUES_OF_NAMELESS = 0.05  # a lead without a person's name is the company itself
_FAMILY = 0.2
_NAMESAKES = 0.0015  # in one household or company, such as father and son
_TWINS = 0.01
_SMALLEST = 1000  # leads: a small database is taken for a part of so many, or nothing in it would be rare
ONE_MORE_TIME = (
    0.25  # so many of the others that share what is nearly one person's are strangers: the rest are that person
)
_ONE_PERSONS = 0.1
_NAME_AND_PLACE = frozenset(("given", "family", "generation", "city", "country"))
_FITTING = frozenset(("equal", "close", "short"))  # an initial, or no first name, is that of a whole family
_SAYS_MORE = 4.0  # m/u of what has to come to a name and a place: two of a name in one town are no rarity


class Field(NamedTuple):
    """`equal`, `close`, `different`: how often one person's records come out so. `rare`: of how many more leads of a thousand a
    value is taken to be, beside those counted. `shared`: how often it is shared by colleagues, in a family, by namesakes of one
    house, by twins, because of that."""

    equal: float
    close: float
    different: float
    rare: float
    shared: tuple[float, float, float, float]


FIELDS = {
    "given": Field(0.80, 0.09, 0.02, 1, (0, 0, 1, 0)),
    "family": Field(0.85, 0.10, 0.02, 1, (0.02, 0.9, 1, 1)),
    "generation": Field(0.95, 0, 0.02, 1, (0, 0, 0.05, 0.5)),
    "company": Field(0.60, 0.10, 0.30, 0.1, (0.97, 0.1, 0.8, 0.1)),
    "email": Field(0.60, 0.25, 0.15, 0.05, (0.002, 0.03, 0.5, 0.3)),
    "role email": Field(0.60, 0, 0, 0.05, (0.9, 0.3, 0.9, 0.3)),
    "other email": Field(0, 0.25, 0.15, 0.05, (0, 0, 0.5, 0)),
    "phone": Field(0.60, 0.05, 0.45, 0.05, (0.4, 0.4, 0.6, 0.6)),
    "own phone": Field(0.60, 0, 0, 0.05, (0.1, 0.25, 0.6, 0.6)),
    "external id": Field(0.60, 0, 0, 0.05, (0, 0, 0, 0)),
    "city": Field(0.75, 0.08, 0.17, 20, (0.8, 0.9, 0.95, 0.9)),
    "country": Field(0.95, 0, 0.04, 100, (0.95, 0.97, 0.98, 0.97)),
    "own": Field(0.83, 0.12, 0.01, 0.05, (0, 0, 0, 0)),
    "birth": Field(0.83, 0.12, 0.01, 0.05, (0, 0, 0, 1)),
    "fact": Field(0.60, 0.15, 0.30, 20, (0.3, 0.9, 0.9, 0.9)),
}


@dataclass(frozen=True)
class Population:
    """All leads, as far as two of them need to be seen among the others: how many there are, how often a value is said
    (field, value -> leads), and what each further field is worth. `same` and `colleagues`: how many of these a lead has."""

    leads: int
    count: Callable[[str, str], int]
    kinds: Mapping[str, Kind]
    same: float = SAME
    colleagues: float = COLLEAGUES

    @property
    def size(self) -> int:
        return self.leads + _SMALLEST

    @cached_property
    def knows_own(self) -> bool:
        """Whether there is a field of one person's own."""
        return any(kind.own for kind in self.kinds.values())

    def share(self, kind: str, value: str, rare: float) -> float:
        """How likely a stranger says the same, without the two that are compared."""
        others = max(0, self.count(kind, value) - 2)
        return min(0.95, (others * (ONE_MORE_TIME if rare < _ONE_PERSONS else 1) + rare) / self.size)


@dataclass(slots=True)
class Weighing:
    """The odds of one person against each other explanation: stranger, colleague, family, namesake, twin. `told`: what each
    field said, with its weight; `agreed` and `parted`: what of one person's own did; `more`: something beside the name and the
    place agrees; `given` and `family`: how the names came out (equal, close, short, …), `nameless`: neither has one."""

    odds: list[float]
    told: list[tuple[float, str, tuple[str, ...]]] = field(default_factory=list)
    agreed: set[str] = field(default_factory=set)
    parted: set[str] = field(default_factory=set)
    more: bool = False
    given: str = "unknown"
    family: str = "unknown"
    nameless: bool = False

    def weigh(self, name: str, m: float, u: float) -> None:
        if m > u * _SAYS_MORE and name not in _NAME_AND_PLACE:
            self.more = True
        odds, shared = self.odds, FIELDS[name].shared
        odds[0] *= m / u
        for at in (0, 1, 2, 3):
            s = shared[at]
            odds[at + 1] *= m / (s * m + (1 - s) * u)

    def tell(self, weight: float, text: str, *values: str) -> None:
        """A reason; `values` go into the text only when it is asked for."""
        self.told.append((max(weight, 1 / weight), text, values))

    @property
    def apart(self) -> bool:
        """Whether something differs that is one person's own, and nothing of the kind makes up for it."""
        parted, number = self.parted, "own" in self.agreed
        by_number = "own" in parted and ("birth" not in self.agreed or "given" in parted)
        by_name = not number and not parted.isdisjoint(("given", "family", "birth"))
        by_nature = not parted.isdisjoint(("generation", "sex")) or {"given", "birth"} <= parted
        return by_nature or by_number or by_name

    @property
    def proven(self) -> bool:
        """Whether something agrees by which a person is known: an address, an id, a number of their own; or, where the names
        fit, a phone, a birth date, a number that few share. Names, companies, places and categories never do."""
        agreed, parted = self.agreed, self.parted
        if "own" in agreed:
            return True
        if "numbered" in parted or {"email", "phone"} <= parted:
            return False  # two are reached in two ways, or one house numbers the addresses of two who have one name
        if "external id" in agreed or (self.family != "different" and not agreed.isdisjoint(("email", "own slip"))):
            return True
        if "code" in agreed and self.given == "equal" and self.family in ("equal", "close"):
            return True
        fit = self.nameless or (self.given in _FITTING and self.family in _FITTING)
        return fit and not agreed.isdisjoint(("phone", "birth"))

    @property
    def certainty(self) -> float:
        """The probability of one person, from 0 to 1."""
        found = 1 / (1 + sum(1 / max(each, 1e-12) for each in self.odds))
        return round(min(found, JUST_NOT_AUTOMATIC) if self.apart or not (self.more and self.proven) else found, 4)

    def reasons(self) -> tuple[str, ...]:
        """The weightiest first."""
        ordered = sorted(self.told, key=lambda each: -each[0])
        return tuple(text.format(*map(shortened, values)) for _, text, values in ordered)


def start(population: Population) -> Weighing:
    """The odds before anything was compared; those against colleagues are complete only with `against_colleagues`."""
    same = population.same
    return Weighing([same / population.size, 1, same / _FAMILY, same / _NAMESAKES, same / _TWINS])


def against_colleagues(weighing: Weighing, population: Population, together: int, nameless: bool) -> None:
    """`together`: how many leads there are of the company, or with the number, that the two share."""
    usual = COLLEAGUES_OF_NAMELESS if nameless else population.colleagues
    weighing.odds[1] *= population.same / (usual + max(0, together - 2))


def shortened(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:59]}…"
