"""What someone writes by hand for the fifteen rules of `rules_of_events/`: the ten of `hand_written.py`, and five of events
that fade. A small table says what is left of an activity of each day; the activities are summed into a table of their
own, a row a lead, and one statement writes the scores.

The fastest of the plans that were tried in SQLite: a single statement that joins leads with activities, or with their
sums, takes as long or longer; so does leaving out the types of activity that no rule counts.
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

from hand_written import FIT, FIT_RANGE, LETTER, groups

HALF_LIVES = 6
LONGEST = 90
WEIGHTS = "CREATE TEMP TABLE weight (day INTEGER PRIMARY KEY, of_30 INTEGER, of_90 INTEGER)"
ADD_WEIGHT = "INSERT INTO weight VALUES (?, ?, ?)"
DID = (
    "CREATE TEMP TABLE did (lead INTEGER PRIMARY KEY, pricing INTEGER, demo INTEGER, meeting INTEGER, guide INTEGER, "
    "visits INTEGER)"
)
TABLE = (
    "CREATE TABLE score_by_hand (lead INTEGER PRIMARY KEY, fit INTEGER, engagement INTEGER, total INTEGER, grade TEXT)"
)
SUMS = """
SELECT activity.lead, sum(of_30) FILTER (WHERE type = 'pricing_view') AS pricing,
       sum(of_90) FILTER (WHERE type = 'demo_request') AS demo,
       max(of_90) FILTER (WHERE type = 'meeting_booked') AS meeting,
       sum(of_90) FILTER (WHERE type = 'guide_download') AS guide,
       sum(of_30) FILTER (WHERE type = 'page_view') AS visits
FROM activity JOIN weight ON weight.day = activity.day
WHERE activity.lead IS NOT NULL AND activity.day >= {first}
GROUP BY activity.lead"""


def weights(today: int) -> list[tuple[int, int | None, int | None]]:
    """(day, thousandths left by a half-life of 30 days, by one of 90)."""
    return [(today - age, _left(age, 30), _left(age, 90)) for age in range(HALF_LIVES * LONGEST + 1)]


def _left(age: int, half_life: int) -> int | None:
    if age > HALF_LIVES * half_life:
        return None
    return int((1000 * Decimal("0.5") ** (Decimal(age) / half_life)).quantize(Decimal(1), ROUND_HALF_UP))


def sums(today: int) -> str:
    """`SELECT lead, <thousandths left of what each rule counts>`."""
    return SUMS.format(first=today - HALF_LIVES * LONGEST)


def scores(key: str, titles: tuple[str, str, str], apart: str, divide: str = "/") -> str:
    """`SELECT <key>, fit, engagement, total, grade` for every lead of `lead`, with `did` beside it. `divide`: how whole
    numbers are divided."""
    intent = f"{_points('pricing', 8, 24, divide)} + {_points('demo', 40, 40, divide)} + {_points('meeting', 25, 25, divide)}"
    reading = f"{_points('guide', 10, 20, divide)} + {_points('visits', 3, 15, divide)}"
    return f"""
SELECT {key}, fit, engagement, fit + engagement AS total, {LETTER} || CASE WHEN engagement >= 50 THEN '1'
       WHEN engagement >= 25 THEN '2' WHEN engagement >= 8 THEN '3' ELSE '4' END AS grade
FROM (SELECT {key}, {FIT_RANGE} AS fit, CASE WHEN engagement > 100 THEN 100 ELSE engagement END AS engagement
FROM (SELECT {key}, {FIT} AS fit, CASE WHEN intent > 60 THEN 60 ELSE intent END
             + CASE WHEN reading > 40 THEN 40 ELSE reading END AS engagement
FROM (SELECT {key},{groups(titles)},
             {intent} AS intent,
             {reading} AS reading
      FROM lead LEFT JOIN did ON did.lead = lead.{key} {apart}) AS sums {apart}) AS added {apart}) AS ranged"""


def _points(name: str, points: int, most: int, divide: str) -> str:
    """Points for thousandths, rounded half up, `most` at most."""
    enough = -(-((most + 1) * 1000 - 500) // points)
    return f"CASE WHEN {name} >= {enough} THEN {most} WHEN {name} > 0 THEN ({points} * {name} + 500) {divide} 1000 ELSE 0 END"
