"""Facts that are worked out from one text of a lead."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from leadctl.model.names import company_key
from leadctl.model.phone import phone_country
from leadctl.model.titles import department, seniority

_WAYS: dict[str, Callable[[str], str | None]] = {
    "company_key": company_key,
    "seniority": seniority,
    "department": department,
    "phone_country": phone_country,
}


def derive(name: str, text: str | None) -> str | None:
    """The fact called `name`, from its field's text."""
    return _WAYS[name](text) if text is not None else None


def derived_facts(lead: Mapping[str, Any]) -> dict[str, str | None]:
    """All facts that are worked out from a lead's fields."""
    domain = (lead.get("email") or "").rpartition("@")[2] or None
    title = lead.get("title")
    return {
        "email_domain": domain,
        "company_key": derive("company_key", lead.get("company")),
        "seniority": derive("seniority", title),
        "department": derive("department", title),
        "phone_country": derive("phone_country", lead.get("phone")),
    }
