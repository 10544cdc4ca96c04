from __future__ import annotations

import phonenumbers
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leadctl.model import phone
from leadctl.model.phone import PhoneState, normalise, phone_country

BERLIN = "+4930123456"


@pytest.mark.parametrize(
    ("text", "country", "value"),
    [
        ("+4930123456", None, BERLIN),
        (" +49 30 / 12 34-56 ", None, BERLIN),
        ("+49 (0) 30 123456", None, BERLIN),
        ("+49(0)30123456", "US", BERLIN),
        ("+49 (030) 123456", None, BERLIN),
        ("+49 030 123456", None, BERLIN),
        ("(+49) 30 123456", None, BERLIN),
        ("0049 30 123456", None, BERLIN),
        ("0049 (0)30 123456", "DE", BERLIN),
        ("011 49 30 123456", "US", BERLIN),
        ("p:+4930123456", None, BERLIN),
        ("tel:+49-30-123456", None, BERLIN),
        ("Tel.: 030 123456", "DE", BERLIN),
        ("030 123456", "DE", BERLIN),
        ("030 123456", "de", BERLIN),
        ("'+49 30 123456", None, BERLIN),
        ("\u202a+49\u00a030\u2011123456\u202c", None, BERLIN),
        ("＋４９ ３０ １２３４５６", None, BERLIN),
        ("+49 30 123456 (office)", None, BERLIN),
        ("+49 30 123456 x12", None, BERLIN + ";ext=12"),
        ("+49 30 123456 ext. 12", None, BERLIN + ";ext=12"),
        ("+49 30 123456 #12", None, BERLIN + ";ext=12"),
        ("030 123456;ext=12", "DE", BERLIN + ";ext=12"),
        ("+39 06 12345678", None, "+390612345678"),
        ("+39 (0)6 12345678", None, "+390612345678"),
        ("(612) 207-3455", "US", "+16122073455"),
        ("1-612-207-3455", "US", "+16122073455"),
        ("001-826-325-7321x85542", None, "+18263257321;ext=85542"),
        ("1-800-FLOWERS", "US", "+18003569377"),
        ("1-800-FLOWERS", "DE", "+18003569377"),
        ("+1 (800) GET-MILK", None, "+18004386455"),
        ("1-800-FLOWERS ext. 5", None, "+18003569377;ext=5"),
        ("0800 REVERSE", "GB", "+448007383773"),
        ("22 12 34 56", "NO", "+4722123456"),
        ("030 123456 privat", "DE", BERLIN),
        ("+49 30 123456, Büro", None, BERLIN),
    ],
)
def test_one_spelling(text: str, country: str | None, value: str) -> None:
    assert normalise(text, country) == (value, PhoneState.VALID, None)
    assert normalise(value, country) == (value, PhoneState.VALID, None)


@pytest.mark.parametrize(
    ("text", "country", "value"),
    [
        ("+49 30 1234567/68", None, "+49301234567"),
        ("030/1234567/68", "DE", "+49301234567"),
        ("030 1234567/68/69", "DE", "+49301234567"),
        ("+1 (212) 555-0100/0101", "US", "+12125550100"),
        # an area code, or groups of one number
        ("0732/7070", "AT", "+437327070"),
        ("07242/1234", "AT", "+4372421234"),
        ("033201/1234", "DE", "+49332011234"),
        ("0664/1234/567", "AT", "+436641234567"),
        ("04/72/10/20/30", "FR", "+33472102030"),
        ("0475/12/34/56", "BE", "+32475123456"),
        ("02/1234/5678", "IT", "+390212345678"),
    ],
)
def test_a_short_tail_is_no_part_of_the_number(text: str, country: str | None, value: str) -> None:
    assert normalise(text, country) == (value, PhoneState.VALID, None)


@pytest.mark.parametrize("text", ["030 123456", "0171-1234567", "(612) 207-3455", "866-555-HELP", "011 49 30 123456"])
def test_without_a_country_it_stays_as_given(text: str) -> None:
    assert normalise(f" {text} ", None) == (text, PhoneState.UNVERIFIED, None)


