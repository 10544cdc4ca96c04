from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadctl.model.interval import wilson


@pytest.mark.parametrize(
    ("won", "all", "low", "high"),
    [
        # R. G. Newcombe, Statistics in Medicine 17 (1998), table I, method 3; the last is 29 / (29 + z²) by hand.
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
        (29, 29, 0.8830, 1.0),
    ],
)
def test_against_newcombe_1998(won: int, all: int, low: float, high: float) -> None:
    assert wilson(won, all) == pytest.approx((low, high), abs=0.00006)


def test_ends_are_exact() -> None:
    assert wilson(0, 7)[0] == 0
    assert wilson(7, 7)[1] == 1
    assert wilson(0, 0) == (0, 1)


@given(st.integers(1, 100_000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_holds_the_share_and_mirrors(counts: tuple[int, int]) -> None:
    won, every = counts
    low, high = wilson(won, every)
    assert 0 <= low <= won / every <= high <= 1
    mirrored = wilson(every - won, every)
    assert mirrored == pytest.approx((1 - high, 1 - low), abs=1e-12)


@pytest.mark.parametrize(("won", "all"), [(-1, 5), (6, 5), (0, -1)])
def test_impossible_counts(won: int, all: int) -> None:
    with pytest.raises(ValueError, match="no share"):
        wilson(won, all)
