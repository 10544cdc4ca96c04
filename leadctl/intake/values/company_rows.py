"""Rows of a file of companies: their columns, and how a row becomes a company or is refused."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from leadctl.compiler.catalogue import BUILT_IN, Field
from leadctl.intake.batch import BadRow, Batch
from leadctl.intake.mapping.plan import Origin, Plan
from leadctl.intake.values.cells import unless_missing
from leadctl.intake.values.convert import Converter
from leadctl.intake.values.fact_rows import KEYS, domain_of
from leadctl.model.companies import stands_for_a_company
from leadctl.model.date_reader import DateReader
from leadctl.model.names import company_key

FIELDS = (
    Field("name", "text", ("company", *BUILT_IN["company"].aliases), identifying=True),
    KEYS["domain"],
    *(BUILT_IN[name] for name in ("industry", "employees", "country", "city")),
    BUILT_IN["website"]._replace(aliases=(*BUILT_IN["website"].aliases, "website url", "url")),
)
BY_NAME = {field.name: field for field in FIELDS}


class CompanyConverter(Converter):
    """Converts the batches of a file of companies. A row that names no company is refused.

    Adds the column `key`, the name as it is compared. `providers`: domains that were left out, because they are a mail
    provider's and nobody's company.
    """

    def __init__(self, plan: Plan, header: tuple[str, ...], dates: Callable[[str | None], DateReader]) -> None:
        self.providers: set[str] = set()
        super().__init__(plan, header, BY_NAME, dates, None, ())

    def typed(self, field: Field, form: str | None) -> Callable[[str], Any]:
        return unless_missing(self.own_domain) if field.name == "domain" else super().typed(field, form)

    def own_domain(self, text: str) -> str | None:
        found = domain_of(text)
        if stands_for_a_company(found):
            return found
        self.providers.add(found)
        return None

    def derive(self, columns: dict[str, list[Any]], count: int) -> None:
        """A company without a name is called by its domain."""
        domains = columns.setdefault("domain", [None] * count)
        names = columns.setdefault("name", [None] * count)
        keys = list(map(company_key, names))
        columns["name"] = [d if k is None else n for n, k, d in zip(names, keys, domains, strict=True)]
        columns["key"] = [d if k is None else k for k, d in zip(keys, domains, strict=True)]

    def prints(self, columns: dict[str, list[Any]], rows: Sequence[Sequence[str]]) -> list[int | None]:
        return [None] * len(rows)

    def check(self, columns: dict[str, list[Any]], batch: Batch, bad: dict[int, BadRow], empty: set[int]) -> None:
        for number, key in enumerate(columns["key"]):
            if key is None and number not in bad and number not in empty:
                origin = self.plan.origins.get("name", Origin(()))
                column = origin.columns[0] if origin.columns else None
                value = batch.rows[number][self.header.index(column)] if column else None
                bad[number] = BadRow(batch.lines[number], column, value, "it names no company", batch.rows[number])
