from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadctl.model.dates import DateReader

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("text", "moment", "day"),
    [
        ("2026-05-01", "2026-04-30T22:00:00Z", "2026-05-01"),
        ("2026-05-01 10:30", "2026-05-01T08:30:00Z", "2026-05-01"),
        ("2026-05-01T10:30:15Z", "2026-05-01T10:30:15Z", "2026-05-01"),
        ("2026-05-01T23:30Z", "2026-05-01T23:30:00Z", "2026-05-02"),
        ("2026-05-01T10:30:00.999+05:30", "2026-05-01T05:00:00Z", "2026-05-01"),
        ("2026-05-01 10:30:00 UTC", "2026-05-01T10:30:00Z", "2026-05-01"),
        ("2026/05/01", "2026-04-30T22:00:00Z", "2026-05-01"),
        ("20260501", "2026-04-30T22:00:00Z", "2026-05-01"),
        ("20260501T103000Z", "2026-05-01T10:30:00Z", "2026-05-01"),
        ("01.05.2026", "2026-04-30T22:00:00Z", "2026-05-01"),
        ("1.5.2026, 10:30 Uhr", "2026-05-01T08:30:00Z", "2026-05-01"),
        ("13-05-2026 10:30", "2026-05-13T08:30:00Z", "2026-05-13"),
        ("05/13/2026 1:05 PM", "2026-05-13T11:05:00Z", "2026-05-13"),
        ("05/13/2026 12:05 am", "2026-05-12T22:05:00Z", "2026-05-13"),
        ("05/05/2026", "2026-05-04T22:00:00Z", "2026-05-05"),
        ("15 Apr, 2021 00:03:00", "2021-04-14T22:03:00Z", "2021-04-15"),
        ("05-Nov-2026", "2026-11-04T23:00:00Z", "2026-11-05"),
        ("3. März 2026", "2026-03-02T23:00:00Z", "2026-03-03"),
        ("Nov 22, 2026 at 3:04 pm", "2026-11-22T14:04:00Z", "2026-11-22"),
        ("Sun, 22 Nov 2026 10:00:00 +0000", "2026-11-22T10:00:00Z", "2026-11-22"),
        ("1767225600", "2026-01-01T00:00:00Z", "2026-01-01"),
        ("1767225600123", "2026-01-01T00:00:00Z", "2026-01-01"),
        ("2026-03-29 02:30", "2026-03-29T01:30:00Z", "2026-03-29"),  # skipped by the clocks
        ("2026-10-25 02:30", "2026-10-25T00:30:00Z", "2026-10-25"),  # twice: the first
    ],
)
def test_certain_ones(text: str, moment: str, day: str) -> None:
    reader = DateReader(None, None, BERLIN)
    for _ in range(2):  # once read, once remembered
        assert reader.read(f" {text} ") == reader.read(text) == moment
        assert reader.read_day(text) == day


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        # what exports write
        ("2026-11-22 09:15", "2026-11-22T08:15:00Z"),  # HubSpot
        ("2026-11-22T09:15:30.000+0000", "2026-11-22T09:15:30Z"),  # Salesforce
        ("22 Nov, 2026 00:03:00", "2026-11-21T23:03:00Z"),  # Zoho
        ("2026/11/22 9:15:30 AM GMT+1", "2026-11-22T08:15:30Z"),  # Google Forms
        ("2026/11/22 9:15:30 PM GMT+5:30", "2026-11-22T15:45:30Z"),
        ("2026/11/22 9:15:30 AM MEZ", "2026-11-22T08:15:30Z"),
        ("22 Nov 2026", "2026-11-21T23:00:00Z"),  # LinkedIn
        ("2026-10-08T11:28:02-05:00", "2026-10-08T16:28:02Z"),  # Meta
        ("2026-10-08T11:28:02+0000", "2026-10-08T11:28:02Z"),
        ("2026-11-22T09:15:30.123456Z", "2026-11-22T09:15:30Z"),  # Calendly
        ("1795338930", "2026-11-22T09:15:30Z"),
        ("1795338930.123", "2026-11-22T09:15:30Z"),
        ("1795338930123", "2026-11-22T09:15:30Z"),
        ("1795338930123456", "2026-11-22T09:15:30Z"),
        ("22/Nov/2026:09:15:30 +0100", "2026-11-22T08:15:30Z"),  # access logs
        ("[22/Nov/2026:09:15:30 +0100]", "2026-11-22T08:15:30Z"),
        ("20261122091530", "2026-11-22T08:15:30Z"),
        ("Sun Nov 22 09:15:30 2026", "2026-11-22T08:15:30Z"),
        ("Sun Nov 22 09:15:30 UTC 2026", "2026-11-22T09:15:30Z"),
        ("Sun Nov 22 2026 09:15:30 GMT+0100 (Central European Standard Time)", "2026-11-22T08:15:30Z"),
        ("2026-11-22T09:15:30+01:00[Europe/Vienna]", "2026-11-22T08:15:30Z"),
        # names of zones, where they hold on that day
        ("2026-11-22 09:15 CET", "2026-11-22T08:15:00Z"),
        ("2026-07-01 09:15 CEST", "2026-07-01T07:15:00Z"),
        ("2026-11-22 09:15 EST", "2026-11-22T14:15:00Z"),
        ("2026-07-01 09:15 PDT", "2026-07-01T16:15:00Z"),
        ("2026-10-25 02:30 CET", "2026-10-25T01:30:00Z"),  # the second of the two
        ("2026-10-25 02:30 CEST", "2026-10-25T00:30:00Z"),
        # languages
        ("22 novembre 2026 à 09:15", "2026-11-22T08:15:00Z"),
        ("1er août 2026", "2026-07-31T22:00:00Z"),
        ("22 de noviembre de 2026", "2026-11-21T23:00:00Z"),
        ("20/11/2026 9:15:30 p. m.", "2026-11-20T20:15:30Z"),
        ("15 gennaio 2026", "2026-01-14T23:00:00Z"),
        ("15. desember 2026 kl. 09.15", "2026-12-15T08:15:00Z"),
        ("15 maart 2026", "2026-03-14T23:00:00Z"),
        ("22. 11. 2026", "2026-11-21T23:00:00Z"),
        ("2026年11月22日", "2026-11-21T23:00:00Z"),
        ("２０２６‑11‑22", "2026-11-21T23:00:00Z"),
        # the ends of days
        ("2026-11-22 24:00", "2026-11-22T23:00:00Z"),
        ("2026-11-22T24:00:00Z", "2026-11-23T00:00:00Z"),
        ("2016-12-31T23:59:60Z", "2017-01-01T00:00:00Z"),
        ("2017-01-01 05:29:60 +05:30", "2017-01-01T00:00:00Z"),
        ("29 Feb 2024", "2024-02-28T23:00:00Z"),
    ],
)
def test_what_files_hold(text: str, moment: str) -> None:
    assert DateReader(None, None, BERLIN).read(text) == moment


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("01-05-2026", "5 January 2026 or 1 May 2026.*--date-order"),
        ("01/05/2026 10:30", "5 January 2026 or 1 May 2026"),
        ("05-Nov-26", "two digits"),
        ("1.5.26", "two digits"),
        ("2026-02-30", "no day of the calendar"),
        ("2026-13-01 10:00", "no day of the calendar"),
        ("31/31/2026", "no day of the calendar"),
        ("2026-05-01 25:00", "no time of the day"),
        ("2026-05-01 10:61", "no time of the day"),
        ("05/13/2026 13:00 PM", "no 13 o'clock"),
        ("2026-05-01 10:30 CET", "CET is not kept on that day"),
        ("2026-05-01T10:30+99:00", "."),
        ("2026-07-01 10:30 EST", "EST is not kept on that day"),
        ("2026-07-01 10:30 CST", "no date that leadctl knows"),  # Chicago's or Shanghai's
        ("2026-11-22 24:01", "no time of the day"),
        ("2026-11-22 12:30:60", "no time of the day"),
        ("29 Feb 2026", "no day of the calendar"),
        ("1850-01-01", "outside the years"),
        ("1850-01-01 10:00", "outside the years"),
        ("2300-01-01", "outside the years"),
        ("9999999999", "outside the years"),
        ("Mon, 22 Nov 2026", "another day of the week"),
        ("45000", "no date that leadctl knows"),
        ("45000 10:30", "no date"),
        ("May 2026", "no date that leadctl knows"),
        ("2026-05-01x10:30", "no date that leadctl knows"),
        ("", "no date that leadctl knows"),
        ("9" * 5000, "too long"),
    ],
)
def test_refused(text: str, message: str) -> None:
    reader = DateReader(None, None, BERLIN)
    for read in (reader.read, reader.read_day):
        with pytest.raises(ValueError, match=message):
            read(text)


