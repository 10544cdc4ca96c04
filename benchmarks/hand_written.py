"""The statement that someone writes by hand for the ten rules of `rules/scoring.yaml`: it only sums and writes.

No explanation, no log, no undo, no spelling evened out. In two forms: the title searched by whole words, as the rules
do, and the exact titles of these leads listed, the cheapest there is. `apart` keeps the layers from being folded into
one expression that works the sums out nine times (SQLite needs that told, DuckDB does not).
"""

from __future__ import annotations

APART_IN_SQLITE = "LIMIT 9223372036854775807"

_JUNIOR = ("student", "intern", "trainee", "praktikant")
_DECIDES = ("ceo", "cto", "cfo", "founder", "owner", "managing director", "geschäftsführer", "geschäftsführerin")
_LEADS_TEAM = ("vp", "director", "head", "leiter", "leiterin")


def _by_words(words: tuple[str, ...]) -> str:
    return "(" + " OR ".join(f"' ' || lower(title) || ' ' LIKE '% {word} %'" for word in words) + ")"


BY_WORDS = (_by_words(_JUNIOR), _by_words(_DECIDES), _by_words(_LEADS_TEAM))
BY_WHOLE_TITLE = (
    "title IN ('Student', 'Marketing Intern', 'Trainee')",
    "title IN ('CEO', 'CTO', 'CFO', 'Founder', 'Founder & CEO', 'Owner', 'Managing Director', 'Geschäftsführer', "
    "'Geschäftsführerin')",
    "title IN ('VP Sales', 'VP of Engineering', 'Director of Operations', 'Director Marketing', 'Head of Sales', "
    "'Head of IT', 'Leiter Einkauf', 'Leiterin Vertrieb')",
)


def groups(titles: tuple[str, str, str]) -> str:
    """The points of the three groups of fit rules, as columns."""
    junior, decides, leads_team = titles
    return f"""
             CASE WHEN {junior} THEN -40 WHEN {decides} THEN 35 WHEN {leads_team} THEN 25 ELSE 0 END AS seniority,
             CASE WHEN employees >= 20 AND employees <= 2000 THEN 25 ELSE 0 END
             + CASE WHEN employees > 2000 THEN 10 ELSE 0 END + CASE WHEN employees < 5 THEN -10 ELSE 0 END
             + CASE WHEN industry IN ('software', 'finance', 'health', 'manufacturing', 'logistics', 'energy') THEN 20
                    ELSE 0 END
             + CASE WHEN country IN ('Germany', 'Austria', 'Switzerland') THEN 15 ELSE 0 END AS company,
             CASE WHEN source IN ('referral', 'partner') THEN 15 ELSE 0 END
             + CASE WHEN value >= 10000 THEN 10 ELSE 0 END AS interest"""


FIT = "seniority + CASE WHEN company > 50 THEN 50 ELSE company END + CASE WHEN interest > 20 THEN 20 ELSE interest END"
FIT_RANGE = "CASE WHEN fit < 0 THEN 0 WHEN fit > 100 THEN 100 ELSE fit END"
LETTER = "CASE WHEN fit >= 70 THEN 'A' WHEN fit >= 45 THEN 'B' WHEN fit >= 20 THEN 'C' ELSE 'D' END"


def scores(key: str, titles: tuple[str, str, str], apart: str) -> str:
    """`SELECT <key>, fit, grade` for every lead of the table `lead`."""
    return f"""
SELECT {key}, fit, {LETTER} AS grade
FROM (SELECT {key}, {FIT_RANGE} AS fit
FROM (SELECT {key}, {FIT} AS fit
FROM (SELECT {key},{groups(titles)}
      FROM lead {apart}) AS sums {apart}) AS added {apart}) AS ranged"""
