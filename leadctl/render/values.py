"""One value in its two forms: raw for CSV and JSON, drawn for tables and Markdown."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from leadctl.errors import UsageError
from leadctl.model.report import Record, Report, Unit
from leadctl.render.safe import escaped_json

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

NOTHING = "-"
_EXACT_WHOLE = 2**53  # beyond this a float no longer knows its last digit, and as an integer would claim to

_YES_NO_AS_IS = frozenset({str, type(None)})
_AS_IS = _YES_NO_AS_IS | {int}


def raw(value: Any, unit: Unit) -> Any:
    """The value for CSV and JSON: a text, a whole number, a float, a bool, None, or lists and objects of these.

    Whole floats become integers, floats are rounded to what their unit means (six decimals, money two);
    NaN and infinity, which JSON cannot say, become None.
    """
    if value is None or isinstance(value, str):
        return value
    if unit is Unit.YES_NO and isinstance(value, int | float):
        return bool(value)
    if isinstance(value, float) and math.isfinite(value):
        if unit is Unit.TEXT:  # of no unit: nobody said how exact it is meant
            return _whole_if_exact(value)
        return _whole_if_exact(round(value, 2 if unit is Unit.MONEY else 6))
    return _json_value(value)


def raw_rows(result: Report | Record) -> tuple[list[str], Iterator[list[Any]]]:
    """Names and raw rows of a result, row by row in one pass; a record is one row."""
    if isinstance(result, Record):
        units = [result.units.get(name, Unit.TEXT) for name in result.values]
        return list(result.values), _each_raw([list(result.values.values())], units)
    return [column.name for column in result.columns], _each_raw(result.rows, [c.unit for c in result.columns])


def _each_raw(rows: Iterable[Sequence[Any]], units: list[Unit]) -> Iterator[list[Any]]:
    # Texts, gaps and whole numbers are nearly all cells of a large export: they are let through without a call.
    as_is = [_YES_NO_AS_IS if unit is Unit.YES_NO else _AS_IS for unit in units]
    for row in rows:
        yield [
            value if value.__class__ in same else raw(value, unit)
            for value, unit, same in zip(row, units, as_is, strict=True)
        ]


def _whole_if_exact(value: float) -> int | float:
    return int(value) if value.is_integer() and abs(value) < _EXACT_WHOLE else value


def _json_value(value: Any) -> Any:
    """Any value as JSON can say it; what JSON has no word for, as its text."""
    if value is None or isinstance(value, str | int):
        return value
    if isinstance(value, float):
        return _whole_if_exact(value) if math.isfinite(value) else None
    if isinstance(value, dict):
        return {str(key): _json_value(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_json_value(each) for each in value]
    return str(value)


@cache
def _encode() -> Callable[[Any], str]:
    import json

    return json.JSONEncoder(ensure_ascii=False, allow_nan=False).encode


def json_text(value: Any) -> str:
    r"""A raw value as JSON on one line; characters that are unsafe on a terminal are escaped as `\uXXXX`."""
    return escaped_json(_encode()(value))


def drawn(values: Sequence[Any], unit: Unit, zone: str | None = None) -> list[str]:
    """The values of one column as people read them. `zone` is the time zone for times (None: as they are, in UTC).

    A value of another type than its unit says is drawn as its text. Raises UsageError for an unknown time zone.
    """
    draw = _drawer(values, unit, zone)
    return [NOTHING if value is None else draw(value) for value in values]


def _drawer(values: Sequence[Any], unit: Unit, zone: str | None) -> Callable[[Any], str]:
    if unit is Unit.TIME and zone is not None:
        found = _zone(zone)
        return lambda value: _time(value, found)
    if unit is Unit.YES_NO:
        return lambda value: _text(raw(value, unit))
    if unit is Unit.MONEY:
        decimals = 2 if any(_is_number(value) and round(value, 2) % 1 for value in values) else 0
        return _number_or_text(lambda value: _trim_minus(f"{value:,.{decimals}f}"))
    if unit in _NUMBERS:
        return _number_or_text(_NUMBERS[unit])
    return _text


def _number_or_text(draw: Callable[[Any], str]) -> Callable[[Any], str]:
    return lambda value: draw(value) if _is_number(value) else _text(value)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _number(value: float) -> str:
    if value == int(value):
        return f"{int(value):,}"
    # Shares and likelihoods below one need more decimals to say anything.
    return _trim_minus(f"{value:,.{2 if abs(value) >= 1 else 4}f}".rstrip("0").rstrip("."))


def _days(value: float) -> str:
    return f"{int(value):,}" if value == int(value) else _trim_minus(f"{value:,.1f}")


def _percent(value: float) -> str:
    return _trim_minus(f"{value * 100:,.1f}") + " %"


def _trim_minus(text: str) -> str:
    """`-0.0` is a zero that was rounded; people read it as a mistake."""
    return text.lstrip("-") if not text.strip("-0.,") else text


_NUMBERS: dict[Unit, Callable[[Any], str]] = {
    Unit.COUNT: _number,
    Unit.NUMBER: _number,
    Unit.PERCENT: _percent,
    Unit.DAYS: _days,
}


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict | list | tuple):
        return json_text(_json_value(value))
    plain = _json_value(value)
    return NOTHING if plain is None else str(plain)


def _zone(name: str) -> ZoneInfo:
    from zoneinfo import ZoneInfo

    try:
        return ZoneInfo(name)
    except (OSError, ValueError, KeyError) as error:  # ZoneInfoNotFoundError is a KeyError
        raise UsageError(f"there is no time zone {name!r}", hint="name one as in Europe/Berlin") from error


def _time(value: Any, zone: ZoneInfo) -> str:
    from datetime import datetime

    try:
        moment = datetime.fromisoformat(value)
        return moment.astimezone(zone).strftime("%Y-%m-%d %H:%M") if moment.tzinfo else _text(value)
    except (TypeError, ValueError, OverflowError):
        return _text(value)
