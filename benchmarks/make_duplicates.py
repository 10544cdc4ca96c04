"""Makes leads of which some are one person, for measuring `leadctl duplicates`: the same ones for the same seed.

Each kind is a list of rows and has traps of its own: colleagues with one switchboard, families with one address, fathers and
sons of one name, twins, namesakes in other towns. The first column, `row`, is `person-number`; no two rows have the same.
Names follow Zipf's law, as they do among people.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from itertools import accumulate

from make_leads import COMPANY_KINDS, COMPANY_WORDS, FIRST_NAMES, LAST_NAMES

Row = dict[str, str]
_ENGLISH_WORDS = """
    John Mary James Patricia Robert Jennifer Michael Linda William Elizabeth David Barbara Richard Susan Joseph Jessica
    Thomas Sarah Charles Karen Daniel Lisa Matthew Nancy Anthony Betty Mark Margaret Donald Sandra Steven Ashley Paul
    Kimberly Andrew Emily Joshua Donna Kenneth Michelle Kevin Carol Brian Amanda George Dorothy Edward Melissa Ronald
    Deborah Timothy Stephanie
"""
ENGLISH = _ENGLISH_WORDS.split()
SHORT = {
    "John": "Jack", "James": "Jim", "Robert": "Bob", "Michael": "Mike", "William": "Bill", "Elizabeth": "Liz", "David": "Dave",
    "Richard": "Dick", "Susan": "Sue", "Joseph": "Joe", "Thomas": "Tom", "Daniel": "Dan", "Matthew": "Matt", "Anthony": "Tony",
    "Margaret": "Peggy", "Andrew": "Andy", "Edward": "Ed", "Timothy": "Tim", "Kenneth": "Ken", "Deborah": "Debbie",
    "Max": "Maximilian", "Käthe": "Katharina", "Karl": "Karlheinz", "Julia": "Jule", "Anton": "Toni",
}  # fmt: skip
_SYLLABLES_WORDS = """
    ber ger stein mann hof bach feld wald ner ler ker sen land lund strom dal vik rud gaard haug moen holt by ton ford
    ham ley worth field wood well man son kov ski wicz ova nak sal tor bel mar ven lin kes dra pol fen ral mor tur vas
    nel
"""
SYLLABLES = _SYLLABLES_WORDS.split()
_NORDIC_WORDS = """
    Kari Ola Ingrid Lars Bjørn Åse Sigrid Håkon Øystein Solveig Magnus Astrid Knut Liv Tor Gunn Even Siri Pål Ragnhild
