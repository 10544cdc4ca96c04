"""What a person is recognised by, evened out so that two of them can be compared: words of the name, addresses, numbers,
places, and whatever else is known. And the keys under which leads that may be one person come together."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, NamedTuple
from unicodedata import normalize
from zlib import crc32

from leadctl.model.email import EmailState, kind_and_company
from leadctl.model.names import company_key
from leadctl.model.phone import PhoneState
from leadctl.model.text import fold

_MOST_FACTS = 60
_LONGEST_FACT = 200
_LONGEST_NAME = 200
_MOST_WORDS = 6
_TAIL = 8  # digits: what a number has in common in its national and international spelling
_SHORTEST_NUMBER = 6
_ACCENTS = dict.fromkeys(range(0x300, 0x370))
_PLAIN = str.maketrans(
    {"ø": "o", "æ": "a", "œ": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i", "ß": "ss", "'": "", "’": ""}
)
# Russian, Ukrainian and Greek letters as the sound of each is written in Latin ones.
_LATIN_LETTERS = """
    аa бb вv гg дd еe жzh зz иi йi кk лl мm нn оo пp рr сs тt уu фf хkh цts чch шsh щshch ъ ыi ь эe юyu яya
    єye іi ґg ўu ђd јj љl њn ћc џd αa βv γg δd εe ζz ηi θth ιi κk λl μm νn ξx οo πp ρr σs ςs τt υy φf χch ψps ωo
"""
_LATIN = str.maketrans({each[0]: each[1:] for each in _LATIN_LETTERS.split()})
_SPELT_OUT = re.compile("ae|oe|ue|aa")  # `Müller`, `Mueller` and `Muller` are one, and so are `Åsen` and `Aasen`
_WORD = re.compile(r"[^\W_]+")
_TITLE_WORDS = """
    dr dres prof professor mr mister mrs ms miss mx sir madam mag dipl ing herr hr frau frk fru mme mlle dott phd mba msc bsc
"""
_TITLES = frozenset(_TITLE_WORDS.split())
_PARTICLE_WORDS = """
    von vom van de der den des del della di da do dos du la le lo zu zum zur af av el al bin ben ibn st und y e
"""
_PARTICLES = frozenset(_PARTICLE_WORDS.split())
_GENERATIONS = {
    "jr": "jr", "junior": "jr", "jun": "jr", "sr": "sr", "senior": "sr", "sen": "sr",
    "ii": "ii", "iii": "iii", "iv": "iv",
}  # fmt: skip
_NO_VALUES = "n/a na none null nil nan unknown unbekannt undefined select test - -- ? . tbd keine ukjent"
_NOTHING = frozenset(_NO_VALUES.split())
_DAY_LAST = re.compile(r"(\d{1,2})[./-](\d{1,2})[./-](\d{4})")
_DAY_FIRST = re.compile(r"(\d{4})[./-](\d{1,2})[./-](\d{1,2})")
_SOUNDS = str.maketrans(
    {**dict.fromkeys("bp", "1"), **dict.fromkeys("fvw", "2"), **dict.fromkeys("cgkqxszj", "3"), **dict.fromkeys("dt", "4"),
     "l": "5", **dict.fromkeys("mn", "6"), "r": "7", **dict.fromkeys("aeiouyh", None)}
)  # fmt: skip
# Chinese family names of two signs; all others have one.
_SURNAMES_OF_TWO = "欧阳 歐陽 司马 司馬 上官 诸葛 諸葛 东方 東方 皇甫 尉迟 公孙 公孫 慕容 司徒 令狐 夏侯"
_TWO_SIGNS = frozenset(_SURNAMES_OF_TWO.split())


class Address(NamedTuple):
    """A usable e-mail address. `company`: its domain, where that is a company's; `role`: an office reads it (`info@`)."""

    text: str
    local: str
    domain: str
    company: str | None
    role: bool


