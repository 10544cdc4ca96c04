"""Dates and times inside imported files: many forms, one reading each, and no guess.

A value is read when it can mean one moment only, by itself or by the order or form that was given; else it is refused
with both readings named.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import TYPE_CHECKING
from unicodedata import normalize

from leadctl.model.date_words import MONTHS, ZONE, offset

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

__all__ = ["FIRST_YEAR", "LAST_YEAR", "MONTHS", "ORDERS", "DateReader", "compiled_form", "iso_utc", "numeric_day"]

FIRST_YEAR, LAST_YEAR = 1900, 2200
ORDERS = ("dmy", "mdy", "ymd")
POINTS_AND_MONTH_FIRST = "either"  # 04.03.2026 where the order is mdy: the two contradict each other

_ENGLISH = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
_CLOCK_TIME = (
    r"(?P<hour>[0-9]{1,2})(?P<colon>[:.])(?P<minute>[0-9]{2})(?:(?P=colon)(?P<second>[0-9]{2})(?:[.,][0-9]{1,9})?)?"
    r"(?: ?(?P<half>[ap])\.? ?m\.?)?(?: uhr)?"
)
_TIME = (
    r"(?:(?:t|,? at |,? um |,? à |,? a las |,? kl\.? |, ?| - | )"
    rf"{_CLOCK_TIME}(?: ?(?P<zone>{ZONE}))?)?"
)
_WEEKDAYS = {"mo": 0, "tu": 1, "di": 1, "we": 2, "mi": 2, "th": 3, "do": 3, "fr": 4, "sa": 5, "su": 6, "so": 6}
_WEEKDAY = (
    r"(mo|di|mi|do|fr|sa|so|(?:mon|tues?|wed|thu|thur|thurs|fri|sat|sun)(?:day)?|wednesday|thursday|saturday"
    r"|(?:mon|diens|donners|frei|sams|sonn)tag|mittwoch)[.,]{0,2} "
)
_NUMERIC = r"(?P<a>[0-9]{1,4})(?P<sign>[./-]) ?(?P<b>[0-9]{1,2})(?P=sign) ?(?P<c>[0-9]{1,4})\.?" + _TIME
_BASIC = (
    r"(?P<a>[0-9]{4})(?P<b>[0-9]{2})(?P<c>[0-9]{2})(?:t(?P<clock>[0-9]{6}|[0-9]{4})(?P<zone>z)?|(?P<run>[0-9]{6}))?"
)
_DAY_FIRST = (
    r"(?P<day>[0-9]{1,2})(?:st|nd|rd|th|er|º)?[. -]{0,2}(?:de )?(?P<name>[^\W\d_]+)"
    r"(?: del? |[., -]{1,2})(?P<year>[0-9]{4}|[0-9]{2})" + _TIME
)
_MONTH_FIRST = (
    r"(?P<name>[^\W\d_]+)[. -]{1,2}(?P<day>[0-9]{1,2})(?:st|nd|rd|th)?[, -]{1,2}(?P<year>[0-9]{4}|[0-9]{2})" + _TIME
)
_LOG = r"\[?(?P<day>[0-9]{2})/(?P<name>[a-z]{3})/(?P<year>[0-9]{4}):" + rf"{_CLOCK_TIME} (?P<zone>{ZONE})\]?"
_CTIME = r"(?P<name>[a-z]{3}) (?P<day>[0-9]{1,2}) " + rf"{_CLOCK_TIME}(?: (?P<zone>{ZONE}))? (?P<year>[0-9]{{4}})"
# What JavaScript and Java add behind an offset.
_ZONE_REMARK = r" ?(?:\([^()]*\)|\[[a-z_]+(?:/[a-z_+-]+)+\])$"
_ODD_SIGNS = str.maketrans({"年": "-", "月": "-", "日": "", "\u2010": "-", "\u2011": "-", "\u2012": "-", "–": "-"})
_YEAR_FIRST = r"(?P<year>[0-9]{4})[ -](?P<name>[^\W\d_]+)[. -]{1,2}(?P<day>[0-9]{1,2})" + _TIME
_UNIX = r"[0-9]{10}(?:(?:[0-9]{3}){0,2}|\.[0-9]{1,9})"  # seconds, milli- and microseconds since 1970
_SERIAL = r"[0-9]{1,6}(?:[.,][0-9]{1,15})?"
_EXCEL_START = datetime(1899, 12, 30)  # noqa: DTZ001 - a wall-clock time; day 1 is 1900-01-01, with a false 29 February
_EXCEL_CERTAIN = 61
_CLOCK = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-5][0-9](?::[0-5][0-9])?Z?")
_UNIX_START = datetime(1970, 1, 1, tzinfo=UTC)
_MOST_CACHED = 65_536

_TWO, _ONE_OR_TWO, _NAME = "[0-9]{2}", "[0-9]{1,2}", r"[^\W\d_]+"
_TOKENS = {
    "YYYY": "(?P<year>[0-9]{4})",
    "YY": f"(?P<year>{_TWO})",
    "MMMM": f"(?P<name>{_NAME})",
    "MMM": rf"(?P<name>{_NAME})\.?",
    "MM": f"(?P<month>{_TWO})",
    "M": f"(?P<month>{_ONE_OR_TWO})",
    "DD": f"(?P<day>{_TWO})",
    "D": f"(?P<day>{_ONE_OR_TWO})",
    "HH": f"(?P<hour>{_TWO})",
    "H": f"(?P<hour>{_ONE_OR_TWO})",
    "hh": f"(?P<hour>{_TWO})",
    "h": f"(?P<hour>{_ONE_OR_TWO})",
    "mm": f"(?P<minute>{_TWO})",
    "ss": f"(?P<second>{_TWO})",
    "A": r"(?P<half>[ap])\.?m\.?",
    "Z": f"(?P<zone>{ZONE})",
}
_TOKEN = "|".join(sorted(_TOKENS, key=len, reverse=True)) + "|."


class DateReader:
    """Reads the dates of one column.

    `order`: `dmy`, `mdy`, `ymd` or None. `form`: `excel` (serial numbers too), a pattern such as `DD-MM-YYYY HH:mm`
    that every value must follow, or None. `zone`: where times without a zone are from, and whose days count.
    Two-digit years: 69..99 are 19.., 00..68 are 20.. (POSIX). ValueError for a form that names no day.
    """

    def __init__(self, order: str | None, form: str | None, zone: ZoneInfo) -> None:
        if order is not None and order not in ORDERS:
            raise ValueError(f"'{order}' is no order of dates: write dmy, mdy or ymd")
        self._order = order
        self._excel = form == "excel"
        self._form_text = form
        self._form = None if form is None or self._excel else compiled_form(form)
        self._zone = zone
        self._times: dict[str, str] = {}
        self._days: dict[str, str] = {}
        self._hours: dict[str, str] = {}

    def read(self, text: str) -> str:
        """The moment as UTC text, `YYYY-MM-DDTHH:MM:SSZ`; a date alone is its midnight in the zone. ValueError."""
        known = self._times.get(text) or self._by_hour(text)
        if known is None:
            moment = self._moment(text)
            known = iso_utc(moment if moment.tzinfo is not None else moment.replace(tzinfo=self._zone))
            _remember(self._times, text, known)
        return known

    def read_day(self, text: str) -> str:
        """The civil day in the zone, `YYYY-MM-DD`. ValueError."""
        known = self._days.get(text)
        if known is None:
            moment = self._moment(text)
            known = (moment if moment.tzinfo is None else moment.astimezone(self._zone)).date().isoformat()
            _remember(self._days, text, known)
        return known

    def _by_hour(self, text: str) -> str | None:
        """A date and a time in the two forms of which files have millions, by the hour's UTC text; None for others."""
        if self._form_text is not None:
            return None
        if _CLOCK.fullmatch(text) is None:
            day, _, clock = text.partition(" ")
            if not 8 <= len(day) <= 10 or day.isdigit() or _CLOCK.fullmatch(f"2000-01-01 {clock}") is None:
                return None
            text = f"{self.read_day(day)} {clock}"
        start = text[:13]
        utc = text[-1] == "Z"
        known = self._hours.get(f"{start}Z" if utc else start)
        if known is None:
            known = _hour(start, UTC if utc else self._zone)
            _remember(self._hours, f"{start}Z" if utc else start, known)
        clock = text[13:-1] if utc else text[13:]
        return f"{known}{clock}{'' if len(clock) == 6 else ':00'}Z" if known else None

    def _moment(self, text: str) -> datetime:
        """The moment meant; without a zone it is the wall clock's."""
        plain = text.strip()
        moment = _iso(plain) if self._form is None else None
        if moment is None:
            if len(plain) > 80:
                raise ValueError(f"'{plain[:40]}…' is too long for a date")
            folded = _folded(plain)
            moment = self._by_form(plain, folded) if self._form is not None else self._by_shape(plain, folded)
        if not FIRST_YEAR <= moment.year <= LAST_YEAR:
            raise ValueError(f"'{plain}' is outside the years {FIRST_YEAR} to {LAST_YEAR}")
        return moment

    def _by_form(self, plain: str, folded: str) -> datetime:
        assert self._form is not None
        found = self._form.fullmatch(folded)
        if found is None:
            raise ValueError(f"'{plain}' is not of the form {self._form_text}")
        parts = found.groupdict()
        name = parts.get("name")
        month = int(parts["month"]) if name is None else MONTHS.get(name)
        if month is None:
            raise ValueError(f"'{plain}': '{name}' is no month")
        return _with_time(plain, _day(plain, _year(parts["year"]), month, int(parts["day"])), parts)

    def _by_shape(self, plain: str, folded: str) -> datetime:
        if self._excel and re.fullmatch(_SERIAL, folded):
            return _excel(plain, folded)
        weekday = re.match(_WEEKDAY, folded) if folded[:1].isalpha() else None
        if weekday is None:
            return self._written(plain, folded)
        moment = self._written(plain, folded[weekday.end() :])
        if moment.weekday() != _WEEKDAYS[weekday[1][:2]]:
            raise ValueError(f"'{plain}' contradicts itself: {moment.date()} is another day of the week")
        return moment

    def _written(self, plain: str, folded: str) -> datetime:
        found = re.fullmatch(_NUMERIC, folded)
        if found is not None:
            return _with_time(plain, self._numeric(plain, found), found.groupdict())
        if re.fullmatch(_UNIX, folded):
            return _UNIX_START + timedelta(seconds=int(folded[:10]))
        found = re.fullmatch(_BASIC, folded)
        if found is not None:
            return _basic(plain, found)
        for pattern in (_DAY_FIRST, _MONTH_FIRST, _YEAR_FIRST, _LOG, _CTIME):
            found = re.fullmatch(pattern, folded)
            if found is not None and found["name"] in MONTHS:
                return _with_time(plain, self._named(plain, found), found.groupdict())
        raise ValueError(f"'{plain}' is no date that leadctl knows: say its form, such as 'DD-MM-YYYY HH:mm'")

    def _numeric(self, plain: str, found: re.Match[str]) -> date:
        order = self._order
        if found["sign"] == ".":
            order = (
                POINTS_AND_MONTH_FIRST if order == "mdy" else "dmy"
            )  # points are the custom where the day comes first
        if len(found["a"]) < 3 and len(found["c"]) < 3:
            if self._order is None:
                raise ValueError(f"'{plain}' has a year of two digits: say which part it is with --date-order")
            if self._order == "ymd":
                return _day(plain, _year(found["a"]), int(found["b"]), int(found["c"]))
            return numeric_day(plain, found["a"], found["b"], str(_year(found["c"])), order)
        return numeric_day(plain, found["a"], found["b"], found["c"], order)

    def _named(self, plain: str, found: re.Match[str]) -> date:
        if len(found["year"]) == 2 and self._order not in ("dmy", "mdy"):
            raise ValueError(f"'{plain}' has a year of two digits: say which part it is with --date-order")
        return _day(plain, _year(found["year"]), MONTHS[found["name"]], int(found["day"]))


