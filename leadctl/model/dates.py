"""Days and periods as people type them, and the civil day of a moment. Dates inside imported files: `date_reader`.

Nothing here reads the clock: `today` is given.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

from leadctl.model.date_reader import FIRST_YEAR, LAST_YEAR, MONTHS, DateReader, iso_utc, numeric_day

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

__all__ = ["DateReader", "civil_day", "parse_day", "parse_period", "utc_bounds"]

_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_FIXED = {"today": 0, "tomorrow": 1, "yesterday": -1}
_SPAN = r"(in |\+|-)? ?([0-9]{1,4}) ?(d|w|m|y|days?|weeks?|months?|years?)( ago)?"
_ISO_DAY = r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})"
_WEEK = r"([0-9]{4})-?w([0-9]{1,2})"
_QUARTER = r"([0-9]{4})-?q([1-4])"
_MONTH = r"([0-9]{4})-([0-9]{2})"
_YEAR = r"[0-9]{4}"
_NUMERIC = r"([0-9]{1,4})([./-])([0-9]{1,2})\2([0-9]{1,4})"
_DAY_MONTH = r"([0-9]{1,2})(?:st|nd|rd|th)?\.?[ -]?([^\W\d_]+)\.?,?[ -]?([0-9]{4})"
_MONTH_DAY = r"([^\W\d_]+)\.? ([0-9]{1,2})(?:st|nd|rd|th)?,? ([0-9]{4})"
_EXAMPLES = "write it as 2026-11-22, fri, 2w, 'in 3 days' or eom"


def parse_day(text: str, today: date, order: str | None) -> date:
    """The day somebody means; `order` is `dmy`, `mdy`, `ymd` or None, and settles `10/11/2026`.

    A weekday is the next such day and never today; `1m` is the same day of the next month, or that month's last.
    `2026-W48`, `2026-11` and `2026Q4` are their first day, `eow` is Sunday. ValueError says how to mend it.
    """
    plain = " ".join(text.split()).casefold()
    day = _relative(plain, today) or _within_period(plain)
    if day is None:
        day = _written_out(text, plain, order)
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise ValueError(f"'{text}' is outside the years {FIRST_YEAR} to {LAST_YEAR}")
    return day


def parse_period(text: str, today: date) -> tuple[date, date]:
    """First and last day, both included, of `2026`, `2026Q4`, `2026-11`, `2026-W48`, or of one day. ValueError else."""
    plain = " ".join(text.split()).casefold()
    if re.fullmatch(_YEAR, plain):
        first = parse_day(f"{plain}-01-01", today, None)
        return first, date(first.year, 12, 31)
    first_day = _within_period(plain)
    if first_day is None:
        try:
            day = parse_day(text, today, None)
        except ValueError as error:
            raise ValueError(f"{error}; a period is 2026, 2026Q4, 2026-11 or 2026-W48") from None
        return day, day
    if not FIRST_YEAR <= first_day.year <= LAST_YEAR:
        raise ValueError(f"'{text}' is outside the years {FIRST_YEAR} to {LAST_YEAR}")
    if "w" in plain:
        return first_day, first_day + timedelta(days=6)
    months = 3 if "q" in plain else 1
    return first_day, _months_on(first_day, months) - timedelta(days=1)


def utc_bounds(day: date, zone: ZoneInfo) -> str:
    """The moment at which the day begins in the zone, as UTC text: `2026-11-21T23:00:00Z` for Berlin's 22 November."""
    return iso_utc(datetime.combine(day, time(), tzinfo=zone))


def civil_day(utc_text: str, zone: ZoneInfo) -> date:
    """The day on the zone's calendar at a moment given as UTC text. ValueError where it is no ISO time."""
    moment = datetime.fromisoformat(utc_text)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return moment.astimezone(zone).date()


def _relative(plain: str, today: date) -> date | None:
    if plain in _FIXED:
        return today + timedelta(days=_FIXED[plain])
    if plain in ("eow", "eom", "eoq", "eoy"):
        return _end_of(plain[2], today)
    if len(plain) >= 3 and plain.isalpha():
        for number, name in enumerate(_WEEKDAYS):
            if name.startswith(plain):
                return today + timedelta(days=(number - today.weekday() - 1) % 7 + 1)
    return _span(plain, today)


def _end_of(unit: str, today: date) -> date:
    if unit == "w":
        return today + timedelta(days=6 - today.weekday())
    month = {"m": today.month, "q": (today.month + 2) // 3 * 3, "y": 12}[unit]
    return _months_on(date(today.year, month, 1), 1) - timedelta(days=1)


def _span(plain: str, today: date) -> date | None:
    found = re.fullmatch(_SPAN, plain)
    if found is None or (found[1] and found[4]):
        return None
    count = int(found[2]) * (-1 if found[4] or found[1] == "-" else 1)
    unit = found[3][0]
    try:
        if unit in "dw":
            return today + timedelta(days=count * (7 if unit == "w" else 1))
        return _months_on(today, count * (12 if unit == "y" else 1))
    except (OverflowError, ValueError):
        raise ValueError(f"'{plain}' is outside the years {FIRST_YEAR} to {LAST_YEAR}") from None


def _months_on(day: date, months: int) -> date:
    """So many months later; a day that the month lacks becomes its last one. ValueError beyond the years we know."""
    from dateutil.relativedelta import relativedelta

    found = day + relativedelta(months=months)
    if not FIRST_YEAR - 1 <= found.year <= LAST_YEAR + 1:
        raise ValueError("too far away")
    return found


def _within_period(plain: str) -> date | None:
    """The first day of a week, a quarter or a month."""
    week, quarter, month = re.fullmatch(_WEEK, plain), re.fullmatch(_QUARTER, plain), re.fullmatch(_MONTH, plain)
    if week is not None:
        try:
            return date.fromisocalendar(int(week[1]), int(week[2]), 1)
        except ValueError:
            raise ValueError(f"there is no week {int(week[2])} in {week[1]}") from None
    if quarter is not None:
        return _made(plain, int(quarter[1]), int(quarter[2]) * 3 - 2, 1)
    if month is not None:
        return _made(plain, int(month[1]), int(month[2]), 1)
    return None


def _written_out(text: str, plain: str, order: str | None) -> date:
    iso = re.fullmatch(_ISO_DAY, plain)
    if iso is not None:
        return _made(text, int(iso[1]), int(iso[2]), int(iso[3]))
    numeric = re.fullmatch(_NUMERIC, plain)
    if numeric is not None:
        if len(numeric[1]) < 3 and len(numeric[4]) != 4:
            raise ValueError(f"'{text}': write the year with four digits, as in 2026-11-22")
        return numeric_day(text, numeric[1], numeric[3], numeric[4], "dmy" if numeric[2] == "." else order)
    for pattern, month, day in ((_DAY_MONTH, 2, 1), (_MONTH_DAY, 1, 2)):
        found = re.fullmatch(pattern, plain)
        if found is not None and found[month] in MONTHS:
            return _made(text, int(found[3]), MONTHS[found[month]], int(found[day]))
    raise ValueError(f"'{text}' is no date that leadctl knows: {_EXAMPLES}")


def _made(text: str, year: int, month: int, day: int) -> date:
    try:
        return date(year, month, day)
    except ValueError as error:
        raise ValueError(f"'{text}' is no day of the calendar: {error}") from None
