"""Payloads of form and ad services: by their shape they become flat rows, and nothing of them is lost."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leadctl.errors import UsageError
from leadctl.intake import Batch, open_reading
from leadctl.intake.json import items as json_items
from leadctl.intake.json.payloads import envelope, flat_row, members
from leadctl.intake.json.values import DECODER, Refused, text_of


def row(payload: Any) -> dict[str, str]:
    """The cells of one object that hold anything."""
    return {name: text for name, text in flat_row(DECODER.decode(json.dumps(payload))).items() if text}


def read(path: Path, text: str) -> tuple[tuple[str, ...], Batch]:
    path.write_text(text, encoding="utf-8", newline="")
    whole = Batch([], [])
    with open_reading(path) as reading:
        for batch in reading.batches():
            whole.lines += batch.lines
            whole.rows += batch.rows
            whole.bad += batch.bad
            whole.blank += batch.blank
        return reading.layout.header, whole


# --- shapes


def test_objects_become_dotted_columns_and_other_lists_stay_json() -> None:
    assert row(
        {"a": {"b": {"c": 1.50}, "none": {}, "null": None}, "tags": ["x", "y"], "orders": [{"id": 1}], "l": []}
    ) == {
        "a.b.c": "1.5",
        "tags": '["x","y"]',
        "orders": '[{"id":1}]',
    }


def test_two_ways_to_one_name_are_two_columns() -> None:
    assert row({"a": {"b": 1}, "a.b": 2}) == {"a.b": "1", "a.b 2": "2"}


@pytest.mark.parametrize(
    "answers",
    [
        [{"name": "email", "values": ["ana@example.org"]}, {"name": "full_name", "values": ["Ana Kurz"]}],
        [
            {"column_id": "email", "string_value": "ana@example.org"},
            {"column_id": "full_name", "string_value": "Ana Kurz"},
        ],
        [{"question": "email", "answer": "ana@example.org"}, {"question": "full_name", "answer": "Ana Kurz"}],
        [{"label": "email", "value": "ana@example.org"}, {"label": "full_name", "value": "Ana Kurz"}],
        [{"key": "email", "value": "ana@example.org"}, {"key": "full_name", "value": "Ana Kurz"}],
        {"email": {"title": "email", "value": "ana@example.org"}, "x": {"title": "full_name", "value": "Ana Kurz"}},
        {"email": ["ana@example.org"], "full_name": ["Ana Kurz"]},
    ],
)
def test_named_answers_become_columns(answers: Any) -> None:
    assert row({"id": 7, "form": {"data": answers}}) == {
        "id": "7",
        "email": "ana@example.org",
        "full_name": "Ana Kurz",
    }


def test_what_answers_say_besides_is_kept_under_their_list() -> None:
    found = row({"qa": [{"question": "Why?", "answer": "Growth", "position": 0}, {"question": "When?", "position": 1}]})
    assert found == {
        "Why?": "Growth",
        "qa": '{"Why?":{"position":0},"unanswered":[{"question":"When?","position":1}]}',
    }


def test_no_question_takes_the_name_of_a_key() -> None:
    assert row({"field_data": [{"name": "id", "values": ["mine"]}], "id": "7"}) == {"id": "7", "id 2": "mine"}


def test_two_questions_of_one_name() -> None:
    assert row({"qa": [{"question": "Other", "answer": "a"}, {"question": "Other", "answer": "b"}]}) == {
        "Other": "a",
        "Other 2": "b",
    }


def test_of_two_names_the_one_that_a_field_knows() -> None:
    answers = [
        {"column_name": "User Email", "column_id": "EMAIL", "string_value": "ana@example.org"},
        {"column_id": "POSTAL_CODE", "column_name": "Postal code", "string_value": "1010"},
        {"column_id": "QUESTION_1", "column_name": "What age?", "string_value": "40"},
    ]
    found = row({"user_column_data": answers})
    assert (found["EMAIL"], found["POSTAL_CODE"], found["What age?"]) == ("ana@example.org", "1010", "40")
    assert json.loads(found["user_column_data"])["What age?"] == {"column_id": "QUESTION_1"}


def test_records_are_no_answers() -> None:
    deals = [{"id": 1, "title": "A", "value": 5, **{f"k{number}": number for number in range(10)}}]
    assert row({"name": "Ana", "deals": deals})["deals"].startswith('[{"id":1,"title":"A"')


def test_contact_points_are_numbered_the_primary_one_first() -> None:
    found = row(
        {
            "email": [
                {"value": "b@example.org", "label": "home"},
                {"value": "a@example.org", "label": "work", "primary": True},
            ],
            "person": {"phones": ["+43 1 5550100", "+43 1 5550101"]},
        }
    )
    assert found == {
        "email": "a@example.org",
        "email.label": "work",
        "email.rest": '{"primary":true}',
        "email 2": "b@example.org",
        "email 2.label": "home",
        "person.phone": "+43 1 5550100",
        "person.phone 2": "+43 1 5550101",
    }


def test_typeform_answers_of_all_types(typeform: Any, all_types: Any) -> None:
    hidden = {"utm_source": "linkedin"}
    found = row(typeform(*all_types, hidden=hidden, variables=[{"key": "name", "type": "text", "text": "x"}]))
    prefix = "form_response."
    assert {name: text for name, text in found.items() if not name.startswith((prefix, "event_"))} == {
        "What's your name?": "Ana Kurz",
        "email": "ana@example.org",
        "phone_number": "+4315550100",
        "Topics": "SEO, Ads, Print",
        "when": "Soon",
        "why": "Never",
        "seats": "12",
        "decides": "true",
        "start": "2026-03-01",
        "site": "https://example.org",
        "aB3dEfGh1jKl": "https://example.org/f.pdf",
        "pay.amount": "10.00",
        "pay.last4": "4242",
    }
    assert found["form_response.hidden.utm_source"] == "linkedin"
    assert found["form_response.variables.name"] == "x"


def test_answers_by_ids_of_options_say_their_words() -> None:
    options = [{"id": "1", "text": "Ads"}, {"id": "2", "text": "SEO"}]
    found = row({"fields": [{"key": "q", "label": "Topics", "type": "C", "value": ["2", "1"], "options": options}]})
    assert found["Topics"] == "SEO, Ads"
    assert json.loads(found["fields"])["Topics"]["value"] == ["2", "1"]


def test_properties_with_values_of_their_own() -> None:
    found = row(
        {
            "vid": 5,
            "properties": {"firstname": {"value": "Ana", "versions": [{"value": "Anna"}]}, "city": {"value": "Wien"}},
        }
    )
    assert (found["properties.firstname"], found["properties.city"]) == ("Ana", "Wien")
    assert "Anna" in found["properties"]


# --- envelopes


LEADS = [{"name": "Ana", "email": "a@example.org"}, {"name": "Ben", "email": "b@example.org"}]


@pytest.mark.parametrize(
    "payload",
    [
        {"data": LEADS},
        {"leads": LEADS, "paging": {"cursors": {"after": "x"}}, "success": True, "total_count": 2},
        {
            "success": True,
            "data": LEADS,
            "additional_data": {"pagination": {"start": 0}},
            "related_objects": {"user": {"1": {}}},
        },
        {"total_items": 2, "page_count": 1, "items": LEADS},
        {"data": {"items": LEADS, "has_more": False}},
        {"registrations": LEADS},
        [{"data": LEADS[:1]}, {"data": LEADS[1:]}],
    ],
)
def test_a_wrapper_around_leads_is_opened(tmp_path: Path, payload: Any) -> None:
    for text in (json.dumps(payload), json.dumps(payload, indent=1)):
        header, batch = read(tmp_path / "a.json", text)
        assert (header, batch.rows) == (("name", "email"), [["Ana", "a@example.org"], ["Ben", "b@example.org"]])


@pytest.mark.parametrize(
    "payload",
    [
        {"customer": "Ana", "items": LEADS},
        {"event": "x", "data": {"email": "a@example.org"}},
        {"data": {"email": "a@example.org"}, "meta": {"action": "create"}, "previous": None},
        {"fields": [{"name": "email", "value": "a@example.org"}, {"name": "city", "value": "Wien"}]},
        {"emails": [{"value": "a@example.org", "label": "work"}]},
    ],
)
def test_what_is_a_lead_itself_is_not_opened(tmp_path: Path, payload: Any) -> None:
    assert envelope(payload) == ()
    assert len(read(tmp_path / "a.json", json.dumps(payload))[1].rows) == 1


def test_one_lead_in_a_wrapper(tmp_path: Path) -> None:
    header, batch = read(tmp_path / "a.json", '{"success": true, "data": {"name": "Ana"}}')
    assert (header, batch.rows) == (("name",), [["Ana"]])
    assert read(tmp_path / "a.json", '{"data": [], "paging": {}}')[1] == Batch([], [])


def test_members_have_their_own_lines(tmp_path: Path) -> None:
    text = '{"paging": {\n"next": [1,\n2]},\n"data": [{"a": 1},\n\n {"a":\n 2}, {"a": 3}]\n}\n{"a": 4}\n'
    _, batch = read(tmp_path / "a.json", text)
    assert (batch.lines, batch.rows) == ([4, 6, 7, 9], [["1"], ["2"], ["3"], ["4"]])


def test_each_change_of_metas_webhook_is_a_lead(tmp_path: Path) -> None:
    def change(number: int) -> dict[str, Any]:
        return {"field": "leadgen", "value": {"leadgen_id": number}}

    entries = [
        {"id": "p1", "time": 1, "changes": [change(1), change(2)]},
        {"id": "p2", "time": 2, "changes": [change(3)]},
    ]
    text = json.dumps({"object": "page", "entry": entries}, indent=1)
    header, batch = read(tmp_path / "a.json", text)
    found = [dict(zip(header, cells, strict=True)) for cells in batch.rows]
    assert [each["entry.changes.value.leadgen_id"] for each in found] == ["1", "2", "3"]
    assert [each["entry.id"] for each in found] == ["p1", "p1", "p2"]
    lines = text.split("\n")
    assert [lines[line - 1].strip() for line in batch.lines] == ["{", "{", "{"]
    assert [lines[line].strip() for line in batch.lines] == ['"field": "leadgen",'] * 3


def test_a_bad_member_is_refused_alone(tmp_path: Path) -> None:
    text = '{"data": [\n{"a": 1},\n{"a": 2, "a": 3},\n{"a": {"b": 4, "b": 5}},\n{"a": "\\ud83d"},\n{"a": 6}]}'
    _, batch = read(tmp_path / "a.json", text)
    assert [cells[0] for cells in batch.rows] == ["1", "6"]
    assert [(bad.line, bad.reason[:20]) for bad in batch.bad] == [
        (3, "the key 'a' stands t"),
        (4, "the key 'b' stands t"),
        (5, "holds half a charact"),
    ]


def test_a_list_too_long_to_be_held_is_read_member_by_member(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_items, "CHUNK", 100)
    monkeypatch.setattr(json_items, "VALUE_LIMIT", 500)
    leads = [{"name": f"Lead {number}", "city": {"name": "Wien"}} for number in range(100)]
    text = json.dumps({"success": True, "data": leads, "paging": {"next": "x"}}, indent=1)
    header, batch = read(tmp_path / "a.json", text)
    assert (header, len(batch.rows), batch.bad) == (("name", "city.name"), 100, [])
    assert batch.lines[:2] == [4, 10]
    _, batch = read(tmp_path / "a.json", text[:-40])  # within the last lead
    assert (len(batch.rows), len(batch.bad)) == (99, 1)
    _, batch = read(tmp_path / "a.json", text[:-1] + ', "owner": "Ben"}')
    assert (len(batch.rows), len(batch.bad)) == (100, 1)
    with pytest.raises(UsageError, match="longer than"):
        read(tmp_path / "a.json", json.dumps({"name": "Ana", "note": "x" * 2000}))


def test_what_would_have_too_many_columns_stays_json(tmp_path: Path) -> None:
    text = json.dumps({"name": "Ana", "visits": {f"k{number}": 1 for number in range(3000)}})
    header, batch = read(tmp_path / "a.json", text)
    assert header == ("name", "visits")
    assert batch.rows[0][1].startswith('{"k0":1,')


# --- nothing is lost


KEYS = st.sampled_from(
    [
        *(
            "name",
            "value",
            "values",
            "type",
            "field",
            "id",
            "email",
            "emails",
            "phone",
            "answers",
            "fields",
            "question",
            "a",
            "a.b",
            "b",
        )
    ]
)
SCALARS = st.none() | st.booleans() | st.integers(-9, 99) | st.text(st.sampled_from("xyz@é "), max_size=4)
PAYLOADS = st.dictionaries(
    KEYS,
    st.recursive(
        SCALARS,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
        max_leaves=12,
    ),
    max_size=5,
)


def scalars(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return [leaf for each in value.values() for leaf in scalars(each)]
    if isinstance(value, list):
        return [leaf for each in value for leaf in scalars(each)]
    return [value]


@settings(max_examples=150)
@given(payload=PAYLOADS)
def test_every_scalar_ends_in_some_cell(payload: dict[str, Any]) -> None:
    decoded = DECODER.decode(json.dumps(payload))
    cells = flat_row(decoded)
    places = [*cells.values(), *cells]
    for leaf in scalars(decoded):
        text = text_of(leaf)
        assert any(" ".join(text.split()) in " ".join(place.split()) for place in places), (text, cells)


@settings(max_examples=150)
@given(payload=PAYLOADS)
def test_members_are_all_there(payload: dict[str, Any]) -> None:
    decoded = DECODER.decode(json.dumps(payload))
    path = envelope(decoded)
    if path:
        assert all(isinstance(member, dict) for member in members(decoded, path))


@settings(max_examples=100)
@given(payloads=st.lists(PAYLOADS, min_size=1, max_size=3), indent=st.sampled_from([None, 1]), chunk=st.integers(1, 60))
def test_any_payloads_are_read(
    tmp_path_factory: pytest.TempPathFactory, payloads: list[Any], indent: int | None, chunk: int
) -> None:
    path = tmp_path_factory.getbasetemp() / "any.json"
    whole, json_items.CHUNK = json_items.CHUNK, chunk
    try:
        header, batch = read(path, "\n".join(json.dumps(payload, indent=indent) for payload in payloads))
    finally:
        json_items.CHUNK = whole
    assert batch.bad == []
    assert all(len(cells) == len(header) for cells in batch.rows)


@pytest.mark.parametrize("deep", [20, 300, 700, 5000])
def test_deep_nesting_is_kept_or_refused(deep: int) -> None:
    text = '{"a":' * deep + "1" + "}" * deep
    try:
        value = DECODER.decode(text)
    except RecursionError:
        return
    try:
        cells = flat_row(value)
    except Refused as refused:
        assert "too deeply" in str(refused)
    else:
        assert all(name.count(".") <= 12 for name in cells)
