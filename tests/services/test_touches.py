"""Touches: what files of leads say of how each person came, and the first and the last of them."""

from __future__ import annotations

from typing import Any

import pytest

from leadctl.intake.values.told import CONTENT
from leadctl.intake.values.touches import told_of_touches

PARTS = ("source", "channel", "campaign", "content", "term", "path", "referrer")


def told(header: list[str], *cells: str | None) -> dict[str, str] | None:
    """What one row tells: the parts that have a value; None where it tells nothing."""
    found = told_of_touches(header)
    if not found:
        return None
    (only,) = found
    assert only.refine is not None
    made = only.refine(tuple(cells[header.index(column)] for column in only.columns.values()))
    if made is None:
        return None
    return {name: text for name, text in zip(CONTENT, made.content, strict=True) if text is not None}


@pytest.mark.parametrize(
    ("header", "cells", "expected"),
    [
        (["utm_source", "utm_medium"], ["linkedin", "social"], {"source": "linkedin", "channel": "social"}),
        (["UTM Campaign", "UTM Term"], ["spring", "erp"], {"campaign": "spring", "term": "erp"}),
        (["payload.tracking.utm_source"], ["website"], {"source": "website"}),
        (["form_response.hidden.utm_campaign"], ["demo"], {"campaign": "demo"}),
        (["utmSource"], ["x"], {"source": "x"}),
        (["utm_source", "utm_campaign"], ["(not set)", "null"], None),
        (["utm_source"], [None], None),
        (["gclid"], ["Cj0K"], {"source": "google", "channel": "cpc"}),
        (["gclid", "utm_source"], ["Cj0K", "newsletter"], {"source": "newsletter"}),
        (["fbclid"], ["IwAR"], {"source": "facebook"}),
        (["Landing Page URL"], ["https://example.org/a/b?utm_source=x#y"], {"path": "/a/b", "source": "x"}),
        (["page_url"], ["/pricing?utm_campaign=spring%20sale"], {"path": "/pricing", "campaign": "spring sale"}),
        (["page_url"], ["/pricing?a=1&msclkid=5"], {"path": "/pricing", "source": "bing", "channel": "cpc"}),
        (["page_url", "utm_source"], ["https://example.org/?utm_source=a", "b"], {"path": "/", "source": "b"}),
        (["Landing Page"], ["Our big offer"], None),
        (["First Referring Site"], ["https://www.google.com/"], {"referrer": "www.google.com"}),
        (["Referrer"], ["https://news.example.org/2026/post?x=1"], {"referrer": "news.example.org/2026/post"}),
        (["Referrer"], ["Anna Huber"], None),
        (["Referrer", "Page URL"], ["https://example.org/", "https://example.org/b"], {"path": "/b"}),
        (["Lead Source", "Campaign"], ["Google", "x"], None),
        (["outm_source"], ["x"], None),
    ],
)  # fmt: skip
def test_what_a_row_tells(header: list[str], cells: list[str | None], expected: dict[str, str] | None) -> None:
    assert told(header, *cells) == expected


FORM = "name,email,submitted_at,Page URL,Referrer,utm_medium\n"


def rows(workspace: Any) -> list[tuple[Any, ...]]:
    return workspace.query(
        f"SELECT lead, occurred_at, {', '.join(PARTS)} FROM activity WHERE type = 'touch' ORDER BY occurred_at, id"
    )


def test_a_row_is_a_touch_at_the_moment_of_its_capture(workspace: Any) -> None:
    text = (
        FORM
        + "Ann,ann@a-werke.example,2026-11-01 10:00,https://example.org/offer?utm_source=linkedin&utm_campaign=spring,,social\n"
        + "Bob,bob@b-werke.example,,,https://www.bing.com/,\n"
        + "Cyd,cyd@c-werke.example,2026-11-02 10:00,,,\n"
    )
    assert workspace.bring(text).created == 3
    expected = [
        (1, "2026-11-01T09:00:00Z", "linkedin", "social", "spring", None, None, "/offer", None),
        (2, "2026-11-22T12:00:00Z", None, None, None, None, None, None, "www.bing.com"),
    ]
    assert rows(workspace) == expected
    workspace.now = "2026-11-25T12:00:00+00:00"
    assert workspace.bring(text).unchanged == 3
    assert rows(workspace) == expected
    # What no column says of the lead's source and campaign, the touch does.
    assert workspace.query("SELECT source, campaign FROM lead ORDER BY id") == [
        ("linkedin", "spring"),
        (None, None),
        (None, None),
    ]
    assert workspace.call("undo", "1").code == 0
    assert rows(workspace) == []