@dataclass(slots=True)
class Traits:
    """One lead, evened out. `sure`: the lead says which of its names is the first and which the last; `borrowed`: the names
    were read from the e-mail address, because there are none. `whole`: the letters of the name in the order of the alphabet,
    which are the same however it is divided and turned. `firm`, `town`: company and city as the lead says them;
    `borrowed_company`: it is that of the e-mail address. `numbers`: the last digits of each phone number -> the whole one,
    where its country is known. `facts`: what else is known, by the evened-out name of the field."""

    lead: int
    name: str | None
    given: tuple[str, ...] = ()
    family: tuple[str, ...] = ()
    whole: str = ""
    generation: str | None = None
    sure: bool = False
    borrowed: bool = False
    company: str | None = None
    firm: str | None = None
    borrowed_company: bool = False
    city: str | None = None
    town: str | None = None
    country: str | None = None
    addresses: tuple[Address, ...] = ()
    numbers: dict[str, str | None] = field(default_factory=dict)
    ids: frozenset[str] = frozenset()
    facts: dict[str, str] = field(default_factory=dict)

    @property
    def named(self) -> bool:
        return bool(self.given or self.family)


STORED = (
    *("id", "name", "first_name", "last_name", "company", "city", "country", "email", "email_state"),
    *("phone", "phone_state", "external_id", "extra"),
)


def traits_of(row: Sequence[Any], own: Mapping[str, Any], contacts: Sequence[tuple[str, str, str]] = ()) -> Traits:
    """What a stored lead is recognised by: its columns `STORED`, fields of one's own (name -> value), further contact points
    (kind, value, state). Invalid and masked ones count for nothing."""
    lead, name, first, last, company, city, country, email, email_state, phone, phone_state, external_id, extra = row
    found = Traits(lead, name)
    _take_names(found, name, first, last)
    found.company, found.firm = _run_together(company_key(company)), company
    found.city, found.town, found.country = _even(city), city, _even(country)
    points = [("email", email, email_state), ("phone", phone, phone_state), ("external_id", external_id, ""), *contacts]
    found.addresses = tuple(
        {value: _address(value) for kind, value, state in points
         if kind == "email" and value and state != EmailState.INVALID and "@" in value}.values()
    )  # fmt: skip
    for kind, value, state in points:
        tail = number_tail(value) if kind == "phone" and value and state != PhoneState.INVALID else None
        if tail is not None and found.numbers.get(tail) is None:
            found.numbers[tail] = value if state == PhoneState.VALID else None
    found.ids = frozenset(value for kind, value, _ in points if kind == "external_id" and value)
    if extra is not None or own:
        found.facts = _facts(extra, own)
    if found.company is None:
        domain = next((each.company for each in found.addresses if each.company), None)
        found.company, found.firm = _run_together(domain and domain.split(".")[0]), domain
        found.borrowed_company = found.company is not None
    if not found.named:
        _borrow_names(found)
    return found


def number_tail(phone: str) -> str | None:
    """The last digits of a number, without its extension."""
    digits = "".join(sign for sign in phone.partition(";")[0] if sign.isdigit())
    return digits[-_TAIL:] if len(digits) >= _SHORTEST_NUMBER else None


@lru_cache(maxsize=65_536)
def _address(text: str) -> Address:
    local, _, domain = text.rpartition("@")
    kind, company = kind_and_company(text)
    return Address(text, local.partition("+")[0], domain, company, kind == "role")


# names


def _take_names(found: Traits, name: str | None, first: str | None, last: str | None) -> None:
    if first is None and last is None:
        if name is None:
            return
        found.given, found.family, found.generation = _divided(name[:_LONGEST_NAME])
    else:
        given, one = _words_of((first or "")[:_LONGEST_NAME])
        family, two = _words_of((last or "")[:_LONGEST_NAME])
        found.given, found.family, found.generation = given, _without_particles(family), one or two
        found.sure = bool(given and family)
    _close_name(found)


def _close_name(found: Traits) -> None:
    found.whole = "".join(sorted("".join(found.given + found.family)))