"""
NORDIC = _NORDIC_WORDS.split()

CJK_FAMILY = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗"
CJK_GIVEN = "伟芳娜秀英敏静丽强磊军洋勇艳杰娟涛明超霞平刚桂红玉华建文国志海小天雪梅春"
CITIES = (
    "Wien",
    "Graz",
    "Linz",
    "Salzburg",
    "München",
    "Berlin",
    "Köln",
    "Hamburg",
    "Oslo",
    "Bergen",
    "Trondheim",
    "Zürich",
)
FORMS = {
    "GmbH": ("G.m.b.H.", "Ges.m.b.H.", ""),
    "AG": ("A.G.", ""),
    "AS": ("A/S", ""),
    "Ltd": ("Limited", "Ltd."),
    "KG": ("", "K.G."),
}
ASCII = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "ø": "o", "å": "aa", "æ": "ae", "é": "e", "ë": "e"})
FREE = ("gmail.com", "gmx.de", "outlook.com", "yahoo.no")


class Chance(random.Random):
    def zipf(self, values: list[str]) -> str:
        return self.choices(values, cum_weights=_weights(len(values)))[0]

    def often(self, share: float) -> bool:
        return self.random() < share

    def typo(self, text: str) -> str:
        """One slip of the fingers."""
        if len(text) < 3:
            return text
        at, letter = (
            self.randrange(len(text) - 1),
            self.choice("abcdefghiklmnoprstuvwz" if not text.isdigit() else "0123456789"),
        )
        return self.choice(
            (
                text[:at] + text[at + 1] + text[at] + text[at + 2 :],
                text[:at] + text[at + 1 :],
                text[:at] + letter + text[at:],
                text[:at] + letter + text[at + 1 :],
            )
        )


def _weights(count: int, known: dict[int, list[float]] = {}) -> list[float]:  # noqa: B006 - remembered
    if count not in known:
        known[count] = list(accumulate(1 / (rank + 3) for rank in range(count)))
    return known[count]


def surnames(chance: Chance, count: int, first: tuple[str, ...] = ()) -> list[str]:
    made = dict.fromkeys(first)
    while len(made) < count:
        made["".join(chance.choice(SYLLABLES) for _ in range(chance.choice((2, 2, 3)))).capitalize()] = None
    return list(made)


def census(seed: int, people: int = 2000, most: int = 5, errors: int = 4) -> list[Row]:
    """People with an address, a birth date and an insurance number, written down up to six times with slips; some of them
    families, twins, and fathers and sons of one name."""
    chance = Chance(seed)
    families, streets = surnames(chance, 900), surnames(chance, 700)
    first = [*ENGLISH, *surnames(chance, 150)]
    rows: list[Row] = []
    home: Row = {}
    for person in range(people):
        kind = chance.random() if home else 1.0
        one = {
            "row": "", "first name": chance.zipf(first), "last name": chance.zipf(families),
            "street number": str(chance.randrange(1, 200)),
            "street": f"{chance.choice(streets)} {chance.choice(('street', 'road', 'place'))}",
            "suburb": chance.zipf(streets[:300]), "postcode": str(chance.randrange(2000, 6000)),
            "county": chance.choice("ABCDEFG") * 3,
            "date of birth": _day(chance), "insurance number": str(chance.randrange(10**6, 10**7)),
        }  # fmt: skip
        if kind < 0.15:  # a family, and now and then twins or a father and a son
            one |= {key: home[key] for key in ("last name", "street number", "street", "suburb", "postcode", "county")}
            if kind < 0.01:
                one["date of birth"] = home["date of birth"]
            elif kind < 0.03:
                one["first name"] = home["first name"]
        home = dict(one)
        rows.append({**one, "row": f"{person}-0"})
        for again in range(chance.randrange(1, most + 1) if chance.often(0.35) else 0):
            other = dict(one)
            for _ in range(chance.randrange(1, errors + 1)):
                field = chance.choice([key for key in one if key not in ("row", "county")])
                if chance.often(0.12):
                    other[field] = ""
                elif chance.often(0.06):
                    other["first name"], other["last name"] = other["last name"], other["first name"]
                else:
                    other[field] = chance.typo(other[field])
            rows.append({**other, "row": f"{person}-{again + 1}"})
    chance.shuffle(rows)
    return rows


def _day(chance: Chance) -> str:
    return f"{chance.randrange(1930, 2008)}-{chance.randrange(1, 13):02d}-{chance.randrange(1, 29):02d}"


def business(seed: int, people: int = 4000) -> list[Row]:
    """Leads of companies: colleagues share switchboard, domain, town and now and then a family name; duplicates come with a
    short form, an initial, another spelling, another address, without half of it, or after a change of job."""
    chance = Chance(seed)
    families = surnames(chance, 1500, LAST_NAMES)
    first = [*FIRST_NAMES, *NORDIC, *ENGLISH]
    rows: list[Row] = []
    company: Row = {}
    last, here = "", set[tuple[str, str]]()
    for person in range(people):
        if not company or chance.often(0.25):
            company, here, last = _company(chance, person), set(), ""
        name = chance.zipf(first), last if last and chance.often(0.04) else chance.zipf(families)
        while (name[0][0], name[1]) in here:  # an address belongs to one of them
            name = chance.zipf(first), chance.zipf(families)
        here.add((name[0][0], name[1]))
        last = name[1]
        one = _employee(chance, company, *name)
        rows.append({**one, "row": f"{person}-0"})
        for again in range(chance.choice((1, 1, 1, 2)) if chance.often(0.12) else 0):
            rows.append({**_again(chance, one), "row": f"{person}-{again + 1}"})
    chance.shuffle(rows)
    return rows


def _company(chance: Chance, number: int) -> Row:
    made = (
        chance.choice(SYLLABLES)
        + SYLLABLES[number % len(SYLLABLES)]
        + SYLLABLES[number // len(SYLLABLES) % len(SYLLABLES)]
    )
    name = f"{chance.choice(COMPANY_WORDS)}{made} {chance.choice(COMPANY_KINDS)}"
    return {
        "company": f"{name} {chance.choice(list(FORMS))}",
        "domain": f"{name.lower().translate(ASCII).replace(' ', '-')}.example",
        "city": chance.choice(CITIES),
        "switchboard": f"+43 1 {chance.randrange(10**6, 10**7)}",
    }


def _employee(chance: Chance, company: Row, first: str, last: str) -> Row:
    local = f"{first}.{last}" if chance.often(0.8) else f"{first[0]}{last}"
    local = local.lower().translate(ASCII).replace("'", "") if chance.often(0.9) else "info"
    mobile = f"+43 664 {chance.randrange(10**6, 10**7)}" if chance.often(0.7) else ""
    return {
        "row": "", "first name": first, "last name": last,
        "email": f"{local}@{company['domain']}", "phone": company["switchboard"] if chance.often(0.25) else mobile,
        "company": company["company"], "city": company["city"], "Produkt": chance.choice(("A", "B", "C")),
    }  # fmt: skip


def _again(chance: Chance, one: Row) -> Row:
    other = dict(one)
    change = chance.random()
    if change < 0.2:
        other["first name"] = SHORT.get(one["first name"], one["first name"])
    elif change < 0.3:
        other["first name"] = one["first name"][0] + "."
    elif change < 0.4:
        other["first name"], other["last name"] = one["last name"], one["first name"]
    elif change < 0.65:
        field = chance.choice(("first name", "last name"))
        other[field] = chance.typo(one[field])
    elif change < 0.75:
        other["last name"] = one["last name"].translate(ASCII)
    if chance.often(0.3):
        name, _, form = one["company"].rpartition(" ")
        other["company"] = f"{name} {chance.choice(FORMS[form])}".strip()
    if chance.often(0.25):
        other["email"] = (
            f"{one['first name']}.{one['last name']}{chance.randrange(100)}".lower().translate(ASCII).replace("'", "")
        )
        other["email"] += f"@{chance.choice(FREE)}"
    elif chance.often(0.3):
        other["email"] = chance.choice(("", "x@x", "n****@firma.example"))
    if chance.often(0.3):
        other["phone"] = chance.choice(("", f"+43 664 {chance.randrange(10**6, 10**7)}"))
    if chance.often(0.12):
        other |= {key: _company(chance, chance.randrange(10**5))[key] for key in ("company", "city")}
        other["email"] = ""
        other["phone"] = one["phone"] or other["phone"]
    for field in ("city", "company"):
        if chance.often(0.1):
            other[field] = ""
    other["Produkt"] = chance.choice(("A", "B", "C", ""))
    return other


def chinese(seed: int, people: int = 1500) -> list[Row]:
    """Names in signs: few family names, and one other sign is another person."""
    chance = Chance(seed)
    rows: list[Row] = []
    for person in range(people):
        family, given = (
            chance.choice(CJK_FAMILY),
            "".join(chance.choice(CJK_GIVEN) for _ in range(chance.choice((1, 2, 2)))),
        )
        one = {
            "row": f"{person}-0", "name": family + given, "phone": f"+86 138{chance.randrange(10**7, 10**8)}",
            "email": f"u{chance.randrange(10**8)}@qq.com" if chance.often(0.7) else "",
            "company": f"{chance.choice('东南西北中')}{chance.choice(CJK_GIVEN)}{chance.choice(CJK_GIVEN)}有限公司",
            "city": chance.choice(("上海", "北京", "深圳", "广州")),
        }  # fmt: skip
        rows.append(one)
        if chance.often(0.15):
            other = {**one, "row": f"{person}-1"}
            if chance.often(0.5):
                other["name"] = f"{family} {given}"
            if chance.often(0.5):
                other["email"] = f"u{chance.randrange(10**8)}@qq.com"
            else:
                other["phone"] = ""
            if chance.often(0.2):
                other["company"] = ""
            rows.append(other)
    chance.shuffle(rows)
    return rows


def namesakes(seed: int, people: int = 3000) -> list[Row]:
    """Every third lead is called John Smith; they are different people in many companies."""
    chance = Chance(seed)
    families = surnames(chance, 300, ("Smith", "Jones", "Brown"))
    rows: list[Row] = []
    for person in range(people):
        name = "John Smith" if chance.often(0.33) else f"{chance.zipf(ENGLISH)} {chance.zipf(families)}"
        company = _company(chance, person)
        local = name.lower().replace(" ", ".")
        at_work = f"{local}@{company['domain']}"
        at_home = f"{local}{chance.randrange(10**4)}@{chance.choice(FREE)}"
        one = {
            "row": f"{person}-0", "name": name, "email": at_work if chance.often(0.7) else at_home,
            "company": company["company"], "city": company["city"],
            "phone": f"+44 7{chance.randrange(10**8, 10**9)}" if chance.often(0.8) else "",
        }  # fmt: skip
        rows.append(one)
        if chance.often(0.06):
            other = {
                **one,
                "row": f"{person}-1",
                "email": "" if chance.often(0.5) else one["email"].replace(".", "", 1),
            }
            if chance.often(0.4):
                other["name"] = name.replace("John", "Jon") if name == "John Smith" else chance.typo(name)
            rows.append(other)
    chance.shuffle(rows)
    return rows


KINDS: dict[str, Callable[[int], list[Row]]] = {
    "census": census,
    "census, many slips": lambda seed: census(seed, 1500, 5, 8),
    "business": business,
    "signs": chinese,
    "namesakes": namesakes,
}
