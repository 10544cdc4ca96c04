"""Compiled SQL against a small interpreter that was written from the rule language's description, not from the code."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from itertools import product
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from leadctl.compiler.rulebook import check_where, load_rules
from leadctl.compiler.sql import ConditionSql
from leadctl.compiler.tree import Rules
from leadctl.store.database import Database, open_database
from leadctl.store.wordings import word_fields

TODAY = date(2026, 11, 22)
ZONE = ZoneInfo("Europe/Vienna")
LISTS = {
    "short": ["DE", "Österreich", "ＣＨ", "50%"],
    "long": [f"wert {n}" for n in range(60)] + ["straße", "κόσμοσ", "NO"],
}
SEGMENTS = {
    "icp": {"employees": {"at_least": 50, "at_most": 200}, "country": {"in_list": "short"}},
    "outside": {"country": {"present": "yes"}, "not": {"country": {"in_list": "short"}}},
}
RULES = {
    "fields": {"pain": {"type": "text"}, "decision_maker": {"type": "yes_no"}, "target": {"type": "date"}},
    "lists": LISTS,
    "segments": {name: {"when": when} for name, when in SEGMENTS.items()},
    "score": {"fit": {"range": [-50, 100], "groups": {}}},
    "grade": {"letter": {"of": "fit", "A": 50, "B": 0}, "number": {"of": "fit", "1": 50, "2": 0}},
    "pipeline": [{"stage": "new", "kind": "open"}],
}
TEXT = ("title", "country", "pain", "name", "email", "city")  # compared through the list of wordings, and directly
NUMBER = ("employees", "value", "fit", "total")
ALL_FIELDS = (*TEXT, *NUMBER, "target", "captured_at", "decision_maker", "grade")


# The interpreter: a condition is what YAML says, a lead is a dict.


def folded(text: str | None) -> str | None:
    before = None
    while text != before and text is not None:
        before, text = (
            text,
            " ".join(unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold()).split()),
        )
    return text or None


def holds(condition: dict[str, Any], lead: dict[str, Any]) -> bool:
    return all(entry(key, value, lead) for key, value in condition.items())


def entry(key: str, value: Any, lead: dict[str, Any]) -> bool:
    if key == "not":
        return not holds(value, lead)
    if key in ("all", "any"):
        return {"all": all, "any": any}[key](holds(part, lead) for part in value)
    if key == "segment":
        return any(holds(SEGMENTS[name], lead) for name in (value if isinstance(value, list) else [value]))
    operators = value if isinstance(value, dict) else {"is": value}
    return all(meets(key, operator, constant, lead) for operator, constant in operators.items())


def meets(field: str, operator: str, constant: Any, lead: dict[str, Any]) -> bool:
    value = lead[field]
    if field in TEXT:
        value = folded(value)
    elif field == "target" and value is not None:
        value = date.fromisoformat(value)
    elif field == "captured_at" and value is not None:
        value = datetime.fromisoformat(value).astimezone(ZONE).date()
    if operator == "present":
        return (value is not None) is (constant == "yes")
    if value is None:
        return False
    if operator == "between":
        return bool(typed(field, constant[0]) <= value <= typed(field, constant[1]))
    if operator in ("within", "older_than", "in_next"):
        span, age = int(constant[:-1]) * {"d": 1, "w": 7, "m": 30, "y": 365}[constant[-1]], (TODAY - value).days
        return {"within": 0 <= age <= span, "older_than": age > span, "in_next": -span <= age <= 0}[operator]
    if operator == "in_list":
        operator, constant = "is", LISTS[constant]
    constants = [typed(field, each) for each in (constant if isinstance(constant, list) else [constant])]
    positive = {"is_not": "is", "does_not_contain": "contains"}.get(operator, operator)
    if field == "grade":
        found = any(c in (value, value[0], value[1:]) for c in constants)
    else:
        found = any(COMPARE[positive](value, c) for c in constants)
    return found is (positive == operator)


def typed(field: str, constant: Any) -> Any:
    if field in TEXT:
        return folded(constant)
    if field in ("target", "captured_at"):
        return date.fromisoformat(constant)
    return {"yes": 1, "no": 0}[constant] if field == "decision_maker" else constant


def has(text: str, wanted: str) -> bool:
    """Whole words: no letter, digit or accent joins on at either end. A blank between words may be a hyphen."""
    gaps = [i for i, sign in enumerate(wanted) if sign == " " and letter(wanted[i - 1]) and letter(wanted[i + 1])]
    for signs in product(" -", repeat=len(gaps)):
        spelt = list(wanted)
        for place, sign in zip(gaps, signs, strict=True):
            spelt[place] = sign
        form = "".join(spelt)
        for at in range(len(text) - len(form) + 1):
            end = at + len(form)
            joined_before = at > 0 and letter(text[at - 1]) and letter(form[0])
            joined_after = end < len(text) and letter(text[end]) and letter(form[-1])
            if text[at:end] == form and not joined_before and not joined_after:
                return True
    return False


def letter(sign: str) -> bool:
    return sign.isalnum() or (unicodedata.category(sign) in ("Mn", "Mc") and not "\ufe00" <= sign <= "\ufe0f")


COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "is": lambda a, b: a == b,
    "has": has,
    "contains": lambda a, b: b in a,
    "starts_with": lambda a, b: a.startswith(b),
    "ends_with": lambda a, b: a.endswith(b),
    "at_least": lambda a, b: a >= b,
    "at_most": lambda a, b: a <= b,
    "above": lambda a, b: a > b,
    "after": lambda a, b: a > b,
    "below": lambda a, b: a < b,
    "before": lambda a, b: a < b,
}

# What leads and constants are made of: few words, so that they meet often.

PIECES = (
    *(
        "CTO",
        "cto",
        "director",
        "Vice",
        "president",
        "VP",
        "C++",
        "c#",
        "O'Neill",
        '"q"',
        "100%",
        "50%",
        "_",
        "a_b",
        "%",
    ),
    *("Straße", "STRASSE", "ß", "é", "e\u0301", "É", "Κόσμος", "κόσμοσ", "ς", "東京", "東", "ＣＨ", "CH", "DE", "NO"),
    *("ﬁn", "fin", "I", "ı", "İ", "i\u0307", "\\", "';--", "½", "x", "क्षि", "क", "❤\ufe0f", "1", "²", "Österreich"),
    *("wert 7", "#"),
)
GAPS = ("", " ", "  ", "-", "\t", "\u00a0", "\u3000", ", ", "/", "\u2028", ".")
phrase = st.lists(st.tuples(st.sampled_from(PIECES), st.sampled_from(GAPS)), min_size=1, max_size=4).map(
    lambda parts: "".join(part + gap for part, gap in parts)
)
constants = st.one_of(st.sampled_from(PIECES), phrase)
NUMBERS = (-40, -1, 0, 1, 49, 50, 50.5, 51, 199, 200, 201, 1e6, 0.1)
numbers = st.sampled_from(NUMBERS)
days = st.integers(-400, 400).map(lambda n: (TODAY + timedelta(days=n)).isoformat()) | st.sampled_from(
    ["2026-11-22", "2026-11-21", "2026-11-23", "2026-11-15", "2026-10-25", "2026-03-29"]
)
spans = st.sampled_from(["0d", "1d", "7d", "1w", "3m", "1y", "30d", "2w"])


def made_up_leads(count: int) -> list[dict[str, Any]]:
    """Leads for all examples, the same in every run: with gaps, and around every boundary that conditions name."""
    pick = Random(20261122)
    words = [*LISTS["short"], *LISTS["long"][-4:]]
    midnights = ["2026-11-22", "2026-10-25", "2026-03-29", "2026-11-15"]

    def text() -> str | None:
        kind = pick.random()
        if kind < 0.15:
            return None
        if kind < 0.3:
            return pick.choice(words)
        return "".join(pick.choice(PIECES) + pick.choice(GAPS) for _ in range(pick.randint(1, 4)))

    def day() -> str:
        return (TODAY + timedelta(days=pick.choice([pick.randint(-400, 400), -7, -8, 0, 1, -30, 30, -365]))).isoformat()

    def moment() -> str:
        start = datetime.fromisoformat(pick.choice([*midnights, day()])).replace(tzinfo=UTC)
        seconds = pick.choice([-7201, -7200, -3601, -3600, -1, 0, pick.randint(0, 86399)])
        return (start + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")

    def lead() -> dict[str, Any]:
        return {
            **{name: text() for name in TEXT},
            **{name: pick.choice([None, *NUMBERS]) for name in ("employees", "value")},
            "fit": pick.choice([None, -40, 0, 49, 50, 51]),
            "total": pick.choice([None, 0, 50]),
            "target": pick.choice([None, day(), day()]),
            "captured_at": pick.choice([None, moment(), moment(), moment()]),
            "decision_maker": pick.choice([None, 0, 1]),
            "grade": pick.choice(["A1", "A2", "B1", "B2", None]),
        }

    return [dict.fromkeys(ALL_FIELDS), *(lead() for _ in range(count - 1))]


LEADS = made_up_leads(250)
yes_no = st.sampled_from(["yes", "no"])


def one_or_more(values: st.SearchStrategy[Any], most: int = 3) -> st.SearchStrategy[Any]:
    return values | st.lists(values, min_size=1, max_size=most)


ordered = st.tuples(numbers, numbers).map(sorted)
DAY_TESTS = {
    **dict.fromkeys(("is", "is_not"), one_or_more(days)),
    **dict.fromkeys(("at_least", "at_most", "above", "below", "before", "after"), days),
    **dict.fromkeys(("within", "older_than", "in_next"), spans),
    "between": st.tuples(days, days).map(sorted),
}
NUMBER_TESTS = {
    **dict.fromkeys(("is", "is_not"), one_or_more(numbers)),
    **dict.fromkeys(("at_least", "at_most", "above", "below"), numbers),
    "between": ordered,
}
TEXT_TESTS = {
    **dict.fromkeys(
        ("is", "is_not", "has", "contains", "starts_with", "ends_with", "does_not_contain"), one_or_more(constants)
    ),
    "in_list": st.sampled_from(sorted(LISTS)),
}
OTHER_TESTS = {
    "decision_maker": dict.fromkeys(("is", "is_not"), one_or_more(yes_no, 2)),
    "grade": dict.fromkeys(("is", "is_not"), one_or_more(st.sampled_from(["A", "B", "1", "2", "A1", "B2"]))),
}


def operators_of(field: str) -> st.SearchStrategy[dict[str, Any]]:
    operators = OTHER_TESTS.get(field) or (
        TEXT_TESTS if field in TEXT else NUMBER_TESTS if field in NUMBER else DAY_TESTS
    )
    given_operators = {**operators, "present": yes_no}
    single = st.sampled_from(sorted(given_operators)).flatmap(
        lambda name: given_operators[name].map(lambda constant: {field: {name: constant}})
    )
    plain = given_operators["is"].map(lambda constant: {field: constant})
    return single | plain


leaves = st.one_of(
    st.sampled_from(ALL_FIELDS).flatmap(operators_of),
    st.sampled_from(["icp", "outside", ["icp", "outside"]]).map(lambda name: {"segment": name}),
)


def nested(inner: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[dict[str, Any]]:
    several = st.lists(inner, min_size=1, max_size=3)
    return st.one_of(
        several.map(lambda parts: {"all": parts}),
        several.map(lambda parts: {"any": parts}),
        inner.map(lambda part: {"not": part}),
        st.tuples(inner, inner).map(lambda two: {**two[0], **two[1]}),
    )


conditions = st.recursive(leaves, nested, max_leaves=6)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Database, Rules]]:
    """A database of `LEADS` (their ids count from 1), and the rules."""
    folder = tmp_path_factory.mktemp("property") / "rules"
    folder.mkdir()
    (folder / "all.yaml").write_text(json.dumps(RULES, ensure_ascii=False), encoding="utf-8")
    rules = load_rules(folder)
    with closing(open_database(folder.parent / "leads.db", create=True)) as database:
        database.fit_columns(rules.catalogue, [each.name for each in rules.dimensions])
        connection = database.connection
        connection.execute("INSERT INTO operation (id, kind, command, started_at) VALUES (1, 'import', '', '')")
        connection.execute("INSERT INTO ruleset VALUES ('x', '{}', '')")
        connection.execute("INSERT INTO run (operation, ruleset, today, timezone, engine) VALUES (1, 'x', '', '', '')")
        fill(database, LEADS)
        yield database, rules


def fill(database: Database, people: list[dict[str, Any]]) -> None:
    stored = [name for name in ALL_FIELDS if name not in ("fit", "total", "grade")]
    database.connection.executemany(
        f"INSERT INTO lead (created_by, {', '.join(stored)}) VALUES (1{', ?' * len(stored)})",
        [[lead[name] for name in stored] for lead in people],
    )
    marks = ((p["fit"], p["total"], p["grade"], *(p["grade"] or (None, None))) for p in people)
    database.connection.executemany(
        "INSERT INTO score (run, created_by, fit, total, grade, letter, number) VALUES (1, 1, ?, ?, ?, ?, ?)", marks
    )
    word_fields(database.connection, set(TEXT) - {"name", "email"})
    for name in set(TEXT) - {"name", "email"}:
        database.connection.execute(f'INSERT OR IGNORE INTO wording SELECT ?, "{name}", words("{name}") FROM lead '
                                    f'WHERE "{name}" IS NOT NULL', (name,))  # fmt: skip


def as_yaml(condition: dict[str, Any]) -> str:
    text = json.dumps(condition, ensure_ascii=False)[1:-1]
    for sign in "\u0085\u2028\u2029\ufeff":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return text


def asked(world: tuple[Database, Rules], wanted: list[dict[str, Any]], *, only: str = "true") -> list[tuple[bool, ...]]:
    """For each lead, which of the conditions the compiled SQL says hold."""
    database, rules = world
    compiler = ConditionSql(rules, TODAY, ZONE)
    compiled = [compiler.holds(check_where(as_yaml(each), rules)) for each in wanted]
    cases = ", ".join(f"CASE WHEN {each.text} THEN 1 ELSE 0 END" for each in compiled)
    query = f"SELECT {cases} FROM lead LEFT JOIN score ON score.lead = lead.id WHERE {only} ORDER BY lead.id"
    found = database.connection.execute(query, [value for each in compiled for value in each.values])
    return [tuple(map(bool, row)) for row in found]


@settings(max_examples=100)
@given(st.lists(conditions, min_size=3, max_size=8))
@example([{"title": {"is_not": "x"}}, {"not": {"title": "x"}}])
def test_the_sql_says_what_the_language_says(world: Any, wanted: list[Any]) -> None:
    # Each example asks up to eight conditions, and their complements, of 250 leads.
    found = asked(world, [*wanted, *({"not": each} for each in wanted)])
    assert len(found) == len(LEADS)
    for lead, row in zip(LEADS, found, strict=True):
        expected = [holds(each, lead) for each in wanted]
        for condition, right, got in zip(wanted, expected, row, strict=False):
            assert got is right, f"{condition} on {lead}"
        assert list(row[len(wanted) :]) == [not each for each in expected], "`not` is an exact complement"


@pytest.mark.parametrize("field", ALL_FIELDS)
@settings(max_examples=8)
@given(data=st.data())
def test_every_operator_of_every_field(world: Any, field: str, data: st.DataObject) -> None:
    wanted = data.draw(st.lists(operators_of(field), min_size=12, max_size=20))
    for lead, row in zip(LEADS, asked(world, wanted), strict=True):
        for condition, got in zip(wanted, row, strict=True):
            assert got is holds(condition, lead), f"{condition} on {lead[field]!r}"


@settings(max_examples=30)
@given(conditions)
def test_in_and_out_of_a_where_clause_alike(world: Any, condition: dict[str, Any]) -> None:
    # NULL ends as false in both places
    database, rules = world
    compiled = ConditionSql(rules, TODAY, ZONE).holds(check_where(as_yaml(condition), rules))
    query = f"SELECT lead.id FROM lead LEFT JOIN score ON score.lead = lead.id WHERE {compiled.text} ORDER BY lead.id"
    found = [row[0] for row in database.connection.execute(query, compiled.values)]
    assert found == [number for number, lead in enumerate(LEADS, 1) if holds(condition, lead)]


@pytest.mark.parametrize(
    ("field", "condition"),
    [
        ("title", {"present": "yes"}),
        ("title", {"present": "no"}),
        ("title", {"is_not": "x"}),
        ("title", {"does_not_contain": "longer"}),
        ("title", {"contains": "x"}),
        ("name", {"present": "yes"}),
        ("name", {"present": "no"}),
        ("name", {"is_not": "x"}),
        ("name", {"does_not_contain": "longer"}),
    ],
    ids=str,
)
def test_a_text_that_is_empty_when_folded_is_missing(world: Any, field: str, condition: dict[str, Any]) -> None:
    database, _ = world
    odd = ["\u3000", "\x01", "\u2003\u3000", "\x1f"]
    database.connection.execute("BEGIN")
    try:
        fill(database, [{**dict.fromkeys(ALL_FIELDS), field: value} for value in odd])
        got = asked(world, [{field: condition}], only=f"lead.id > {len(LEADS)}")
        assert got == [(condition == {"present": "no"},)] * len(odd)
    finally:
        database.connection.rollback()
