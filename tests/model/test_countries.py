"""Countries: names and codes as people write them."""

from __future__ import annotations

from pathlib import Path

import phonenumbers
import pytest

from leadctl.model import countries
from leadctl.model.countries import country_code
from leadctl.model.text import fold

FILE = Path(countries.__file__).parent / "data" / "countries.txt"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("AT", "AT"),
        ("at", "AT"),
        (" Österreich ", "AT"),
        ("AUSTRIA", "AT"),
        ("Deutschland", "DE"),
        ("the netherlands", "NL"),
        ("U.S.A.", "US"),
        ("USA", "US"),
        ("UK", "GB"),
        ("Schweiz", "CH"),
        ("NO", "NO"),
        ("NA", "NA"),
        ("Korea", None),
        ("Congo", None),
        ("DACH", None),
        ("", None),
        ("  ", None),
        (None, None),
        ("Austria/Germany", None),
    ],
)
def test_what_a_text_names(text: str | None, code: str | None) -> None:
    assert country_code(text) == code


def test_every_region_that_has_numbers_is_there_once() -> None:
    lines = [line for line in FILE.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    codes = [line[:2] for line in lines]
    names = [fold(name) for line in lines for name in line[3:].split(";")]
    assert len(set(codes)) == len(codes) and len(set(names)) == len(names)
    assert not {name for name in names if name} & {code.lower() for code in codes}
    assert set(phonenumbers.SUPPORTED_REGIONS) - set(codes) <= {
        "AC",
        "TA",
    }  # islands that ISO 3166 gives no code of their own