def iso_utc(moment: datetime) -> str:
    """A moment with a zone as `YYYY-MM-DDTHH:MM:SSZ`; parts of a second are cut off."""
    if moment.tzinfo is not UTC:
        moment = moment.astimezone(UTC)
    return moment.isoformat()[:19] + "Z"


def numeric_day(text: str, a: str, b: str, c: str, order: str | None) -> date:
    """The one day that three numbers can mean. ValueError names both where there are two, or says that there is none.

    The year is the part of four digits. `order` None (or any but `dmy` and `mdy`): a day only where month and day
    cannot change places.
    """
    if len(a) == 4 and len(c) < 3:
        return _day(text, int(a), int(b), int(c))
    if len(c) != 4 or len(a) > 2:
        raise ValueError(f"'{text}' is no date: write it as 2026-11-22")
    year, first, second = int(c), int(a), int(b)
    readings = {
        day
        for reading, month_number, day_number in (("dmy", second, first), ("mdy", first, second))
        if order not in ("dmy", "mdy") or order == reading
        if (day := _day_or_none(year, month_number, day_number)) is not None
    }
    if len(readings) == 1:
        return readings.pop()
    if readings:
        one, other = map(_in_words, sorted(readings))
        if order == POINTS_AND_MONTH_FIRST:
            raise ValueError(
                f"'{text}' can be {one} or {other}: its points say that the day comes first, the order mdy says the month; "
                "say --date-order dmy, or write it as 2026-11-22"
            )
        raise ValueError(f"'{text}' can be {one} or {other}: say which with --date-order dmy or mdy")
    turned = (first, second) if order == "dmy" else (second, first)
    if order in ("dmy", "mdy") and (only := _day_or_none(year, *turned)) is not None:
        raise ValueError(
            f"'{text}' is no date in the order {order}, it could only be {_in_words(only)}: mend it, or say another --date-order"
        )
    raise ValueError(f"'{text}' is no day of the calendar")


