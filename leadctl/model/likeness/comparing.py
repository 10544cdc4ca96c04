"""How alike two leads are: how certain it is that they are one person, and why. `weighing` says by which method."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from rapidfuzz.distance import OSA

from leadctl.model.likeness.facts import Kind, alike, sex_of
from leadctl.model.likeness.names import weigh_names
from leadctl.model.likeness.traits import Address, Traits, company_words, plain
from leadctl.model.likeness.weighing import (
    AUTOMATIC,
    FIELDS,
    REVIEW,
    Population,
    Weighing,
    against_colleagues,
    start,
)

__all__ = ["AUTOMATIC", "REVIEW", "Likeness", "Population", "compare", "levels_of", "shared_key"]

_MOST_SLIPS = 4  # in all words of a company's name
_COMPANIES_ALIKE = 0.003  # how often those of strangers are
_CITIES_ALIKE = 0.01
_MOVED = 0.5  # whoever changes the company often changes the town
# How often addresses of one person come out so, and those of strangers.
_MISSPELT = (0.25, 0.004)
_SAME_LOCAL, _SAME_LOCAL_BY_NAME = (0.15, 0.002), (0.15, 0.15)  # the same name makes the same address in another house
_SAME_HOUSE, _SAME_HOUSE_NAMELESS = 0.15, 0.03
_OTHER_HOUSE = 0.7
_NEARLY = frozenset(("close", "short", "two names"))  # how names come out that are not the same


class Likeness(NamedTuple):
    """`certainty` from 0 to 1, `reasons` as texts, the weightiest first. `shared`: the key that both are known by (`e-mail`,
    `phone`, `external id`), where their names do not contradict. `apart`: something that two records of one person would
    hardly say. `names_differ`: a first or last name is another."""

    certainty: float
    reasons: tuple[str, ...] = ()
    shared: str | None = None
    apart: bool = False
    names_differ: bool = False


def compare(a: Traits, b: Traits, population: Population, least: float = 0.0) -> Likeness:
    """How alike two leads are. Below `least` there are no reasons, and the certainty may be less than it is."""
    weighing = start(population)
    different = weigh_names(weighing, a, b, population)
    if different and least and not population.knows_own and not _share_address(a, b):
        return Likeness(0.0, apart=True, names_differ=True)  # nothing that is still to come can outweigh that
    nameless = weighing.nameless = not a.named and not b.named
    together = _weigh_points(weighing, a, b, population, nameless)
    same_company, other_company = _weigh_company(weighing, a, b, population)
    against_colleagues(weighing, population, max(together, same_company), nameless)
    _weigh_place(weighing, "country", a.country, b.country, population, a.country or "", b.country or "")
    if other_company and a.city is not None and b.city is not None and a.city != b.city:
        weighing.weigh("city", _MOVED, 1.0)
        weighing.tell(_MOVED, "other city: {} / {}", a.town or "", b.town or "")
    else:
        _weigh_place(weighing, "city", a.city, b.city, population, a.town or "", b.town or "")
    for key, mine in a.facts.items():
        theirs = b.facts.get(key)
        kind = population.kinds.get(key) if theirs is not None else None
        if theirs is not None and kind is not None:
            _weigh_fact(weighing, key, mine, theirs, kind, population)
    certainty = weighing.certainty
    if certainty < least:
        return Likeness(certainty, apart=weighing.apart, names_differ=different)
    shared = None if different else shared_key(a, b)
    return Likeness(certainty, weighing.reasons(), shared, weighing.apart, different)


def levels_of(a: Traits, b: Traits, population: Population) -> Iterator[tuple[str, int]]:
    """How the facts of two leads come out: the field, and 0 equal, 1 close, 2 different."""
    for key in a.facts.keys() & b.facts.keys() & population.kinds.keys():
        mine, theirs = a.facts[key], b.facts[key]
        yield key, 0 if mine == theirs else 1 if not population.kinds[key].category and alike(mine, theirs) else 2


def shared_key(a: Traits, b: Traits) -> str | None:
    """The key by which both are known, as an import knows leads. An office's address is a key only of people with names."""
    if not a.ids.isdisjoint(b.ids):
        return "external id"
    mine = {each.text for each in a.addresses}
    if any(each.text in mine and (not each.role or (a.named and b.named)) for each in b.addresses):
        return "e-mail"
    same = (number for number in a.numbers.values() if number is not None and number in b.numbers.values())
    return "phone" if next(same, None) is not None else None


def _weigh_fact(weighing: Weighing, key: str, a: str, b: str, kind: Kind, population: Population) -> None:
    name = "birth" if kind.birth else "own" if kind.own else "fact"
    of = FIELDS[name]
    equal, close, different = kind.levels or (of.equal, of.close, of.different)
    if kind.category:
        if a != b:
            different += close  # of few values each is another one, however alike they are spelt
        if None not in (sex_of(a), sex_of(b)) and sex_of(a) != sex_of(b):
            weighing.parted.add("sex")
    if a == b:
        weighing.agreed.add("code" if kind.own and not kind.birth and not kind.named else name)
        share = max(population.share(f"fact {key}", a, of.rare), kind.usual)
        weighing.weigh(name, equal, share)
        weighing.tell(equal / share, "same {}: {}", key, a)
    elif not kind.category and alike(a, b):
        if kind.named and not kind.birth and OSA.distance(a, b, score_cutoff=1) <= 1:
            weighing.agreed.add("own slip")
        weighing.weigh(name, close, kind.close)
        weighing.tell(close / kind.close, "{} alike: {} / {}", key, a, b)
    elif kind.steady:
        weighing.parted.add(name)
        weighing.weigh(name, different, 1.0)
        weighing.tell(different, "other {}: {} / {}", key, a, b)


