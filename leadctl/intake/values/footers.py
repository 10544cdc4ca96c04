"""Footers: what programs write below the data of their reports (totals, a title, a copyright), which are no rows."""

from __future__ import annotations

import re
from collections.abc import Sequence

from leadctl.intake.batch import Batch

_SUMS = frozenset(("total", "totals", "subtotal", "summe", "gesamt"))
_FIGURE = re.compile(r"(?:[0-9]|[1-9][0-9]{0,2}(?:[.,' \u00a0]?[0-9]{3})*|[1-9][0-9]*)(?:[.,][0-9]{1,2})?")


def without_footer(batch: Batch, beginnings: tuple[str, ...]) -> tuple[Batch, int]:
    """The batch without the lines below its data that begin so (`beginnings`, in small letters), and how many these were.

    Only the first cell of such a line is filled, or figures follow it (then also one that says Total and no more), or it is
    too short for a row, so that the reader has refused it. Where a blank line parts them from the data, other lines of one
    cell among them (a report's title) belong to them. Programs that save such a report again fill its lines up with commas.
    """
    if not beginnings:
        return batch, 0

    def named(cells: Sequence[str]) -> bool:
        return bool(cells) and cells[0].strip().casefold().startswith(beginnings)

    short = [bad for bad in batch.bad if bad.column is None]
    found = {bad.line for bad in short if named(bad.values)}
    found |= {
        line
        for line, row in zip(batch.lines, batch.rows, strict=True)
        if (named(row) or row[0].strip(" :").casefold() in _SUMS) and _figures(row[1:])
    }
    if not found:
        return batch, 0
    alone = {bad.line for bad in short if len(bad.values) == 1}
    alone |= {
        line
        for line, row in zip(batch.lines, batch.rows, strict=True)
        if row[0].strip() and not any(map(str.strip, row[1:]))
    }
    written = (line for line, row in zip(batch.lines, batch.rows, strict=True) if any(map(str.strip, row)))
    every = (*written, *(bad.line for bad in batch.bad))
    end = max((line for line in every if line not in found | alone), default=0)
    below = {line for line in found | alone if line > end}
    gone = below if end and below & found and min(below) > end + 1 else below & found
    keep = [at for at, line in enumerate(batch.lines) if line not in gone]
    bad = [each for each in batch.bad if each.line not in gone]
    return Batch([batch.lines[at] for at in keep], [batch.rows[at] for at in keep], batch.blank, bad), len(gone)


def _figures(cells: Sequence[str]) -> bool:
    """Whether nothing but sums stands in them, or nothing. A phone number begins with a zero or a plus."""
    return all(_FIGURE.fullmatch(bare) for cell in cells if (bare := cell.strip()))
