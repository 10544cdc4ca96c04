from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from leadctl.render.fitting import GAP, Wish, fit, wish


def test_a_wish() -> None:
    assert wish(18, 6, 4, flexible=False) == Wish(18, 6, False)  # the heading may break, the numbers may not be cut
    assert wish(4, 4, 9, flexible=False) == Wish(9, 9, False)
    assert wish(4, 4, 30, flexible=True) == Wish(30, 10, True)
    assert wish(4, 4, 3, flexible=True) == Wish(4, 4, True)


def test_with_room_all_are_whole() -> None:
    assert fit([Wish(20, 10, True), Wish(5, 5, False)], 80) == {0: 20, 1: 5}


def test_long_ones_share_the_loss() -> None:
    # 30 cells, two gaps of 2: 26 remain; the short one keeps 6, the two long ones get 10 each.
    assert fit([Wish(40, 10, True), Wish(6, 6, False), Wish(90, 10, True)], 30) == {0: 10, 1: 6, 2: 10}


def test_the_rightmost_text_goes_first_and_numbers_stay() -> None:
    wishes = [Wish(20, 10, True), Wish(20, 10, True), Wish(8, 8, False), Wish(20, 10, True)]
    assert fit(wishes, 35) == {0: 12, 1: 11, 2: 8}  # 10+10+8 and two gaps of 2 leave three cells to share
    assert list(fit(wishes, 20)) == [0, 2]
    assert list(fit(wishes, 12)) == [0]
    assert fit(wishes, 7) == {0: 7}


def test_text_is_whole_before_headings_are() -> None:
    assert fit([Wish(16, 10, True), Wish(18, 6, False)], 26) == {0: 16, 1: 8}


def test_no_columns() -> None:
    assert fit([], 80) == {}


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60), st.booleans()), max_size=12), st.integers(1, 120))
def test_never_wider_than_allowed(sizes: list[tuple[int, int, bool]], width: int) -> None:
    widths = fit([Wish(max(a, b), min(a, b), flexible) for a, b, flexible in sizes], width)
    assert sum(widths.values()) + GAP * max(0, len(widths) - 1) <= width
