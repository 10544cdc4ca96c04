"""Counting over all leads: for how many a rule matches, which kinds of activity ever came."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from datetime import date
from zoneinfo import ZoneInfo

from leadctl.compiler.coverage import Asked, counts, matches
from leadctl.compiler.fragment import Sql, joined
from leadctl.compiler.score_sql import RULES_AT_ONCE
from leadctl.compiler.sql import ConditionSql
from leadctl.compiler.sums import SumsSql
from leadctl.compiler.tree import Rules
from leadctl.store import scores
from leadctl.store.snapshot import types_that_came


def count_matches(
    connection: sqlite3.Connection, rules: Rules, asked: Sequence[Asked], today: date, zone: ZoneInfo
) -> tuple[int, list[int]]:
    """How many leads there are, and for how many each of these matches; one pass over the leads for every 400."""
    leads, found = 0, []
    for at in range(0, len(asked), RULES_AT_ONCE):
        sums = SumsSql(rules, today, zone)
        expressions = [matches(each, sums) for each in asked[at : at + RULES_AT_ONCE]]
        scores.sum_up(connection, sums.select(), sums.half_lives, today)
        query = counts(expressions, sums)
        leads, *row = connection.execute(query.text, query.values).fetchone()
        found += [int(count) for count in row]
    scores.forget(connection)
    return leads, found


def events_that_came(connection: sqlite3.Connection, events: Iterable[str], conditions: ConditionSql) -> set[str]:
    """Which of these types of activity there are; one that is a kind of another by its `when` too."""
    types = types_that_came(connection)
    named = set(events)
    derived = sorted(each for each in named - types if conditions.rules.activities[each].when is not None)
    if not types or not derived:
        return named & types
    columns = (Sql("max(CASE WHEN ") + conditions.matches((each,)) + " THEN 1 END)" for each in derived)
    query = "SELECT " + joined(", ", columns) + " FROM activity"
    row = connection.execute(query.text, query.values).fetchone()
    return (named & types) | {each for each, came in zip(derived, row, strict=True) if came}
