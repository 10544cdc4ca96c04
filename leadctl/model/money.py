"""Numbers, sums of money, whole numbers and yes or no, as people write them.

How a point or a comma is read: where both stand, the last is the decimal sign. One that stands several times groups
thousands. One that stands once is the decimal sign, unless exactly three digits follow it and one to three stand
before it (not a lone 0): then `1,234` and `1.234` could be either. Money takes both for thousands, because sums have
two decimals; a number takes the comma for thousands and the point for the decimal sign, as programs write them. A
number that counts things (of employees) takes both for thousands too.
Blanks and apostrophes between digits only ever group. Groups that no country writes are refused.
"""

from __future__ import annotations

import re
from functools import lru_cache
from unicodedata import category

_PLAIN_WHOLE = re.compile(r"-?[0-9]{1,15}")
_PLAIN_DECIMAL = re.compile(r"-?[0-9]{1,13}\.[0-9]{1,2}")
_GROUPED_BY_COMMA = re.compile(r"[$€£]? ?[1-9][0-9]{0,2}(?:,[0-9]{3}){1,4}(?:\.[0-9]{1,2})?")
_MOST_DIGITS = 15  # what a float carries exactly

_CODES = (
    "EUR|USD|GBP|CHF|SEK|NOK|DKK|ISK|PLN|CZK|HUF|RON|BGN|TRY|UAH|RUB|INR|CNY|RMB|JPY|KRW|HKD|TWD|SGD|THB|IDR|MYR|PHP|VND"
    "|AUD|NZD|CAD|MXN|BRL|ARS|CLP|COP|PEN|ZAR|NGN|KES|EGP|MAD|ILS|AED|SAR|QAR|PKR|BDT|LKR"
    "|EURO|EUROS|DOLLAR|DOLLARS|KR|FR|SFR|RS|ZŁ|KČ|FT|LEI"
)
_DOLLARS = r"(?<![^\W\d_])(?:US|AU|CA|NZ|HK|NT|MX|R|A|C|S)\s?\$"
_CURRENCY = rf"(?:{_CODES})(?![^\W\d_])\.?"
_SCALES = {
    "k": 3, "tsd": 3, "t": 3, "thousand": 3, "m": 6, "mn": 6, "mln": 6, "mio": 6, "million": 6, "millionen": 6,
    "teur": 3, "keur": 3, "meur": 6,
    "bn": 9, "b": 9, "mrd": 9, "billion": 9, "milliarden": 9, "lakh": 5, "lac": 5, "crore": 7, "cr": 7,
}  # fmt: skip
_SCALED = rf"(.*\d)\s*({'|'.join(sorted(_SCALES, key=len, reverse=True))})\.?"
_BODY = r"[0-9.,']*[0-9]"
_NO_CENTS = r"(?:[.,](?:[-–—]{1,2}|\s[-–—])|:[-–—])$"  # 5.000,- and 500:-
_MINUS_BEHIND = r"(.*[.,][0-9]{2})\s?[-–]"  # 1.234,50- as accountants write it
# As programs write large and small numbers. Spreadsheets write 1.23E+06, and have cut off digits by then.
_EXPONENT = r"-?(?:[0-9](?:\.[0-9]+)?e[+-][0-9]{2}|[0-9]\.[0-9]+E-?[0-9]{1,2})"
_RUPEES = r"₹|\brs|\binr"
_BLANK_BETWEEN_DIGITS = r"(?<=\d)\s(?=\d{3}(?!\d))"
_APOSTROPHES = str.maketrans(
    {"’": "'", "ʼ": "'", "´": "'", "`": "'", "−": "-", "–": "-", "\u2011": "-", "٫": ".", "٬": ","}
)
_RANGE = r"\d\s*(?:-|–|—|to|bis|\.\.+)\s*\d|\d\s*\+$|^[<>≤≥~]"

_YES = ("yes", "y", "true", "t", "1", "on", "x", "ja", "j", "wahr", "oui", "si", "sí", "sì", "sim", "✓", "✔", "☑")
_NO = ("no", "n", "false", "f", "0", "off", "nein", "falsch", "non", "não", "nej", "nei", "✗", "✘", "☐")


def parse_money(text: str) -> float:
    """A sum, in whatever currency it names: `1.234,50`, `$1,054`, `5k`, `(500)`, `EUR 5.000,-`.

    The module says how points and commas are read. ValueError where it cannot be read for certain.
    """
    return float(_read(text, money=True))


def parse_number(text: str, *, whole: bool = False) -> int | float:
    """A number: `1,200`, `3.5`, `-5`: int where it has no decimals. With a currency sign it is read as money.

    The module says how points and commas are read. `whole`: it counts things, of which nobody writes three decimals, so that
    `1.200` is 1200; `12.5` stays what it is. ValueError where it cannot be read for certain.
    """
    return _read(text, money=whole)


def parse_whole(text: str) -> int:
    """A whole number: `1,200`, `1.200` (a count has no three decimals), `1200.0`. ValueError for all else."""
    value = _read(text, money=True)
    if value != int(value):
        raise ValueError(f"'{_short(text)}' is no whole number")
    return int(value)


def yes_no(text: str) -> bool:
    """`yes`, `true`, `1`, `ja`, `x` and the like, or their opposites. ValueError for all else."""
    word = text.strip().casefold()
    if word in _YES:
        return True
    if word in _NO:
        return False
    raise ValueError(f"'{_short(text)}' is neither yes nor no: write yes or no, or map the value with `values`")


