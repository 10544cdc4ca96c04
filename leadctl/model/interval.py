"""How sure a share is: the interval around won out of all."""

from __future__ import annotations

from math import sqrt


def wilson(won: int, all: int, z: float = 1.959963984540054) -> tuple[float, float]:
    """The score interval for a share, as fractions 0..1; z = 1.96 gives 95 %.

    Source: E. B. Wilson, "Probable inference, the law of succession, and statistical inference", Journal of the
    American Statistical Association 22 (1927), 209-212. None won: the low end is exactly 0. All won: the high end is
    exactly 1. Nobody at all: nothing is known, (0, 1). ValueError: counts that cannot be.
    """
    if not 0 <= won <= all:
        raise ValueError(f"{won} of {all} is no share")
    if all == 0:
        return 0.0, 1.0
    share = won / all
    scale = 1 + z * z / all
    centre = (share + z * z / (2 * all)) / scale
    reach = z / scale * sqrt(share * (1 - share) / all + z * z / (4 * all * all))
    low = 0.0 if won == 0 else max(0.0, centre - reach)
    high = 1.0 if won == all else min(1.0, centre + reach)
    return low, high
