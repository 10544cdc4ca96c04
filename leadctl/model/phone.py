"""Phone numbers in one spelling: `+4930123456`, with an extension `+4930123456;ext=12`.

A number is compared with others only where its country is known; all else is kept as it was given.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any


class PhoneState:
    """What is known of a number: VALID it can be called, INVALID it cannot, UNVERIFIED its country is not known."""

    UNVERIFIED = "unverified"
    VALID = "valid"
    INVALID = "invalid"


Normalised = tuple[str, str, str | None]

_INTERNATIONAL = re.compile(r"\+[1-9][0-9 .()/\-]{5,28}[0-9]")
_NATIONAL = re.compile(r"[0-9( ][0-9 .()/\-]{3,28}[0-9]")
_NOT_DIGITS = str.maketrans("", "", "+ .()/-")
# ITU-T E.164: the country codes of one and two digits, and the country that each means where it is one; every other has
# three. Several share 1, 7, 39, 44, 47 and 61.
_SHORT = """
    1 - 7 - 20 EG 27 ZA 30 GR 31 NL 32 BE 33 FR 34 ES 36 HU 39 - 40 RO 41 CH 43 AT 44 - 45 DK 46 SE 47 - 48 PL 49 DE 51 PE
    52 MX 53 CU 54 AR 55 BR 56 CL 57 CO 58 VE 60 MY 61 - 62 ID 63 PH 64 NZ 65 SG 66 TH 81 JP 82 KR 84 VN 86 CN 90 TR 91 IN
    92 PK 93 AF 94 LK 95 MM 98 IR
