"""Spend: files of costs, and the report that sets them beside leads."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadctl.model.date_reader import DateReader
from leadctl.model.periods import Period, read_period, widened


def read(text: str) -> tuple[str, str]:
    from zoneinfo import ZoneInfo

    return tuple(read_period(text, DateReader("dmy", None, ZoneInfo("UTC")).read_day))


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2026-11", "2026-11-01", "2026-11-30"),
        ("Nov 2026", "2026-11-01", "2026-11-30"),
        ("november  2026", "2026-11-01", "2026-11-30"),
        ("2026 Nov", "2026-11-01", "2026-11-30"),
        ("Februar 2028", "2028-02-01", "2028-02-29"),
        ("11/2026", "2026-11-01", "2026-11-30"),
        ("2.2026", "2026-02-01", "2026-02-28"),
        ("2026-W48", "2026-11-23", "2026-11-29"),
        ("KW 1 / 2026", "2025-12-29", "2026-01-04"),
        ("2026Q4", "2026-10-01", "2026-12-31"),
        ("Q1 2026", "2026-01-01", "2026-03-31"),
        ("2026", "2026-01-01", "2026-12-31"),
        ("05.11.2026", "2026-11-05", "2026-11-05"),
        ("Nov 5, 2026", "2026-11-05", "2026-11-05"),
        ("2026-11-05 - 2026-11-19", "2026-11-05", "2026-11-19"),
        ("1 Nov 2026 – 30 Nov 2026", "2026-11-01", "2026-11-30"),
        ("1.11.2026 bis 3.11.2026", "2026-11-01", "2026-11-03"),
    ],
)
def test_periods(text: str, first: str, last: str) -> None:
    assert read(text) == (first, last)


@pytest.mark.parametrize(
    "text", ["2026-13", "2026-W54", "soon", "5 to 3", "2026-11-05 to 2026-11-01", "Foo 2026", "0000-01"]
)
def test_what_is_no_period(text: str) -> None:
    with pytest.raises(ValueError):
        read(text)


def test_a_day_of_a_column_of_months_or_weeks_is_all_of_it() -> None:
    day = Period("2026-11-05", "2026-11-05")
    assert widened(day, "month") == ("2026-11-01", "2026-11-30")
    assert widened(day, "week") == ("2026-11-05", "2026-11-11")
    assert widened(day, "day") == day
    assert widened(Period("2026-11-05", "2026-11-06"), "month") == ("2026-11-05", "2026-11-06")


@given(text=st.text(max_size=40))
def test_any_text_is_a_period_or_refused(text: str) -> None:
    try:
        first, last = read(text)
    except ValueError:
        return
    assert date.fromisoformat(first) <= date.fromisoformat(last)


def bring(workspace: Any, content: str, name: str = "costs.csv", *args: str) -> dict[str, Any]:
    workspace.write(name, content)
    done = workspace.call("import", name, "--as", "spend", "--json", *args)
    assert done.code in (0, 1), done.err
    found: dict[str, Any] = done.json
    assert found["read"] == sum(
        found[each] for each in ("created", "updated", "unchanged", "duplicate", "rejected", "blank")
    )
    return found | {"said": done.err}


def stored(workspace: Any) -> list[tuple[Any, ...]]:
    return workspace.query(
        "SELECT source, campaign, from_day, to_day, amount FROM spend ORDER BY from_day, source, campaign"
    )


def test_a_file_by_hand(workspace: Any) -> None:
    text = """\
