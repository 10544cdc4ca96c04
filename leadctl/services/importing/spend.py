"""Import of spend: what sources and campaigns cost, one amount for each source, campaign and period.

Advertising exports have several rows of one campaign and day (devices, ad groups): their amounts are added up, unless the
whole rows are the same. The same file again changes nothing; another amount for the same period replaces the first one. A
period that overlaps another one of the same campaign is refused, because its days would count twice.
"""

from __future__ import annotations

import json
import sqlite3
from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from leadctl.errors import Place, UsageError
from leadctl.intake.batch import BadRow, Layout, Reading
from leadctl.intake.mapping.columns import plan
from leadctl.intake.mapping.plan import SPEND, FileMapping, Plan
from leadctl.intake.rejects import OWN_COLUMNS, RejectFile
from leadctl.intake.values.convert import Values
from leadctl.intake.values.spend_rows import FIELDS, WHAT, WHEN, SpendConverter, amount_column
from leadctl.model.text import fold
from leadctl.services.importing.ledger import Ledger
from leadctl.services.importing.receiving import Incoming, account
from leadctl.store import spend
from leadctl.store.database import Operation


def spend_of(incoming: Incoming, layout: Layout, mapping: FileMapping | None) -> Callable[[Operation], Spending]:
    """What makes the work on a file of spend. Raises UsageError for one in which nothing says what, when or how much."""
    options, settings, header = incoming.options, incoming.settings, layout.header
    by_hand = _with_amount(header, options.columns, settings.currency, incoming.file)
    chosen = plan(header, FIELDS, mapping, by_hand, options.constants, incoming.file)
    _complete(chosen, incoming.file)
    with incoming.constants_read():
        converter = SpendConverter(chosen, header, incoming.dates(mapping), settings.country, settings.currency)

    def begin(operation: Operation) -> Spending:
        ledger = incoming.ledger(operation, layout, chosen, SPEND)
        return Spending(incoming.database.connection, converter, ledger, operation)

    return begin


def is_of_spend(header: tuple[str, ...], by_hand: Mapping[str, str]) -> bool:
    """Whether columns say what was paid for, when and how much."""
    found = amount_column(header)
    given = plan(header, FIELDS, None, {**by_hand, **({found[0]: "amount"} if found else {})}, {}, "").origins.keys()
    return "amount" in given and not given.isdisjoint(WHAT) and not given.isdisjoint(WHEN)


def _with_amount(header: tuple[str, ...], by_hand: Mapping[str, str], currency: str, file: str) -> dict[str, str]:
    """A header such as `Amount spent (EUR)` is the amount, where no other column was named for it."""
    found = amount_column(header)
    if found is None or "amount" in by_hand.values():
        return dict(by_hand)
    column, code = found
    if code != currency:
        raise UsageError(
            f"the amounts of '{column}' are {code}, and this workspace counts in {currency}",
            place=Place(file),
            hint=f"export them in {currency}, or work the amounts out in a spreadsheet first",
        )
    return {**by_hand, column: "amount"}


def _complete(chosen: Plan, file: str) -> None:
    """Raises UsageError where no column says what, when or how much: then no row could be imported."""
    given = chosen.origins.keys() | chosen.constants.keys()
    likely = next((header for header, field in chosen.columns.items() if field is None), "HEADER")[:60]
    missing = (
        (given.isdisjoint(WHAT), "what was paid for", f"--source linkedin, or --map-column '{likely}=campaign'"),
        (
            given.isdisjoint(WHEN),
            "when it was spent",
            f"--map-column '{likely}=day' (or week, month, period, from_day)",
        ),
        ("amount" not in given, "how much it was", f"--map-column '{likely}=amount'"),
    )
    for lacks, what, hint in missing:
        if lacks:
            raise UsageError(f"no column was recognised that says {what}", place=Place(file), hint=hint)


class Key(NamedTuple):
    """What an amount is known by. Spellings of a source or campaign that differ in case or blanks only are one."""

    source: str | None
    campaign: str | None
    from_day: str
    to_day: str


@dataclass
class Amount:
    """One amount, as the rows of the file make it up. Money in whole cents."""

    source: str | None
    campaign: str | None
    line: int
    cents: int = 0
    rows: int = 0
    extra: dict[str, Any] = field(default_factory=dict)