"""
_SHORT_CODES = dict(zip(_SHORT.split()[::2], _SHORT.split()[1::2], strict=True))
_COUNTRIES = {f"+{code}": country for code, country in _SHORT_CODES.items() if country != "-"}
# What most files have, settled in one look: a country code of two digits, and 6 to 13 digits that are neither all the
# same, nor counted up, nor begin with a zero (which some countries dial and others do not).
_TWO_DIGITS = "|".join(sorted(_SHORT_CODES.keys() - {"1", "7"}))
_SURE = re.compile(rf"\+(?:{_TWO_DIGITS})(?!1234567890$)([1-9])(?!\1*$)[0-9]{{5,12}}")
_KEEPS_ZERO = ("39", "378", "379")  # Italy's numbers start with a zero that is dialled from abroad too

_PREFIX = r"^(?:tel|phone|fax|mobile?|mob|p|t|f|m|fon|telefon)\.?\s*:\s*"
_EXTENSION = r"[\s,;]*(?:;?\s*ext(?:ension|n)?\.?\s*[=:]?|x|#|durchwahl|dw\.?)\s*([0-9]{1,7})"
_EXTENSION_AT_END = rf"(.*(?:[0-9)]|[A-Z]{{3}}(?=\s))){_EXTENSION}"
_BLANKS = r"[\s\u00a0\u2000-\u200a\u202f\u3000]+"
_INVISIBLE = dict.fromkeys((0xAD, 0x200B, 0x200E, 0x200F, *range(0x202A, 0x202F), 0x2060, *range(0x2066, 0x206A)))
_HYPHENS = dict.fromkeys((*range(0x2010, 0x2016), 0x2212, 0xFF0D), "-")
_LOOKALIKES = {**_HYPHENS, 0x2044: "/", 0xFF0B: "+", 0xFF08: "(", 0xFF09: ")"}
_MASKED = r"[x*•]{2,}|[*•]|…|\[?(?:redacted|hidden|masked)\]?"
_REMARK = r"\([^\W\d_][^\d()]*\)"  # (mobile)
_REMARK_WORDS = (
    r"(.*[0-9)])[\s,;/-]+(?:home|work|office|mobile?|mob|cell|handy|fax|main|direct|priv(?:at|ate|é)?|b(?:ü|ue)ro"
    r"|gesch(?:ä|ae)ftlich|dienstlich|bureau|domicile|casa|oficina)\.?"
)
# Letters stand for digits in North America, and on freephone numbers elsewhere; else they are somebody's remark.
_VANITY = r"\+?1?[ .()-]*\(?[2-9][0-9]{2}\)?(?:[ .-]?[0-9A-Z]){7}\??"
_TOLL_FREE = r"\+?1[ .-]*\(?8(?:00|33|44|55|66|77|88)\)?[ .-].*"
_FREEPHONE = r"0800[ -](?:[A-Z][0-9-]?){4,9}"
_SPREADSHEET = r"\+?[0-9](?:[.,][0-9]+)?e\+?[0-9]{1,2}"
_FLOAT = r"(\+?[0-9]{7,15})[.,]0"
_COUNTING = ("12345678901234567890", "9876543210", "01234567890123456789")
_SEVERAL = r"\s/\s|[,;|]|\bor\b|\boder\b"
# `1234567/68`: behind the slash is the end of another number of the same house.
_TAIL = re.compile(r"(\+?[0-9 .()/\-]*[0-9]) ?/ ?([0-9]{1,4})")
_LONGEST_WITH_TAIL = 48
_LONGER_THAN_AREA_CODES = 6  # digits behind the country code
_FEWEST_DIGITS = 6
_FEWEST_ABROAD = 8
_MOST_DIGITS = 15  # ITU-T E.164


def normalise(text: str, country: str | None) -> Normalised:
    """The number in its one spelling, its state, and for INVALID why.

    `country` (ISO 3166, two letters) is where numbers without a country code are from; without it they stay as given
    and UNVERIFIED. INVALID ones keep the text as it was given, without the blanks around it.
    """
    if _SURE.fullmatch(text) is not None:
        return text, PhoneState.VALID, None
    given = text.strip()
    if "/" in given[-6:] and (number := _before_tail(given, country)) is not None:
        return number, PhoneState.VALID, None
    if _INTERNATIONAL.fullmatch(given) is not None and "(0" not in given:
        return _international(given, given.translate(_NOT_DIGITS), "")
    if country is not None and _NATIONAL.fullmatch(given) is not None:
        pattern = _country_pattern(country.upper())
        value = pattern and pattern.international(given.translate(_NOT_DIGITS))
        if value:
            return _international(given, value, "")
    return _with_care(given, country.upper() if country else None)


def _before_tail(given: str, country: str | None) -> str | None:
    """The number before a short tail; None where it is not certain that it is one: `0664/1234` is one number."""
    found = _TAIL.fullmatch(given) if len(given) <= _LONGEST_WITH_TAIL and given.count("/") < 5 else None
    if found is None:
        return None
    whole = found[1]
    number = _before_tail(whole, country)
    if number is not None:
        return number
    if "/" in whole and len(whole.rpartition("/")[2].translate(_NOT_DIGITS)) < len("12345"):
        return None  # parts of one number, as in 0664/1234/567
    value, state, _ = normalise(whole, country)
    if state != PhoneState.VALID or ";" in value or not is_whole(whole, value, state):
        return None
    value, state, _ = _by_library(whole, value, None, "")  # which knows how long numbers are where they are from
    digits = value[1:]
    return (
        value
        if state == PhoneState.VALID and len(digits) - len(_country_code(digits) or digits) >= _LONGER_THAN_AREA_CODES
        else None
    )


def is_whole(text: str, value: str, state: str) -> bool:
    """Whether a text says all of a number, not only what follows the area code. `value`, `state`: as `normalise` judged it.

    Whole is one with a country code, with the zero that is dialled inside the country, or of a country that dials none.
    """
    if state == PhoneState.INVALID:
        return False
    if _plain(text).lstrip("( ")[:1] in ("+", "0"):
        return True
    country = country_of_valid(value) if state == PhoneState.VALID else None
    return country is not None and not _dials_zero(country)


@cache
def _dials_zero(country: str) -> bool:
    from phonenumbers import PhoneMetadata

    about: Any = PhoneMetadata.metadata_for_region(country, None)
    return about is None or about.national_prefix == "0"


def _international(given: str, digits: str, extension: str) -> Normalised:
    code = _country_code(digits)
    if code is None:
        return given, PhoneState.INVALID, "no such country code"
    rest = digits[len(code) :]
    if rest == rest[:1] * len(rest):
        return given, PhoneState.INVALID, "all digits the same"
    if rest == "1234567890":
        return given, PhoneState.INVALID, "placeholder"
    # A zero there is part of the number in some countries and a mistake in others; and a few have short numbers.
    if rest[0] == "0" or len(digits) < _FEWEST_ABROAD:
        return _by_library(given, f"+{digits}", None, extension)
    if len(digits) > _MOST_DIGITS:
        return given, PhoneState.INVALID, _too_long(given)
    if code == "1" and (len(digits) != 11 or rest[0] == "1"):
        return given, PhoneState.INVALID, "no such number"  # North America: three digits from 200 on, then seven
    return f"+{digits}{extension}", PhoneState.VALID, None


def _country_code(digits: str) -> str | None:
    for length in (1, 2):
        if digits[:length] in _SHORT_CODES:
            return digits[:length]
    return digits[:3] if digits[:3] in _long_codes() else None


@cache
def _long_codes() -> frozenset[str]:
    from phonenumbers import COUNTRY_CODE_TO_REGION_CODE

    return frozenset(str(code) for code in COUNTRY_CODE_TO_REGION_CODE if code > 99)


def phone_country(text: str) -> str | None:
    """The country (ISO 3166, two letters) whose number this is; None for what is no certain number with a country code, and
    for codes that are no country's (`+800`). Which of several countries that share a code is what the library says."""
    value, state, _ = normalise(text, None)
    return country_of_valid(value) if state == PhoneState.VALID else None