def test_the_order_settles_it() -> None:
    day_first, month_first, year_first = (DateReader(order, None, BERLIN) for order in ("dmy", "mdy", "ymd"))
    assert day_first.read_day("10/11/2026") == day_first.read_day("10-11-26") == "2026-11-10"
    assert month_first.read_day("10/11/2026") == month_first.read_day("10-11-26") == "2026-10-11"
    assert year_first.read_day("26-11-10") == year_first.read_day("26.11.10") == "2026-11-10"
    assert day_first.read_day("05-Nov-26") == "2026-11-05"
    assert day_first.read_day("1.1.69") == "1969-01-01"
    with pytest.raises(ValueError, match="order dmy"):
        day_first.read_day("11/22/2026")
    with pytest.raises(ValueError, match="can be"):
        month_first.read_day("10.11.2026")
    with pytest.raises(ValueError, match="no order"):
        DateReader("dym", None, BERLIN)


def test_serial_numbers_of_spreadsheets() -> None:
    reader = DateReader(None, "excel", BERLIN)
    assert reader.read_day("45000") == "2023-03-15"
    assert reader.read("46143.4375") == "2026-05-01T08:30:00Z"
    assert reader.read_day("2026-05-01") == "2026-05-01"
    for text in ("60", "999999", "45000.5 10:30"):
        with pytest.raises(ValueError, match=r"date|years"):
            reader.read(text)