@lru_cache(maxsize=65_536)
def _divided(name: str) -> tuple[tuple[str, ...], tuple[str, ...], str | None]:
    """First and last name of a whole name: the last word is the last name, unless a comma or its script says otherwise."""
    before, comma, behind = name.partition(",")
    family, generation = _words_of(before)
    given, other = _words_of(behind)
    if comma and given and family:
        return given, _without_particles(family), generation or other
    if company_key(name) != fold(name):
        return (), (), None  # `Acme GmbH` is no person
    words = family + given
    if len(words) == 1 and is_picture(words[0]) and 2 <= len(words[0]) <= 4:
        at = 2 if words[0][:2] in _TWO_SIGNS and len(words[0]) > 2 else 1
        return (words[0][at:],), (words[0][:at],), None
    if len(words) == 2 and all(map(is_picture, words)) and len(words[0]) <= 2:
        return words[1:], words[:1], None
    if len(words) < 2:
        return words, (), generation or other
    at = len(words) - 1
    while at > 1 and words[at - 1] in _PARTICLES:
        at -= 1
    return words[:at], _without_particles(words[at:]), generation or other


@lru_cache(maxsize=65_536)
def _words_of(text: str) -> tuple[tuple[str, ...], str | None]:
    """The words of a name, each in its plain spelling, and which of several generations it is."""
    folded = fold(text)
    if folded is None:
        return (), None
    words = [
        each
        for each in _WORD.findall(folded.replace("'", "").replace("’", "").replace(".", " "))
        if each not in _TITLES
    ]
    generation = None
    if len(words) > 1 or (words and words[0] in ("jr", "sr")):
        generation = next((_GENERATIONS[each] for each in words[-2:] if each in _GENERATIONS), None)
        words = [each for each in words if each not in _GENERATIONS]
    return tuple(map(plain, words[:_MOST_WORDS])), generation