def test_a_record_is_nothing_that_the_lead_did(workspace: Any) -> None:
    workspace.bring(
        "name,email,utm_source,Email Opt Out\nAnn,ann@a-werke.example,google,yes\nBob,bob@b-werke.example,,\n"
    )
    for who, what in (("bob", "reply"), ("ann", "bounce")):
        assert workspace.call("log", who, what).code == 0

    def found(condition: str) -> list[str]:
        return [each["name"] for each in workspace.call("list", "--json", "--where", condition).json]

    assert found("did: {within: 30d}") == ["Bob"]
    assert found("last_activity_at: {present: yes}") == ["Bob"]
    assert found("did: {event: [touch, opt_out, bounce], at_least: 3}") == ["Ann"]


def test_a_lead_comes_again(workspace: Any) -> None:
    head = "id,name,email,captured_at,utm_source,utm_campaign\n"
    workspace.bring(head + "7,Ann,ann@a-werke.example,2026-11-01,google,brand\n")
    workspace.bring(head + "7,Ann,ann@a-werke.example,2026-11-10,linkedin,\n", "later.csv")
    workspace.bring(head + "7,Ann,ann@a-werke.example,2026-11-10,linkedin,\n", "later.csv")
    workspace.bring("name,email,utm_source\nAnn,ann@a-werke.example,newsletter\n", "undated.csv")
    found = workspace.call("touches", "ann", "--json").json
    assert [(each["occurred_at"], each["source"], each["campaign"]) for each in found] == [
        ("2026-10-31T23:00:00Z", "google", "brand"),
        ("2026-10-31T23:00:00Z", "newsletter", None),  # without a day of its own: when the lead was captured
        ("2026-11-09T23:00:00Z", "linkedin", None),
    ]
    assert list(found[0]) == [
        "occurred_at",
        "type",
        "source",
        "medium",
        "campaign",
        "content",
        "term",
        "path",
        "referrer",
    ]


ACTIVITIES = """\
email,type,occurred_at,utm source,referrer,campaign,channel
ann@a-werke.example,page_view,2026-11-03 10:00,,www.google.com/search,,
ann@a-werke.example,page_view,2026-11-04 10:00,,,,
ann@a-werke.example,email_click,2026-11-05 10:00,,,november,email
ann@a-werke.example,unsubscribe,2026-11-06 10:00,,,november,email
ann@a-werke.example,email_sent,2026-11-07 10:00,,,december,email
ann@a-werke.example,event,2026-12-24 10:00,fair,,x,
bob@b-werke.example,page_view,2026-11-05 10:00,linkedin,,spring,social
bob@b-werke.example,page_view,2026-11-05 10:00,xing,,summer,social
cyd@c-werke.example,page_view,2026-11-05 10:00,,,,
"""


@pytest.fixture
def touched(workspace: Any) -> Any:
    workspace.bring("name,email\nAnn,ann@a-werke.example\nBob,bob@b-werke.example\nCyd,cyd@c-werke.example\n")
    workspace.write("did.csv", ACTIVITIES)
    assert workspace.call("import", "did.csv", "--as", "activities").code == 0
    return workspace


def test_first_and_last_touch(touched: Any) -> None:
    names = "id,first_source,first_campaign,last_source,last_campaign,touches"
    found = touched.call("list", "--fields", names, "--sort", "id", "--json").json
    assert [tuple(each.values()) for each in found] == [
        (1, "www.google.com", None, None, "november", 2),
        (2, "linkedin", "spring", "xing", "summer", 2),
        (3, None, None, None, None, 0),
    ]
    assert touched.call("list", "--sort", "-touches", "--fields", "id", "--json").json[-1] == {"id": 3}
    assert "first_source" not in touched.call("list", "--json").json[0]  # only where it is asked for
    assert touched.call("show", "2", "--json").json["last_source"] == "xing"
    assert [each["type"] for each in touched.call("touches", "1", "--json").json] == ["page_view", "email_click"]
    assert touched.call("touches", "3", "--json").json == []


@pytest.mark.parametrize(
    ("by", "groups"),
    [
        ("first_source", {"www.google.com": 1, "linkedin": 1, None: 1}),
        ("last_source", {"xing": 1, None: 2}),
        ("first_campaign", {"spring": 1, None: 2}),
        ("last_campaign", {"november": 1, "summer": 1, None: 1}),
    ],
)
def test_conversion_by_touch(touched: Any, by: str, groups: dict[str | None, int]) -> None:
    found = touched.call("report", "conversion", "--by", by, "--json").json
    assert {each["group"]: each["leads"] for each in found} == groups


def test_a_mistyped_group_is_told(touched: Any) -> None:
    done = touched.call("report", "conversion", "--by", "first_sorce")
    assert (done.code, "did you mean 'first_source'?" in done.err) == (2, True)