def compiled_form(form: str) -> re.Pattern[str]:
    """A pattern such as `DD-MM-YYYY HH:mm` as a regular expression over casefolded text. ValueError: what is wrong."""
    used: list[str] = []
    regex = []
    for token in re.findall(_TOKEN, " ".join(form.split())):
        if token in _TOKENS:
            used.append(token)
            regex.append(_TOKENS[token])
        elif token.isalpha() and token != "T":
            raise ValueError(f"'{token}' in the form '{form}' means nothing: write YYYY MM DD HH mm ss")
        else:
            regex.append(re.escape(token.casefold()))
    initials = [token[0] for token in used]
    if sorted(x for x in initials if x in "YMD") != ["D", "M", "Y"]:
        raise ValueError(f"the form '{form}' must name year, month and day once each, as in DD-MM-YYYY")
    if len(set(initials)) != len(initials) or ("h" in initials and "H" in initials):
        raise ValueError(f"the form '{form}' names a part twice")
    if ("h" in initials) != ("A" in initials):
        raise ValueError(f"the form '{form}': hh goes with A (AM or PM), HH goes without")
    if ("m" in initials and not {"h", "H"} & set(initials)) or ("s" in initials and "m" not in initials):
        raise ValueError(f"the form '{form}' has minutes without hours or seconds without minutes")
    return re.compile("".join(regex))


