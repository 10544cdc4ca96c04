"""Setting fields by hand: texts as people type them become values, judged just as a file's are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import date
from typing import Any

from leadctl.compiler.findings import nearest
from leadctl.compiler.tree import Rules
from leadctl.config import Settings
from leadctl.errors import UsageError
from leadctl.intake.batch import Batch
from leadctl.intake.mapping.plan import Origin, Plan, Point
from leadctl.intake.values.contact_points import Contact
from leadctl.intake.values.convert import Converter, Values
from leadctl.model.date_reader import DateReader
from leadctl.model.dates import parse_day

# What has a command of its own.
ELSEWHERE = {"stage": "leadctl move LEAD STAGE", "stage_on": "leadctl move LEAD STAGE --on DATE",
             "stage_reason": "leadctl move LEAD STAGE --reason WHY"}  # fmt: skip

_SHOWN = 200  # characters
_IN_A_HINT = 60


def read_pairs(pairs: list[str]) -> dict[str, str]:
    """`field=value …` as people type it. Raises UsageError."""
    found: dict[str, str] = {}
    for pair in pairs:
        name, sign, text = pair.partition("=")
        name = name.strip()
        if not sign or not name:
            raise UsageError(f"'{pair}' is not field=value", hint="such as budget=20000 decision_maker=yes")
        if name in found:
            several = name in ("email", "phone")
            raise UsageError(
                f"'{name}' is given twice",
                hint=f'several in one: {name}="{_short(found[name])}; {_short(text)}"'
                if several
                else "one of them is enough",
            )
        found[name] = text
    return found


def _short(text: str) -> str:
    return text if len(text) <= _IN_A_HINT else f"{text[:_IN_A_HINT]}…"


def read_values(settings: Settings, rules: Rules, texts: Mapping[str, str], today: date) -> dict[str, Any]:
    """Field -> value, as `read_row`."""
    return read_row(settings, rules, texts, today)[0]


def read_row(
    settings: Settings, rules: Rules, texts: Mapping[str, str], today: date
) -> tuple[dict[str, Any], tuple[Contact, ...]]:
    """Field -> value, with what follows from it (the state of an e-mail); and the further ones of several addresses or numbers
    that stand in one text. An empty text is no value.

    Raises UsageError for a field that cannot be set, and for a text that is no value of its type.
    """
    converter = converter_of(settings, rules, texts)
    found = convert(converter, days_written_out(texts, rules, today, settings.date_order))
    if not found.count:  # a row in which nothing stands
        return dict.fromkeys(found.columns), ()
    return {name: values[0] for name, values in found.columns.items()}, found.contacts[0] if found.contacts else ()


def days_written_out(texts: Mapping[str, str], rules: Rules, today: date, order: str | None) -> dict[str, str]:
    """The texts, with days as people type them (`2w`, `fri`, `eom`) in full."""
    found = dict(texts)
    for name, text in texts.items():
        field = rules.catalogue.fields.get(name)
        if field is not None and field.type in ("date", "time"):
            with suppress(ValueError):  # what is no such day may be a time, or is refused where it is read
                found[name] = parse_day(text, today, order).isoformat()
    return found


def converter_of(settings: Settings, rules: Rules, names: Iterable[str], stages: Sequence[str] = ()) -> Converter:
    """What reads texts for these fields. Raises UsageError for one that cannot be set so."""
    given = {field.name for field in rules.catalogue.given_fields}
    header = tuple(names)
    for name in header:
        if name in ELSEWHERE and not stages:
            raise UsageError(f"'{name}' is not set so", hint=ELSEWHERE[name])
        if name not in given:
            raise UsageError(f"leads have no field called '{name}' that can be set", hint=nearest(name, given))
    return plain_converter(settings, rules, header, stages)


def plain_converter(settings: Settings, rules: Rules, header: tuple[str, ...], stages: Sequence[str]) -> Converter:
    """The import's reading of texts, for columns named as the fields are."""
    more = {name: (Point(name),) for name in header if name in ("email", "phone")}
    plan = Plan(
        {name: Origin((name,)) for name in header}, {name: name for name in header}, {}, frozenset(), None, more=more
    )
    order, zone = settings.date_order, settings.zone
    return Converter(
        plan, header, rules.catalogue.fields, lambda form: DateReader(order, form, zone), settings.country, stages
    )


def convert(converter: Converter, texts: Mapping[str, str]) -> Values:
    """The one row that the texts make. Raises UsageError for a text that is no value of its field's type."""
    found = converter.convert(Batch([1], [list(texts.values())]))
    if found.bad:
        bad = found.bad[0]
        reason = bad.reason.split(": say its form")[0].split(": map the value")[0].split("; map")[0]  # hints for files
        hint = f"{bad.column}=VALUE; {bad.column}= takes the value away"
        raise UsageError(f"{bad.column}: {reason}", hint=hint)
    return found


def shown(value: Any) -> str:
    """A value in a sentence; of a long one the beginning."""
    if value is None:
        return "-"
    text = f"{value:.15g}" if isinstance(value, float) else str(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
