from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadctl.model.dates import civil_day, parse_day, parse_period, utc_bounds

TODAY = date(2026, 11, 23)  # a Monday
BERLIN = ZoneInfo("Europe/Berlin")
DAYS = st.dates(date(1900, 1, 1), date(2200, 12, 31))


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("today", "2026-11-23"),
        ("Tomorrow", "2026-11-24"),
        ("yesterday", "2026-11-22"),
        ("mon", "2026-11-30"),
        ("tue", "2026-11-24"),
        ("fri", "2026-11-27"),
        ("sunday", "2026-11-29"),
        ("3d", "2026-11-26"),
        ("2w", "2026-12-07"),
        ("1m", "2026-12-23"),
        ("1y", "2027-11-23"),
        ("in 3 days", "2026-11-26"),
        ("3 days ago", "2026-11-20"),
        ("eow", "2026-11-29"),
        ("eom", "2026-11-30"),
        ("eoq", "2026-12-31"),
        ("eoy", "2026-12-31"),
        ("2026-11-22", "2026-11-22"),
        ("2026-W48", "2026-11-23"),
        ("2026Q4", "2026-10-01"),
        ("22.11.2026", "2026-11-22"),
        ("10.11.2026", "2026-11-10"),
        ("22 Nov 2026", "2026-11-22"),
        ("Nov 22, 2026", "2026-11-22"),
        ("3. März 2026", "2026-03-03"),
        ("13/11/2026", "2026-11-13"),
        ("11/13/2026", "2026-11-13"),
        ("11/11/2026", "2026-11-11"),
        ("2026/11/22", "2026-11-22"),
    ],
)
def test_days_people_type(text: str, day: str) -> None:
    assert parse_day(text, TODAY, None) == date.fromisoformat(day)


def test_a_month_ahead_of_the_31st_is_the_last_of_the_month() -> None:
    assert parse_day("1m", date(2026, 1, 31), None) == date(2026, 2, 28)
    assert parse_day("1y", date(2028, 2, 29), None) == date(2029, 2, 28)


def test_the_order_settles_it_and_never_for_points() -> None:
    assert parse_day("10/11/2026", TODAY, "dmy") == date(2026, 11, 10)
    assert parse_day("10/11/2026", TODAY, "mdy") == date(2026, 10, 11)
    assert parse_day("10.11.2026", TODAY, "mdy") == date(2026, 11, 10)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("10/11/2026", "11 October 2026 or 10 November 2026.*--date-order"),
        ("31 Feb 2026", "no day of the calendar"),
        ("2026-02-31", "no day of the calendar"),
        ("31.02.2026", "no day of the calendar"),
        ("2026-13", "no day of the calendar"),
        ("2027-W53", "no week 53 in 2027"),
        ("22.11.26", "four digits"),
        ("9999y", "outside the years"),
        ("1899-12-31", "outside the years"),
        ("2201-01-01", "outside the years"),
        ("22 Nov", "write it as"),
        ("someday", "write it as"),
        ("in 3 days ago", "write it as"),
        ("", "write it as"),
    ],
)
def test_refused_with_a_way_out(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        parse_day(text, TODAY, None)


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2026Q4", "2026-10-01", "2026-12-31"),
        ("2028-02", "2028-02-01", "2028-02-29"),
        ("2026-W53", "2026-12-28", "2027-01-03"),
        ("2026", "2026-01-01", "2026-12-31"),
        ("today", "2026-11-23", "2026-11-23"),
    ],
)
def test_periods(text: str, first: str, last: str) -> None:
    assert parse_period(text, TODAY) == (date.fromisoformat(first), date.fromisoformat(last))


@pytest.mark.parametrize("text", ["0000", "1899", "2026Q5", "soon", "10/11/2026"])
def test_no_periods(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse_period(text, TODAY)


@given(DAYS)
def test_a_day_reads_back_from_every_spelling(day: date) -> None:
    iso_year, week, _ = day.isocalendar()
    for text in (day.isoformat(), f"{day:%d.%m.%Y}", f"{day:%d %b %Y}", f"{day:%B} {day.day}, {day.year}"):
        assert parse_day(text, TODAY, None) == day
    assert parse_day(f"{day:%d/%m/%Y}", TODAY, "dmy") == parse_day(f"{day:%m/%d/%Y}", TODAY, "mdy") == day
    if iso_year <= 2200:
        first, last = parse_period(f"{iso_year}-W{week:02}", TODAY)
        assert first <= day <= last
        assert last - first == timedelta(days=6)


@given(DAYS)
def test_a_weekday_is_the_next_and_never_today(today: date) -> None:
    for name in ("mon", "tue", "wed", "thu", "fri", "sat", "sun"):
        if today < date(2200, 12, 24):
            assert 1 <= (parse_day(name, today, None) - today).days <= 7


def test_bounds_of_a_day() -> None:
    assert utc_bounds(date(2026, 11, 22), BERLIN) == "2026-11-21T23:00:00Z"
    assert utc_bounds(date(2026, 7, 1), BERLIN) == "2026-06-30T22:00:00Z"
    assert civil_day("2026-11-21T22:59:59Z", BERLIN) == date(2026, 11, 21)
    assert civil_day("2026-11-21T23:00:00Z", BERLIN) == date(2026, 11, 22)


@given(
    DAYS,
    st.sampled_from(["Europe/Berlin", "America/Sao_Paulo", "Asia/Kolkata", "America/Havana", "Africa/Cairo", "UTC"]),
)
def test_a_day_begins_with_itself(day: date, zone: str) -> None:
    start = utc_bounds(day, ZoneInfo(zone))
    assert civil_day(start, ZoneInfo(zone)) == day
    before = datetime.fromisoformat(start).astimezone(UTC) - timedelta(seconds=1)
    assert civil_day(before.isoformat(), ZoneInfo(zone)) < day or zone == "America/Havana"
