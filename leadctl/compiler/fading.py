"""How much of an activity is left after some days. Whole thousandths, so every engine and every order of adding agree."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from functools import cache

WHOLE = 1000
HALF_LIVES = 6  # after so many, nothing is left


@cache
def weights(half_life: int) -> tuple[int, ...]:
    """By age in days, from 0: round_half_up(1000 × 0.5^(age ÷ half_life)), up to six half-lives; older ones count 0."""
    first = [
        WHOLE * Decimal("0.5") ** (Decimal(age) / half_life) for age in range(half_life)
    ]  # the rest are halves of these
    left = [each / 2**halved for halved in range(HALF_LIVES) for each in first] + [Decimal(WHOLE) / 2**HALF_LIVES]
    return tuple(int(each.quantize(Decimal(1), ROUND_HALF_UP)) for each in left)


def weight(age: int, half_life: int | None) -> int:
    """What is left, in thousandths, of something `age` days old (None: it never fades); nothing of what is to come."""
    if age < 0:
        return 0
    if half_life is None:
        return WHOLE
    table = weights(half_life)
    return table[age] if age < len(table) else 0


def whole_points(thousandths: int) -> int:
    """Thousandths of points as whole points, half away from zero."""
    points = (abs(thousandths) + WHOLE // 2) // WHOLE
    return points if thousandths >= 0 else -points
