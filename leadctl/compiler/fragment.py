"""A piece of SQL with the values bound to it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

Value = str | int | float | bool


@dataclass(frozen=True)
class Sql:
    """SQL text and the values bound to its question marks, in order."""

    text: str
    values: tuple[Value, ...] = ()

    def __add__(self, other: Sql | str) -> Sql:
        if isinstance(other, str):
            return Sql(self.text + other, self.values)
        return Sql(self.text + other.text, self.values + other.values)

    def __radd__(self, other: str) -> Sql:
        return Sql(other + self.text, self.values)


def joined(separator: str, parts: Iterable[Sql]) -> Sql:
    found = list(parts)
    return Sql(separator.join(each.text for each in found), tuple(v for each in found for v in each.values))


def balanced(sign: str, parts: list[Sql]) -> Sql:
    """The parts in parentheses; many of them as a tree: SQLite refuses expressions nested deeper than 1,000."""
    if len(parts) <= 100:
        return "(" + joined(sign, parts) + ")"
    middle = len(parts) // 2
    return "(" + balanced(sign, parts[:middle]) + sign + balanced(sign, parts[middle:]) + ")"
