"""Companies: their leads as contacts, and whether one of them decides."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from leadctl.compiler.tree import Rules
from leadctl.errors import Conflict, NotFound
from leadctl.model.companies import web_domain
from leadctl.model.names import company_key
from leadctl.model.report import Column, Record, Report, Unit
from leadctl.services.setting import shown
from leadctl.store import companies, known_companies
from leadctl.store.companies import Contact, Firm
from leadctl.store.database import Database

_LIST = (
    ("company", Unit.TEXT),
    ("domain", Unit.TEXT),
    ("leads", Unit.COUNT),
    ("deciders", Unit.JSON),
    ("owners", Unit.JSON),
    ("open_value", Unit.MONEY),
    ("warning", Unit.TEXT),
)
_CONTACT = (
    ("lead", Unit.COUNT),
    ("name", Unit.TEXT),
    ("role", Unit.TEXT),
    ("decides", Unit.YES_NO),
    ("title", Unit.TEXT),
    ("seniority", Unit.TEXT),
    ("email", Unit.TEXT),
    ("grade", Unit.TEXT),
    ("stage", Unit.TEXT),
)
_MOST_NAMES = 3
_MOST_LISTED = 10
_FACTS = ("industry", "employees", "country", "city", "website")


def companies_report(
    database: Database, rules: Rules, words: Sequence[str], limit: int | None, *, whole: bool
) -> Report:
    """Every company that leads name or that is known by itself, the highest open value first. `whole`: names as lists."""
    connection = database.connection
    companies.gather(connection, _open(rules))
    companies.weigh(connection)
    found = companies.firms(connection, words, limit)
    total = companies.count(connection, words) if limit is not None and len(found) == limit else None
    names = companies.deciders(connection, (firm.id for firm in found if firm.deciding))
    companies.forget(connection)
    rows = [
        (firm.name, firm.domain, firm.leads, _names(names.get(firm.id, []), whole), _names(firm.owners, whole),
         firm.open_value, _warning(firm))
        for firm in found
    ]  # fmt: skip
    return Report(
        "Companies", tuple(Column(name, unit, whole=name == "warning") for name, unit in _LIST), rows, total=total
    )


def company_record(database: Database, rules: Rules, text: str) -> tuple[Record, Report]:
    """One company and its contacts. Raises NotFound, and Conflict with the list where several fit."""
    connection = database.connection
    companies.gather(connection, _open(rules))
    companies.weigh(connection)
    firm = _one(database, text)
    people = companies.contacts(connection, firm.id)
    companies.forget(connection)
    known = known_companies.row(connection, firm.company) if firm.company is not None else {}
    values: dict[str, Any] = {
        "company": firm.name,
        "domain": firm.domain,
        **{name: known.get(name) for name in _FACTS},
        "leads": firm.leads,
        "deciders": [each.called for each in people if each.decides],
        "owners": list(firm.owners),
        "open_deals": firm.open_deals,
        "open_value": firm.open_value,
        "warning": _warning(firm),
        "extra": json.loads(known["extra"]) if known.get("extra") else None,
        "contacts": [dict(zip((name for name, _ in _CONTACT), _row(each), strict=True)) for each in people],
    }
    units = dict(_LIST) | {"employees": Unit.NUMBER, "open_deals": Unit.COUNT}
    units |= {"extra": Unit.JSON, "contacts": Unit.JSON}
    report = Report("Contacts", tuple(Column(name, unit) for name, unit in _CONTACT), list(map(_row, people)))
    return Record(firm.name, values, units), report


def for_reading(record: Record) -> Record:
    """The same company for reading: what is known, names in a row, further columns under their own headers."""
    values = {name: value for name, value in record.values.items() if value not in (None, []) and name != "contacts"}
    for name in ("deciders", "owners"):
        if name in values:
            values[name] = _names(values[name], False)
    extra = dict(values.pop("extra", {}))
    also = extra.pop("also", {}) if isinstance(extra.get("also", {}), dict) else {}
    values |= {f"{name} *": value for name, value in extra.items()}
    values |= {f"{name} (also)": ", ".join(map(shown, others)) for name, others in also.items()}
    return Record(record.title, values, record.units)


def _one(database: Database, text: str) -> Firm:
    """The company that a person means: by its domain, its name, or words that fit one only."""
    connection = database.connection
    exact = companies.firms_called(connection, web_domain(text), company_key(text))
    words = text.split()
    fitting = companies.chosen(connection, exact) if exact else companies.firms(connection, words, _MOST_LISTED + 1)
    if len(fitting) == 1:
        return fitting[0]
    if not fitting:
        raise NotFound(f"there is no company '{text[:60]}'", hint="leadctl companies WORDS searches names and domains")
    lines = [
        f"{firm.name[:60]}: {firm.domain or 'no domain'}, {firm.leads:,} lead{'s' if firm.leads != 1 else ''}"
        for firm in fitting[:_MOST_LISTED]
    ]
    more = ["…"] if len(fitting) > _MOST_LISTED else []
    raise Conflict(
        f"several companies fit '{text[:60]}'", hint="say which by its domain:\n  " + "\n  ".join([*lines, *more])
    )


def _open(rules: Rules) -> list[str]:
    return [stage.name for stage in rules.pipeline if stage.kind == "open"]


def _row(each: Contact) -> tuple[Any, ...]:
    return (
        each.lead,
        each.name,
        each.role,
        each.decides,
        each.title,
        each.seniority,
        each.email,
        each.grade,
        each.stage,
    )


def _names(names: Sequence[str], whole: bool) -> Any:
    if whole:
        return list(names)
    more = f" and {len(names) - _MOST_NAMES} more" if len(names) > _MOST_NAMES else ""
    return ", ".join(names[:_MOST_NAMES]) + more or None


def _warning(firm: Firm) -> str | None:
    if not firm.lacks_decider:
        return None
    return "an open deal, nobody decides" if firm.open_deals else "nobody decides"


def first_contacts(contacts: Report, limit: int | None) -> Report:
    """The contacts that fit."""
    if limit is None or len(contacts.rows) <= limit:
        return contacts
    return replace(contacts, rows=contacts.rows[:limit], total=len(contacts.rows))
