"""What of a row no field takes, or what is kept besides: with its lead as JSON, header -> text."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from itertools import repeat

from leadctl.intake.mapping.plan import Plan
from leadctl.intake.rejects import OWN_COLUMNS
from leadctl.intake.values.cells import is_no_value
from leadctl.model.date_reader import DateReader


class Leftovers:
    """Gathers what is left over. `spare`: columns of which only the first with a value fills a field. `dated`: header -> what
    makes its texts dates that everybody can read."""

    def __init__(
        self,
        plan: Plan,
        header: tuple[str, ...],
        spare: Sequence[Sequence[str]],
        dated: Mapping[str, Callable[[str], str]],
    ) -> None:
        self.missing = plan.missing
        self.dated = dated
        self.rest = [
            (place, name)
            for place, name in enumerate(header)
            if (plan.columns.get(name) is None or name in plan.kept) and name not in OWN_COLUMNS
        ]
        self.spare = [[(header.index(name), name) for name in columns] for columns in spare if len(columns) > 1]
        self.encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode

    def of(self, texts: Sequence[Sequence[str]], count: int) -> list[str | None]:
        """What is left of each row of a batch; `texts` are its columns. Words for "no value" are left out."""
        if (not self.rest and not self.spare) or not texts:
            return [None] * count
        heads = [name for _, name in self.rest]
        missing, encode = self.missing, self.encode
        result: list[str | None] = []
        columns = [
            list(map(self.dated[name], texts[place])) if name in self.dated else texts[place]
            for place, name in self.rest
        ]
        rest = zip(*columns, strict=True) if self.rest else repeat((), count)
        for number, cells in enumerate(rest):
            held = {head: cell for head, cell in zip(heads, cells, strict=True) if cell and cell not in missing}
            if self.spare:
                held |= self.unused(texts, number)
            result.append(encode(held) if held else None)
        return result

    def unused(self, texts: Sequence[Sequence[str]], number: int) -> dict[str, str]:
        """What a row says in spare columns, where it is something else than what filled the field."""
        found: dict[str, str] = {}
        for columns in self.spare:
            cells = ((name, self.dated.get(name, str)(texts[place][number])) for place, name in columns)
            said = [(name, cell) for name, cell in cells if says_something(cell, self.missing)]
            found.update((name, cell) for name, cell in said[1:] if cell.strip() != said[0][1].strip())
        return found


def says_something(text: str, missing: Collection[str]) -> bool:
    """Whether a cell has a value: no word for none, neither everybody's nor one of the mapping (`missing`)."""
    bare = text.strip()
    return bool(bare) and not is_no_value(bare) and bare not in missing


def date_kept(form: DateReader, plain: DateReader) -> Callable[[str], str]:
    """Makes a text that `form` can read the day, `2026-11-22`, or the moment where it says a time; others stay as they are."""

    def read(text: str) -> str:
        bare = text.strip()
        if not bare:
            return text
        try:
            day, moment = form.read_day(bare), form.read(bare)
            return day if plain.read(day) == moment else moment
        except ValueError:
            return text

    return read
