"""Payloads of form and ad services the whole way: each finds its mapping by itself, and a second import changes nothing."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.conftest import Workspace

HOME = os.environ.get("LEADCTL_REALDATA")
SAMPLES = Path(HOME or ".") / "crm_exports"


def lead(workspace: Workspace, **where: Any) -> dict[str, Any]:
    """The one lead with this value, and under `did` what the activities beside touches are, with their days."""
    name, value = next(iter(where.items()))
    found = [each for each in workspace.call("list", "--json").json if each[name] == value]
    assert len(found) == 1, found
    query = "SELECT type, date(occurred_at) FROM activity WHERE lead = ? AND type <> 'touch' ORDER BY occurred_at, type"
    return {**found[0], "did": workspace.query(query, found[0]["id"])}


def facts(found: dict[str, Any], *names: str) -> tuple[Any, ...]:
    return tuple(found[name] for name in names)


def twice(workspace: Workspace, name: str, content: str) -> dict[str, Any]:
    """The ledger of the first import, and the mapping that was used; the second one changes nothing."""
    workspace.write(name, content)
    first, again = (workspace.call("import", name, "--json") for _ in range(2))
    assert (again.json["created"], again.json["updated"]) == (0, 0), again
    for ledger in (first.json, again.json):
        parts = ("created", "updated", "unchanged", "duplicate", "rejected", "blank")
        assert ledger["read"] == sum(ledger[part] for part in parts)
    used = first.err.partition("read with the mapping '")[2].partition("'")[0]
    return {**first.json, "mapping": used or None}


GOOGLE = {
    "lead_id": "L1",
    "user_column_data": [
        {"column_name": "Full Name", "string_value": "Ana Kurz", "column_id": "FULL_NAME"},
        {"column_name": "User Email", "string_value": "ana@example.org", "column_id": "EMAIL"},
        {"string_value": "+43 1 5550100", "column_id": "PHONE_NUMBER"},
        {"column_name": "Company Name", "string_value": "Nord GmbH", "column_id": "COMPANY_NAME"},
        {"column_name": "Which day?", "string_value": "Monday", "column_id": "QUESTION_1"},
    ],
    "api_version": "1.0",
    "form_id": 40000000000,
    "campaign_id": 987,
    "google_key": "k",
    "gcl_id": "g1",
    "is_test": False,
}


def test_google_ads(workspace: Workspace) -> None:
    lines = [GOOGLE, {**GOOGLE, "lead_id": "L2", "is_test": True}]
    ledger = twice(workspace, "ads.jsonl", "\n".join(map(json.dumps, lines)))
    assert facts(ledger, "mapping", "read", "created", "blank") == ("google_ads_webhook", 2, 1, 1)
    found = lead(workspace, external_id="L1")
    assert facts(found, "name", "email", "phone", "company", "source", "campaign") == (
        *("Ana Kurz", "ana@example.org", "+4315550100", "Nord GmbH", "google ads", "987"),
    )
    assert found["extra"]["Which day?"] == "Monday"
    assert found["did"] == [("web_form", "2026-11-22")]  # it does not say when


def test_typeform(workspace: Workspace, typeform: Any, all_types: Any) -> None:
    webhook = typeform(*all_types, hidden={"utm_source": "linkedin", "utm_campaign": "spring"})
    ledger = twice(workspace, "webhook.json", json.dumps(webhook))
    assert facts(ledger, "mapping", "created") == ("typeform", 1)
    found = lead(workspace, email="ana@example.org")
    assert facts(found, "name", "phone", "source", "campaign", "captured_at") == (
        *("Ana Kurz", "+4315550100", "linkedin", "spring", "2026-02-01T10:00:00Z"),
    )
    assert found["did"] == [("web_form", "2026-02-01")]
    # The answer of the API has no titles of questions.
    response = {key: held for key, held in webhook["form_response"].items() if key != "definition"}
    answers = [{"type": "email", "email": "ben@example.org", "field": {"id": "X", "ref": "y", "type": "email"}}]
    items = [{**response, "token": "t2", "answers": answers, "submitted_at": "2026-03-01T10:00:00Z"}, response]
    ledger = twice(workspace, "api.json", json.dumps({"total_items": 2, "page_count": 1, "items": items}))
    assert facts(ledger, "mapping", "read", "created") == ("typeform", 2, 1)
    assert lead(workspace, email="ben@example.org")["did"] == [("web_form", "2026-03-01")]


def test_google_forms(workspace: Workspace) -> None:
    response = {
        "formId": "F",
        "responseId": "R1",
        "createTime": "2026-04-01T03:19:28.889Z",
        "lastSubmittedTime": "2026-04-01T03:19:28.889881Z",
        "respondentEmail": "ana@example.org",
        "answers": {
            "5bdc4001": {"questionId": "5bdc4001", "textAnswers": {"answers": [{"value": "Ana Kurz"}]}},
            "283d759e": {"questionId": "283d759e", "textAnswers": {"answers": [{"value": "SEO"}, {"value": "Ads"}]}},
            "46f3e9cf": {
                "questionId": "46f3e9cf",
                "fileUploadAnswers": {"answers": [{"fileId": "f", "fileName": "a.pdf"}]},
            },
        },
    }
    ledger = twice(workspace, "forms.json", json.dumps({"responses": [response], "nextPageToken": "x"}))
    assert facts(ledger, "mapping", "created") == ("google_forms_responses", 1)
    found = lead(workspace, email="ana@example.org")
    assert found["extra"]["5bdc4001"] == "Ana Kurz"
    assert found["extra"]["283d759e"] == "SEO, Ads"
    assert "a.pdf" in found["extra"]["46f3e9cf"]
    assert found["did"] == [("web_form", "2026-04-01")]
    workspace.call("import", "forms.json", "--map-column", "5bdc4001=name")
    assert lead(workspace, email="ana@example.org")["name"] == "Ana Kurz"


def test_meta_webhook_and_graph_are_one_lead(workspace: Workspace) -> None:
    changes = [
        {"field": "leadgen", "value": {"leadgen_id": number, "form_id": 5, "created_time": 1770000000, "page_id": 9}}
        for number in (101, 102)
    ]
    ledger = twice(
        workspace,
        "hook.json",
        json.dumps({"object": "page", "entry": [{"id": "9", "time": 1770000001, "changes": changes}]}),
    )
    assert facts(ledger, "mapping", "read", "created") == ("meta_webhook", 2, 2)
    leads = [
        {
            "created_time": "2026-02-02T02:40:00+0000",
            "id": str(number),
            "field_data": [
                {"name": "full_name", "values": [name]},
                {"name": "work_email", "values": [f"{name[:3].lower()}@example.org"]},
                {"name": "which_topics?", "values": ["SEO", "Ads"]},
            ],
        }
        for number, name in ((101, "Ana Kurz"), (102, "Ben Lang"))
    ]
    ledger = twice(workspace, "graph.json", json.dumps({"data": leads, "paging": {"cursors": {"after": "x"}}}))
    assert facts(ledger, "mapping", "read", "created", "updated") == ("meta_graph", 2, 0, 2)
    found = lead(workspace, external_id="101")
    assert facts(found, "name", "email", "source") == ("Ana Kurz", "ana@example.org", "facebook")
    assert found["extra"]["which_topics?"] == "SEO, Ads"


def test_calendly(workspace: Workspace) -> None:
    payload = {
        "created_at": "2026-01-15T10:30:00.000000Z",
        "email": "ana@example.org",
        "event": "https://calendly.example/events/1",
        "name": "Ana Kurz",
        "questions_and_answers": [
            {"answer": "Product demo", "position": 0, "question": "What about?"},
            {"answer": "Nord GmbH", "position": 1, "question": "Company"},
        ],
        "scheduled_event": {"name": "First talk", "event_memberships": [{"user": "u"}]},
        "text_reminder_number": "+43 660 5550100",
        "tracking": {"utm_source": "website", "utm_campaign": "demo", "utm_medium": None},
        "uri": "https://calendly.example/invitees/1",
    }
    body = {"event": "invitee.created", "created_at": "2026-01-15T10:30:05Z", "created_by": "u", "payload": payload}
    ledger = twice(workspace, "calendly.json", json.dumps(body, indent=1))
    assert facts(ledger, "mapping", "created") == ("calendly", 1)
    found = lead(workspace, email="ana@example.org")
    assert facts(found, "name", "company", "source", "campaign", "captured_at") == (
        *("Ana Kurz", "Nord GmbH", "website", "demo", "2026-01-15T10:30:00Z"),
    )
    assert found["phone"] == "+436605550100"
    assert found["extra"]["What about?"] == "Product demo"
    assert found["did"] == [("meeting_booked", "2026-01-15")]
    # Called off, with the moment and the reason that Calendly gives; the booking stays what it was.
    off = {
        "reason": "no time",
        "canceled_by": "Ana Kurz",
        "canceler_type": "invitee",
        "created_at": "2026-01-17T08:00:00Z",
    }
    gone = {**body, "event": "invitee.canceled", "payload": {**payload, "status": "canceled", "cancellation": off}}
    ledger = twice(workspace, "gone.json", json.dumps(gone))
    assert facts(ledger, "mapping", "created") == ("calendly", 0)
    found = lead(workspace, email="ana@example.org")
    assert found["did"] == [("meeting_booked", "2026-01-15"), ("meeting_canceled", "2026-01-17")]
    told = workspace.query("SELECT type, content, note FROM activity WHERE type LIKE 'meeting%' ORDER BY occurred_at")
    assert told == [("meeting_booked", "First talk", None), ("meeting_canceled", "First talk", "no time")]
    # Without a reason and a moment of its own it happened when the webhook was sent.
    bare = {**gone, "created_at": "2026-01-19T10:00:00Z", "payload": payload}
    twice(workspace, "bare.json", json.dumps(bare))
    assert lead(workspace, email="ana@example.org")["did"][-1] == ("meeting_canceled", "2026-01-19")


MAILCHIMP = (
    "type=subscribe&fired_at=2026-03-26+21%3A35%3A57&data%5Bid%5D=8a&data%5Blist_id%5D=a6&data%5Bemail%5D=ana%40example.org"
    "&data%5Bmerges%5D%5BEMAIL%5D=ana%40example.org&data[merges][FNAME]=Ana&data[merges][LNAME]=K%C3%BCrz\n"
    "type=unsubscribe&fired_at=2026-04-26+21%3A35%3A57&data[action]=unsub&data[reason]=manual&data[list_id]=a6"
    "&data[email]=ana%40example.org&data[merges][FNAME]=Ana&data[merges][LNAME]=K%C3%BCrz\n"
)


@pytest.mark.parametrize("form", ["body", "names", "nested"])
def test_mailchimp(workspace: Workspace, form: str) -> None:
    data = {"id": "8a", "list_id": "a6", "email": "ana@example.org"}
    merges = {"EMAIL": "ana@example.org", "FNAME": "Ana", "LNAME": "Kürz"}
    subscribe: dict[str, Any] = {"type": "subscribe", "fired_at": "2026-03-26 21:35:57"}
    leave: dict[str, Any] = {"type": "unsubscribe", "fired_at": "2026-04-26 21:35:57"}
    if form == "body":
        ledger = twice(workspace, "hooks.txt", MAILCHIMP)
    else:
        names = {f"data[{key}]": text for key, text in data.items()} | {
            f"data[merges][{key}]": text for key, text in merges.items()
        }
        rest = {"data": {**data, "merges": merges}} if form == "nested" else names
        ledger = twice(workspace, "hooks.jsonl", json.dumps(subscribe | rest) + "\n" + json.dumps(leave | rest))
    assert facts(ledger, "mapping", "read", "created") == ("mailchimp_webhook", 2, 1)
    found = lead(workspace, email="ana@example.org")
    assert facts(found, "name", "source") == ("Ana Kürz", "mailchimp")
    assert found["did"] == [("newsletter_signup", "2026-03-26"), ("unsubscribe", "2026-04-26")]


PERSON = {
    "id": 7,
    "owner_id": {"id": 123, "name": "Jo Seller", "email": "seller@example.com", "value": 123},
    "org_id": {"name": "Nord GmbH", "owner_id": 123, "cc_email": "org@mail.example", "value": 12},
    "name": "Ana Kurz",
    "first_name": "Ana",
    "last_name": "Kurz",
    "phone": [
        {"value": "+43 1 5550100", "primary": False, "label": "work"},
        {"value": "+43 660 5550101", "primary": True},
    ],
    "email": [{"value": "ana@example.org", "primary": True, "label": "work"}],
    "add_time": "2026-01-18 13:23:07",
    "update_time": "2026-05-08 05:30:20",
    "visible_to": "3",
    "label": 1,
    "org_name": "Nord GmbH",
    "owner_name": "Jo Seller",
}


def test_pipedrive(workspace: Workspace) -> None:
    ben = {
        **PERSON,
        "id": 8,
        "name": "Ben Lang",
        "first_name": "Ben",
        "last_name": "Lang",
        "email": [{"value": "", "primary": True}],
    }
    listed = {"success": True, "data": [PERSON, {**ben, "phone": []}], "additional_data": {"pagination": {"start": 0}}}
    ledger = twice(workspace, "persons.json", json.dumps(listed))
    assert facts(ledger, "mapping", "read", "created") == ("pipedrive_person", 2, 2)
    found = lead(workspace, external_id="7")
    assert facts(found, "name", "email", "phone", "company", "title", "owner", "stage") == (
        *("Ana Kurz", "ana@example.org", "+436605550101", "Nord GmbH", None, None, "new"),
    )
    assert facts(lead(workspace, external_id="8"), "name", "email", "phone") == ("Ben Lang", None, None)
    deal = {
        "id": 1,
        "person_id": {"name": "Ana Kurz", "email": PERSON["email"], "phone": PERSON["phone"], "value": 7},
        "user_id": PERSON["owner_id"],
        "org_id": PERSON["org_id"],
        "stage_id": 2,
        "pipeline_id": 1,
        "title": "Deal One",
        "value": 5000.5,
        "currency": "EUR",
        "status": "open",
        "add_time": "2026-05-29 04:21:51",
        "person_name": "Ana Kurz",
        "org_name": "Nord GmbH",
        "label": 11,
    }
    ledger = twice(workspace, "deal.json", json.dumps({"success": True, "data": [deal]}))
    assert facts(ledger, "mapping", "created", "updated") == ("pipedrive_deal", 0, 1)
    found = lead(workspace, external_id="7")
    assert facts(found, "value", "title", "email") == (5000.5, None, "ana@example.org")
    assert found["extra"]["title"] == "Deal One"


def test_pipedrive_says_when_and_why_a_deal_ended(workspace: Workspace) -> None:
    deals = [
        {"id": 1, "person_id": 7, "person_name": "Ana Kurz", "title": "One", "stage_id": 2, "pipeline_id": 1, "value": 5,
         "add_time": "2026-01-18 13:23:07", "status": "lost", "close_time": None, "won_time": None,
         "lost_time": "2026-02-03 10:00:00", "lost_reason": "too dear"},
        {"id": 2, "person_id": 8, "person_name": "Ben Lang", "title": "Two", "stage_id": 2, "pipeline_id": 1, "value": 5,
         "add_time": "2026-01-18 13:23:07", "status": "won", "close_time": None, "won_time": "2026-02-04 10:00:00",
         "lost_time": None, "lost_reason": None},
    ]  # fmt: skip
    ledger = twice(workspace, "deals.json", json.dumps({"success": True, "data": deals}))
    assert facts(ledger, "mapping", "created") == ("pipedrive_deal", 2)
    found = lead(workspace, external_id="7")
    assert facts(found, "stage", "stage_on", "stage_reason") == ("lost", "2026-02-03", "too dear")
    found = lead(workspace, external_id="8")
    assert facts(found, "stage", "stage_on", "stage_reason") == ("won", "2026-02-04", None)


def test_pipedrive_newer_interface_and_webhook(workspace: Workspace) -> None:
    person = {
        "id": 7,
        "name": "Ana Kurz",
        "first_name": "Ana",
        "last_name": "Kurz",
        "owner_id": 1,
        "org_id": 2,
        "add_time": "2026-01-18T13:23:07Z",
        "visible_to": 7,
        "label_ids": [],
        "emails": [{"value": "ana@example.org", "primary": True, "label": "work"}],
        "phones": [{"value": "+43 1 5550100", "primary": True, "label": "work"}],
    }
    ledger = twice(workspace, "v2.json", json.dumps({"success": True, "data": [person]}))
    assert facts(ledger, "mapping", "created") == ("pipedrive_person", 1)
    hook = {"data": {**person, "id": 8, "emails": [{"value": "b@example.org", "primary": True}], "phones": []}}
    hook |= {"meta": {"action": "create", "entity": "person"}, "previous": None}
    ledger = twice(workspace, "hook.json", json.dumps(hook))
    assert facts(ledger, "mapping", "created") == ("pipedrive_person", 1)
    assert facts(lead(workspace, external_id="8"), "name", "email") == ("Ana Kurz", "b@example.org")
    assert facts(lead(workspace, external_id="7"), "email", "phone") == ("ana@example.org", "+4315550100")


def test_hubspot(workspace: Workspace) -> None:
    properties = {
        "email": "ana@example.org",
        "firstname": "Ana",
        "lastname": "Kurz",
        "company": "Nord GmbH",
        "hs_object_id": "51",
    }
    contact = {"id": "51", "properties": properties, "createdAt": "2026-01-02T03:04:05.000Z", "archived": False}
    ledger = twice(workspace, "contacts.json", json.dumps({"results": [contact], "paging": {"next": {"after": "1"}}}))
    assert facts(ledger, "mapping", "created") == ("hubspot_api", 1)
    assert facts(lead(workspace, external_id="51"), "name", "email", "company") == (
        "Ana Kurz",
        "ana@example.org",
        "Nord GmbH",
    )


def test_a_lead_within_another_object(workspace: Workspace) -> None:
    data = {"name": "Ana Kurz", "email": "ana@example.org", "company": {"name": "Nord GmbH"}, "phone": "+43 1 5550100"}
    ledger = twice(workspace, "hook.json", json.dumps({"event": "lead.created", "data": data}))
    assert facts(ledger, "mapping", "created") == ("nested", 1)
    found = lead(workspace, email="ana@example.org")
    assert facts(found, "name", "company", "phone") == ("Ana Kurz", "Nord GmbH", "+4315550100")


def test_answers_in_words_refuse_no_row(workspace: Workspace, typeform: Any, all_types: Any) -> None:
    fields = [{"id": "B", "title": "Budget"}, {"id": "C", "title": "Company size"}, {"id": "S", "title": "Stage"}]
    answers = [{"type": "text", "text": "a lot", "field": {"id": each["id"]}} for each in fields]
    payload = typeform(*all_types, *answers)
    payload["form_response"]["definition"]["fields"] += fields
    assert twice(workspace, "form.json", json.dumps(payload))["created"] == 1
    assert lead(workspace, email="ana@example.org")["extra"]["Company size"] == "a lot"


def test_which_words_of_a_column_tell_is_checked(workspace: Workspace) -> None:
    told = '{type: bounce, if: {from: Status, values: {left: maybe, "*": no}}}'
    workspace.write("rules/mappings/mine.yaml", f"mapping:\n  fields: {{name: A}}\n  activities:\n    - {told}\n")
    workspace.write("a.csv", "A,Status\nAna,left\n")
    assert "what 'left' means" in workspace.call("import", "a.csv", "--map", "mine").err
    workspace.write("rules/mappings/mine.yaml", workspace.read("rules/mappings/mine.yaml").replace("maybe", "yes"))
    workspace.call("import", "a.csv", "--map", "mine")
    assert [kind for kind, _ in lead(workspace, name="Ana")["did"]] == ["bounce"]


def test_a_webhook_on_standard_input(workspace: Workspace, typeform: Any, all_types: Any) -> None:
    body = json.dumps(typeform(*all_types))
    assert workspace.call("import", "-", "--json", stdin=body).json["created"] == 1
    assert workspace.call("import", "-", "--json", stdin=body).json["unchanged"] == 1
    assert workspace.call("undo").code == 0
    assert workspace.call("list", "--json").json == []


def scalars(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return [leaf for each in value.values() for leaf in scalars(each)]
    if isinstance(value, list):
        return [leaf for each in value for leaf in scalars(each)]
    return [value]


@pytest.mark.skipif(HOME is None, reason="LEADCTL_REALDATA is not set")
def test_real_samples(workspace: Workspace) -> None:
    expected = {
        "json_samples/calendly_invitee_created": (
            "calendly",
            "invitee@example.com",
            "John Doe",
            "website",
            "meeting_booked",
        ),
        "json_samples/google_ads_lead_form": (
            "google_ads_webhook",
            "jane@example.com",
            "Jane Doe",
            "google ads",
            "web_form",
        ),
        "json_samples/google_forms_response": ("google_forms_responses", None, None, "google forms", "web_form"),
        "json_samples/mailchimp_subscribe_webhook": (
            *("mailchimp_webhook", "api@mailchimp.com", "Mailchimp API", "mailchimp", "newsletter_signup"),
        ),
        "json_samples/pipedrive_deal": ("pipedrive_deal", "person@pipedrive.com", "Person", "pipedrive", None),
        "json_samples/pipedrive_person": ("pipedrive_person", "12345@email.com", "Will Smith", "pipedrive", None),
        "json_samples/typeform_response": ("typeform", None, None, "typeform", "web_form"),
        "meta_lead_ads/graph_lead": ("meta_graph", "test@meta.com", "Yassine Amrani", "facebook", "web_form"),
        "meta_lead_ads/webhook_leadgen": ("meta_webhook", None, None, "facebook", "web_form"),
    }
    for name, (mapping, email, person, source, did) in expected.items():
        text = (SAMPLES / f"{name}.json").read_text(encoding="utf-8")
        ledger = twice(workspace, f"{Path(name).name}.json", text)
        assert facts(ledger, "mapping", "read", "created") == (mapping, 1, 1), name
        newest = max(each["id"] for each in workspace.call("list", "--json").json)
        found = lead(workspace, id=newest)
        assert facts(found, "email", "name", "source") == (email, person, source)
        assert [kind for kind, _ in found["did"]] == ([did] if did else [])
        kept = json.dumps([found, workspace.query("SELECT * FROM contact")], ensure_ascii=False)
        for leaf in scalars(json.loads(text)):
            # Dates and numbers are kept in a spelling of their own; the names of answers are headers.
            if isinstance(leaf, str) and leaf and not leaf[:2].isdigit() and leaf not in ledger["columns"]:
                assert leaf in kept, (name, leaf)
