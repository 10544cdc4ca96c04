"""Newsletter tools and web analytics: their exports as activities, by the mappings that come with leadctl."""

from __future__ import annotations

import json
from typing import Any

import pytest

LEADS = "id,name,email\nU1,Ann,ann@a-werke.example\nU2,Bob,bob@b-werke.example\n"


def bring(workspace: Any, content: str, mapping: str, *args: str, name: str = "export.csv") -> dict[str, Any]:
    workspace.bring(LEADS)
    workspace.write(name, content)
    done = workspace.call("import", name, "--as", "activities", "--json", *args)
    assert done.code in (0, 1), done.err
    assert f"read with the mapping '{mapping}'" in done.err
    found: dict[str, Any] = done.json
    again = workspace.call("import", name, "--as", "activities", "--json", *args).json
    assert (again["created"], again["unchanged"]) == (0, found["created"])
    return found


def stored(workspace: Any, *columns: str) -> list[tuple[Any, ...]]:
    return workspace.query(
        f"SELECT lead, type, occurred_at, {', '.join(columns)} FROM activity ORDER BY occurred_at, type, lead"
    )


def test_mailchimp_activity(workspace: Any) -> None:
    text = """\
Email Address,Campaign Title,Action,Timestamp,URL,IP
ann@a-werke.example,November,open,2026-11-02 08:00:00,,192.0.2.1
ANN@a-werke.example,November,Click,2026-11-02 08:01:00,https://example.org/offer?utm_source=mc,192.0.2.1
bob@b-werke.example,November,bounce,2026-11-02 08:02:00,,
who@nobody.example,November,open,2026-11-02 08:03:00,,
bob@b-werke.example,November,danced,2026-11-02 08:04:00,,
"""
    found = bring(workspace, text, "mailchimp_activity")
    assert (found["created"], found["flagged"], [bad["line"] for bad in found["rejects"]]) == (4, 1, [6])
    assert [row[:5] for row in stored(workspace, "campaign", "channel")] == [
        (1, "email_open", "2026-11-02T07:00:00Z", "November", "email"),
        (1, "email_click", "2026-11-02T07:01:00Z", "November", "email"),
        (2, "bounce", "2026-11-02T07:02:00Z", "November", "email"),
        (None, "email_open", "2026-11-02T07:03:00Z", "November", "email"),
    ]


def test_mailchimp_members_who_left(workspace: Any) -> None:
    head = '"Email Address","First Name",MEMBER_RATING,OPTIN_TIME,{},LEID,NOTES\n'
    unsubscribed = head.format("UNSUB_TIME,UNSUB_CAMPAIGN_TITLE,UNSUB_CAMPAIGN_ID,UNSUB_REASON,UNSUB_REASON_OTHER")
    row = 'ann@a-werke.example,Ann,2,2025-01-01 10:00:00,2026-11-02 08:00:00,November,7,"OTHER","too many",5,\n'
    bring(workspace, unsubscribed + row, "mailchimp_unsubscribed", name="unsubscribed.csv")
    cleaned = head.format("CLEAN_TIME,CLEAN_CAMPAIGN_TITLE,CLEAN_CAMPAIGN_ID")
    row = "bob@b-werke.example,Bob,2,2025-01-01 10:00:00,2026-11-03 08:00:00,November,7,5,\n"
    bring(workspace, cleaned + row, "mailchimp_cleaned", name="cleaned.csv")
    assert stored(workspace, "campaign", "outcome", "note") == [
        (1, "unsubscribe", "2026-11-02T07:00:00Z", "November", "OTHER", "too many"),
        (2, "bounce", "2026-11-03T07:00:00Z", "November", None, None),
    ]


@pytest.mark.parametrize(("kind", "type_name"), [("opens", "email_open"), ("clicks", "email_click")])
def test_mailchimp_account_export_is_chosen_by_hand(workspace: Any, kind: str, type_name: str) -> None:
    text = "Timestamp,Email,Url\n2026-11-02 08:00:00,ann@a-werke.example,https://example.org/a\n"
    bring(workspace, text, f"mailchimp_{kind}", "--map", f"mailchimp_{kind}")
    assert stored(workspace, "channel") == [(1, type_name, "2026-11-02T07:00:00Z", "email")]


def test_brevo_logs(workspace: Any) -> None:
    text = """\
st_text,ts,sub,frm,email,tag,mid,link
Sent,02-11-2026 08:00:00,Our news,us@example.org,ann@a-werke.example,november,<1@x>,NA
Delivered,02-11-2026 08:00:01,Our news,us@example.org,ann@a-werke.example,november,<1@x>,NA
First opening,02-11-2026 08:05:00,Our news,us@example.org,ann@a-werke.example,november,<1@x>,NA
Clicked,02-11-2026 08:06:00,Our news,us@example.org,ann@a-werke.example,november,<1@x>,https://example.org/a
Hard bounce,02-11-2026 08:00:02,Our news,us@example.org,bob@b-werke.example,NA,<2@x>,NA
"""
    found = bring(workspace, text, "brevo_logs")
    assert (found["created"], found["blank"], found["rejected"]) == (4, 1, 0)
    assert stored(workspace, "content", "campaign") == [
        (1, "email_sent", "2026-11-02T07:00:00Z", "Our news", "november"),
        (2, "bounce", "2026-11-02T07:00:02Z", "Our news", None),
        (1, "email_open", "2026-11-02T07:05:00Z", "Our news", "november"),
        (1, "email_click", "2026-11-02T07:06:00Z", "Our news", "november"),
    ]