def _remember(cache: dict[str, str], text: str, value: str) -> None:
    if len(cache) >= _MOST_CACHED:
        cache.clear()
    cache[text] = value


def _hour(start: str, zone: tzinfo) -> str:
    """The UTC hour, `YYYY-MM-DDTHH`, of a local one; empty where the two do not begin and end together."""
    try:
        first = datetime.fromisoformat(f"{start}:00:00").replace(tzinfo=zone)
    except ValueError:
        return ""
    offset, later = first.utcoffset(), (first + timedelta(minutes=59, seconds=59)).utcoffset()
    if offset is None or offset != later or offset % timedelta(hours=1) or not FIRST_YEAR <= first.year <= LAST_YEAR:
        return ""
    return first.astimezone(UTC).isoformat()[:13]


def _iso(plain: str) -> datetime | None:
    """`2026-05-01`, `2026-05-01 10:30:00+02:00`: what most files hold, at the speed of C."""
    if plain[4:5] != "-" or plain[7:8] != "-" or not (len(plain) == 10 or (len(plain) > 15 and plain[10] in "Tt ")):
        return None
    try:
        return datetime.fromisoformat(plain)
    except ValueError:
        return None


def _excel(plain: str, folded: str) -> datetime:
    days = float(folded.replace(",", "."))
    if days < _EXCEL_CERTAIN:
        raise ValueError(f"'{plain}' is no certain date: spreadsheets disagree on the days before March 1900")
    return _EXCEL_START + timedelta(seconds=round(days * 86_400))


