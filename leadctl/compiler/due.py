"""When a score can change by itself: the next day on which something fades, a window ends or a date test turns.

The day may be early, never late: a lead scored too often costs time, one scored too late would be wrong.
"""

from __future__ import annotations

from collections.abc import Iterator

from leadctl.compiler.fading import HALF_LIVES
from leadctl.compiler.fragment import Sql, joined
from leadctl.compiler.sql import dids_of, leaves_of, score_conditions
from leadctl.compiler.sums import SumsSql
from leadctl.compiler.tree import Rule, Rules, Test

_NEVER = 9_999_999


def next_change(rules: Rules, sums: SumsSql) -> Sql:
    """The day, in days since 1970-01-01, as an expression on `lead` and `did`; NULL where there is none."""
    candidates = [*_by_dates(rules, sums), *_by_activities(rules, sums)]
    if not candidates:
        return Sql("NULL")
    padded = ["coalesce(" + each + f", {_NEVER})" for each in candidates]
    found = padded[0]
    for start in range(0, len(padded), 100):  # a function takes 127 arguments at most
        some = padded[start : start + 100] if start == 0 else [found, *padded[start : start + 100]]
        found = some[0] if len(some) == 1 else "min(" + joined(", ", some) + ")"
    return "nullif(" + found + f", {_NEVER})"


def as_date(day: str) -> str:
    """A number of days as YYYY-MM-DD; NULL stays NULL."""
    return f"date({day} * 86400, 'unixepoch')"


def _by_dates(rules: Rules, sums: SumsSql) -> Iterator[Sql]:
    """Tests that compare a day with today."""
    seen: set[tuple[str, int, bool]] = set()
    for condition in score_conditions(rules):
        for leaf in leaves_of(condition, rules):
            if not isinstance(leaf, Test):
                continue
            for turn in _turns(leaf):
                key = (leaf.field.name, turn, leaf.field.type == "time")
                if key in seen:
                    continue
                seen.add(key)
                if leaf.field.table == "activity":
                    day, early, late = sums.last_day(), 0, 0
                else:
                    column = sums.column(leaf.field)
                    day = "CAST(julianday(substr(" + column + ", 1, 10)) - 2440587.5 AS INTEGER)"
                    # The civil day of a moment is its day in UTC, or one beside it.
                    early, late = (-1, 1) if leaf.field.type == "time" else (0, 0)
                yield (
                    "CASE WHEN " + day + f" > {sums.day - turn - early} THEN " + day + f" + {turn + early}"
                    " WHEN " + day + f" > {sums.day - turn - late} THEN {sums.day + 1} END"
                )  # fmt: skip


def _turns(test: Test) -> list[int]:
    """How many days after its day a test turns."""
    number = test.values[0] if test.values else 0
    if test.field.name == "days_since_activity" and test.operator != "present":
        return sorted({turn for value in test.values for turn in (int(float(value)), int(float(value)) + 1)})
    span = min(int(number), 36_500) if test.operator in ("within", "older_than", "in_next") else 0
    return {"within": [0, span + 1], "older_than": [span + 1], "in_next": [-span, 1]}.get(test.operator, [])


def _by_activities(rules: Rules, sums: SumsSql) -> Iterator[Sql]:
    today = sums.day
    fading: dict[int, list[Rule]] = {}
    for rule in rules.all_rules:
        if rule.half_life is not None and rule.points:
            fading.setdefault(rule.half_life, []).append(rule)
    for half_life, alike in fading.items():
        oldest, count = sums.fading(half_life)
        yield oldest + f" + {HALF_LIVES * half_life + 1}"  # the first of them is gone
        for rule in alike:
            yield _next_point(rule, half_life, sums, count)
    windows = sorted({leaf.within for leaf in dids_of(score_conditions(rules), rules) if leaf.within is not None})
    if windows:
        ends = " ".join(f"WHEN activity.day >= {today - days} THEN activity.day + {days + 1}" for days in windows)
        yield sums.further(Sql(f"min(CASE {ends} END) FILTER (WHERE activity.day <= {today})"))
    if sums.columns:
        yield sums.further(Sql(f"min(activity.day) FILTER (WHERE activity.day > {today})"))


def _next_point(rule: Rule, half_life: int, sums: SumsSql, count: Sql) -> Sql:
    """The day on which a fading rule can lose its next whole point.

    Of S thousandths of n activities at most S × (1 - 0.5^(k/h)) + 3/2 n are lost in k days, while none is gone altogether:
    each weight is rounded by half a thousandth at most, today and then. And 1 - 0.5^(k/h) is never above k × ln 2 / h. The
    points stay as they are while that loss, times the points, is within the margin: what the sum has above the least that
    rounds to the same points. So they do for k = (margin / points - 3/2 n) × h / (S × ln 2) days.
    """
    points = abs(rule.points)
    left = sums.thousandths(rule)
    worth = f"({points} * " + left + " + 500)"
    margin = worth + " % 1000"
    if rule.most is not None and rule.points > 0:
        least = 1000 * rule.most
        margin = "CASE WHEN " + worth + f" >= {least} THEN " + worth + f" - {least} ELSE " + margin + " END"
    noise = Sql(f"{3 * points}") if rule.counts != "each" else f"{3 * points} * " + count
    days = "(2 * (" + margin + ") - " + noise + f") * {1000 * half_life} / ({2 * 694 * points} * " + left + ")"
    return "CASE WHEN " + left + f" >= {-(-500 // points)} THEN {sums.day + 1} + max(0, " + days + ") END"
