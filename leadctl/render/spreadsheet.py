"""CSV and TSV of many rows, as quick as they come from the database; and CSV that is safe to open in a spreadsheet.

Safe: what a spreadsheet would run has an apostrophe before it (`model/formulas` says what that is), and all texts stand in
quotation marks, so that none can begin another cell in a country that parts them by another sign. For Excel there are
besides a byte-order mark, CR LF at the ends of rows, and, where decimals have a comma, semicolons between cells.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from io import StringIO
from itertools import chain
from string import ascii_letters, digits
from typing import Any, Literal, TextIO

from leadctl.model.formulas import guard
from leadctl.render.safe import visible

# Countries (ISO 3166) whose numbers have a decimal comma; there Excel parts cells by semicolons.
_COMMA = """
    AD AL AR AT AZ BA BE BG BO BR BY CL CM CO CR CU CY CZ DE DK DZ EC EE ES FI FR GE GR GL HR HU ID IS IT KG KZ LT LU LV MA MC
    MD ME MK MZ NL NO PE PL PT PY RO RS RU SE SI SK SM TN TR UA UY UZ VA VE VN ZA
"""
_DECIMAL_COMMA = frozenset(_COMMA.split())
# Nearly all texts begin with one of these, and need no closer look.
_HARMLESS_FIRST = frozenset(ascii_letters + digits) - {"d", "D"}
_BYTE_ORDER_MARK = "\ufeff"


@dataclass(frozen=True)
class Form:
    """How rows are written. `guarded`: safe for spreadsheets; `shown`: to a terminal, control characters as signs."""

    delimiter: str = ","
    guarded: bool = False
    excel: bool = False
    decimal_comma: bool = False
    shown: bool = False


def excel_form(country: str | None) -> Form:
    """What Excel opens by a double click in a country; with no country known, as in America."""
    comma = country is not None and country.upper() in _DECIMAL_COMMA
    return Form(";" if comma else ",", guarded=True, excel=True, decimal_comma=comma)


def write(names: Sequence[str], batches: Iterable[Sequence[Sequence[Any]]], stream: TextIO, form: Form) -> None:
    """A header and rows of texts, numbers and None, batch by batch."""
    if form.excel:
        stream.write(_BYTE_ORDER_MARK)
    for batch in chain([[names]], batches):
        stream.write(_text_of(_changed(batch, form), form))


def _text_of(rows: Sequence[Sequence[Any]], form: Form) -> str:
    """The rows of a batch as CSV."""
    whole = StringIO(newline="")
    _writer(whole, form, "\r\n" if form.excel else "\n").writerows(rows)
    text = whole.getvalue()
    if form.excel or "\r" not in text:
        return text
    # csv quotes only the line ends that it writes itself, and a bare CR would end the row for every reader. So here it
    # writes both, row by row, and what it ends a row with is changed.
    lines: list[str] = []
    _writer(_Lines(lines), form, "\r\n").writerows(rows)
    return "".join(line[:-2] + "\n" for line in lines)


class _Lines:
    """A file for csv, which writes a row at once."""

    def __init__(self, lines: list[str]) -> None:
        self.write = lines.append


def _writer(file: Any, form: Form, end: str) -> Any:
    quoting: Literal[0, 2] = csv.QUOTE_NONNUMERIC if form.guarded else csv.QUOTE_MINIMAL
    return csv.writer(file, delimiter=form.delimiter, quoting=quoting, lineterminator=end)


def _changed(batch: Sequence[Sequence[Any]], form: Form) -> Sequence[Sequence[Any]]:
    if form.shown:
        batch = [[visible(each) if isinstance(each, str) else each for each in row] for row in batch]
    if not form.guarded:
        return batch

    def careful(value: Any) -> Any:
        if isinstance(value, str):
            return guard(value)
        return _with_comma(value) if form.decimal_comma and isinstance(value, float) else value

    return [
        [value if value.__class__ is str and value[:1] in _HARMLESS_FIRST else careful(value) for value in row]
        for row in batch
    ]


class _Plain(float):
    """A number that csv leaves without quotation marks, in a spelling of its own."""

    text = ""

    def __repr__(self) -> str:
        return self.text

    __str__ = __repr__


def _with_comma(value: float) -> float:
    """A number as it is written where decimals have a comma: `1,5`. Three decimals get a fourth, else `1,234` could be
    a thousand and more."""
    text = f"{value:.15g}".replace(".", ",")
    found = _Plain(value)
    found.text = text + "0" if len(text.partition(",")[2]) == 3 else text
    return found