def _basic(plain: str, found: re.Match[str]) -> datetime:
    day = _day(plain, int(found["a"]), int(found["b"]), int(found["c"]))
    clock = found["clock"] or found["run"] or ""
    parts = {"hour": clock[:2] or None, "minute": clock[2:4], "second": clock[4:] or None, "zone": found["zone"]}
    return _with_time(plain, day, parts)


def _with_time(plain: str, day: date, parts: dict[str, str | None]) -> datetime:
    hour = int(parts.get("hour") or 0)
    half = parts.get("half")
    if half is not None:
        if not 1 <= hour <= 12:
            raise ValueError(f"'{plain}': there is no {hour} o'clock {half.upper()}M")
        hour = hour % 12 + (12 if half == "p" else 0)
    minute, second = int(parts.get("minute") or 0), int(parts.get("second") or 0)
    extra = timedelta()
    if hour == 24 and minute == second == 0 and half is None:  # ISO 8601: the end of that day
        hour, extra = 0, timedelta(days=1)
    elif second == 60 and minute % 15 == 14:  # a leap second, the last of a quarter of an hour everywhere
        second, extra = 59, timedelta(seconds=1)
    try:
        wall_clock = datetime(day.year, day.month, day.day, hour, minute, second)  # noqa: DTZ001 - its zone comes next
        zone = parts.get("zone")
        return (wall_clock if zone is None else wall_clock.replace(tzinfo=offset(zone, wall_clock))) + extra
    except ValueError as error:
        raise ValueError(f"'{plain}' is no time of the day: {error}") from None


def _folded(plain: str) -> str:
    """In small letters with single blanks; signs of other scripts as what they stand for."""
    folded = " ".join(plain.casefold().split())
    if not folded.isascii():
        folded = " ".join(normalize("NFKC", folded).translate(_ODD_SIGNS).split())
    return re.sub(_ZONE_REMARK, "", folded) if folded[-1:] in (")", "]") else folded


def _year(digits: str) -> int:
    year = int(digits)
    return year if len(digits) > 2 else year + (1900 if year > 68 else 2000)


def _day(text: str, year: int, month: int, day: int) -> date:
    try:
        return date(year, month, day)
    except ValueError as error:
        raise ValueError(f"'{text}' is no day of the calendar: {error}") from None


def _in_words(day: date) -> str:
    return f"{day.day} {_ENGLISH[day.month - 1]} {day.year}"


def _day_or_none(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
