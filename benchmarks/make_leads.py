"""Makes leads for measuring: the same ones for the same seed, on every machine.

    python benchmarks/make_leads.py leads.csv --leads 1000000 --seed 1

Some four people a company, names with umlauts, e-mails under .example (RFC 2606), phones in E.164, and values missing as
in life. Every e-mail, phone and external id is one person's, and every word is spelled in one way: so plain comparisons,
which know no spelling, find the same leads as leadctl does.
"""

from __future__ import annotations

import argparse
import csv
import random
from collections.abc import Iterator
from pathlib import Path

HEADER = (
    "external_id", "name", "email", "phone", "company", "title", "industry", "employees", "country", "city", "source",
    "campaign", "value", "captured_at",
)  # fmt: skip
FIRST_NAMES = (
    "Anna", "Jörg", "Lena", "Björn", "Zoë", "Max", "Käthe", "Paul", "Sören", "Mia", "Jürgen", "Emma", "René", "Clara",
    "Günter", "Laura", "Øyvind", "Sofia", "Łukasz", "Nora", "André", "Ida", "Tomás", "Eva", "Stig", "Julia",
    "François", "Maja", "Anton", "Inés", "Karl", "Chloë", "Peter", "Renée", "Ali", "Ayşe", "Marco", "Giulia", "Lars",
    "Hanna",
)  # fmt: skip
LAST_NAMES = (
    "Müller", "Schmidt", "Weiß", "Schäfer", "Köhler", "Bauer", "König", "Groß", "Huber", "Jäger", "Lange", "Böhm",
    "Kraus", "Vogel", "Günther", "Roth", "Grün", "Moser", "Steiner", "Nuñez", "García", "Rossi", "Björklund",
    "Sørensen", "Lindström", "Novák", "Kowalski", "Dvořák", "Brontë", "Martin", "Dubois", "Lefèvre", "Smith", "Jones",
    "O'Brien", "Walker", "Yılmaz", "Ferreira", "Conceição", "Hansen",
)  # fmt: skip
ASCII = str.maketrans(
    {"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "ø": "oe", "é": "e", "ë": "e", "è": "e", "ñ": "n", "í": "i", "á": "a",
     "ç": "c", "ã": "a", "ł": "l", "ş": "s", "ı": "i", "ř": "r", "'": ""}
)  # fmt: skip
COMPANY_WORDS = (
    "Nord", "Alpen", "Rhein", "Donau", "Blau", "Stern", "Berg", "See", "Wald", "Hafen", "Linden", "Adler", "Löwen",
    "Brücken", "Mühlen", "Sonnen",
)  # fmt: skip
COMPANY_KINDS = (
    "Software", "Logistik", "Finanz", "Energie", "Medien", "Pharma", "Handel", "Maschinenbau", "Beratung", "Bau",
)  # fmt: skip
LEGAL_FORMS = ("GmbH", "AG", "Ltd", "SAS", "Inc", "& Söhne KG")
TITLES = (
    "CEO", "CTO", "CFO", "Founder", "Founder & CEO", "Owner", "Managing Director", "Geschäftsführer", "Geschäftsführerin",
    "VP Sales", "VP of Engineering", "Director of Operations", "Director Marketing", "Head of Sales", "Head of IT",
    "Leiter Einkauf", "Leiterin Vertrieb", "Product Manager", "Project Manager", "Account Manager", "Software Engineer",
    "Sales Representative", "Consultant", "Analyst", "Office Assistant", "Sachbearbeiter", "Student", "Marketing Intern",
    "Trainee", "Buyer",
)  # fmt: skip
INDUSTRIES = (
    "software", "finance", "health", "manufacturing", "logistics", "energy", "retail", "media", "education",
    "construction", "tourism", "agriculture",
)  # fmt: skip
# Country -> cities, dialling code, how many digits follow it.
PLACES = {
    "Germany": (("Berlin", "München", "Köln", "Düsseldorf", "Hamburg"), "49", 10),
    "Austria": (("Wien", "Graz", "Linz", "Salzburg"), "43", 10),
    "Switzerland": (("Zürich", "Genf", "Basel", "Bern"), "41", 9),
    "France": (("Paris", "Lyon", "Orléans"), "33", 9),
    "United Kingdom": (("London", "Leeds", "Bristol"), "44", 10),
    "Poland": (("Kraków", "Łódź", "Gdańsk"), "48", 9),
    "Spain": (("Madrid", "Málaga", "León"), "34", 9),
    "Sweden": (("Malmö", "Göteborg"), "46", 9),
}
SOURCES = (
    "referral", "partner", "website", "webinar", "trade fair", "cold call", "newsletter", "search ad", "social ad",
)  # fmt: skip
CAMPAIGNS = tuple(
    f"{season} {year}" for year in range(2022, 2027) for season in ("spring", "summer", "autumn", "winter")
)
PEOPLE_A_COMPANY = 4


