"""One lead by hand: added, or its fields set."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from leadctl.compiler.tree import Rules
from leadctl.config import Settings
from leadctl.errors import Conflict, UsageError
from leadctl.model import names
from leadctl.model.report import Record, Unit
from leadctl.services.importing.identity import further_keys, who_of
from leadctl.services.importing.leaving_out import refuse_forgotten
from leadctl.services.importing.ledger import Ledger
from leadctl.services.importing.placing import Placing
from leadctl.services.setting import convert, converter_of, days_written_out, read_row, shown
from leadctl.store import contacts, leads
from leadctl.store.activities import adopt
from leadctl.store.database import Database
from leadctl.store.mail_lists import keep_mail_lists
from leadctl.store.privacy.consent import keep_consent

_IDENTIFYING = ("name", "first_name", "last_name", "company", "email", "phone", "external_id")


@dataclass(frozen=True)
class Edited:
    """`changed`: field -> its value before and after; `further`: addresses and numbers that came besides, of several in one
    text. No operation: everything stood so already."""

    operation: int | None
    lead: int
    created: bool
    changed: Mapping[str, tuple[Any, Any]]
    further: tuple[str, ...] = ()

    @property
    def said(self) -> str:
        if self.created:
            return f"lead {self.lead} added{self._besides}"
        if not self.changed and not self.further:
            return f"lead {self.lead}: everything stands so already"
        pairs = (f"{name}: {shown(old)} -> {shown(new)}" for name, (old, new) in self.changed.items())
        return f"lead {self.lead}: " + (", ".join(pairs) or "as it was") + self._besides

    @property
    def _besides(self) -> str:
        return f"; also known by {', '.join(map(shown, self.further))}" if self.further else ""

    def as_record(self) -> Record:
        changed = {name: {"before": old, "after": new} for name, (old, new) in self.changed.items()}
        if self.further:
            changed["further"] = {"before": None, "after": list(self.further)}
        values = {"operation": self.operation, "lead": self.lead, "created": self.created, "changed": changed}
        return Record("Lead", values, {"created": Unit.YES_NO, "changed": Unit.JSON})


def add_lead(
    database: Database, settings: Settings, rules: Rules, texts: Mapping[str, str], *, now: datetime, command: str
) -> Edited:
    """Adds a lead, judged and told apart just as a row of a file.

    Raises UsageError for fields and values that cannot be, Conflict where the lead is there already.
    """
    stages = [stage.name for stage in rules.pipeline]
    converter_of(settings, rules, texts, stages)  # refuses what no lead has
    given = {name: text for name, text in texts.items() if text.strip()}
    if not any(name in given for name in _IDENTIFYING):
        raise UsageError("nothing says who it is", hint=f"give at least one of {', '.join(_IDENTIFYING)}")
    converter = converter_of(settings, rules, given, stages)
    today = now.astimezone(settings.zone).date()
    values = convert(converter, days_written_out(given, rules, today, settings.date_order))
    database.fit_columns(rules.catalogue, [each.name for each in rules.dimensions])
    with database.operation("add", command, now) as operation:
        ledger = Ledger(operation.id, "add")
        work = Placing(database.connection, rules, converter, ledger, operation, "update", now, today)
        lead = work.next_id
        work.begin(large=False)
        known = work.known(values)
        if known is not None:
            raise Conflict(
                f"that is lead {known} already", hint=f"leadctl edit {known} FIELD=VALUE, or leadctl show {known}"
            )
        refuse_forgotten(database.connection, who_of(values))
        work.take(values)
        work.finish()
        operation.leads = 1
    return Edited(
        operation.id,
        lead,
        True,
        {name: (None, value[0]) for name, value in values.columns.items() if value[0] is not None},
        tuple(each.value for each in values.contacts[0]) if values.contacts else (),
    )


def edit_lead(
    database: Database,
    settings: Settings,
    rules: Rules,
    lead: int,
    texts: Mapping[str, str],
    *,
    now: datetime,
    command: str,
) -> Edited:
    """Sets fields of a lead; an empty text takes the value away. What is set by hand no import sets back."""
    values, further = read_row(settings, rules, texts, now.astimezone(settings.zone).date())
    if "external_id" in values:
        values["id_system"] = None
    database.fit_columns(rules.catalogue, [each.name for each in rules.dimensions])
    connection = database.connection
    with database.operation("edit", command, now) as operation:
        if "name" not in texts and values.keys() & {"first_name", "last_name"}:
            values["name"] = _name(
                leads.rows_by_id(connection, [lead], ["name", "first_name", "last_name"])[lead], values
            )
        held = leads.rows_by_id(connection, [lead], list(values))[lead]
        changed = {name: (old, new) for (name, new), old in zip(values.items(), held, strict=True) if new != old}
        if further or changed.keys() & {"email", "phone", "external_id"}:
            refuse_forgotten(connection, {**_keys_of(connection, lead, changed), "more": [further_keys(further)]})
        there = contacts.held(connection, [lead]).get(lead, {})
        added = [each for each in further if (each.kind, each.value) not in there]
        contacts.add(connection, ((lead, *each, operation.id) for each in added))
        if not changed and not added:
            operation.keep = False
            return Edited(None, lead, False, {})
        if changed:
            leads.update(connection, {lead: {name: new for name, (_, new) in changed.items()}})
        keep_mail_lists(connection, rules.lists, new_leads=True)
        adopted = adopt(connection, operation.id, leads.last_id(connection) + 1)
        if adopted or added or "email" in changed:
            keep_consent(connection, operation.id)
        operation.leads = 1
    return Edited(operation.id, lead, False, changed, tuple(each.value for each in added))


def _keys_of(
    connection: sqlite3.Connection, lead: int, changed: Mapping[str, tuple[Any, Any]]
) -> dict[str, Sequence[Any]]:
    """Who the new keys say that the lead is; an address that it keeps is its own."""
    email, name = leads.rows_by_id(connection, [lead], ["email", "name"])[lead]
    who = {kind: [changed[kind][1] if kind in changed else None] for kind in ("external_id", "email", "phone")}
    return {**who, "email": who["email"] if "email" in changed else [email], "name": [name]}


def _name(held: list[Any], values: Mapping[str, Any]) -> str | None:
    """The whole name after one of its parts has changed, where it was made of its parts."""
    name, first, last = held
    if name is not None and name != names.join(first, last):
        return str(name)
    return names.join(values.get("first_name", first), values.get("last_name", last))
