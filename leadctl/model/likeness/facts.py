"""What the fields beside the usual ones are worth for telling people apart: a number that belongs to one person, a birth
date, an address, or nothing at all. Told by the values themselves, and by the name where it says so plainly."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from rapidfuzz.distance import OSA
from rapidfuzz.fuzz import ratio

# Words of field names that say that the value belongs to one person for life.
_OF_ONE_PERSON = re.compile(
    r"birth|\bborn\b|\bdob\b|geburt|geboren|f[oø]dsel|f[oö]delse|naissance|nacimiento|nascita|nascimento|syntym"
    r"|\bssn\b|soc(ial)? ?sec|sozialvers|\bsvnr\b|personnummer|passport|\bausweis|national id|\btax ?id|steuer ?id"
    r"|codice fiscale|\b(nif|dni|cpf|nin|nhs)\b|insurance n"
)
_BIRTH = re.compile(
    r"birth|\bborn\b|\bdob\b|geburt|geboren|f[oø]dselsda|f[oö]delseda|naissance|nacimiento|nascita|nascimento"
)
_PLACES = re.compile(r"post ?code|postal|\bzip\b|\bplz\b|postnr|postnummer|\bcap\b")
_DAY = re.compile(r"(?:18|19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])")
_CODE = re.compile(r"(?=(?:.*\d){5})[a-z0-9]+(?:[ -][a-z0-9]+){0,3}")
_CHANGING = re.compile(r"\d{1,2}:\d\d|^-?\d+\.\d+$|^https?:|^\d{4}-\d\d-\d\d[ t]")
_NEARLY_CONSTANT = 0.95
_NEARLY_ALL = 0.8
_FEWEST = 20  # values; with fewer nothing can be told from them
_SAME_AT_MOST = 8  # leads that share one value of a person's own number, on average: its duplicates
_YEARS_OF_BIRTHS = 20
_LATEST_BIRTHS = 2012
_LONG = 40
_TRUST = 20  # pairs: so much counts what is known before any are seen
_OWN, _SHARED = (0.87, 0.12, 0.01), (0.6, 0.15, 0.25)


@dataclass(frozen=True)
class Kind:
    """`own`: one person's, such as a birth date or an insurance number (`birth`: twins share it); else it may be shared with
    others, such as a street. `steady`: two values that differ speak against one person. `close`: how often the values of two
    strangers look alike. `levels`: how often the values of one person's records are equal, close, different, as far as that is
    known."""

    own: bool = False
    birth: bool = False
    steady: bool = True
    close: float = 0.01
    levels: tuple[float, float, float] | None = None

    def learned(self, seen: Sequence[int]) -> Kind:
        """With the levels counted on pairs that are surely one person's. Those of one's own number may slip, no more."""
        before = _OWN if self.own else _SHARED
        total = sum(seen) + _TRUST
        equal, close, different = ((count + _TRUST * share) / total for count, share in zip(seen, before, strict=True))
        return replace(self, levels=(equal, close, min(different, 0.05) if self.own else different))


@dataclass(frozen=True)
class Column:
    """A field over all leads: how many have it, how many values there are, how many leads have the most frequent one, how many
    leads share a lead's value on average; and some values (evened out)."""

    name: str
    filled: int
    distinct: int
    most: int
    shared_by: float
    sample: Sequence[str]


def kind_of(column: Column) -> Kind | None:
    """What the field is worth; None where it says nothing: nearly all have the same value, or no two have (a row's number)."""
    told = _OF_ONE_PERSON.search(column.name) is not None
    birth = _BIRTH.search(column.name) is not None or (not told and _are_births(column.sample))
    if told or birth:
        return Kind(True, birth, True, _close_by_chance(column.sample, 0.0005))
    if column.filled < 2 or column.distinct == column.filled or column.most >= _NEARLY_CONSTANT * column.filled:
        return None
    close = _close_by_chance(column.sample, 0.01)
    if _share(column.sample, _CHANGING) > 0.5 or sum(map(len, column.sample)) > _LONG * len(column.sample):
        return Kind(steady=False, close=close)
    if _share(column.sample, _DAY) > 0.5:
        return Kind(steady=False, close=close)
    if (
        column.filled >= _FEWEST
        and column.shared_by <= _SAME_AT_MOST
        and not _PLACES.search(column.name)
        and _share(column.sample, _CODE) >= _NEARLY_ALL
    ):
        return Kind(True, close=close)
    return Kind(close=close)


def alike(a: str, b: str) -> bool:
    """Whether two different values may be one, misspelt."""
    shorter = min(len(a), len(b))
    if shorter < 3:
        return False
    if a[:1].isdigit() and b[:1].isdigit() and " " not in a and " " not in b:
        if _DAY.fullmatch(a) and _DAY.fullmatch(b):  # both are days: two slips would hardly make another day
            return OSA.distance(a, b, score_cutoff=1) <= 1 or (a[:4], a[4:6], a[6:]) == (b[:4], b[6:], b[4:6])
        most = 3 if shorter >= 8 else 2 if shorter >= 6 else 1
        return shorter >= 4 and OSA.distance(a, b, score_cutoff=most) <= most
    return ratio(a, b, score_cutoff=78) > 0 or (
        " " in a and " " in b and ratio(" ".join(sorted(a.split())), " ".join(sorted(b.split())), score_cutoff=82) > 0
    )


def _share(values: Sequence[str], form: re.Pattern[str]) -> float:
    return sum(
        form.search(value) is not None if form is _CHANGING else form.fullmatch(value) is not None for value in values
    ) / max(1, len(values))


def _are_births(values: Sequence[str]) -> bool:
    days = sorted(value for value in values if _DAY.fullmatch(value))
    if len(values) < _FEWEST or len(days) < _NEARLY_ALL * len(values):
        return False
    low, middle, high = (int(days[len(days) * at // 100][:4]) for at in (5, 50, 95))
    return high - low >= _YEARS_OF_BIRTHS and middle <= _LATEST_BIRTHS


def _close_by_chance(sample: Sequence[str], least: float) -> float:
    """How often two values that stand for strangers look alike: counted on pairs of the sample."""
    pairs = [(a, b) for step in (1, 7, 31) for a, b in pairwise(sample[::step]) if a != b]
    return max(least, (sum(alike(a, b) for a, b in pairs) + 0.5) / (len(pairs) + 500))
