"""What of a row no field takes: kept with its lead as JSON, header -> text."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from itertools import repeat

from leadctl.intake.mapping.plan import Plan
from leadctl.intake.rejects import OWN_COLUMNS
from leadctl.intake.values.cells import NO_VALUE


class Leftovers:
    """Gathers what is left over. `spare`: columns of which only the first with a value fills a field."""

    def __init__(self, plan: Plan, header: tuple[str, ...], spare: Sequence[Sequence[str]]) -> None:
        self.missing = plan.missing
        self.rest = [
            (place, name)
            for place, name in enumerate(header)
            if plan.columns.get(name) is None and name not in OWN_COLUMNS
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
        rest = zip(*(texts[place] for place, _ in self.rest), strict=True) if self.rest else repeat((), count)
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
            cells = ((name, texts[place][number]) for place, name in columns)
            said = [(name, cell) for name, cell in cells if says_something(cell, self.missing)]
            found.update((name, cell) for name, cell in said[1:] if cell.strip() != said[0][1].strip())
        return found


def says_something(text: str, missing: Collection[str]) -> bool:
    """Whether a cell has a value: no word for none, neither everybody's nor one of the mapping (`missing`)."""
    bare = text.strip()
    return bool(bare) and bare.lower() not in NO_VALUE and bare not in missing
