from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadctl.model.money import parse_money, parse_number, parse_whole, yes_no


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1,234.50", 1234.5),
        ("1.234,50", 1234.5),
        ("1 234,50", 1234.5),
        ("1\u00a0234,50", 1234.5),
        ("1\u2009234,50", 1234.5),
        ("1\u202f234,50", 1234.5),
        ("1'234.50", 1234.5),
        ("CHF 1’234.50", 1234.5),
        ("€ 5.000", 5000),
        ("5.000,00 €", 5000),
        ("$1,054", 1054),
        ("US$ 1,054.5", 1054.5),
        ("Rs. 1,00,000", 100_000),
        ("5 000 kr", 5000),
        ("5k", 5000),
        ("1.2m", 1_200_000),
        ("1.234 Mio. €", 1_234_000),
        ("4.35m", 4_350_000),
        ("(500)", -500),
        ("($1,234.50)", -1234.5),
        ("-€5", -5),
        ("€-5", -5),
        ("−5", -5),
        ("EUR 5.000,-", 5000),
        ("5.-", 5),
        ("0,99", 0.99),
        ("0.123", 0.123),
        (",5", 0.5),
        ("1234,567", 1234.567),
        ("1.234.567", 1_234_567),
        ("0,500", 0.5),
        ("A$500", 500),
        ("C$1,200.50", 1200.5),
        ("R$ 1.234,56", 1234.56),
        ("1 234,50 kr", 1234.5),
        ("1 000:-", 1000),
        ("5.000,–", 5000),
        ("1.234,50-", -1234.5),
        ("5 TEUR", 5000),
        ("₹5 cr", 50_000_000),
        ("１,２３４.５０", 1234.5),
        ("1٬234٫50", 1234.5),
        ("1.2345E7", 12_345_000),  # as Salesforce writes it
        ("1.5e-06", 0.0000015),
        ("007", 7),
        ("123456789012345", 123_456_789_012_345),
    ],
)
def test_one_reading_for_money_and_numbers(text: str, value: float) -> None:
    assert parse_money(text) == value
    assert parse_number(text) == value
    assert isinstance(parse_money(text), float)


@pytest.mark.parametrize(
    ("text", "money", "number"), [("1,234", 1234, 1234), ("1.234", 1234, 1.234), ("-1.234", -1234, -1.234)]
)
def test_three_digits_behind_one_sign(text: str, money: float, number: float) -> None:
    assert parse_money(text) == money
    assert parse_number(text) == number


@pytest.mark.parametrize(
    "text",
    [
        "",
        "-",
        "inf",
        "nan",
        "1e5",
        "1.23E+06",
        "1.0E99",
        "ca. 500",
        "500 CR",
        "500-",
        "1,23,4",
        "12'34",
        "1.234,567,890",
        "12 34",
        "1234567890123456",
        "9" * 5000,
        "5.",
        "--5",
        "(-5)",
        "45%",
        "11-50",
        "0x10",
        "1_000",
        "$",
        "five",
        "1,234,5",
        "1.2.3.4",
        "€5€x",
        "5 6 7",
        "12.5k5",
    ],
)
def test_refused(text: str) -> None:
    for read in (parse_money, parse_number, parse_whole):
        with pytest.raises(ValueError, match=r"."):
            read(text)


def test_whole_numbers() -> None:
    assert parse_whole("1,200") == parse_whole("1.200") == parse_whole("1200.0") == parse_whole(" 1200 ") == 1200
    assert isinstance(parse_whole("1200.0"), int)
    with pytest.raises(ValueError, match="no whole number"):
        parse_whole("1.5")
    for text in ("11-50", "51 – 200", "10,001+", "> 100"):
        with pytest.raises(ValueError, match="range"):
            parse_whole(text)


@given(st.integers(-(10**13) + 1, 10**13 - 1))
def test_every_grouping_of_a_sum_reads_back(cents: int) -> None:
    english = f"{cents / 100:,.2f}"
    value = float(english.replace(",", ""))
    german = english.translate(str.maketrans(",.", ".,"))
    for text in (english, german, german.replace(".", " "), english.replace(",", "'"), f"€ {german}", f"{english} USD"):
        assert parse_money(text) == parse_number(text) == value


@given(st.text(alphabet="0123456789.,'-() €k+", max_size=12))
def test_only_a_finite_number_or_a_refusal(text: str) -> None:
    try:
        assert abs(parse_money(text)) < 1e25
    except ValueError:
        return


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("yes", True),
        ("Y", True),
        (" TRUE ", True),
        ("1", True),
        ("ja", True),
        ("x", True),
        ("no", False),
        ("N", False),
        ("False", False),
        ("0", False),
        ("nein", False),
    ],
)
def test_yes_no(text: str, answer: bool) -> None:
    assert yes_no(text) is answer


@pytest.mark.parametrize("text", ["", "maybe", "2", "yesno"])
def test_neither_yes_nor_no(text: str) -> None:
    with pytest.raises(ValueError, match="neither"):
        yes_no(text)


@pytest.mark.parametrize(
    ("text", "value"),
    [("1.200", 1200), ("12.500", 12_500), ("1,200", 1200), ("12.5", 12.5), ("1.2", 1.2), ("0.500", 0.5)],
)
def test_numbers_that_count_things(text: str, value: float) -> None:
    assert parse_number(text, whole=True) == value
