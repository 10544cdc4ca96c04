"""What conditions ask of activities: compiled both ways, lead by lead and summed in one pass, against a plain interpreter."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leadctl.compiler.rulebook import check_where, load_rules
from leadctl.compiler.sql import ConditionSql, texts_compared
from leadctl.compiler.sums import SumsSql
from leadctl.compiler.tree import Rules
from leadctl.store import scores
from leadctl.store.database import Database, open_database
from leadctl.store.wordings import word_fields
from tests.services.by_hand import ByHand

TODAY = date(2028, 3, 1)  # the day after a leap day
ZONE = ZoneInfo("Europe/Vienna")
RULES: dict[str, Any] = {
    "activities": {
        "case_study": {"by": "lead", "topic": "proof"},
        "sent_gift": {"by": "us"},
        "pricing_view": {"by": "lead", "when": {"type": "page_view", "path": {"starts_with": "/pricing"}}},
        "proof_of_price": {"by": "lead", "when": {"type": ["pricing_view", "case_study"], "topic": "proof"}},
    },
    "pipeline": [{"stage": "new", "kind": "open"}],
}
OURS = ("call", "email_sent", "message_sent", "meeting", "proposal_sent", "note", "sent_gift")
TYPES = ("page_view", "pricing_view", "case_study", "reply", "call", "sent_gift", "unsubscribe")
EVENTS = (*TYPES, "proof_of_price")
TEXTS = (
    None,
    "/pricing",
    "/PRICING/plans",
    "/Preise",
    "proof",
    "Proof",
    "50%",
    "_",
    "O'Neill",
    'é"',
    'e\u0301"',
    "straße",
    "STRASSE",
    " ",
)
FIELDS = ("path", "topic", "content", "campaign", "channel", "outcome")


def made_up(count: int) -> list[list[dict[str, Any]]]:
    """What each lead did; the first did nothing, the second a great deal."""
    pick = Random(20280301)

    def activity() -> dict[str, Any]:
        age = pick.choice([0, 0, 1, 2, 6, 7, 8, 13, 14, 15, 29, 30, 31, 59, 60, 61, 400, -1, -5])
        start = datetime(TODAY.year, TODAY.month, TODAY.day, tzinfo=ZONE) - timedelta(days=age)
        when = start + timedelta(seconds=pick.choice([0, 1, 3600, 86_399 - 3600, pick.randint(0, 80_000)]))
        return {
            "type": pick.choice(TYPES),
            "day": when.astimezone(ZONE).date(),
            "at": when,
            **{name: pick.choice(TEXTS) for name in FIELDS},
        }

    amounts = [0, 60, *(pick.choice([0, 1, 1, 2, 3, 5, 9]) for _ in range(count - 2))]
    return [[activity() for _ in range(amount)] for amount in amounts]


LEADS = made_up(150)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Database, Rules]]:
    folder = tmp_path_factory.mktemp("did") / "rules"
    folder.mkdir()
    (folder / "all.yaml").write_text(json.dumps(RULES), encoding="utf-8")
    rules = load_rules(folder)
    with closing(open_database(folder.parent / "leads.db", create=True)) as database:
        connection = database.connection
        connection.execute("INSERT INTO operation (id, kind, command, started_at) VALUES (1, 'import', '', '')")
        names = ", ".join(FIELDS)
        for number, activities in enumerate(LEADS, 1):
            connection.execute("INSERT INTO lead (id, stage, created_by) VALUES (?, 'new', 1)", (number,))
            connection.executemany(
                f"INSERT INTO activity (lead, type, occurred_at, day, mark, created_by, {names}) "
                f"VALUES (?, ?, ?, ?, ?, 1{', ?' * len(FIELDS)})",
                (
                    (number, a["type"], a["at"].astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"), (a["day"] - date(1970, 1, 1)).days,
                     mark, *(a[name] for name in FIELDS))
                    for mark, a in enumerate(activities)
                ),
            )  # fmt: skip
        word_fields(connection, {f"activity.{name}" for name in FIELDS})
        yield database, rules


words = st.sampled_from([text for text in TEXTS if text and text.strip()])
tests = st.one_of(
    words,
    st.lists(words, min_size=1, max_size=3),
    st.tuples(st.sampled_from(["is", "starts_with", "contains", "ends_with", "is_not", "does_not_contain"]), words).map(
        lambda two: {two[0]: two[1]}
    ),
    st.sampled_from(["yes", "no"]).map(lambda there: {"present": there}),
)
wheres = st.dictionaries(st.sampled_from(FIELDS), tests, min_size=1, max_size=2)
spans = st.sampled_from(["0d", "1d", "7d", "14d", "30d", "60d", "1y"])
events = st.sampled_from(EVENTS)


@st.composite
def dids(draw: st.DrawFn) -> dict[str, Any]:
    did: dict[str, Any] = {}
    if draw(st.booleans()):
        did["event"] = draw(events | st.lists(events, min_size=1, max_size=3, unique=True))
    if draw(st.booleans()):
        did["within"] = draw(spans)
    if draw(st.booleans()):
        did["where"] = draw(wheres)
    least = draw(st.none() | st.integers(0, 4))
    most = draw(st.none() | st.integers(least or 0, 5))
    return {
        **did,
        **({"at_least": least} if least is not None else {}),
        **({"at_most": most} if most is not None else {}),
    }


leaves = dids().map(lambda did: {"did": did})
conditions = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: {"all": parts}),
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: {"any": parts}),
        inner.map(lambda part: {"not": part}),
    ),
    max_leaves=4,
)


class Reader(ByHand):
    """The interpreter with the operators on activities' texts."""

    def operator(self, found: Any, name: str, constant: Any) -> bool:
        from tests.services.by_hand import folded

        text = folded(found)
        if name == "present":
            return (text is not None) is (constant == "yes")
        if text is None:
            return False
        known = [folded(each) or "" for each in (constant if isinstance(constant, list) else [constant])]
        return {
            "is": lambda: text in known,
            "is_not": lambda: text not in known,
            "starts_with": lambda: any(text.startswith(each) for each in known),
            "ends_with": lambda: any(text.endswith(each) for each in known),
            "contains": lambda: any(each in text for each in known),
            "does_not_contain": lambda: not any(each in text for each in known),
        }[name]()

    def did(self, wanted: dict[str, Any]) -> bool:  # type: ignore[override]
        if "event" not in wanted:  # `sent_gift` is ours by these rules
            wanted = {**wanted, "event": [name for name in TYPES if name not in OURS]}
        return super().did(wanted)


