from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadctl.model.names import contradict, join, share_a_word

PARTS = "kari k j john Müller mueller muller Dr. Øst oest o'brien 王 王小明 - , Anna-Lena é"
NAMES = st.lists(st.sampled_from(PARTS.split()), max_size=5).map(" ".join)


@pytest.mark.parametrize(
    ("a", "b", "contradicts"),
    [
        (None, "Kari", False),
        ("Kari", None, False),
        ("", "Kari", False),
        ("-", "Kari", False),
        ("Dr.", "Kari", False),
        ("Kari", "Kari Nordmann", False),
        ("K. Nordmann", "Kari Nordmann", False),
        ("Nordmann, Kari", "Kari Nordmann", False),
        ("KARI NORDMANN", "kari nordmann", False),
        ("Frau Dr. Kari Nordmann", "Kari Nordmann", False),
        ("Jürgen Groß", "Juergen Gross", False),
        ("Jürgen", "Jurgen", False),
        ("Ole Bø", "Ole Bo", False),
        ("Ole Bø", "Ole Boe", False),
        ("José Núñez", "Jose Nunez", False),
        ("Anna-Lena Schmidt", "Anna Schmidt", False),
        ("Mac Donald", "MacDonald", False),
        ("O'Brien", "OBrien", False),
        ("王 小明", "王小明", False),
        ("J. P. Morgan", "John Pierpont Morgan", False),
        ("John Smith", "Mary Smith", True),
        ("John Smith", "J. Miller", True),
        ("Kari Nordmann", "Ola Nordmann", True),
        ("王小明", "王小红", True),
        ("Kari Kari", "Kari Nordmann", True),
        ("Mueller", "Muller", True),
        ("राम", "रम", True),
    ],
)
def test_contradict(a: str | None, b: str | None, contradicts: bool) -> None:
    assert contradict(a, b) is contradicts
    assert contradict(b, a) is contradicts


@given(NAMES, NAMES)
def test_contradiction_is_mutual_and_never_with_oneself(a: str, b: str) -> None:
    assert contradict(a, b) is contradict(b, a)
    assert not contradict(a, a.upper())
    assert not contradict(a, " ".join(reversed(a.split())))
    assert not contradict(a, f"{a} {b}")


def test_a_name_of_ten_thousand_words_takes_no_time() -> None:
    assert contradict("a b " * 10_000, "c d " * 10_000)


@pytest.mark.parametrize(
    ("a", "b", "shared"),
    [
        ("Kari Nordmann", "Nordmann", True),
        ("Müller, Jan", "Mueller Inge", True),
        ("J. Smith", "J. Miller", False),
        ("Dr. Smith", "Dr. Miller", False),
        (None, "Kari", False),
        ("王", "王", True),
    ],
)
def test_share_a_word(a: str | None, b: str | None, shared: bool) -> None:
    assert share_a_word(a, b) is shared
    assert share_a_word(b, a) is shared


def test_join() -> None:
    assert join(" Kari ", "Nordmann") == "Kari Nordmann"
    assert (join("小龙", "李"), join("민수", "김"), join("太郎", "山田")) == ("李小龙", "김민수", "山田太郎")
    assert (join("Xiao", "李"), join(None, "李"), join("小龙", None)) == ("Xiao 李", "李", "小龙")
    assert join(None, "Nordmann") == "Nordmann"
    assert join("Kari", " ") == "Kari"
    assert join(None, "") is None
