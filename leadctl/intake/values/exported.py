"""Files that leadctl itself has exported: their columns are fields under their own names, and their ids are known.

Of what leadctl works out (scores, states, kinds) nothing is read; `extra` stands in one column, and numbers are read as
exactly as they were written.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from leadctl.compiler.catalogue import Field
from leadctl.intake.batch import Batch
from leadctl.intake.mapping.plan import Origin, Plan, Point
from leadctl.intake.values.activity_rows import BY_NAME, ActivityConverter
from leadctl.intake.values.cells import address, trimmed
from leadctl.intake.values.contact_points import Contact
from leadctl.intake.values.convert import Converter, Values
from leadctl.model.date_reader import DateReader
from leadctl.model.exported import COLUMN, Mark, further_columns, further_kind, read_mark
from leadctl.model.formulas import unguard
from leadctl.model.phone import PhoneState, normalise

_ID = Field("id", "text", identifying=True, given=False)
_EXTRA = Field("extra", "text", identifying=True, given=False)
_SYSTEM = Field("id_system", "text", given=False)  # goes with the external id
_OWN = {each.name: each for each in (_ID, _SYSTEM, _EXTRA)}
_NUMBER = re.compile(r"-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]{1,3})?")


def comes_back(header: Iterable[str]) -> bool:
    """Whether a file with this header was exported by leadctl."""
    return COLUMN in header


def is_of_activities(header: Iterable[str]) -> bool:
    return {COLUMN, "type", "occurred_at"} <= set(header)


def plan_for(header: Sequence[str], fields: Iterable[Field], constants: Mapping[str, str]) -> Plan:
    """Every column under its own name; those that are not read are not named."""
    known = {each.name for each in fields} | _OWN.keys()
    read = [name for name in header if name in known and (name != _SYSTEM.name or "external_id" in header)]
    more: dict[str, list[Point]] = {}
    for name in header:
        found = further_kind(name)
        if found is not None:
            more.setdefault(found[0], [Point(found[0])] if found[0] in read else []).append(Point(name))
    taken = {point.column: kind for kind, points in more.items() for point in points}
    return Plan(
        {name: Origin((name,)) for name in read},
        {name: name for name in read} | taken,
        constants,
        frozenset(),
        None,
        more={kind: tuple(points) for kind, points in more.items()} if more else None,
    )


def _all_taken(plan: Plan, header: Iterable[str]) -> Plan:
    """The plan for a converter that is to keep nothing of the columns that are not read."""
    return replace(plan, columns=dict.fromkeys(header, COLUMN))


class _Rows:
    """What the rows of both kinds have in common: their mark says whose ids they have, and whether texts are guarded."""

    def __init__(self, header: Sequence[str], own: str | None, ids: Iterable[str]) -> None:
        self.own = own
        self.at = header.index(COLUMN)
        self.ids = [header.index(name) for name in ids if name in header]
        self.marks: dict[str, Mark] = {}

    def bare(self, batch: Batch) -> Batch:
        """The batch with texts as they were before they were guarded, and without ids of other databases."""
        return Batch(batch.lines, list(map(self._row, batch.rows)), batch.blank, batch.bad)

    def _row(self, given: Sequence[str]) -> list[str]:
        text = given[self.at]
        mark = self.marks.get(text)
        if mark is None:
            mark = self.marks[text] = read_mark(text)
        row = list(map(unguard, given)) if mark.guarded else list(given)
        if mark.database is None or mark.database != self.own:
            for at in self.ids:
                row[at] = ""
        return row


class ExportedLeads(Converter):
    """Converts the batches of a file of leads that leadctl has exported. `own` is the mark of this database: only rows that
    bear it keep their id, in the column `id` of the values."""

    def __init__(
        self,
        plan: Plan,
        header: tuple[str, ...],
        fields: Mapping[str, Field],
        dates: Callable[[str | None], DateReader],
        country: str | None,
        stages: Sequence[str],
        own: str | None,
    ) -> None:
        super().__init__(_all_taken(plan, header), header, {**fields, **_OWN}, dates, country, stages)
        self.splits_names = False  # the parts of names are what they were
        self.marked = _Rows(header, own, ("id",))
        self.batch = Batch([], [])
        self.further: list[tuple[str, int, int | None]] = []  # kind, and where it and what is said of it stand
        for place, name in enumerate(header):
            found = further_kind(name)
            if found is not None:
                said = further_columns(*found)[1]
                self.further.append((found[0], place, header.index(said) if said in header else None))

    def convert(self, batch: Batch) -> Values:
        self.batch = self.marked.bare(batch)
        return _with_extra(super().convert(self.batch))

    def contacts(
        self, columns: dict[str, list[Any]], texts: Sequence[Sequence[str]]
    ) -> list[tuple[Contact, ...]] | None:
        """What each lead is known by besides: just as it stands, for it was judged when it first came."""
        result: list[list[Contact]] = [[] for _ in texts[0]]
        for kind, place, said in self.further:
            for number, text in enumerate(texts[place]):
                judged = _judged(kind, text) if text.strip() else None
                if judged is not None:
                    label = texts[said][number].strip() if said is not None else ""
                    result[number].append(Contact(kind, judged[0], judged[1], label or None))
        return list(map(tuple, result))

    def typed(self, field: Field, form: str | None) -> Callable[[str], Any]:
        read = _own_reader(field)
        if read is None and field.type in ("number", "money"):
            usual = super().typed(field, form)
            return lambda text: float(text) if _NUMBER.fullmatch(text) else usual(text)
        return read or super().typed(field, form)

    def derive(self, columns: dict[str, list[Any]], count: int) -> None:
        self._keep_uncertain_numbers(columns)
        super().derive(columns, count)

    def _keep_uncertain_numbers(self, columns: dict[str, list[Any]]) -> None:
        """A number that was not certain stays as it is: that its lead has a country by now makes it no other one."""
        if not {"phone", "phone_state"} <= set(self.header) or not self.batch.rows:
            return
        phone, state = self.header.index("phone"), self.header.index("phone_state")
        numbers = columns["phone"]
        for at, row in enumerate(self.batch.rows):
            if row[state] in (PhoneState.UNVERIFIED, PhoneState.INVALID) and numbers[at] is not None:
                numbers[at] = (trimmed(row[phone]), row[state])


class ExportedActivities(ActivityConverter):
    """The same of activities. Ids of leads count only where the ids of activities do."""

    def __init__(
        self,
        plan: Plan,
        header: tuple[str, ...],
        dates: Callable[[str | None], DateReader],
        country: str | None,
        types: Iterable[str],
        own: str | None,
    ) -> None:
        self.types = tuple(types)
        Converter.__init__(self, _all_taken(plan, header), header, {**BY_NAME, **_OWN}, dates, country, ())
        self.marked = _Rows(header, own, ("id", "lead"))

    def convert(self, batch: Batch) -> Values:
        return _with_extra(super().convert(self.marked.bare(batch)))

    def typed(self, field: Field, form: str | None) -> Callable[[str], Any]:
        return _own_reader(field) or super().typed(field, form)


def _with_extra(values: Values) -> Values:
    values.extra = values.columns.pop("extra", values.extra)
    return values


def _judged(kind: str, text: str) -> tuple[Any, ...] | None:
    """A further e-mail, phone or id and its state. A number without its country stays as it is, whatever country its lead
    has by now."""
    if kind == "email":
        return address(text)
    return normalise(text, None) if kind == "phone" else (text.strip(), PhoneState.VALID)


def _own_reader(field: Field) -> Callable[[str], Any] | None:
    return {"id": _number, "extra": _object}.get(field.name)


def _number(text: str) -> int | None:
    bare = text.strip()
    return int(bare) if bare.isascii() and bare.isdigit() and len(bare) <= 18 else None


def _object(text: str) -> str | None:
    """JSON text as it is. ValueError where it holds no object."""
    if not text.strip():
        return None
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise ValueError("this is no JSON object: take the column extra out, or leave it as it was exported")
    return text if found else None