def country_of_valid(number: str) -> str | None:
    """The same of a number that is known to be VALID, in its one spelling: nothing is looked at twice."""
    known = _COUNTRIES.get(number[:3])
    if known is not None:
        return known
    digits = number[1:].partition(";")[0]
    code = _country_code(digits)
    return _one_of_several(code, digits[len(code) :]) if code is not None and number[:1] == "+" else None


def _one_of_several(code: str, number: str) -> str | None:
    countries = _countries_of(code)
    for country, pattern in countries:
        if pattern.match(number) is not None:
            return country
    # A range that the library does not know yet: only of America no country is the main one.
    return countries[0][0] if code != "1" and countries else None


@cache
def _countries_of(code: str) -> tuple[tuple[str, re.Pattern[str]], ...]:
    """The countries that a code stands for, and what the numbers of each look like, in the order in which the library asks."""
    from phonenumbers import COUNTRY_CODE_TO_REGION_CODE, PhoneMetadata

    found = []
    for country in COUNTRY_CODE_TO_REGION_CODE.get(int(code), ()):
        about: Any = PhoneMetadata.metadata_for_region(country, None)
        if about is not None:  # else it is no country's
            pattern = about.leading_digits or rf"(?:{'|'.join(_kinds_of_numbers(about))})\Z"
            found.append((country, re.compile(pattern)))
    return tuple(found)


def _kinds_of_numbers(about: Any) -> list[str]:
    """What the numbers of a country look like, a pattern a kind, as the library's metadata say."""
    kinds = (about.fixed_line, about.mobile, about.toll_free, about.premium_rate, about.shared_cost, about.voip,
             about.personal_number, about.pager, about.uan, about.voicemail)  # fmt: skip
    return [kind.national_number_pattern for kind in kinds if kind is not None and kind.national_number_pattern]


def _too_long(given: str) -> str:
    return "several numbers" if re.search(_SEVERAL, given) else "too long"


def _with_care(given: str, country: str | None) -> Normalised:
    plain = _plain(given)
    if re.fullmatch(_SPREADSHEET, plain, re.IGNORECASE):
        return given, PhoneState.INVALID, "damaged by a spreadsheet"
    if re.search(_MASKED, plain, re.IGNORECASE):
        return given, PhoneState.INVALID, "masked"
    plain, extension = _without_extension(plain)
    digits = "".join(filter(str.isdigit, plain))
    if not digits:
        return given, PhoneState.INVALID, "no digits"
    if len(digits) > 3 and digits == digits[0] * len(digits):
        return given, PhoneState.INVALID, "all digits the same"
    if re.search(r"[^\W\d_]", plain) is not None:
        return _with_letters(given, plain, country, extension)
    if plain.startswith("+"):
        return _international_with_care(given, plain, extension)
    if digits.startswith("00") and _country_code(digits[2:]) and _FEWEST_ABROAD <= len(digits) - 2 <= _MOST_DIGITS:
        return _international_with_care(given, f"+{plain.lstrip('( ').removeprefix('00').lstrip(') ')}", extension)
    if country is not None:
        return _by_library(given, plain, country, extension)
    if len(digits) < _FEWEST_DIGITS:
        return given, PhoneState.INVALID, "too short"
    if len(digits) > _MOST_DIGITS:
        return given, PhoneState.INVALID, _too_long(given)
    if any(row.startswith(digits) for row in _COUNTING):
        return given, PhoneState.INVALID, "placeholder"
    return given, PhoneState.UNVERIFIED, None