Period;Channel;Campaign;Cost;Clicks
Nov 2026;LinkedIn;spring;1.234,50 €;100
2026-10;LinkedIn;spring;1,000.01;50
2026-W48;google;brand;EUR 99,9;3
2026-11;fair;;;
2026-11;;;12;
2026-11;google;x;-3;
;google;x;3;
2026-11-10;linkedin; SPRING ;44;
2026-11;google;x;$5;
2026-11-30 to 2026-11-01;google;x;5;
Total;;;2.334,41;153
"""
    found = bring(workspace, text)
    assert (found["created"], found["rejected"], found["blank"]) == (3, 7, 1)
    assert [(bad["line"], bad["reason"].split(":")[0][:40]) for bad in found["rejects"]] == [
        (5, "it does not say how much"),
        (6, "it says neither source nor campaign"),
        (7, "spend cannot be negative"),
        (8, "it does not say when"),
        (9, "its days would count twice"),
        (10, "'$5' is USD, and this workspace counts i"),
        (11, "'2026-11-30 to 2026-11-01' ends before i"),
    ]
    assert "1 row of totals left out" in found["said"]
    expected = [
        ("LinkedIn", "spring", "2026-10-01", "2026-10-31", 1000.01),
        ("LinkedIn", "spring", "2026-11-01", "2026-11-30", 1234.5),
        ("google", "brand", "2026-11-23", "2026-11-29", 99.9),
    ]
    assert stored(workspace) == expected
    assert workspace.query("SELECT extra, created_line FROM spend WHERE id = 1") == [('{"Clicks": "100"}', 2)]
    assert bring(workspace, text)["unchanged"] == 3
    assert stored(workspace) == expected


def test_another_amount_replaces_the_first_and_undo_brings_it_back(workspace: Any) -> None:
    head = "month,source,amount\n"
    bring(workspace, head + "2026-11,linkedin,100\n")
    assert bring(workspace, head + "2026-11,LINKEDIN,120.5\n")["updated"] == 1
    assert stored(workspace) == [("linkedin", None, "2026-11-01", "2026-11-30", 120.5)]
    assert workspace.call("undo").code == 0
    assert stored(workspace) == [("linkedin", None, "2026-11-01", "2026-11-30", 100)]
    assert workspace.call("undo").code == 0
    assert stored(workspace) == []


def test_rows_of_one_campaign_and_day_are_added_up(workspace: Any) -> None:
    text = "day,source,campaign,device,cost,clicks\n"
    text += "2026-11-01,google,a,phone,0.1,2\n2026-11-01,google,a,desk,0.2,3\n2026-11-01,google,a,phone,0.1,2\n"
    found = bring(workspace, text)
    assert (found["created"], found["duplicate"]) == (2, 1)
    assert "1 row says more of a source, campaign and period" in found["said"]
    assert stored(workspace) == [("google", "a", "2026-11-01", "2026-11-01", 0.3)]
    assert workspace.query("SELECT extra FROM spend") == [('{"device": "phone", "clicks": "5"}',)]
    again = bring(workspace, text)
    assert (again["unchanged"], again["duplicate"]) == (2, 1)


def test_days_do_not_count_twice(workspace: Any) -> None:
    bring(workspace, "from,to,source,amount\n2026-11-01,2026-11-10,linkedin,100\n2026-11-20,2026-11-30,linkedin,50\n")
    text = "from,to,source,amount\n"
    for first, last in ((1, 11), (10, 10), (11, 19), (5, 25), (19, 20), (1, 10)):
        text += f"2026-11-{first:02},2026-11-{last:02},LinkedIn,100\n"
    found = bring(workspace, text + "2026-11-01,2026-11-11,google,1\n2026-11-12,2026-11-11,google,1\n")
    assert [bad["line"] for bad in found["rejects"]] == [2, 3, 5, 6, 9]
    assert (found["created"], found["unchanged"]) == (2, 1)
    assert "of operation 1 (leadctl undo 1)" in found["rejects"][0]["reason"]
    assert "before it begins" in found["rejects"][-1]["reason"]


def test_refused_rows_that_are_mended_never_replace_the_rest_of_their_file(workspace: Any) -> None:
    head = "day,source,device,cost\n"
    bring(workspace, head + "2026-11-01,google,phone,5\n2026-11-01,google,desk,many\n2026-11-02,google,desk,many\n")
    path = next((workspace.path / "rejects").glob("costs-*.csv"))
    mended = path.read_text(encoding="utf-8").replace("many", "7")
    found = bring(workspace, mended, "mended.csv")
    assert (found["created"], found["rejected"]) == (1, 1)
    assert "mend the file that it comes from" in found["rejects"][0]["reason"]
    assert [row[4] for row in stored(workspace)] == [5, 7]
    assert bring(workspace, mended, "mended.csv")["unchanged"] == 1


@pytest.mark.parametrize(
    ("header", "says"),
    [
        ("day,amount", "what was paid for"),
        ("source,amount", "when it was spent"),
        ("day,source", "how much it was"),
        ("day,source,Amount spent (USD)", "are USD, and this workspace counts in EUR"),
    ],
)
def test_a_file_that_lacks_something(workspace: Any, header: str, says: str) -> None:
    workspace.write("costs.csv", f"{header}\n1,2,3\n")
    done = workspace.call("import", "costs.csv", "--as", "spend")
    assert (done.code, says in done.err) == (2, True), done.err


def test_a_dry_run_and_a_pipe(workspace: Any) -> None:
    text = "month,cost,currency\n2026-11,5,eur\n2026-12,5,USD\n"
    args = ("import", "-", "--as", "spend", "--source", "fair")
    assert "nothing was written" in workspace.call(*args, "--dry-run", stdin=text).err
    assert stored(workspace) == []
    assert workspace.call(*args, stdin=text).code == 1
    assert stored(workspace) == [("fair", None, "2026-11-01", "2026-11-30", 5)]


# Exports of advertising

GOOGLE = """\
Campaign report
1 November 2026 - 30 November 2026
Campaign,Day,Currency code,Cost,Impr.,Clicks
brand,2026-11-01,EUR,"1,234.56",100,5
brand,2026-11-02,EUR,0,0,0
Total: Campaigns, --, --,"1,234.56",100,5
Total: Account, --, --,"1,234.56",100,5
"""
META = """\
Reporting starts,Reporting ends,Campaign name,Amount spent (EUR),Impressions
2026-11-01,2026-11-30,,150.5,1000
2026-11-01,2026-11-30,spring,100.5,600
2026-11-01,2026-11-30,autumn,50,400
"""
LINKEDIN = """\
Campaign Performance Report (in UTC)
Report Start: November 1, 2026
Date Generated: December 1, 2026