def leads(count: int, seed: int) -> Iterator[tuple[str, ...]]:
    """`count` leads as texts in the order of HEADER; "" is a missing value."""
    chance = random.Random(seed)
    companies = [_company(chance, number) for number in range(max(1, count // PEOPLE_A_COMPANY))]
    known = [0] * len(companies)  # how many people of a company were named before
    people = [(first, last) for first in FIRST_NAMES for last in LAST_NAMES]
    chance.shuffle(people)
    for number in range(count):
        at = chance.randrange(len(companies))
        company, domain, industry, employees, country, city, code, digits = companies[at]
        first, last = people[(at * 7 + known[at]) % len(people)]
        again = known[at] // len(people)
        known[at] += 1
        mail = f"{_ascii(first)}.{_ascii(last)}{again or ''}@{domain}"
        # Spread over the whole range without meeting twice: a number times an odd prime, of the digits there are.
        phone = f"+{code}{(number * 7_368_787 + seed) % (8 * 10 ** (digits - 1)) + 10 ** (digits - 1)}"
        yield (
            f"L-{number:07d}",
            f"{first} {last}",
            mail if chance.random() < 0.95 else "",
            phone if chance.random() < 0.8 else "",
            company if chance.random() < 0.95 else "",
            chance.choice(TITLES) if chance.random() < 0.9 else "",
            industry,
            employees,
            country,
            city,
            chance.choice(SOURCES),
            chance.choice(CAMPAIGNS) if chance.random() < 0.7 else "",
            f"{chance.randrange(500, 60_000)}.{chance.randrange(100):02d}" if chance.random() < 0.6 else "",
            _moment(chance),
        )


def write(path: Path, count: int, seed: int) -> None:
    """Writes the leads as CSV in UTF-8."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(HEADER)
        writer.writerows(leads(count, seed))


def _company(chance: random.Random, number: int) -> tuple[str, str, str, str, str, str, str, int]:
    word, kind = chance.choice(COMPANY_WORDS), chance.choice(COMPANY_KINDS)
    country = chance.choice(tuple(PLACES))
    cities, code, digits = PLACES[country]
    return (
        f"{word} {kind} {number} {chance.choice(LEGAL_FORMS)}",
        f"{_ascii(word)}-{_ascii(kind)}-{number}.example",
        chance.choice(INDUSTRIES) if chance.random() < 0.9 else "",
        str(int(10 ** chance.uniform(0, 4.5))) if chance.random() < 0.85 else "",
        country if chance.random() < 0.95 else "",
        chance.choice(cities),
        code,
        digits,
    )


def _ascii(text: str) -> str:
    return text.lower().translate(ASCII)


def _moment(chance: random.Random) -> str:
    year, month, day = chance.randrange(2022, 2026), chance.randrange(1, 13), chance.randrange(1, 29)
    second = chance.randrange(86_400)
    return f"{year}-{month:02d}-{day:02d}T{second // 3600:02d}:{second // 60 % 60:02d}:{second % 60:02d}Z"


def main() -> None:
    parser = argparse.ArgumentParser(description="Makes leads for measuring, as CSV.")
    parser.add_argument("file", type=Path)
    parser.add_argument("--leads", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    write(given.file, given.leads, given.seed)


if __name__ == "__main__":
    main()