@pytest.mark.parametrize(
    ("text", "country", "reason"),
    [
        ("0000000000", "DE", "all digits the same"),
        ("1111111", None, "all digits the same"),
        ("+1 555 555 5555", None, "all digits the same"),
        ("1234567890", None, "placeholder"),
        ("1234567890", "US", "no such number in US"),
        ("+49 1234567890", None, "placeholder"),
        ("XXX", "DE", "masked"),
        ("+49 30 XXXXX", None, "masked"),
        ("***", None, "masked"),
        ("4.915E+11", None, "damaged by a spreadsheet"),
        ("4,915E+11", "DE", "damaged by a spreadsheet"),
        ("12345", None, "too short"),
        ("+1 212 555 123", None, "no such number"),
        ("+999 123456789", None, "no such country code"),
        ("+49 30 123 456 789 012 345", None, "too long"),
        ("030 123456 / 0171 1234567", "DE", "several numbers"),
        ("call me", "DE", "no digits"),
        ("030 123456 Peter", "DE", "not a phone number"),  # not 030 123456 73837
        ("030 123456 PETER", "DE", "not a phone number"),
        ("+49 30 FLOWERS", None, "not a phone number"),
        ("+1 212-736-5000 or 212-736-5001", None, "several numbers"),
        ("", None, "no digits"),
        ("030 1", "DE", "no such number in DE"),
        ("030/1234567", "AT", "no such number in AT"),
    ],
)
def test_impossible_ones_keep_their_text(text: str, country: str | None, reason: str) -> None:
    assert normalise(text, country) == (text, PhoneState.INVALID, reason)


COUNTRIES = ["DE", "AT", "CH", "US", "GB", "FR", "NO", "SE", "IN", "IT", "CN", "RU", "AU"]


@given(
    st.text(alphabet="+0123456789 ()-./x*e,;extp:\u0663FLOWERS", max_size=24),
    st.sampled_from([None, "", "XX", *COUNTRIES]),
)
def test_normalising_twice_is_normalising_once(text: str, country: str | None) -> None:
    value, state, _ = normalise(text, country)
    if state == PhoneState.VALID:
        assert value.startswith("+")
        assert normalise(value, country) == (value, state, None)


@settings(max_examples=400)
@given(st.sampled_from(COUNTRIES), st.from_regex(r"[0-9]{5,12}\Z"))
def test_the_quick_way_says_what_the_library_says(country: str, digits: str) -> None:
    pattern = phone._country_pattern(country)
    value = pattern.international(digits) if pattern else None
    if value is not None:
        number = phonenumbers.parse(digits, country)
        assert phonenumbers.is_valid_number(number)
        assert phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164) == f"+{value}"


@pytest.mark.parametrize(
    ("text", "country"),
    [
        ("+4791234567", "NO"),
        ("+4779021234", "SJ"),  # Svalbard shares the code of Norway
        ("+4930123456;ext=12", "DE"),
        ("+390612345678", "IT"),
        ("+12125550123", "US"),
        ("+16045550123", "CA"),
        ("+18765230123", "JM"),
        ("+15555550123", None),  # an area that is nowhere
        ("+79161234567", "RU"),
        ("+77011234567", "KZ"),
        ("+447400123456", "GB"),
        ("+441534460123", "JE"),
        ("+358401234567", "FI"),
        ("+80012345678", None),  # free of charge, and of no country
        ("030 123456", None),
        ("4791234567", None),
        ("+49 1234567890", None),  # made up
        ("+999 123456789", None),
        ("not a phone", None),
        ("", None),
    ],
)
def test_whose_code_a_number_has(text: str, country: str | None) -> None:
    assert phone_country(text) == country


def test_the_codes_of_countries_are_those_of_the_library() -> None:
    for code, country in phone._SHORT_CODES.items():
        countries = phonenumbers.COUNTRY_CODE_TO_REGION_CODE[int(code)]
        assert countries == (country,) if country != "-" else len(countries) > 1


@pytest.mark.parametrize("region", sorted(phonenumbers.SUPPORTED_REGIONS))
def test_the_country_is_what_the_library_says(region: str) -> None:
    numbers = [phonenumbers.example_number_for_type(region, kind) for kind in range(11)]
    for number in filter(None, numbers):
        text = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
        if normalise(text, None)[1] == PhoneState.VALID:
            assert phone_country(text) == phonenumbers.region_code_for_number(number)