def _weigh_place(
    weighing: Weighing, name: str, a: str | None, b: str | None, population: Population, shown: str, other: str
) -> None:
    if a is None or b is None:
        return
    of = FIELDS[name]
    if a == b:
        share = population.share(name, a, of.rare)
        weighing.weigh(name, of.equal, share)
        weighing.tell(of.equal / share, f"same {name}: {{}}", shown)
    elif of.close and alike(a, b):
        weighing.weigh(name, of.close, _CITIES_ALIKE)
        weighing.tell(of.close / _CITIES_ALIKE, f"{name} alike: {{}} / {{}}", shown, other)
    else:
        weighing.weigh(name, of.different, 1.0)
        weighing.tell(of.different, f"other {name}: {{}} / {{}}", shown, other)


def _weigh_company(weighing: Weighing, a: Traits, b: Traits, population: Population) -> tuple[int, bool]:
    """Weighs the companies; of how many leads it is where it is the same, and whether they are two."""
    if a.company is None or b.company is None or (a.borrowed_company and b.borrowed_company and _share_address(a, b)):
        return 0, False  # what the address has said already
    of = FIELDS["company"]
    if a.company == b.company:
        share = population.share("company", a.company, of.rare)
        weighing.weigh("company", of.equal, share)
        weighing.tell(of.equal / share, "same company: {}", a.firm or "")
        return population.count("company", a.company), False
    if _firms_alike(a, b):
        weighing.weigh("company", of.close, _COMPANIES_ALIKE)
        weighing.tell(of.close / _COMPANIES_ALIKE, "companies alike: {} / {}", a.firm or "", b.firm or "")
        return 0, False
    weighing.weigh("company", of.different, 1.0)
    weighing.tell(of.different, "other company: {} / {}", a.firm or "", b.firm or "")
    return 0, True


def _firms_alike(a: Traits, b: Traits) -> bool:
    """Whether two company names are one with a slip in a long word. Another number or word is another company, and so is one
    with another domain."""
    if OSA.distance(a.company or "", b.company or "", score_cutoff=_MOST_SLIPS) > _MOST_SLIPS:
        return False
    houses = [{each.company for each in one.addresses if each.company is not None} for one in (a, b)]
    if all(houses) and houses[0].isdisjoint(houses[1]):
        return False
    ours, theirs = (
        (one.company or "",) if one.borrowed_company else company_words(one.firm or one.company or "") for one in (a, b)
    )
    if len(ours) != len(theirs):
        return False
    return all(one == other or _slipped(one, other) for one, other in zip(ours, theirs, strict=True))


def _slipped(one: str, other: str) -> bool:
    """Whether a word is another one with a slip: in a long one, and not in a number."""
    if _digits(one) != _digits(other):
        return False
    shorter = min(len(one), len(other))
    most = 2 if shorter >= 12 else 1 if shorter >= 8 else 0
    return OSA.distance(one, other, score_cutoff=most) <= most


def _weigh_points(weighing: Weighing, a: Traits, b: Traits, population: Population, nameless: bool) -> int:
    """Weighs addresses, numbers and ids; how many leads share what is shared."""
    together = 0
    both = a.ids & b.ids if a.ids and b.ids else None
    if both:
        share = min(population.share("external id", each, FIELDS["external id"].rare) for each in both)
        weighing.agreed.add("external id")
        weighing.weigh("external id", FIELDS["external id"].equal, share)
        weighing.tell(1 / share, "same external id: {}", min(both))
    if a.addresses and b.addresses:
        together = _weigh_addresses(weighing, a, b, population, nameless)
    if a.numbers and b.numbers:
        together = max(together, _weigh_numbers(weighing, a, b, population))
    return together


def _weigh_numbers(weighing: Weighing, a: Traits, b: Traits, population: Population) -> int:
    of, same = (
        FIELDS["phone"],
        [tail for tail, number in a.numbers.items() if _same_line(number, b.numbers.get(tail, ""))],
    )
    if same:
        tail = min(same, key=lambda each: population.count("phone", each))
        share, holders = population.share("phone", tail, of.rare), population.count("phone", tail)
        one, other = a.numbers[tail], b.numbers[tail]
        # A number that only these two have, and not at different desks, is hardly an office's.
        own = holders <= 2 and (one is None or other is None or one == other)
        weighing.agreed.add("phone")
        weighing.weigh("own phone" if own else "phone", of.equal, share)
        weighing.tell(of.equal / share, "same phone: {}", one or other or tail)
        return holders
    if any(a.numbers.values()) and any(b.numbers.values()):
        weighing.parted.add("phone")
    one, other = next(iter(a.numbers)), next(iter(b.numbers))
    if OSA.distance(one, other, score_cutoff=1) > 1:  # offices have numbers in a row: those say nothing
        weighing.weigh("phone", of.different, 1.0)
        weighing.tell(of.different, "other phone: {} / {}", a.numbers[one] or one, b.numbers[other] or other)
    return 0