@pytest.mark.parametrize(
    ("form", "text", "moment"),
    [
        ("DD-MM-YYYY HH:mm", "01-05-2026 10:30", "2026-05-01T08:30:00Z"),
        ("D/M/YYYY", "1/5/2026", "2026-04-30T22:00:00Z"),
        ("MM/DD/YY hh:mm A", "05/01/26 12:30 AM", "2026-04-30T22:30:00Z"),
        ("D. MMMM YYYY", "3. März 2026", "2026-03-02T23:00:00Z"),
        ("YYYY-MM-DDTHH:mm:ssZ", "2026-05-01T10:30:00+02:00", "2026-05-01T08:30:00Z"),
        ("YYYYMMDD", "20260501", "2026-04-30T22:00:00Z"),
    ],
)
def test_forms(form: str, text: str, moment: str) -> None:
    reader = DateReader(None, form, BERLIN)
    assert reader.read(text) == moment
    with pytest.raises(ValueError, match="not of the form"):
        reader.read("2026-05-01 00:00:00.0")


@pytest.mark.parametrize(
    "form", ["dd-mm-yyyy", "YYYY-MM", "DD-MM-YYYY hh:mm", "DD-MM-YYYY ss", "MMM MM YYYY", "", "YYYY-MM-DD mm"]
)
def test_forms_that_mean_nothing(form: str) -> None:
    with pytest.raises(ValueError, match="form"):
        DateReader(None, form, BERLIN)


MOMENTS = st.datetimes(datetime(1900, 1, 2), datetime(2200, 12, 30))  # noqa: DTZ001 - a wall clock
ZONES = st.sampled_from(
    ["Europe/Berlin", "Asia/Kolkata", "Australia/Lord_Howe", "America/St_Johns", "Africa/Monrovia", "UTC"]
)


@given(MOMENTS, ZONES)
def test_every_wall_clock_is_read_as_the_standard_library_does(moment: datetime, name: str) -> None:
    zone = ZoneInfo(name)
    reader = DateReader("dmy", None, zone)
    exact, minute = moment.replace(microsecond=0), moment.replace(second=0, microsecond=0)
    for text, clock in (
        (f"{exact:%Y-%m-%d %H:%M:%S}", exact),
        (f"{minute:%Y-%m-%dT%H:%M}", minute),
        (f"{exact:%d/%m/%Y %H:%M:%S}", exact),
        (f"{minute:%d.%m.%Y %I:%M %p}", minute),
    ):
        expected = clock.replace(tzinfo=zone).astimezone(UTC)
        assert reader.read(text) == f"{expected:%Y-%m-%dT%H:%M:%SZ}"
        assert reader.read_day(text) == f"{clock:%Y-%m-%d}"
    assert reader.read(f"{exact:%Y-%m-%dT%H:%M:%S}Z") == f"{exact:%Y-%m-%dT%H:%M:%S}Z"


@given(st.text(alphabet="0123456789-/.: TZapmNov+", max_size=25))
def test_only_a_moment_or_a_refusal(text: str) -> None:
    try:
        moment = DateReader("mdy", "excel", BERLIN).read(text)
    except ValueError:
        return
    assert datetime.fromisoformat(moment).tzinfo is not None


@given(st.text(alphabet="0123456789:./- TtZzAPMamp,NovSundegmt+()[]年", max_size=30))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        assert len(DateReader(None, None, BERLIN).read(text)) == 20
    except ValueError as error:
        assert str(error)


def test_what_contradicts_the_order_is_named() -> None:
    with pytest.raises(ValueError, match="its points say that the day comes first, the order mdy says the month"):
        DateReader("mdy", None, BERLIN).read("04.03.2026")
    assert DateReader("mdy", None, BERLIN).read_day("15.04.2026") == "2026-04-15"
    with pytest.raises(ValueError, match="it could only be 15 April 2026"):
        DateReader("dmy", None, BERLIN).read("4/15/2026")
