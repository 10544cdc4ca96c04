"""A webhook of Typeform, for the tests of payloads."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

Webhook = Callable[..., dict[str, Any]]


def webhook(*answers: dict[str, Any], **more: Any) -> dict[str, Any]:
    fields = [
        {"id": "A1", "ref": "1f0e2f3c-0000-4000-8000-00000000000a", "type": "short_text", "title": "What's your name?"},
        {"id": "A2", "ref": "b", "type": "email", "title": "Where may we write to?"},
        {"id": "G", "type": "group", "title": "More", "properties": {"fields": [{"id": "A3", "title": "Topics"}]}},
    ]
    response = {
        "form_id": "f1",
        "token": "t1",
        "landed_at": "2026-02-01T09:59:00Z",
        "submitted_at": "2026-02-01T10:00:00Z",
        "definition": {"id": "f1", "title": "Contact", "fields": fields},
        "answers": list(answers),
        **more,
    }
    return {"event_id": "e1", "event_type": "form_response", "form_response": response}


ALL_TYPES = [
    {"type": "text", "text": "Ana Kurz", "field": {"id": "A1", "type": "short_text"}},
    {"type": "email", "email": "ana@example.org", "field": {"id": "A2", "type": "email", "ref": "b"}},
    {"type": "phone_number", "phone_number": "+4315550100", "field": {"id": "A4", "ref": "01GQZMFYAD53N13MC7G0AKFWC6"}},
    {
        "type": "choices",
        "choices": {"labels": ["SEO", "Ads"], "other": "Print"},
        "field": {"id": "A3", "ref": "topics"},
    },
    {"type": "choice", "choice": {"label": "Soon", "id": "c1"}, "field": {"id": "A5", "ref": "when"}},
    {"type": "choice", "choice": {"other": "Never"}, "field": {"id": "A6", "ref": "why"}},
    {"type": "number", "number": 12, "field": {"id": "A7", "ref": "seats"}},
    {"type": "boolean", "boolean": True, "field": {"id": "A8", "ref": "decides"}},
    {"type": "date", "date": "2026-03-01", "field": {"id": "A9", "ref": "start"}},
    {"type": "url", "url": "https://example.org", "field": {"id": "A10", "ref": "site"}},
    {
        "type": "file_url",
        "file_url": "https://example.org/f.pdf",
        "field": {"id": "aB3dEfGh1jKl", "ref": "01GQZMFYADET9MXFKPGFQG08T9"},
    },
    {"type": "payment", "payment": {"amount": "10.00", "last4": "4242"}, "field": {"id": "A11", "ref": "pay"}},
]


@pytest.fixture
def typeform() -> Webhook:
    """Makes the webhook for one response, of its answers and whatever else it holds."""
    return webhook


@pytest.fixture
def all_types() -> list[dict[str, Any]]:
    """An answer of each type."""
    return ALL_TYPES