def _read(text: str, money: bool) -> int | float:
    given = text.strip()
    if _PLAIN_WHOLE.fullmatch(given):
        return int(given)
    if _PLAIN_DECIMAL.fullmatch(given):
        return float(given)
    if len(given) < 16 and _GROUPED_BY_COMMA.fullmatch(given):
        digits = given.lstrip("$€£ ").replace(",", "")
        return float(digits) if "." in digits else int(digits)
    return _read_with_care(given, money)


@lru_cache(maxsize=16_384)
def _read_with_care(given: str, money: bool) -> int | float:
    if len(given) > 60:
        raise ValueError(f"'{_short(given)}' is too long for a number")
    if re.fullmatch(_EXPONENT, given) and abs(float(given)) < 10**_MOST_DIGITS:
        return float(given)
    plain = given.translate(_APOSTROPHES)
    rest, negative = _without_sign(plain if plain.isascii() else _in_ascii_digits(plain))
    rest, currency = _without_currency(rest)
    if not negative:
        rest, negative = _without_sign(rest)
    whole = re.sub(_NO_CENTS, "", rest).strip()
    rest, currency = whole, currency or whole != rest
    scaled = re.fullmatch(_SCALED, rest, re.IGNORECASE)
    if scaled and scaled[2].lower() == "cr" and not re.search(_RUPEES, given, re.IGNORECASE):
        raise ValueError(f"'{_short(given)}' can be ten millions or a credit: write the number alone")
    scale = _SCALES[scaled[2].lower()] if scaled else 0
    body = re.sub(_BLANK_BETWEEN_DIGITS, "'", (scaled[1] if scaled else rest).strip())
    if re.fullmatch(_BODY, body) is None:
        raise ValueError(_why_not(given))
    sign = "-" if negative else ""
    plain = sign + _plain(body, given, money=money or currency, scaled=scaled is not None)
    if "." in plain or scale:
        value = float(f"{plain}e{scale}")  # the shift is part of the text, so nothing is rounded twice
        return int(value) if scale and value == int(value) else value
    return int(plain)


def _in_ascii_digits(text: str) -> str:
    return "".join(str(int(c)) if c.isdecimal() else c for c in text)


def _without_sign(text: str) -> tuple[str, bool]:
    if text.startswith("(") and text.endswith(")"):
        return text[1:-1].strip(), True
    if text.startswith("-"):
        return text[1:].lstrip(), True
    behind = re.fullmatch(_MINUS_BEHIND, text)
    if behind is not None:
        return behind[1], True
    return text.removeprefix("+").lstrip(), False


def _without_currency(text: str) -> tuple[str, bool]:
    rest = re.sub(_DOLLARS, "$", text, flags=re.IGNORECASE)
    rest = "".join(" " if category(c) == "Sc" else c for c in rest).strip()
    leading = re.match(_CURRENCY, rest, re.IGNORECASE)
    if leading is not None:
        rest = rest[leading.end() :].lstrip()
    trailing = re.search(rf"(?<![^\W\d_])(?:{_CURRENCY})$", rest, re.IGNORECASE)
    if trailing is not None:
        rest = rest[: trailing.start()].rstrip()
    return rest, rest != text


def _plain(body: str, given: str, *, money: bool, scaled: bool) -> str:
    """Digits with at most one point, out of digits grouped in somebody's way."""
    signs = [c for c in body if c in ".,'"]
    if sum(map(str.isdigit, body)) > _MOST_DIGITS:
        raise ValueError(f"'{_short(given)}' has more than {_MOST_DIGITS} digits")
    decimal = _decimal_sign(body, signs, money=money, scaled=scaled)
    whole, _, fraction = body.rpartition(decimal) if decimal else (body, "", "")
    groups = re.split(r"[.,']", whole)
    one_kind = len(set(signs) - {decimal}) <= 1 and (not decimal or decimal not in whole)
    if not one_kind or not _well_grouped(groups, whole):
        raise ValueError(f"'{_short(given)}' is not grouped as a number is: write 1234.50 or 1,234.50")
    return "".join(groups) + (f".{fraction}" if fraction else "") if whole else f"0.{fraction}"


def _decimal_sign(body: str, signs: list[str], *, money: bool, scaled: bool) -> str:
    if not signs or signs[-1] == "'":
        return ""
    last = signs[-1]
    if len(set(signs)) > 1:
        return last
    if len(signs) > 1:
        return ""
    before, _, after = body.partition(last)
    either = len(after) == 3 and 1 <= len(before) <= 3 and not before.startswith("0")
    if not either or scaled:  # nobody writes 1.234k for 1,234,000
        return last
    return "" if money or last == "," else last


def _well_grouped(groups: list[str], whole: str) -> bool:
    first, *middle = groups
    if not middle:
        return True
    if not 1 <= len(first) <= 3 or len(middle[-1]) != 3:
        return False
    thousands = all(len(group) == 3 for group in middle)
    # 12,34,567: thousands, then lakhs and crores of two digits each.
    lakhs = "," in whole and len(first) <= 2 and all(len(group) == 2 for group in middle[:-1])
    return thousands or lakhs


def _why_not(given: str) -> str:
    if re.search(_RANGE, given):
        return f"'{_short(given)}' is a range, not a number: map it to a number with `values`, or make the field text"
    if given.endswith("%"):
        return f"'{_short(given)}' is a percentage: write the number alone"
    return f"'{_short(given)}' is not a number"


def _short(text: str) -> str:
    return text if len(text) <= 40 else text[:39] + "…"
