"""How wide each column of a terminal's table may be, and which have no room."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

GAP = 2  # cells between two columns
_TEXT_AT_LEAST = 10  # cells; less of a name or an address says nothing


@dataclass(frozen=True)
class Wish:
    """What a column would like, in cells: `full` shows everything; `least` is what it needs to be of use."""

    full: int
    least: int
    flexible: bool


def wish(heading: int, longest_word: int, cells: int, *, flexible: bool) -> Wish:
    """The wish of a column, from the widths of its heading, of the longest word of that, and of its widest cell.

    Headings may break between words. Only flexible columns (text) may be cut.
    """
    full = max(heading, cells)
    least = min(full, _TEXT_AT_LEAST) if flexible else max(longest_word, cells)
    return Wish(full, least, flexible)


def fit(wishes: Sequence[Wish], width: int) -> dict[int, int]:
    """The columns that are shown, as number -> width in cells, never more than `width` together with their gaps.

    Without room for all, the rightmost text columns go first and the first column stays to the last: it names the row.
    """
    shown = list(range(len(wishes)))
    while len(shown) > 1 and _total([wishes[number].least for number in shown]) > width:
        texts = [number for number in shown[1:] if wishes[number].flexible]
        shown.remove(texts[-1] if texts else shown[-1])
    widths = {number: min(wishes[number].least, width) for number in shown}
    spare = width - _total(list(widths.values()))
    # Cell by cell to the narrowest that wants more: short columns are whole, long ones share the loss alike.
    # Cut text comes before the headings of numbers, which lose nothing when they break.
    while spare > 0 and (wanting := [number for number in shown if widths[number] < wishes[number].full]):
        widths[min(wanting, key=lambda number: (not wishes[number].flexible, widths[number]))] += 1
        spare -= 1
    return widths


def _total(widths: list[int]) -> int:
    return sum(widths) + GAP * (len(widths) - 1)