Start Date (in UTC)\tAccount Name\tCurrency\tCampaign Name\tCampaign Start Date\tTotal Spent\tImpressions
11/01/2026\tOurs\tEUR\tspring\t10/01/2026\t12.345678\t5
11/12/2026\tOurs\tEUR\tspring\t10/01/2026\t7\t5
"""


@pytest.mark.parametrize(
    ("content", "mapping", "blank", "expected"),
    [
        (
            GOOGLE,
            "google_ads",
            2,
            [
                ("google", "brand", "2026-11-01", "2026-11-01", 1234.56),
                ("google", "brand", "2026-11-02", "2026-11-02", 0),
            ],
        ),
        (
            META,
            "meta_ads",
            1,
            [
                ("facebook", "autumn", "2026-11-01", "2026-11-30", 50),
                ("facebook", "spring", "2026-11-01", "2026-11-30", 100.5),
            ],
        ),
        (
            LINKEDIN.encode("utf-16"),
            "linkedin_ads",
            0,
            [
                ("linkedin", "spring", "2026-11-01", "2026-11-01", 12.35),
                ("linkedin", "spring", "2026-11-12", "2026-11-12", 7),
            ],
        ),
    ],
)
def test_exports_of_advertising(workspace: Any, content: Any, mapping: str, blank: int, expected: list[Any]) -> None:
    found = bring(workspace, content)
    assert found["rejects"] == []
    assert (found["created"], found["blank"], stored(workspace)) == (2, blank, expected)
    assert f"read with the mapping '{mapping}'" in found["said"]
    assert bring(workspace, content)["unchanged"] == 2


# The report


def report(workspace: Any, *args: str) -> list[tuple[Any, ...]]:
    done = workspace.call("report", "spend", "--json", *args)
    assert done.code == 0, done.err
    return [tuple(row.values()) for row in done.json]


@pytest.fixture
def spent(workspace: Any) -> Any:
    workspace.bring(
        "name,source,campaign,captured_at\n"
        "A,LinkedIn,spring,2026-10-31 23:30\n"  # still October in Vienna
        "B,linkedin,spring,2026-11-01 00:30\n"
        "C,google,spring,2026-11-30 23:30\n"
        "D,google,,2026-12-01 00:30\n"
        "E,referral,,2026-11-15\n"
    )
    bring(
        workspace,
        "period,source,campaign,amount\n"
        "2026-10-30 to 2026-11-01,LinkedIn,Spring,100\n"
        "2026-11,google,,31\n"
        "2026-11-05,,spring,9\n",
    )
    return workspace


def test_spend_beside_leads(spent: Any) -> None:
    assert report(spent) == [("LinkedIn", 100, 2, 50), ("google", 31, 1, 31), (None, 9, 0, None)]
    assert report(spent, "--by", "campaign") == [("Spring", 109, 3, 36.33), (None, 31, 0, None)]
    # 100.00 over three days: 33.33, 33.33 and 33.34. Referrals were not paid for.
    assert report(spent, "--by", "month") == [("2026-10", 66.66, 1, 66.66), ("2026-11", 73.34, 2, 36.67)]
    assert report(spent, "--from", "2026-11-01", "--to", "2026-11-10") == [
        ("LinkedIn", 33.34, 1, 33.34),
        ("google", 10.33, 0, None),
        (None, 9, 0, None),
    ]
    assert report(spent, "--where", "name: B") == [
        ("LinkedIn", 100, 1, 100),
        ("google", 31, 0, None),
        (None, 9, 0, None),
    ]
    assert "from 2026-10-30 to 2026-11-30: 140.00 EUR" in spent.call("report", "spend").out
    assert spent.call("report", "spend", "--format", "csv").out.splitlines()[:2] == [
        "group,amount,leads,cost_per_lead",
        "LinkedIn,100,2,50",
    ]
    assert spent.call("report", "spend", "--by", "mnth").code == 2


def test_a_report_without_spend(workspace: Any) -> None:
    assert report(workspace) == []
    assert "leadctl import FILE --as spend" in workspace.call("report", "spend").out


@given(
    cents=st.integers(0, 10**9),
    start=st.integers(0, 700),
    days=st.integers(1, 400),
)
def test_the_months_of_an_amount_add_up_to_it(cents: int, start: int, days: int) -> None:
    import sqlite3

    from leadctl.model.text import fold
    from leadctl.store.reports import query_text

    first = date(2025, 1, 1) + timedelta(days=start)
    last = first + timedelta(days=days - 1)
    connection = sqlite3.connect(":memory:")
    connection.create_function("fold", 1, fold)
    connection.create_function("local_day", 1, lambda text: text)
    connection.executescript(
        "CREATE TABLE spend (id INTEGER PRIMARY KEY, source, campaign, from_day, to_day, amount);"
        "CREATE TABLE lead (id INTEGER PRIMARY KEY, source, campaign, captured_at); CREATE TABLE chosen (lead)"
    )
    connection.execute(
        "INSERT INTO spend (source, from_day, to_day, amount) VALUES ('x', ?, ?, ?)",
        (first.isoformat(), last.isoformat(), cents / 100),
    )
    given_days = {"first": first.isoformat(), "last": last.isoformat()}
    rows = connection.execute(query_text("spend"), {"by": "month", **given_days}).fetchall()
    months = sorted({f"{first + timedelta(days=n):%Y-%m}" for n in range(days)})
    assert [row[0] for row in rows] == months
    shares = [round(row[1] * 100) for row in rows]
    assert sum(shares) == cents
    for month, share in zip(months, shares, strict=True):
        held = sum(f"{first + timedelta(days=n):%Y-%m}" == month for n in range(days))
        assert abs(share - cents * held / days) < 1
    connection.close()
