"""Several e-mails and phones in a row: the first that can be right is the lead's own, the others are known besides."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from leadctl.intake.mapping.contact_headers import EMAIL, PHONE, VISITOR
from leadctl.intake.mapping.plan import Point
from leadctl.intake.values.cells import NO_VALUE
from leadctl.model.phone import is_whole

UNVERIFIED, VALID, INVALID = "unverified", "valid", "invalid"
MOST_IN_A_CELL = 20
_BETWEEN = re.compile(r"\s*(?::::|[;,|\n\r\t])\s*")
_WORDS = r"\s+(?:or|oder|und|and|&)\s+"
_CLOSER = re.compile(rf"{_WORDS}|[\s/]+", re.IGNORECASE)
# What parts numbers, the surest first. A "/" may as well stand inside a number, behind the area code.
_BETWEEN_NUMBERS = (
    _BETWEEN,
    re.compile(rf"{_WORDS}|\s*&\s*", re.IGNORECASE),
    re.compile(r"\s+/\s+"),
    re.compile(r"\s*/\s*"),
)
_NO_LABELS = frozenset(("smtp", "ex"))  # Outlook says so of its addresses

Judged = tuple[Any, ...]  # value, state, and of an e-mail its kind
Judge = Callable[[str, int], Judged | None]  # a text, and the number of its row


class Contact(NamedTuple):
    """A further address, number or visitor of a row's lead. `kind`: email, phone or visitor; `label`: work, home, …"""

    kind: str
    value: str
    state: str
    label: str | None


class ContactPoints:
    """Finds the contact points of the rows of one file. `points`: as in a plan; `position`: header -> its place."""

    def __init__(self, points: Mapping[str, Sequence[Point]], position: Mapping[str, int]) -> None:
        self.points = {
            kind: [
                (position[each.column], each.label, position[each.label_column] if each.label_column else None)
                for each in found
            ]
            for kind, found in points.items()
        }

    def settle(
        self, columns: Mapping[str, list[Any]], texts: Sequence[Sequence[str]], judges: Mapping[str, Judge]
    ) -> list[tuple[Contact, ...]] | None:
        """The further contact points of each row, or None where no row has any.

        `columns` holds what the first column of each kind was judged to be; where that cannot be right and another one
        can, that one takes its place.
        """
        found: dict[int, list[Contact]] = {}
        for kind in (EMAIL, PHONE):
            if kind in columns:
                self._of_kind(kind, columns[kind], texts, judges[kind], found)
        for place, _, _ in self.points.get(VISITOR, ()):
            for number, cell in enumerate(texts[place]):
                value = cell.strip()
                if value and value.lower() not in NO_VALUE:
                    found.setdefault(number, []).append(Contact(VISITOR, value, UNVERIFIED, None))
        return [tuple(found.get(number, ())) for number in range(len(texts[0]))] if found else None

    def _of_kind(
        self,
        kind: str,
        judged: list[Any],
        texts: Sequence[Sequence[str]],
        judge: Judge,
        found: dict[int, list[Contact]],
    ) -> None:
        points = self.points.get(kind, [])
        split = _numbers if kind == PHONE else _addresses
        rows = {number for place, _, _ in points[1:] for number, cell in enumerate(texts[place]) if cell}
        rows.update(
            number for number, own in enumerate(judged) if own is not None and own[1] != VALID and _splits(kind, own[0])
        )
        for number in sorted(rows):
            several: dict[str, tuple[Judged, str | None]] = {}
            for at, (place, label, label_place) in enumerate(points or [(-1, None, None)]):
                own = judged[number] if at == 0 else judge(texts[place][number], number)
                parts = split(own, judge, number) if own is not None else []
                if parts and label_place is not None:
                    label = _said(texts[label_place][number]) or label
                for part in parts:
                    several.setdefault(part[0], (part, label))
            if not several:
                continue
            best = next((value for value, (part, _) in several.items() if part[1] != INVALID), next(iter(several)))
            judged[number] = several.pop(best)[0]
            further = [Contact(kind, value, part[1], label) for value, (part, label) in several.items()]
            found.setdefault(number, []).extend(each for each in further if each.value.lower() not in NO_VALUE)


def _splits(kind: str, text: str) -> bool:
    return any(between.search(text) for between in (_BETWEEN_NUMBERS if kind == PHONE else (_BETWEEN, _CLOSER)))


def _addresses(own: Judged, judge: Judge, number: int) -> list[Judged]:
    """The one that a cell holds, or the several of which at least one can be right."""
    if own[1] == VALID:
        return [own]
    for between in (_BETWEEN, _CLOSER):
        texts = [part for part in between.split(own[0]) if part]
        if len(texts) <= MOST_IN_A_CELL and texts != [own[0]]:
            parts = [part for text in texts if (part := judge(text, number)) is not None]
            if sum(part[1] != INVALID for part in parts) > (own[1] != INVALID):
                return [each for part in parts for each in _addresses(part, judge, number)]
    return [own]


def _numbers(own: Judged, judge: Judge, number: int) -> list[Judged]:
    """The one number that a cell holds, or the several where each part is a whole number by itself: half a number, behind
    its area code, may be somebody else's."""
    if own[1] == VALID:
        return [own]
    return _whole_numbers(own[0], judge, number, _BETWEEN_NUMBERS) or [own]


def _whole_numbers(text: str, judge: Judge, number: int, marks: Sequence[re.Pattern[str]]) -> list[Judged] | None:
    """The numbers between the first of the marks that parts the text into whole ones; None where none does."""
    for at, mark in enumerate(marks, start=1):
        texts = [part for part in mark.split(text) if part]
        if len(texts) > MOST_IN_A_CELL or texts == [text]:
            continue
        found: list[Judged] = []
        for part in texts:
            judged = judge(part, number)
            if judged is None:  # it says that there is none
                continue
            if is_whole(part, judged[0], judged[1]):
                found.append(judged)
                continue
            deeper = _whole_numbers(part, judge, number, marks[at:])
            if deeper is None:
                break
            found += deeper
        else:
            return found
    return None


def _said(label: str) -> str | None:
    """What a column of labels says: `* Work` is work."""
    found = label.strip("* \t").lower()
    return found if found and found not in NO_VALUE and found not in _NO_LABELS else None
