"""Rows that are no leads: those that a mapping leaves out (test leads and the like), and objects about nobody."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from leadctl.intake.batch import Batch
from leadctl.intake.mapping.plan import ANY_COLUMN, Plan, plain

# By what somebody can be found again, or called.
_PEOPLE = ("name", "first_name", "last_name", "company", "email", "phone")
WHO = (*_PEOPLE, "external_id")
NOBODY = "nothing in it says who it is about: no name, company, e-mail, phone or id"
ONLY_AN_ID = (
    "nothing in it says who it is about: no name, company, e-mail or phone, and an id alone may be anything's; "
    "--map-column '{}=external_id' says that it is a lead's"
)
_OWN_NAME = "external id"

Marks = list[tuple[int | None, tuple[str, ...]]]


def marks_of_tests(plan: Plan, position: Mapping[str, int]) -> Marks:
    """In which column (None: in any) cells that begin with which words tell of a row that is to be left out."""
    return [
        (None if name == ANY_COLUMN else position[name], tuple(map(str.casefold, beginnings)))
        for name, beginnings in plan.leave_out.items()
    ]


def without_tests(batch: Batch, marks: Marks) -> tuple[Batch, int]:
    """The batch without its test leads, and how many these were."""
    found: set[int] = set()
    for place, beginnings in marks:
        for number, row in enumerate(batch.rows):
            cells = row if place is None else row[place : place + 1]
            if any(cell.strip().casefold().startswith(beginnings) for cell in cells):
                found.add(number)
    if not found:
        return batch, 0
    keep = [number for number in range(len(batch.rows)) if number not in found]
    rows, lines = [batch.rows[number] for number in keep], [batch.lines[number] for number in keep]
    return Batch(lines, rows, batch.blank, batch.bad), len(found)


def about_nobody(plan: Plan, columns: Mapping[str, Sequence[Any]], count: int) -> list[tuple[int, str]]:
    """The rows in which nothing says who they are about, each with the reason.

    Every event, post and invoice has an id too: it is a lead's where other columns of the file are about people, or where
    the column is called as the field is, or by hand.
    """
    id_columns = plan.origins["external_id"].columns if "external_id" in plan.origins else ()
    id_says = not plan.origins.keys().isdisjoint(_PEOPLE) or any(
        column in plan.by_hand or plain(column) == _OWN_NAME for column in id_columns
    )
    said = [columns[name] for name in WHO if name in columns and (name != "external_id" or id_says)]
    ids = columns.get("external_id") or [None] * count
    return [
        (number, NOBODY if ids[number] is None else ONLY_AN_ID.format(id_columns[0][:60]))
        for number in range(count)
        if all(column[number] is None for column in said)
    ]
