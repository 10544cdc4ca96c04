"""Periods as files of costs write them: a day, `2026-11`, `Nov 2026`, `11/2026`, `2026-W48`, `2026Q4`, or two days."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable
from datetime import date, timedelta
from typing import NamedTuple

from leadctl.model.date_reader import MONTHS

_YEAR = re.compile(r"[0-9]{4}")
_MONTH = re.compile(r"([0-9]{4})[-/.]([0-9]{1,2})")
_MONTH_FIRST = re.compile(r"([0-9]{1,2})[-/.]([0-9]{4})")
_NAMED_MONTH = re.compile(r"([^\W\d_]+)\.?[ -]?([0-9]{4})|([0-9]{4})[ -]([^\W\d_]+)\.?")
_QUARTER = re.compile(r"([0-9]{4})[- ]?q([1-4])|q([1-4])[- /]?([0-9]{4})")
_WEEK = re.compile(
    r"([0-9]{4})[- ]?(?:w|kw|cw)[ .]?([0-9]{1,2})|(?:w|kw|cw|week|woche)[ .]{0,2}([0-9]{1,2})[ /,-]{1,3}([0-9]{4})"
)
_TWO_DAYS = re.compile(r"(.+?)(?: ?– ?| ?— ?| - | to | bis |\.\.)(.+)")


class Period(NamedTuple):
    """First and last day, both included, as YYYY-MM-DD."""

    first: str
    last: str


def read_period(text: str, read_day: Callable[[str], str]) -> Period:
    """The period that a text means. `read_day` reads what is one day. ValueError for what is neither."""
    plain = " ".join(text.split()).casefold()
    found = _month(plain) or _week(plain)
    if found is not None:
        return found
    quarter = _QUARTER.fullmatch(plain)
    if quarter:
        year, number = int(quarter[1] or quarter[4]), int(quarter[2] or quarter[3])
        return _months(year, number * 3 - 2, number * 3)
    if _YEAR.fullmatch(plain):
        return _months(int(plain), 1, 12)
    two = _TWO_DAYS.fullmatch(plain)
    if two:
        first, last = read_day(two[1]), read_day(two[2])
        if last < first:
            raise ValueError(f"'{text[:40]}' ends before it begins")
        return Period(first, last)
    day = read_day(text)
    return Period(day, day)


def widened(period: Period, to: str) -> Period:
    """Of a column of months or weeks a day stands for the whole `month` that it is in, or the `week` that begins with it."""
    if period.first != period.last or to not in ("month", "week"):
        return period
    day = date.fromisoformat(period.first)
    return _months(day.year, day.month, day.month) if to == "month" else _days(day, 7)


def _month(plain: str) -> Period | None:
    found = _MONTH.fullmatch(plain)
    year, month = (found[1], int(found[2])) if found else ("", 0)
    if found is None and (found := _MONTH_FIRST.fullmatch(plain)):
        year, month = found[2], int(found[1])
    if found is None and (found := _NAMED_MONTH.fullmatch(plain)):
        name = found[1] or found[4]
        if name not in MONTHS:
            return None
        year, month = found[2] or found[3], MONTHS[name]
    if found is None:
        return None
    if not 1 <= month <= 12:
        raise ValueError(f"there is no month {month}")
    return _months(int(year), month, month)


def _week(plain: str) -> Period | None:
    found = _WEEK.fullmatch(plain)
    if found is None:
        return None
    year, week = int(found[1] or found[4]), int(found[2] or found[3])
    try:
        return _days(date.fromisocalendar(year, week, 1), 7)
    except ValueError:
        raise ValueError(f"there is no week {week} in {year}") from None


def _months(year: int, first: int, last: int) -> Period:
    if not 1900 <= year <= 2200:
        raise ValueError(f"the year {year} is outside the years 1900 to 2200")
    return Period(f"{year:04}-{first:02}-01", f"{year:04}-{last:02}-{monthrange(year, last)[1]:02}")


def _days(first: date, count: int) -> Period:
    return Period(first.isoformat(), (first + timedelta(days=count - 1)).isoformat())