def _without_particles(words: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(each for each in words if each not in _PARTICLES) or words


def _borrow_names(found: Traits) -> None:
    """`anna.berg@…` is read as a name where nothing else says one."""
    for address in found.addresses:
        words = [plain(each) for each in re.split(r"[._-]", address.local)]
        if not address.role and len(words) == 2 and all(each.isalpha() and len(each) > 1 for each in words):
            found.given, found.family, found.borrowed = (words[0],), (words[1],), True
            _close_name(found)
            return


@lru_cache(maxsize=65_536)
def plain(word: str) -> str:
    """A folded word without accents, umlauts in one spelling however they were written, Cyrillic and Greek in Latin letters."""
    if not word.isascii():
        word = normalize("NFC", normalize("NFD", word).translate(_ACCENTS)).translate(_PLAIN)
        if not word.isascii():
            word = word.translate(_LATIN)
    return _SPELT_OUT.sub(lambda found: found[0][0], word)


def is_picture(word: str) -> bool:
    """Whether a word is written in signs of which each one counts (Chinese, Japanese, Korean): one other sign is another name."""
    return bool(word) and min(word) >= "\u2e80"


@lru_cache(maxsize=65_536)
def sound(word: str) -> str:
    """Roughly how a plain word sounds, after Soundex (R. C. Russell, US patent 1,261,167, 1918): classes of consonants, but for
    the whole word and with its first sign told by its class too."""
    if not word.isascii():
        return word
    coded = word.replace("ph", "f").replace("th", "t").translate(_SOUNDS)
    once = "".join(sign for at, sign in enumerate(coded) if at == 0 or sign != coded[at - 1])
    return ("0" if word[0] in "aeiouyh" else "") + once


# what else is known


@lru_cache(maxsize=65_536)
def _even(text: str | None) -> str | None:
    folded = fold(text)
    if folded is None or folded in _NOTHING:
        return None
    return " ".join(map(plain, _WORD.findall(folded))) or folded


@lru_cache(maxsize=65_536)
def company_words(firm: str) -> tuple[str, ...]:
    """The words of a company's name as it stands, without its legal form."""
    return tuple((_even(company_key(firm)) or "").split())


def _run_together(company: str | None) -> str | None:
    even = _even(company)
    return even and even.replace(" ", "")


def _facts(extra: str | None, own: Mapping[str, Any]) -> dict[str, str]:
    held: Mapping[str, Any] = json.loads(extra) if extra else {}
    found: dict[str, str] = {}
    for key, value in (*held.items(), *own.items()):
        if value is None or isinstance(value, dict | list) or len(found) >= _MOST_FACTS:
            continue
        text = str(value)
        even = _fact(text) if len(text) <= _LONGEST_FACT else None
        if even is not None:
            found[_field(key)] = even
    return found


@lru_cache(maxsize=4096)
def _field(key: str) -> str:
    return " ".join(_WORD.findall((fold(key) or "").replace("_", " ")))


def _fact(text: str) -> str | None:
    folded = fold(text)
    if folded is None or folded in _NOTHING:
        return None
    if folded.isascii() and folded[0].isdigit():
        if folded.isalnum():
            return folded
        day = _DAY_FIRST.fullmatch(folded)
        if day is not None:
            return f"{day[1]}{day[2]:0>2}{day[3]:0>2}"
        day = _DAY_LAST.fullmatch(folded)
        if day is not None:
            return f"{day[3]}{day[2]:0>2}{day[1]:0>2}"
    words = _WORD.findall(folded)
    digits = sum(map(str.isdigit, folded))
    if digits >= 5 and digits * 5 >= len(folded) * 3:
        return "".join(words)  # a number that is written with blanks or strokes, or a day with a slip
    return " ".join(map(plain, words)) or folded


# keys


def said_by(traits: Traits) -> Iterator[tuple[str, str]]:
    """Everything that a lead says, as field and value: how often each is said tells how much it says."""
    for word in {*traits.given, *traits.family}:
        yield "word", word
    if traits.whole:
        yield "name", traits.whole
    for kind, value in (("company", traits.company), ("city", traits.city), ("country", traits.country)):
        if value is not None:
            yield kind, value
    for address in traits.addresses:
        yield "email", address.text
        if address.company is not None:
            yield "domain", address.company
    for number in traits.numbers:
        yield "phone", number
    for own in traits.ids:
        yield "external id", own
    for key, value in traits.facts.items():
        yield f"fact {key}", value


def keys_of(traits: Traits) -> set[int]:
    """Keys of which leads that may be one person share some: the name by its sound, by its beginning, turned round; an address,
    a number, a company or a city with a part of the name. 31 bits each, the last of them set where sharing this one alone is
    enough to look closer (`is_strong`); of the others it takes two."""
    weak: set[str] = set()
    strong: set[str] = set()
    given, family = traits.given[:2], traits.family[:2]
    if traits.whole:
        strong.add(f"w{traits.whole}")
    for one in given:
        for other in family:
            low, high = sorted((sound(one), sound(other)))
            weak |= {
                f"s{low} {high}",
                f"i{sound(one)} {other[:1]}",
                f"i{sound(other)} {one[:1]}",
                f"e{one[:4]} {other[-3:]}",
            }
            low, high = sorted((one[:3], other[:3]))
            weak.add(f"b{low} {high}")
    for word in (*given, *family):
        weak.add(f"o{sound(word)}")
        if traits.company is not None:
            weak.add(f"p{traits.company}\0{sound(word)}")
    if not traits.named and traits.company is not None:
        strong.add(f"c{traits.company}")
    for address in traits.addresses:
        strong.add(f"a{address.text}")
        if not address.role and len(address.local) > 4:
            strong.add(f"l{address.local}")
    strong |= {f"t{number}" for number in traits.numbers}
    strong |= {f"x{own}" for own in traits.ids}
    return {_number(each, 0) for each in weak} | {_number(each, 1) for each in strong}


def details_of(traits: Traits) -> set[int]:
    """What tells leads apart that share a key with too many others. 31 bits each."""
    found = {f"g{word}" for word in (*traits.given, *traits.family)}
    found |= {f"{kind}{value}" for kind, value in (("c", traits.company), ("o", traits.city)) if value is not None}
    for address in traits.addresses:
        found |= {f"l{address.local}", f"d{address.domain}"}
    found |= {f"t{number}" for number in traits.numbers}
    return {_number(each, 0) for each in found}


def fact_key(key: str, value: str) -> int:
    """The key of a fact; one bit more makes it a strong one."""
    return _number(f"f{key}\0{value}", 0)


def _number(text: str, strong: int) -> int:
    return crc32(text.encode("utf-8", "surrogatepass")) >> 2 << 1 | strong
