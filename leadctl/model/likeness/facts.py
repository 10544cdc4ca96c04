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
    r"|\bssn\b|soc(ial)? ?sec|sozialvers|\bsvnr\b|personnummer|passport|\bausweis|national id|steuer ?id"
    r"|codice fiscale|\b(dni|cpf|nin|nhs)\b|insurance n"
)
_BIRTH = re.compile(
    r"birth|\bborn\b|\bdob\b|geburt|geboren|f[oø]dselsda|f[oö]delseda|naissance|nacimiento|nascita|nascimento"
)
_PLACES = re.compile(r"post ?code|postal|\bzip\b|\bplz\b|postnr|postnummer|\bcap\b")
# Words of field names that say when something was done with a record: nothing of who it is.
_MOMENT_NAMED = re.compile(
    r"\b(seen|import\w*|creat\w*|updat\w*|modif\w*|chang\w*|added|since|founded|joined|last|timestamp|at|on|when|exported"
    r"|synced|contacted|angelegt|erstellt|ge[aä]ndert|seit|gegr[uü]ndet|zuletzt|letzte[rs]?)\b"
)
_MONTH_DAY, _DAY_MONTH = r"(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])", r"(?:0[1-9]|[12]\d|3[01])(?:0[1-9]|1[0-2])"
_CLOCK = r"t?(?:[01]\d|2[0-3])[0-5]\d"
# A day with a clock part as `traits` evens it out, or the seconds since 1970.
_MOMENT = re.compile(
    rf"(?:19|20)\d\d{_MONTH_DAY}{_CLOCK}\w*|(?:{_MONTH_DAY}|{_DAY_MONTH})(?:19|20)\d\d{_CLOCK}\w*"
    r"|1\d{9}(?:\d{3}){0,3}|.*\b(?:19|20)\d\d\b.*\b\d{1,2} [0-5]\d\b.*|.*\b\d{1,2}:[0-5]\d.*"
)
_DAY = re.compile(r"(?:18|19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])")
_CODE = re.compile(r"(?=(?:.*\d){5})[a-z0-9]+(?:[ -][a-z0-9]+){0,3}")
_CHANGING = re.compile(r"^-?\d+\.\d+$|^https?:")
_NEARLY_CONSTANT = 0.95
_NEARLY_ALL = 0.8
_FEWEST = 20  # values; with fewer nothing can be told from them
_SAME_AT_MOST = 8  # leads that share one value of a person's own number, on average: its duplicates
_FEW_VALUES, _OFTEN = 30, 3  # a category has so few values, and so many leads have each
_YEARS_OF_BIRTHS = 20
_LATEST_BIRTHS = 2012
_LONG = 40
_TRUST = 20  # pairs: so much counts what is known before any are seen
_MEN = "male man mr mister sir herr hr m masculine männlich mannlich monsieur mann"
_WOMEN = "female woman mrs ms miss madam frau fr f w feminine weiblich mme mlle madame kvinne"
_SEXES = {**dict.fromkeys(_MEN.split(), "m"), **dict.fromkeys(_WOMEN.split(), "f")}
_OWN, _SHARED = (0.87, 0.12, 0.01), (0.6, 0.15, 0.25)


@dataclass(frozen=True)
class Kind:
    """`own`: one person's, such as a birth date or an insurance number (`birth`: twins share it; `named`: its name says so, and
    not only its values); else it may be shared with others, such as a street. `category`: one of few values, `usual`: how often
    two leads have the same one by chance. `steady`: two values that differ speak against one person. `close`: how often the
    values of two strangers look alike. `levels`: how often the values of one person's records are equal, close, different, as
    far as that is known."""

    own: bool = False
    birth: bool = False
    named: bool = False
    category: bool = False
    usual: float = 0.0
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
    """What the field is worth; None where it says nothing: nearly all have the same value, or no two have (a row's number), or
    the values are moments, which many records of one import share."""
    told = _OF_ONE_PERSON.search(column.name) is not None
    if _share(column.sample, _MOMENT) > 0.5 and not (told and _BIRTH.search(column.name) is None):
        return None
    moment = not told and _MOMENT_NAMED.search(column.name) is not None
    birth = _BIRTH.search(column.name) is not None or (not told and not moment and _are_births(column.sample))
    if told or birth:
        return Kind(True, birth, told, close=_close_by_chance(column.sample, 0.0005))
    if are_sexes(column.sample):
        return Kind(category=True, usual=column.shared_by / column.filled)
    if column.filled < 2 or column.distinct == column.filled or column.most >= _NEARLY_CONSTANT * column.filled:
        return None
    if moment or _share(column.sample, _DAY) > 0.5:
        return None
    if column.distinct <= _FEW_VALUES and column.distinct * _OFTEN <= column.filled:
        return Kind(category=True, usual=column.shared_by / column.filled)
    close = _close_by_chance(column.sample, 0.01)
    if _share(column.sample, _CHANGING) > 0.5 or sum(map(len, column.sample)) > _LONG * len(column.sample):
        return Kind(steady=False, close=close)
    if (
        column.filled >= _FEWEST
        and column.shared_by <= _SAME_AT_MOST
        and not _PLACES.search(column.name)
        and _share(column.sample, _CODE) >= _NEARLY_ALL
    ):
        return Kind(True, close=close)
    return Kind(close=close)


def are_sexes(values: Sequence[str]) -> bool:
    """Whether these say of each person whether it is a man or a woman."""
    return bool(values) and all(value in _SEXES for value in values)


def sex_of(value: str) -> str | None:
    return _SEXES.get(value)


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
