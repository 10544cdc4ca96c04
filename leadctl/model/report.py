"""Results as values: what a command found, before anyone decides how it is drawn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any


class Unit(Enum):
    """What a column holds. CSV and JSON carry the raw value, tables and Markdown the drawn one."""

    TEXT = "text"
    COUNT = "count"  # a whole number
    NUMBER = "number"  # a number with or without decimals
    PERCENT = "percent"  # raw: a fraction 0..1; drawn: 63.2 %
    MONEY = "money"  # raw: a number in the workspace's currency; drawn: 10,005,534.00
    DATE = "date"  # raw: YYYY-MM-DD
    TIME = "time"  # raw: YYYY-MM-DDTHH:MM:SSZ
    DAYS = "days"  # a number of days
    YES_NO = "yes_no"  # raw: true or false
    JSON = "json"  # a list or an object, or None


@dataclass(frozen=True)
class Column:
    """One column: `name` is the key in JSON and CSV; `title` heads it in tables (default: the name with spaces).
    `whole`: where a terminal is narrow its text goes on in the next line, instead of being cut."""

    name: str
    unit: Unit = Unit.TEXT
    title: str | None = None
    whole: bool = False

    @property
    def heading(self) -> str:
        return self.title if self.title is not None else self.name.replace("_", " ")


@dataclass(frozen=True)
class Report:
    """Rows under columns. `notes` go under a table, never into CSV or JSON. `total` is how many rows there
    would be without a limit (None: these are all)."""

    title: str
    columns: tuple[Column, ...]
    rows: Sequence[Sequence[Any]]
    notes: tuple[str, ...] = ()
    total: int | None = None


@dataclass(frozen=True)
class Record:
    """One thing: JSON draws it as one object, a table as two columns. `beside`: a remark on a value, for reading only."""

    title: str
    values: Mapping[str, Any]
    units: Mapping[str, Unit] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    beside: Mapping[str, str] = field(default_factory=dict)