def test_brevo_events(workspace: Any) -> None:
    event = {
        "email": "ann@a-werke.example",
        "camp_id": 3,
        "campaign name": "November",
        "date_event": "2026-11-02 08:00:00",
    }
    rows = [{**event, "event": "opened", "id": 1}, {**event, "event": "delivered", "id": 1}]
    rows.append({**event, "event": "click", "id": 1, "URL": "https://example.org/a"})
    text = "".join(json.dumps(row) + "\n" for row in rows)
    found = bring(workspace, text, "brevo_events", name="export.jsonl")
    assert (found["created"], found["blank"]) == (2, 1)
    assert [row[1:4] for row in stored(workspace, "campaign")] == [
        ("email_click", "2026-11-02T07:00:00Z", "November"),
        ("email_open", "2026-11-02T07:00:00Z", "November"),
    ]


def test_sendgrid_events(workspace: Any) -> None:
    event = {"email": "ann@a-werke.example", "timestamp": 1793602800, "sg_message_id": "m"}
    names = ("processed", "open", "click", "group_unsubscribe")
    text = json.dumps([{**event, "event": name, "sg_event_id": f"e{at}"} for at, name in enumerate(names)])
    found = bring(workspace, text, "sendgrid_events", name="export.json")
    assert (found["created"], found["blank"]) == (3, 1)
    assert stored(workspace, "own_id") == [
        (1, "email_click", "2026-11-02T07:00:00Z", "e2"),
        (1, "email_open", "2026-11-02T07:00:00Z", "e1"),
        (1, "unsubscribe", "2026-11-02T07:00:00Z", "e3"),
    ]


@pytest.mark.parametrize(("category", "campaign"), [(["spring", "vip"], "spring"), ("spring", "spring"), ([], None)])
def test_of_several_categories_of_sendgrid_the_first(workspace: Any, category: Any, campaign: str | None) -> None:
    event = {"email": "ann@a-werke.example", "timestamp": 1793602800, "event": "open", "sg_event_id": "e1"}
    bring(workspace, json.dumps([{**event, "category": category}]), "sendgrid_events", name="export.json")
    assert [row[3] for row in stored(workspace, "campaign")] == [campaign]


def test_what_google_analytics_writes_for_nothing(workspace: Any) -> None:
    text = """\
Event name,Date,Page path,Session source / medium,Session campaign,User ID
page_view,20261102,/1,google / organic,(organic),U1
page_view,20261103,/2,(direct) / (none),(direct),U1
page_view,20261104,/3,fjord.example / referral,(referral),U1
"""
    bring(workspace, text, "ga4")
    assert [row[3:] for row in stored(workspace, "path", "source", "channel", "campaign")] == [
        ("/1", "google", "organic", None),
        ("/2", None, None, None),
        ("/3", "fjord.example", "referral", None),
    ]
    apart = """\
Event name,Date,Page path,Session source,Session medium,Session campaign,User ID
page_view,20261105,/4,(direct),(none),(not set),U1
"""
    bring(workspace, apart, "ga4", name="apart.csv")
    assert stored(workspace, "path", "source", "channel", "campaign")[-1][3:] == ("/4", None, None, None)


def test_google_analytics(workspace: Any) -> None:
    text = """\
# ----------------------------------------
# Free form 1
# 20261101-20261130
# ----------------------------------------

Event name,Date,Page path,Session source / medium,Session campaign,User ID,Event count
page_view,20261102,/pricing,linkedin / social,spring,U1,2
scroll,20261102,/pricing,linkedin / social,spring,U1,9
page_view,20261103,/,(direct) / (none),(not set),bob@b-werke.example,1
form_submit,20261103,/contact,google / cpc,(not set),U1,1
"""
    found = bring(workspace, text, "ga4")
    assert (found["created"], found["blank"], found["rejects"]) == (3, 1, [])
    rows = stored(workspace, "path", "source", "channel", "campaign")
    assert [(row[0], row[1], *row[3:]) for row in rows] == [
        (1, "page_view", "/pricing", "linkedin", "social", "spring"),
        (1, "page_view", "/pricing", "linkedin", "social", "spring"),
        (2, "page_view", "/", None, None, None),
        (1, "web_form", "/contact", "google", "cpc", None),
    ]


def test_matomo(workspace: Any) -> None:
    text = """\
idVisit,visitorId,userId,firstActionTimestamp,serverDatePretty,referrerType,referrerName,referrerUrl,actionDetails_0_url
11,a1b2,U1,1793602800,Monday,search,Google,https://www.google.com/,https://example.org/pricing
12,a1b2,bob@b-werke.example,1793602860,Monday,direct,,,https://example.org/
"""
    found = bring(workspace, text, "matomo")
    assert (found["created"], found["rejects"]) == (2, [])
    assert stored(workspace, "source", "channel", "own_id", "system") == [
        (1, "page_view", "2026-11-02T07:00:00Z", "Google", "search", "11", "matomo"),
        (2, "page_view", "2026-11-02T07:01:00Z", None, "direct", "12", "matomo"),
    ]


def test_a_file_of_ones_own_is_read_as_before(workspace: Any) -> None:
    workspace.bring(LEADS)
    workspace.write("own.csv", "email,type,occurred_at\nann@a-werke.example,email_open,2026-11-02\n")
    done = workspace.call("import", "own.csv", "--as", "activities")
    assert (done.code, "mapping" in done.err) == (0, False)
