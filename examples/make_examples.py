"""Makes the example's files: python examples/make_examples.py

Nordlicht Beratung, its leads and everybody in them are invented. The addresses end in `.example`, which nobody can own,
and the phone numbers are those that the German regulator keeps free for films. The same seed gives the same files.
"""

# ruff: noqa: SIM905  lists of words are read and mended more easily as text

from __future__ import annotations

import csv
import json
import random
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

HERE = Path(__file__).parent
TODAY = date(2026, 11, 20)

FIRST = """Anna Jürgen Zoë Käthe Björn Søren Lena Tobias Miriam Jörg Clara Håkon Élodie Fatma Mehmet Ursula Günther Ivana
Luca Sophie Maximilian Johanna Paul Nadja Stefan Renée Oskar Greta Henrik Friederike Sven Małgorzata""".split()
LAST = """Müller Özdemir Schäfer Weiß Köhler Nørgaard Lindqvist Huber Gruber Steiner Brandl Keller Frei Baumann Vogt Jansen
Petersen Krüger Böhm Yılmaz Kowalska Moreau Dubois Hagen Aas Lorenz Winkler Seidel Groß Fuchs Hartmann Ebner""".split()
STEMS = """Alster Watzmann Möwe Kranich Distel Ahorn Bernstein Leuchtfeuer Gletscher Heide Salz Anker Birke Falke Koralle
Schiefer Ginster Otter Polar Rotbuche Silber Torf Ulmen Wacholder Zeder Basalt Dorn Eiben Fjord Granit""".split()
ENDINGS = ["", "", "hof", "tal", "wald", "stein", "feld", "bach"]
BRANCHES = [
    ("Software", "software"),
    ("Logistik", "logistics"),
    ("Werke", "manufacturing"),
    ("Kliniken", "health"),
    ("Bank", "finance"),
    ("Energie", "energy"),
    ("Handel", "retail"),
    ("Medien", "media"),
]
DECIDES = "Geschäftsführer|Geschäftsführerin|CEO|CTO|CFO|Co-Founder|Managing Director".split("|")
LEADS_TEAM = "Head of Operations|Leiter IT|Leiterin Einkauf|VP Sales|Director Digital".split("|")
OTHERS = "Project Manager|Marketing Manager|Referent|Sachbearbeiterin|Student|Praktikant|Consultant|".split("|")
PLACES = [
    (("DE", "Germany", "Deutschland", "de"), ("Hamburg", "München", "Köln", "Görlitz", "Lübeck"), 10),
    (("AT", "Österreich"), ("Wien", "Graz", "Sankt Pölten"), 4),
    (("CH", "Schweiz"), ("Zürich", "Genève"), 3),
    (("NO", "Norway"), ("Tromsø", "Bergen"), 2),
    (("FR", "France"), ("Orléans", "Lyon"), 2),
    (("NL",), ("Utrecht",), 1),
]
# source: how often it brings a lead, and how many of a hundred leads it wins (then weighed by who the lead is)
SOURCES = {
    "referral": (12, 42),
    "partner": (8, 32),
    "website": (30, 20),
    "newsletter": (16, 11),
    "LinkedIn": (16, 10),
    "cold list": (18, 3),
}
WISHES = [
    "Our quotes take three weeks",
    "New ERP, and nobody knows the processes",
    "Angebote dauern zu lange",
    "We grow faster than our planning",
    'They said "call in spring"',
    "Lieferkette, Prüfpflichten; bitte Rückruf",
]
REASONS = ["price", "timing", "rival", "no answer", "no fit"]
FILM_PHONES = [("030", "23125"), ("040", "66969"), ("069", "90009"), ("089", "99998"), ("0221", "4710")]
HEADER = """Lead ID,Name,E-Mail,Phone,Company,Job Title,Industry,Employees,Country,City,Lead Source,Campaign,Stage,
Stage on,Stage reason,Owner,Value,Created,What do you need?,Newsletter""".replace("\n", "").split(",")
# What people do, how often, and where on the site; the further down, the closer to a contract.
EVENTS = [
    ("page_view", 40, ["/", "/cases/energy", "/cases/health", "/team", "/blog/quotes", "/blog/erp"]),
    ("page_view", 12, ["/pricing", "/pricing/workshop"]),
    ("email_open", 18, [""]),
    ("email_click", 9, ["/blog/quotes", "/cases/energy"]),
    ("guide_download", 6, ["/guide/checklist"]),
    ("webinar", 4, [""]),
    ("reply", 4, [""]),
    ("demo_request", 2, ["/demo"]),
    ("quote_request", 2, ["/quote"]),
    ("unsubscribe", 1, [""]),
]
ACTIVITY_HEADER = ["Lead", "Event", "When", "Page", "Campaign", "Device"]