def _with_letters(given: str, plain: str, country: str | None, extension: str) -> Normalised:
    """`1-800-FLOWERS`: read where it is certain that the letters stand for digits."""
    if re.fullmatch(_TOLL_FREE, plain) and re.fullmatch(_VANITY, plain, re.IGNORECASE):
        return _by_library(given, plain.rstrip("?"), "US", extension)
    if re.fullmatch(_VANITY, plain):
        if plain.startswith("+1") or _dials_like_america(country):
            return _by_library(given, plain.rstrip("?"), "US", extension)
        if country is None:
            return given, PhoneState.UNVERIFIED, None
    if country is not None and re.fullmatch(_FREEPHONE, plain):
        return _by_library(given, plain, country, extension)
    return given, PhoneState.INVALID, "several numbers" if re.search(_SEVERAL, plain) else "not a phone number"


def _dials_like_america(country: str | None) -> bool:
    from phonenumbers import country_code_for_region

    return country is not None and country_code_for_region(country) == 1


def _international_with_care(given: str, plain: str, extension: str) -> Normalised:
    if re.search(r"[^0-9+ .()/\-]", plain) or "+" in plain[1:]:
        several = "+" in plain[1:] or re.search(_SEVERAL, plain) is not None
        return given, PhoneState.INVALID, "several numbers" if several else "not a phone number"
    digits = plain.translate(_NOT_DIGITS)
    if "(0" in plain and (code := _country_code(digits)) is not None and code not in _KEEPS_ZERO:
        digits = re.sub(r"\(0\)?", "", plain, count=1).translate(_NOT_DIGITS)
    return _international(given, digits, extension)


def _plain(given: str) -> str:
    """The given text in ASCII as far as it goes: blanks, hyphens and digits of other scripts, marks of spreadsheets."""
    plain = given.translate(_INVISIBLE).translate(_LOOKALIKES)
    plain = "".join(str(int(c)) if c.isdecimal() else c for c in plain)
    plain = re.sub(_BLANKS, " ", plain).strip(" '\"=")
    plain = re.sub(_PREFIX, "", plain, count=1, flags=re.IGNORECASE)
    plain = re.sub(_REMARK, "", plain).strip()
    remarked = re.fullmatch(_REMARK_WORDS, plain, re.IGNORECASE)
    plain = remarked[1] if remarked else plain
    if plain.startswith("(+"):
        plain = plain[1:]
    whole = re.fullmatch(_FLOAT, plain)
    return whole[1] if whole else plain


def _without_extension(plain: str) -> tuple[str, str]:
    found = re.fullmatch(_EXTENSION_AT_END, plain, re.IGNORECASE)
    return (found[1], f";ext={found[2]}") if found else (plain, "")


@lru_cache(maxsize=16_384)
def _by_library(given: str, plain: str, country: str | None, extension: str) -> Normalised:
    import phonenumbers

    try:
        number = phonenumbers.parse(plain, country)
    except phonenumbers.NumberParseException:
        return given, PhoneState.INVALID, "several numbers" if re.search(_SEVERAL, given) else "not a phone number"
    if not phonenumbers.is_valid_number(number):
        why = f"no such number in {country}" if country else "no such number"
        return given, PhoneState.INVALID, "several numbers" if re.search(_SEVERAL, given) else why
    if number.extension and not extension:
        extension = f";ext={number.extension}"
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164) + extension, PhoneState.VALID, None


@dataclass(frozen=True)
class _CountryPattern:
    """What the library knows of a country, as two patterns: the library itself takes 40 microseconds a number."""

    code: str
    trunk: re.Pattern[str]
    abroad: re.Pattern[str]
    number: re.Pattern[str]

    def international(self, digits: str) -> str | None:
        """The digits with the country code; None where only the library can say."""
        if digits.startswith(self.code) or self.abroad.match(digits):
            return None
        trunk = self.trunk.match(digits)
        if trunk is not None:
            digits = digits[trunk.end() :]
        return self.code + digits if self.number.fullmatch(digits) else None


@cache
def _country_pattern(country: str) -> _CountryPattern | None:
    """None where the country is unknown or its numbers are rewritten when dialled from abroad."""
    from phonenumbers import PhoneMetadata

    about: Any = PhoneMetadata.metadata_for_region(country, None)
    if about is None or about.national_prefix_transform_rule:
        return None
    trunk = about.national_prefix_for_parsing or "(?!)"
    number = f"(?=(?:{about.general_desc.national_number_pattern})$)(?:{'|'.join(_kinds_of_numbers(about))})"
    abroad = about.international_prefix or "(?!)"
    return _CountryPattern(str(about.country_code), re.compile(trunk), re.compile(abroad), re.compile(number))