def _same_line(one: str | None, other: str | None) -> bool:
    """Whether numbers with the same last digits are one ("": there is none). Where a country is not known they may be."""
    return other != "" and (one is None or other is None or one.partition(";")[0] == other.partition(";")[0])


def _weigh_addresses(weighing: Weighing, a: Traits, b: Traits, population: Population, nameless: bool) -> int:
    texts = {each.text for each in a.addresses}
    same = [each for each in b.addresses if each.text in texts]
    if same:
        best = min(same, key=lambda each: (each.role, population.count("email", each.text)))
        if best.role and weighing.given in _NEARLY:
            weighing.parted.add("given")  # `Hans` and `Hannes` may both read the mail of one office
        if not best.role or nameless:
            weighing.agreed.add("email")
        of = FIELDS["role email" if best.role else "email"]
        share = population.share("email", best.text, of.rare)
        weighing.weigh("role email" if best.role else "email", of.equal, share)
        weighing.tell(of.equal / share, "same e-mail: {}", best.text)
        return population.count("email", best.text)
    if weighing.family in (*_NEARLY, "different") and _are_colleagues(a.addresses, b.addresses):
        weighing.parted.add("family")  # `a.maier@` and `a.mayer@` of one house may be two, however alike they sound
    one, other, level = _nearest(a.addresses, b.addresses)
    text = "e-mails alike: {} / {}"
    if level != "misspelt" and all(any(not each.role for each in ours) for ours in (a.addresses, b.addresses)):
        weighing.parted.add("email")
    if level == "misspelt":
        m, u = _MISSPELT
    elif level == "same local":
        words = (*a.given, *a.family, *b.given, *b.family)
        by_name = not any(map(str.isdigit, one.local)) and any(
            len(word) > 2 and word in plain(one.local) for word in words
        )
        m, u = _SAME_LOCAL_BY_NAME if by_name else _SAME_LOCAL
    elif one.domain == other.domain and not one.role and not other.role:
        # Two addresses in one house are two people's, more often than not.
        m, u, text = (_SAME_HOUSE_NAMELESS if nameless else _SAME_HOUSE), 1.0, "other e-mail in the same house: {} / {}"
    else:
        m, u, text = _OTHER_HOUSE, 1.0, "other e-mail: {} / {}"
    if one.domain == other.domain and one.company is not None and _digits(one.local) != _digits(other.local):
        weighing.parted.add("numbered")
    weighing.weigh("other email", m, u)
    weighing.tell(m / u, text, one.text, other.text)
    if one.company is not None and one.company == other.company:
        return population.count("domain", one.company)
    return 0


def _share_address(a: Traits, b: Traits) -> bool:
    return any(one.text == other.text for one in a.addresses for other in b.addresses)


def _are_colleagues(ours: Iterable[Address], theirs: Iterable[Address]) -> bool:
    """Whether both have an address of their own in the same company's house."""
    houses = {each.company for each in ours if not each.role and each.company is not None}
    return any(each.company in houses for each in theirs if not each.role)


def _houses_alike(one: str, other: str) -> bool:
    """Whether a domain may be another one misspelt. In a short one a slip leaves nothing of it."""
    if OSA.distance(one, other, score_cutoff=2) > 2 or _digits(one) != _digits(other):
        return False
    mine, its = one.rpartition(".")[0], other.rpartition(".")[0]
    shorter = min(len(mine), len(its))
    most = 2 if shorter > 5 else 1 if shorter > 3 else 0
    return OSA.distance(mine, its, score_cutoff=most) <= most


def _digits(text: str) -> list[str]:
    return [*filter(str.isdigit, text)]


def _nearest(ours: Iterable[Address], theirs: Iterable[Address]) -> tuple[Address, Address, str]:
    """The two addresses that are most alike, and how."""
    found: list[tuple[int, Address, Address, str]] = []
    for one in ours:
        for other in theirs:
            same_house = one.domain == other.domain
            same_local = one.local == other.local and len(one.local) > 3 and not one.role
            length = min(len(one.local), len(other.local))
            slips = 2 if length > 9 else 1
            if same_local and (same_house or _houses_alike(one.domain, other.domain)):
                found.append((0, one, other, "misspelt"))
            elif same_local:
                found.append((1, one, other, "same local"))
            elif (
                same_house
                and length > 5
                and not one.role
                and _digits(one.local) == _digits(other.local)
                and OSA.distance(one.local, other.local, score_cutoff=slips) <= slips
            ):
                found.append((0, one, other, "misspelt"))
            else:
                found.append((2 if same_house else 3, one, other, ""))
    _, one, other, level = min(found, key=lambda each: each[0])
    return one, other, level