class Spending:
    """The work on one file of spend within its transaction."""

    def __init__(
        self, connection: sqlite3.Connection, converter: SpendConverter, ledger: Ledger, operation: Operation
    ) -> None:
        self.connection = connection
        self.converter = converter
        self.ledger = ledger
        self.operation = operation
        self.concerned = 0  # leads: none
        self.stored = {_key(*each[1:5]): each for each in spend.all_of_it(connection)}
        self.periods: dict[tuple[str | None, str | None], list[tuple[str, str]]] = {}
        for key in self.stored:
            self.keep_period(key)
        self.amounts: dict[Key, Amount] = {}
        self.seen: set[tuple[Any, ...]] = set()
        self.nuls = self.joined = 0
        self.mended = OWN_COLUMNS[0] in converter.header  # rows that were refused before: only a part of their file

    def run(self, reading: Reading, rejects: RejectFile) -> None:
        for batch in reading.batches():
            values = self.converter.convert(batch)
            texts = dict(zip(batch.lines, batch.rows, strict=True))
            self.take(values, texts)
            account(self.ledger, values, rejects)
        self.nuls = reading.nul_count
        self.settle()

    def take(self, values: Values, texts: Mapping[int, list[str]]) -> None:
        """Adds the rows of a batch up. What overlaps another period becomes one of its bad rows."""
        nothing = [None] * values.count
        columns = (values.columns.get(name, nothing) for name in (*WHAT, "from_day", "to_day", "amount"))
        taken = 0
        for line, extra, source, campaign, first, last, amount in zip(
            values.lines, values.extra, *columns, strict=True
        ):
            key = _key(source, campaign, first, last)
            wrong = self.why_not(key, round(amount * 100))
            if wrong is not None:
                values.bad.append(BadRow(line, None, None, wrong, texts[line]))
                continue
            taken += 1
            row = tuple(texts[line])
            if row in self.seen:
                self.ledger.duplicate += 1
                continue
            self.seen.add(row)
            held = self.amounts.get(key)
            if held is None:
                held = self.amounts[key] = Amount(source, campaign, line)
                self.keep_period(key)
            held.cents += round(amount * 100)
            held.rows += 1
            _add_up(held.extra, json.loads(extra) if extra else {})
        values.bad.sort(key=lambda each: each.line)
        values.count = taken

    def overlapped(self, key: Key) -> tuple[str, str] | None:
        """Another period of the same source and campaign that shares a day with this one."""
        periods = self.periods.get(key[:2], [])
        at = bisect_left(periods, (key.from_day, key.to_day))
        for near in periods[max(at - 1, 0) : at + 1]:
            if near != key[2:] and near[0] <= key.to_day and near[1] >= key.from_day:
                return near
        return None

    def keep_period(self, key: Key) -> None:
        periods = self.periods.setdefault(key[:2], [])
        at = bisect_left(periods, key[2:])
        if at == len(periods) or periods[at] != key[2:]:
            periods.insert(at, (key.from_day, key.to_day))

    def why_not(self, key: Key, cents: int) -> str | None:
        """Why a row cannot be taken, or None."""
        there = self.stored.get(key)
        if self.mended and there is not None and round(there.amount * 100) != cents:
            return "other rows of the file made an amount for this already: mend the file that it comes from, and import that"
        other = self.overlapped(key)
        if other is None:
            return None
        there = self.stored.get(Key(*key[:2], *other))
        where = f", of operation {there.created_by} (leadctl undo {there.created_by})" if there else " in this file"
        return f"its days would count twice: there is an amount for {_days(*other)} already{where}"

    def settle(self) -> None:
        ledger, new, changed = self.ledger, [], []
        for key, amount in self.amounts.items():
            there = self.stored.get(key)
            extra = json.dumps(amount.extra, ensure_ascii=False) if amount.extra else None
            row = {"amount": amount.cents / 100, "extra": extra}
            if there is None:
                days = {"from_day": key.from_day, "to_day": key.to_day}
                names = {"source": amount.source, "campaign": amount.campaign}
                new.append({**row, **days, **names, "line": amount.line, "operation": self.operation.id})
                ledger.created += amount.rows
            elif there.amount != row["amount"] or (extra is not None and there.extra != extra):
                changed.append({**row, "id": there.id})
                ledger.updated += amount.rows
            else:
                ledger.unchanged += amount.rows
            self.joined += amount.rows - 1
        spend.add(self.connection, new)
        spend.change(self.connection, changed)

    def notes(self) -> Iterator[str]:
        """What a person should know of the file, beside the figures."""
        if self.nuls:
            yield f"{self.nuls} NUL character{'s were' if self.nuls > 1 else ' was'} taken out"
        if self.converter.totals:
            many = self.converter.totals > 1
            yield f"{self.converter.totals} row{'s' if many else ''} of totals left out: counted as blank"
        if self.joined:
            yield (
                f"{self.joined:,} row{'s say' if self.joined > 1 else ' says'} more of a source, campaign and period that "
                "the file has already: added up"
            )


def _key(source: str | None, campaign: str | None, first: str, last: str) -> Key:
    return Key(fold(source), fold(campaign), first, last)


def _days(first: str, last: str) -> str:
    return first if first == last else f"{first} to {last}"


def _add_up(held: dict[str, Any], more: Mapping[str, Any]) -> None:
    """Clicks and impressions of several rows are added up; of other columns the first row's text stays."""
    for name, text in more.items():
        if name not in held:
            held[name] = text
        elif held[name].isascii() and held[name].isdigit() and text.isascii() and text.isdigit():
            held[name] = str(int(held[name]) + int(text))