Row = dict[str, str]


def main() -> None:
    """Writes leads.csv, trade_fair.csv, webform.jsonl and activities.csv beside this file."""
    chance = random.Random(20261120)
    leads = [lead(chance, number) for number in range(1, 391)]
    rows = [*leads, *again(chance, leads), *refused(chance)]
    chance.shuffle(rows)
    with (HERE / "leads.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, HEADER, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    with (HERE / "trade_fair.csv").open("w", encoding="cp1252", newline="") as file:
        fair = list(trade_fair(chance, leads))
        table = csv.DictWriter(file, list(fair[0]), delimiter=";", lineterminator="\r\n")
        table.writeheader()
        table.writerows(fair)
    forms = list(webform(chance, leads))
    with (HERE / "webform.jsonl").open("w", encoding="utf-8", newline="\n") as file:
        file.writelines(json.dumps(each, ensure_ascii=False) + "\n" for each in forms)
    with (HERE / "activities.csv").open("w", encoding="utf-8", newline="") as file:
        log = csv.DictWriter(file, ACTIVITY_HEADER, lineterminator="\n")
        log.writeheader()
        log.writerows(activities(random.Random(20261121), leads, forms))


def lead(chance: random.Random, number: int) -> Row:
    """One lead of the old address book, with the dirt that such books gather."""
    person, company, domain, industry = somebody(chance)
    countries, cities, _ = chance.choices(PLACES, [each[2] for each in PLACES])[0]
    source = chance.choices(list(SOURCES), [each[0] for each in SOURCES.values()])[0]
    captured = TODAY - timedelta(days=int(chance.triangular(1, 420, 120)))
    row = dict.fromkeys(HEADER, "") | {
        "Lead ID": f"NB-{number:04}",
        "Name": spelled(chance, person),
        "E-Mail": address(chance, person, domain),
        "Phone": phone(chance, number) if chance.random() < 0.7 else "",
        "Company": company,
        "Job Title": title(chance),
        "Industry": chance.choice([industry, industry.capitalize(), industry.upper()]),
        "Employees": chance.choice(["", "n/a", *(str(int(10 ** chance.uniform(0.3, 3.6))) for _ in range(8))]),
        "Country": chance.choice(countries),
        "City": chance.choice([*cities, ""]),
        "Lead Source": source,
        "Campaign": {"newsletter": "letter 2026-05", "website": "checklist"}.get(source, ""),
        "Created": written(chance, captured),
        "What do you need?": chance.choice([*WISHES, "", "", ""]),
        "Newsletter": chance.choice(["yes", "no", ""]),
    }
    return from_abroad(row, "Phone", "Country") | progress(chance, row, captured)


def title(chance: random.Random) -> str:
    return chance.choice(chance.choices([DECIDES, LEADS_TEAM, OTHERS], [25, 25, 50])[0])


def somebody(chance: random.Random) -> tuple[str, str, str, str]:
    """A person, their company, its domain and its industry."""
    branch, industry = chance.choice(BRANCHES)
    stem = chance.choice(STEMS) + chance.choice(ENDINGS)
    person = f"{chance.choice(FIRST)} {chance.choice(LAST)}"
    return person, f"{stem} {branch} {chance.choice(['GmbH', 'AG', ''])}".strip(), f"{stem}-{branch}.example", industry


def progress(chance: random.Random, lead: Row, captured: date) -> Row:
    """How far the lead has come: a stage with its day, a value and an owner."""
    age = (TODAY - captured).days
    if age < 25 or chance.random() < 0.06:
        return {"Stage": chance.choice(["new", "New", ""])}
    taken = min(age, int(chance.triangular(12, 150, 45)))
    row = {"Stage on": (captured + timedelta(days=taken)).isoformat(), "Owner": chance.choice(["ana", "ben", "clara"])}
    worth = str(chance.randrange(4, 60) * 1000)
    if chance.randrange(100) < SOURCES[lead["Lead Source"]][1] * standing(lead):
        return row | {"Stage": "won", "Value": money(chance, worth)}
    if chance.random() < (0.75 if age > 120 else 0.25):
        return row | {"Stage": "lost", "Stage reason": chance.choice(REASONS)}
    stage = chance.choice(["contacted", "contacted", "Meeting", "proposal", "on hold"])
    return row | {"Stage": stage, "Value": money(chance, worth) if stage == "proposal" else ""}


def standing(lead: Row) -> float:
    """How much better than usual the chances are: those who decide, in firms of the right size, buy more often."""
    by_title = 1.7 if lead["Job Title"] in DECIDES else 1.1 if lead["Job Title"] in LEADS_TEAM else 0.5
    return by_title * (1.3 if lead["Employees"].isdigit() and 20 <= int(lead["Employees"]) <= 2000 else 0.6)


def again(chance: random.Random, leads: list[Row]) -> Iterator[Row]:
    """People who stand in the book twice: the same number, or the same e-mail in capitals with less beside it."""
    for row in chance.sample(leads, 9):
        yield dict(row)
    for row in chance.sample([each for each in leads if each["E-Mail"].endswith(".example")], 7):
        yield dict.fromkeys(HEADER, "") | {"Name": row["Name"], "E-Mail": row["E-Mail"].upper(), "City": "?"}


def refused(chance: random.Random) -> Iterator[Row]:
    """Rows that cannot be read as they stand."""
    wrong = [("Created", "31.02.2026"), ("Created", "last spring"), ("Employees", "a few"), ("Stage", "negotation")]
    for number, (column, text) in enumerate(wrong, 391):
        yield lead(chance, number) | {column: text}


def trade_fair(chance: random.Random, leads: list[Row]) -> Iterator[Row]:
    """What the scanner at the stand wrote: another language, another separator, another encoding."""
    known = iter(chance.sample([each for each in leads if "@" in each["E-Mail"] and each["Stage"] == "contacted"], 6))
    for number in range(48):
        person, company, domain, _ = somebody(chance)
        person = "".join(c for c in person if c.encode("cp1252", "ignore"))
        mail = address(chance, person, domain)
        if number % 8 == 3:
            row = next(known)
            person, company, mail = (row[each] for each in ("Name", "Company", "E-Mail"))
            person = person.encode("cp1252", "ignore").decode("cp1252")
        row = {
            "Firma": company,
            "Ansprechpartner": person,
            "Funktion": title(chance),
            "E-Mail": mail,
            "Telefon": f"tel:{phone(chance, 500 + number)}" if chance.random() < 0.5 else "k. A.",
            "Land": chance.choice(["DE", "AT", "CH", "k. A."]),
            "Größe": chance.choice(["1-19", "20-199", "200-1999", "2000+", "k. A."]),
            "Gespräch am": (date(2026, 11, 10) + timedelta(days=number % 3)).strftime("%d.%m.%Y"),
            "Entscheider": chance.choice(["ja", "nein", "unklar"]),
            "Was suchen Sie?": chance.choice([*WISHES, ""]),
            "Prospekt": chance.choice(["A4", "digital", ""]),
        }
        yield from_abroad(row, "Telefon", "Land")


def webform(chance: random.Random, leads: list[Row]) -> Iterator[dict[str, object]]:
    """What the contact form of the website stored, an object a line."""
    for number in range(36):
        person, company, domain, industry = somebody(chance)
        first, last = person.split(" ", 1)
        day = TODAY - timedelta(days=chance.randrange(1, 40))
        yield {
            "submitted_at": f"{day}T{chance.randrange(7, 22):02}:{chance.randrange(60):02}:00+01:00",
            "first_name": first,
            "last_name": last,
            "email": address(chance, person, domain),
            "company": company if number % 5 else None,
            "job_title": title(chance) or None,
            "industry": industry,
            "employees": chance.choice([None, 12, 45, 180, 950]),
            "country": chance.choice(["DE", "AT", "CH"]),
            "message": chance.choice(WISHES),
            "utm_source": chance.choice(["website", "newsletter", "LinkedIn"]),
            "utm_campaign": chance.choice(["checklist", "autumn", None]),
            "consent": chance.random() < 0.6,
        }


def activities(chance: random.Random, leads: list[Row], forms: list[dict[str, object]]) -> Iterator[Row]:
    """What website and newsletter logged: of leads by number or e-mail, of people who fill in the form later, and some rows
    that cannot be read."""
    rows: list[Row] = []
    for row in leads:
        open_ = row["Stage"] in ("contacted", "Meeting", "proposal", "new", "New", "")
        keen = standing(row) * (1.5 if open_ else 0.6)
        count = min(30, int(chance.expovariate(1 / (4 * keen)))) if chance.random() < 0.75 else 0
        who = row["Lead ID"] if chance.random() < 0.6 or not row["E-Mail"].endswith(".example") else row["E-Mail"]
        rows += [event(chance, who, 170 if open_ else 300) for _ in range(count)]
    for form in forms:
        if form["email"]:
            rows += [event(chance, str(form["email"]), 30) for _ in range(chance.randrange(0, 6))]
    rows += chance.sample(rows, 12)  # the log was exported twice in part
    rows += [event(chance, "NB-0021", 20) | {"Event": "pageveiw"}, event(chance, "NB-0022", 20) | {"When": "soon"},
             event(chance, "", 20)]  # fmt: skip
    yield from sorted(rows, key=lambda row: row["When"])


def event(chance: random.Random, who: str, back: int) -> Row:
    name, _, pages = chance.choices(EVENTS, [each[1] for each in EVENTS])[0]
    day = TODAY - timedelta(days=int(chance.random() ** 1.7 * back))
    moment = f"{day}T{chance.randrange(7, 22) if day < TODAY else 7:02}:{chance.randrange(60):02}:{chance.randrange(60):02}+01:00"
    return {
        "Lead": who,
        "Event": name.replace("_", " ") if chance.random() < 0.1 else name,
        "When": moment,
        "Page": chance.choice(pages),
        "Campaign": "letter 2026-10" if name.startswith("email") else "",
        "Device": chance.choice(["phone", "desktop", ""]),
    }


def spelled(chance: random.Random, person: str) -> str:
    return chance.choices([person, person.upper(), f"  {person}", f"Dr. {person}"], [20, 1, 1, 2])[0]


def address(chance: random.Random, person: str, domain: str) -> str:
    plain = person.lower().translate(
        str.maketrans(
            {"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "é": "e", "ë": "e", "å": "a", "ø": "o", "ł": "l", "ı": "i"}
        )
    )
    mail = plain.replace(" ", ".") + "@" + domain.lower().translate(str.maketrans({"ö": "oe"}))
    return chance.choices([mail, mail.replace("@", "(at)"), "", f"info@{mail.partition('@')[2]}"], [40, 1, 4, 2])[0]


def phone(chance: random.Random, number: int) -> str:
    """No two leads share one."""
    area, block = FILM_PHONES[number % 5]
    extension = f"{number:03}"
    return chance.choice(
        [f"{area} {block} {extension}", f"{area}/{block}-{extension}", f"+49 {area[1:]} {block}{extension}"]
    )


def from_abroad(row: Row, number: str, country: str) -> Row:
    """The number as people of other countries write it: all of them are German."""
    if row[country] in PLACES[0][0] or "0" not in row[number] or "+" in row[number]:
        return row
    return row | {number: row[number].replace("0", "+49 ", 1)}


def written(chance: random.Random, day: date) -> str:
    return chance.choice(
        [day.isoformat(), day.strftime("%d.%m.%Y"), f"{day.day}.{day.month}.{day.year}", f"{day}T09:30"]
    )


def money(chance: random.Random, amount: str) -> str:
    whole = int(amount)
    return chance.choice([amount, f"{whole:,}".replace(",", ".") + ",00 €", f"€{whole:,}"])


if __name__ == "__main__":
    main()
