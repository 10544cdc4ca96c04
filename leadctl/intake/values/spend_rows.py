"""Rows of a file of spend: what a source or a campaign cost on a day, in a week, in a month or from one day to another."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

from leadctl.compiler.catalogue import Field
from leadctl.intake.batch import BadRow, Batch
from leadctl.intake.mapping.plan import Plan, plain
from leadctl.intake.values.cells import unless_missing
from leadctl.intake.values.convert import Converter
from leadctl.model.date_reader import DateReader
from leadctl.model.periods import Period, read_period, widened

# `identifying`: a day hardly comes twice in one file, or a reader of dates remembers it by itself.
FIELDS = (
    Field(
        "from_day",
        "date",
        ("from", "start", "start date", "reporting starts", "date start", "start date in utc", "von"),
    ),
    Field(
        "to_day", "date", ("to", "end", "end date", "reporting ends", "date stop", "end date in utc", "until", "bis")
    ),
    Field("day", "date", ("date", "datum", "tag", "when")),
    Field("week", "date", ("woche", "kw", "kalenderwoche", "calendar week")),
    Field("month", "date", ("monat",)),
    Field("period", "text", ("zeitraum", "quarter", "quartal", "year", "jahr", "date range")),
    Field(
        "source", "text", ("utm source", "platform", "plattform", "channel", "kanal", "publisher", "provider", "quelle")
    ),
    Field("campaign", "text", ("campaign name", "utm campaign", "kampagne", "kampagnenname", "name der kampagne")),
    Field(
        "amount",
        "money",
        (
            "cost",
            "costs",
            "spend",
            "spent",
            "amount spent",
            "total spent",
            "media cost",
            "kosten",
            "ausgaben",
            "betrag",
        ),
    ),
    Field("currency", "text", ("currency code", "account currency", "währung", "waehrung", "währungscode")),
)
BY_NAME = {field.name: field for field in FIELDS}
WHEN = ("day", "week", "month", "period", "from_day")
WHAT = ("source", "campaign")
_AMOUNTS = {plain(each) for each in (BY_NAME["amount"].name, *BY_NAME["amount"].aliases)}
_WITH_CURRENCY = re.compile(r"(.+) ([a-z]{3})")
_SIGNS = {"€": "EUR", "$": "USD", "£": "GBP", "¥": "JPY", "₹": "INR", "zł": "PLN", "Fr.": "CHF"}
_CODE = re.compile(r"\b(EUR|USD|GBP|CHF|SEK|NOK|DKK|PLN|CZK|HUF|CAD|AUD|JPY|INR)\b")
_TOTAL = re.compile(r"(grand )?total\b.*|(gesamt|summe|insgesamt)\b.*", re.IGNORECASE)


def amount_column(header: Sequence[str]) -> tuple[str, str] | None:
    """The header that names its currency, `Amount spent (EUR)`, and the currency."""
    for column in header:
        found = _WITH_CURRENCY.fullmatch(plain(column))
        if found and found[1] in _AMOUNTS:
            return column, found[2].upper()
    return None


class SpendConverter(Converter):
    """Converts the batches of a file of spend. A row that does not say what, when or how much is refused; a row of totals is
    left out, like a blank one. The columns that come out are source, campaign, from_day, to_day and amount."""

    def __init__(
        self,
        plan: Plan,
        header: tuple[str, ...],
        dates: Callable[[str | None], DateReader],
        country: str | None,
        currency: str,
    ) -> None:
        super().__init__(plan, header, BY_NAME, dates, country, ())
        self.currency = currency
        self.totals = 0
        self.periods: list[Period | None] = []
        self.nameless: list[bool] = []

    def typed(self, field: Field, form: str | None) -> Callable[[str], Any]:
        if field.name in ("from_day", "to_day"):
            return unless_missing(self.dates(form).read_day)
        if field.name in ("day", "week", "month", "period"):
            return unless_missing(self.period(field.name, form))
        if field.name == "amount":
            read = super().typed(field, form)
            return lambda text: read(self.checked(text))
        return super().typed(field, form)

    def period(self, name: str, form: str | None) -> Callable[[str], Period]:
        day = self.dates(form).read_day
        return lambda text: widened(read_period(text, day), name)

    def checked(self, text: str) -> str:
        """The text. ValueError for money that is not the workspace's."""
        code = _CODE.search(text.upper())
        found = code[1] if code else next((each for sign, each in _SIGNS.items() if sign in text), None)
        if found is not None and found != self.currency:
            raise ValueError(f"'{text.strip()[:40]}' is {found}, and this workspace counts in {self.currency}")
        return text

    def derive(self, columns: dict[str, list[Any]], count: int) -> None:
        nothing = [None] * count
        periods = [columns.pop(name, nothing) for name in ("day", "week", "month", "period")]
        start, end = columns.pop("from_day", nothing), columns.pop("to_day", nothing)
        self.periods = []
        for first, last, *said in zip(start, end, *periods, strict=True):
            whole = next((each for each in said if each is not None), None)
            if first is not None:
                whole = Period(first, last if last is not None else first)
            self.periods.append(whole)
        columns["from_day"] = [each.first if each else None for each in self.periods]
        columns["to_day"] = [each.last if each else None for each in self.periods]
        # Before constants are filled in: what the row says itself.
        said = [columns.get(name, nothing) for name in WHAT]
        self.nameless = [all(each is None for each in values) for values in zip(*said, strict=True)]

    def prints(self, columns: dict[str, list[Any]], rows: Sequence[Sequence[str]]) -> list[int | None]:
        return [None] * len(rows)

    def check(self, columns: dict[str, list[Any]], batch: Batch, bad: dict[int, BadRow], empty: set[int]) -> None:
        nothing = [None] * len(batch.rows)
        names = [columns.get(name, nothing) for name in WHAT]
        currencies = columns.pop("currency", nothing)
        for number, row in enumerate(batch.rows):
            if number in empty:
                continue
            fixed = self.nameless[number] and any(self.plan.constants.get(name) for name in WHAT)
            named = any(name in self.plan.origins for name in WHAT)
            if _is_total(row) or (fixed and named):
                empty.add(number)
                bad.pop(number, None)
                self.totals += 1
            elif number not in bad:
                found = self.wrong(
                    self.periods[number],
                    columns["amount"][number],
                    [each[number] for each in names],
                    currencies[number],
                )
                if found is not None:
                    bad[number] = self.refused(batch, number, *found)

    def wrong(
        self, period: Period | None, amount: float | None, names: Sequence[Any], currency: str | None
    ) -> tuple[str | None, str] | None:
        """What is wrong with a row: the field to blame, and why."""
        if all(each is None for each in names):
            return None, "it says neither source nor campaign"
        if period is None:
            return next((each for each in WHEN if each in self.plan.origins), None), "it does not say when"
        if period.last < period.first:
            return "to_day", f"it ends on {period.last}, before it begins"
        if amount is None:
            return "amount", "it does not say how much"
        if amount < 0:
            return "amount", "spend cannot be negative: take what came back off the amount that it belongs to"
        if currency is not None and currency.upper() != self.currency:
            return "currency", f"the amount is {currency[:20]}, and this workspace counts in {self.currency}"
        return None

    def refused(self, batch: Batch, number: int, name: str | None, reason: str) -> BadRow:
        """A whole row refused, with the cell to blame where there is one."""
        origin = self.plan.origins.get(name or "")
        column = origin.columns[0] if origin is not None and origin.columns else None
        value = batch.rows[number][self.header.index(column)] if column is not None else None
        return BadRow(batch.lines[number], column, value, reason, batch.rows[number])


def _is_total(row: Sequence[str]) -> bool:
    first = next((cell.strip() for cell in row if cell.strip() not in ("", "-", "--")), "")
    return _TOTAL.fullmatch(first) is not None
