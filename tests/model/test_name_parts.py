from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadctl.model.name_parts import TITLES
from leadctl.model.names import contradict, join, split

CERTAIN = {
    "Kari Nordmann": ("Kari", "Nordmann"),
    "  Kari \u00a0 Nordmann ": ("Kari", "Nordmann"),
    "JOHN SMITH": ("JOHN", "SMITH"),
    "Jürgen Groß": ("Jürgen", "Groß"),
    "Sean O'Brien": ("Sean", "O'Brien"),
    "Sean O' Brien": ("Sean", "O' Brien"),
    "Anna-Lena Müller-Schmidt": ("Anna-Lena", "Müller-Schmidt"),
    "An Nguyễn": ("An", "Nguyễn"),
    # last names of several words
    "Ludwig van der Berg": ("Ludwig", "van der Berg"),
    "Vincent Van Gogh": ("Vincent", "Van Gogh"),
    "Gerard 't Hooft": ("Gerard", "'t Hooft"),
    "Juan Carlos de la Cruz": ("Juan Carlos", "de la Cruz"),
    "Maria da Silva e Souza": ("Maria", "da Silva e Souza"),
    "José Ortega y Gasset": ("José", "Ortega y Gasset"),
    "Anna St. John": ("Anna", "St. John"),
    # first names of several words
    "J. R. R. Tolkien": ("J. R. R.", "Tolkien"),
    "J.R.R. Tolkien": ("J.R.R.", "Tolkien"),
    "John F. Kennedy": ("John F.", "Kennedy"),
    "Anna Maria Müller": ("Anna Maria", "Müller"),
    "Juan Carlos Pérez López": ("Juan Carlos", "Pérez López"),
    # what stands before and behind
    "Dr. Anna Müller": ("Anna", "Müller"),
    "Herr Prof. Dr. med. Hans Müller": ("Hans", "Müller"),
    "Dipl.-Ing. Hans Müller": ("Hans", "Müller"),
    "Anna Müller, MBA": ("Anna", "Müller"),
    "John Smith Jr.": ("John", "Smith Jr."),
    "John Smith, Jr.": ("John", "Smith Jr."),
    # turned round
    "O'Brien, Mary-Jane": ("Mary-Jane", "O'Brien"),
    "García Márquez, Gabriel": ("Gabriel", "García Márquez"),
    "Berg, Ludwig van der": ("Ludwig", "van der Berg"),
    "Müller, Dr. Anna": ("Anna", "Müller"),
    "MÜLLER, ANNA": ("ANNA", "MÜLLER"),
    "Петров, Иван": ("Иван", "Петров"),
}
NOT_CERTAIN = [
    *(None, "", " ", "-", "Madonna", "Dr. House", "Herr Müller", "李小龙", "王 小明", "Иван Петров", "राम कुमार"),
    *("Nguyễn Văn An", "Wang Li", "Kovács János", "Kim Min-su", "Müller Anna", "Anna Maria", "Van Dijk"),
    *("Smith & Sons GmbH", "Deutsche Bank", "Fjord AS", "Acme, Inc.", "Anna und Peter Müller", "Anna & Peter Müller"),
    *("Smith, CEO", "Thomas Smith, Berlin", "Nordmann, Kari, Oslo", "Gabriel García Márquez", "Maria do Carmo Silva"),
    *("Sean O Brien", "Smith J.", "Rev. Smith", "Md. Rahman", "A B", "Test User", "kari@fjord.no", "Kari 2 Nordmann"),
    *("Kari (Oslo) Nordmann", '"Kari" Nordmann', "Kari\x00Nordmann Berg", ", Kari", "Kari,", "Kari <b>Nordmann</b>"),
]


@pytest.mark.parametrize(("name", "parts"), CERTAIN.items())
def test_certain(name: str, parts: tuple[str, str]) -> None:
    assert split(name) == parts


@pytest.mark.parametrize("name", NOT_CERTAIN)
def test_not_certain(name: str | None) -> None:
    assert split(name) is None


WORDS = """
    Kari John Ola Müller O'Brien Mary-Jane van der de la y e Dr. Prof. Jr. III J. R R. J.R. , , Ng Nguyễn PhD GmbH und 王 Иван
    Maria Carlos García Mac O' O D' St. 't - ' . al-Hassan
"""


def counted(name: str) -> Counter[str]:
    words = name.replace(",", " ").split()
    return Counter(word for word in words if not {each for each in word.lower().split(".") if each} <= TITLES)


@given(st.lists(st.sampled_from(WORDS.split()), max_size=6).map(" ".join))
def test_no_word_is_lost_but_titles(name: str) -> None:
    parts = split(name)
    if parts is not None:
        assert all(part and part == " ".join(part.split()) for part in parts)
        assert counted(join(*parts) or "") == counted(name)
        assert not contradict(name, join(*parts))


@given(st.text(max_size=40))
def test_any_text_is_split_or_not(name: str) -> None:
    parts = split(name)
    assert parts is None or (parts[0] and parts[1])


def test_a_very_long_name_takes_no_time() -> None:
    assert split("van der " * 500_000) is None
    assert split("a" * 5_000_000) is None
