"""Rows of facts about leads: the column that says which leads a row is about, and how its facts are read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from leadctl.compiler.catalogue import BUILT_IN, Field
from leadctl.intake.batch import BadRow, Batch
from leadctl.intake.mapping.plan import Origin, Plan
from leadctl.intake.values.cells import trimmed, unless_missing
from leadctl.intake.values.convert import Converter
from leadctl.model.companies import web_domain
from leadctl.model.date_reader import DateReader
from leadctl.model.email import EmailState, contact
from leadctl.model.names import company_key
from leadctl.model.phone import PhoneState

# By what leads are found, the surest first; each a field of its own, because a key is read otherwise than a fact. A number
# beside a domain is the company's, beside a name more likely a person's.
KEYS = {
    "id": Field("id", "text", ("lead", "leadctl id"), identifying=True),
    "external_id": BUILT_IN["external_id"],
    "email": BUILT_IN["email"],
    "domain": Field(
        "domain", "text", ("company domain", "company domain name", "email domain", "web domain", "domain name")
    ),
    "phone": BUILT_IN["phone"],
    "company": BUILT_IN["company"],
}
# These say which companies a row is about, so a row may be about many leads.
SHARED = ("domain", "company")
# Where a lead stands and since when it is there are no facts to be looked up: moves and imports say so.
_NEVER = ("stage", "stage_on", "stage_reason", "captured_at")
# What is one person's; never given to all leads of a company.
_PERSONAL = ("external_id", "name", "first_name", "last_name", "email", "phone", "title", "buying_role")
# Texts that say that there is no value. `NA` may be a country, and `None` is somebody's name to nobody.
_MISSING = frozenset(
    (
        "-",
        "--",
        "?",
        "n/a",
        "N/A",
        "n.a.",
        "N.A.",
        "#N/A",
        "null",
        "NULL",
        "None",
        "none",
        "nan",
        "NaN",
        "unknown",
        "Unknown",
    )
)


def facts(fields: Iterable[Field], by: str) -> list[Field]:
    """The fields that rows found by this key may fill."""
    refused = {*_NEVER, by, *(_PERSONAL if by in SHARED else ())}
    found = [field for field in fields if field.name not in refused]
    if "external_id" not in refused:  # an `id` beside another key is leadctl's own, or that of whoever sells the facts
        own = next(field for field in found if field.name == "external_id")
        found[found.index(own)] = own._replace(aliases=tuple(alias for alias in own.aliases if alias != "id"))
    if by == "domain":  # a name beside a domain is the company's
        company = next(field for field in found if field.name == "company")
        found[found.index(company)] = company._replace(aliases=(*company.aliases, "name"))
    return found


def complete(plan: Plan) -> Plan:
    """The plan, with the texts that are no values."""
    return replace(plan, missing=plan.missing | _MISSING)


class FactConverter(Converter):
    """Converts rows of facts; `by` is the key that finds their leads. A row without a key that can be one is refused."""

    def __init__(
        self,
        plan: Plan,
        header: tuple[str, ...],
        fields: Mapping[str, Field],
        dates: Callable[[str | None], DateReader],
        country: str | None,
        by: str,
    ) -> None:
        self.by = by
        super().__init__(plan, header, {**fields, by: KEYS[by]}, dates, country, ())

    def typed(self, field: Field, form: str | None) -> Callable[[str], Any]:
        if field.name != self.by:
            return super().typed(field, form)
        return {
            "id": unless_missing(_number),
            "external_id": trimmed,
            "email": unless_missing(_address),
            "phone": unless_missing(self.number),
            "domain": unless_missing(domain_of),
            "company": unless_missing(_company),
        }[self.by]

    def number(self, text: str) -> str:
        found = self.phone(text)
        if found is None or found[1] != PhoneState.VALID:
            raise ValueError(f"'{text[:40]}' is no phone number that somebody can be known by")
        return found[0]

    def derive(self, columns: dict[str, list[Any]], count: int) -> None:
        """What follows from the facts. The key stays as it is, and a whole name is not taken apart: its parts could meet
        another name."""
        key = columns.pop(self.by)
        given = set(columns)
        super().derive(columns, count)
        for name in {"first_name", "last_name"} - given:
            columns.pop(name, None)
        columns[self.by] = key

    def prints(self, columns: dict[str, list[Any]], rows: Sequence[Sequence[str]]) -> list[int | None]:
        return [None] * len(rows)

    def check(self, columns: dict[str, list[Any]], batch: Batch, bad: dict[int, BadRow], empty: set[int]) -> None:
        for number, key in enumerate(columns[self.by]):
            if key is None and number not in bad and number not in empty:
                origin = self.plan.origins.get(self.by, Origin(()))
                column = origin.columns[0] if origin.columns else None
                value = batch.rows[number][self.header.index(column)] if column else None
                reason = "it does not say which leads it is about"
                bad[number] = BadRow(batch.lines[number], column, value, reason, batch.rows[number])


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 18):
        raise ValueError(
            f"'{text[:40]}' is no id of leadctl, which are whole numbers; --by external_id takes other ids"
        )
    return int(text)


def _address(text: str) -> str:
    address, state, _ = contact(text)
    if state == EmailState.INVALID:
        raise ValueError(f"'{text[:40]}' is no e-mail address that somebody can be known by")
    return address


def domain_of(text: str) -> str:
    """The domain that a cell names. Raises ValueError."""
    found = web_domain(text)
    if found is None:
        raise ValueError(f"'{text[:40]}' is no domain")
    return found


def _company(text: str) -> str | None:
    found = company_key(text)
    if found is None:
        raise ValueError(f"'{text[:40]}' names no company")
    return found