def compiled_both_ways(world: tuple[Database, Rules], condition: dict[str, Any]) -> tuple[set[int], set[int]]:
    database, rules = world
    connection = database.connection
    checked = check_where(json.dumps(condition)[1:-1], rules)
    word_fields(connection, texts_compared([checked], rules))
    one = ConditionSql(rules, TODAY, ZONE).holds(checked)
    by_lead = {row[0] for row in connection.execute(f"SELECT id FROM lead WHERE {one.text}", one.values)}
    summed = SumsSql(rules, TODAY, ZONE)
    holds = summed.holds(checked)
    scores.sum_up(connection, summed.select(), summed.half_lives, TODAY)
    query = f"SELECT id FROM lead LEFT JOIN did ON did.lead = lead.id WHERE {holds.text}"
    at_once = {row[0] for row in connection.execute(query, holds.values)}
    scores.forget(connection)
    return by_lead, at_once


@settings(max_examples=450)
@given(conditions)
def test_compiled_conditions_agree_with_the_interpreter(
    world: tuple[Database, Rules], condition: dict[str, Any]
) -> None:
    expected = {
        number for number, activities in enumerate(LEADS, 1) if Reader(RULES, {}, activities, TODAY).holds(condition)
    }
    assert compiled_both_ways(world, condition) == (expected, expected)
    others = set(range(1, len(LEADS) + 1)) - expected
    assert compiled_both_ways(world, {"not": condition}) == (others, others)
