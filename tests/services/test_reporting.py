# ruff: noqa: E501 - tables, a line each
"""Reports against an independent calculation in plain Python."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from math import sqrt
from random import Random
from statistics import median
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leadctl.compiler.rulebook import check_where
from leadctl.services.reporting import Question, conversion, follow_up, pipeline

TODAY = date(2026, 11, 22)
ZONE = ZoneInfo("Europe/Vienna")
STAGES = ["new", "contacted", "proposal", "on hold", "won", "lost"]
COLUMNS = ("name", "source", "country", "stage", "stage_on", "value", "captured_at", "decision_maker")
Lead = dict[str, Any]


def made_up(pick: Random, count: int) -> list[Lead]:
    """Leads with gaps, around midnights of Vienna, in every stage."""
    found: list[Lead] = []
    for number in range(count):
        start = datetime(2026, pick.randint(1, 11), pick.randint(1, 22), tzinfo=UTC)
        captured = start + timedelta(
            seconds=pick.choice([0, 79199, 79200, 82799, 82800, 86399, pick.randint(0, 86399)])
        )
        stage = pick.choice(STAGES)
        on = None if pick.random() < 0.2 else (captured.date() + timedelta(days=pick.randint(-3, 90)))
        found.append(
            {
                "name": f"n{number}",
                "source": pick.choice([None, "Google", "google", " GOOGLE", "Fair", "fair", "Straße", "STRASSE"]),
                "country": pick.choice([None, "DE", "AT"]),
                "stage": stage,
                "stage_on": min(on, TODAY).isoformat() if on else None,
                "value": pick.choice([None, 0, 10.1, 99.99, 1234567.89]),
                "captured_at": captured.strftime("%Y-%m-%dT%H:%M:%SZ"),
                "decision_maker": pick.choice([None, 0, 1]),
            }
        )
    return found


def put(workspace: Any, leads: list[Lead]) -> None:
    for path in workspace.path.glob("leads.db*"):
        path.unlink()
    with workspace.database() as database:
        database.fit_columns(workspace.rules.catalogue, ["fit"])
        ask = database.connection
        ask.execute("INSERT INTO operation (kind, command, started_at, finished_at) VALUES ('import', 'x', '', '')")
        ask.executemany(
            f"INSERT INTO lead (created_by, {', '.join(COLUMNS)}) VALUES (1{', ?' * len(COLUMNS)})",
            [[lead[name] for name in COLUMNS] for lead in leads],
        )


def captured_on(lead: Lead) -> date:
    return datetime.fromisoformat(lead["captured_at"]).astimezone(ZONE).date()


def days_to_win(lead: Lead) -> int | None:
    if lead["stage"] != "won" or lead["stage_on"] is None:
        return None
    days = (date.fromisoformat(lead["stage_on"]) - captured_on(lead)).days
    return days if days >= 0 else None


def wilson(won: int, count: int) -> tuple[float, float]:
    """E. B. Wilson 1927: where the share's z-score is 1.96, by the roots of the quadratic."""
    z2 = 1.959963984540054**2
    a, b, c = 1 + z2 / count, -(2 * won / count + z2 / count), (won / count) ** 2
    root = sqrt(max(0.0, b * b - 4 * a * c))
    return (-b - root) / (2 * a), (-b + root) / (2 * a)


def key_of(lead: Lead, by: str) -> str | None:
    if by == "month":
        return captured_on(lead).isoformat()[:7]
    if by == "captured_at":
        return captured_on(lead).isoformat()
    if by == "decision_maker":
        return {None: None, 0: "no", 1: "yes"}[lead["decision_maker"]]
    value = lead[by]
    return " ".join(value.casefold().split()) if isinstance(value, str) and by == "source" else value


BY = ["source", "country", "stage", "month", "decision_maker", "captured_at"]


@settings(max_examples=25)
@given(seed=st.integers(0, 10**6), count=st.integers(0, 60), by=st.sampled_from(BY))
def test_conversion_agrees_with_a_count_by_hand(workspace: Any, seed: int, count: int, by: str) -> None:
    leads = made_up(Random(seed), count)
    put(workspace, leads)
    with workspace.database() as database:
        report = conversion(database, workspace.settings, workspace.rules, Question(), TODAY, by)
    names = [column.name for column in report.columns]
    rows = [dict(zip(names, row, strict=True)) for row in report.rows]
    groups: dict[str | None, list[Lead]] = {}
    for lead in leads:
        groups.setdefault(key_of(lead, by), []).append(lead)
    assert len(rows) == len(groups)
    wins = sorted(days for lead in leads if (days := days_to_win(lead)) is not None)
    usual = wins[-(-len(wins) * 3 // 4) - 1] if wins else 90
    for row in rows:
        label = row["group"]
        mine = groups[" ".join(label.casefold().split()) if by == "source" and label else label]
        won = sum(lead["stage"] == "won" for lead in mine)
        lost = sum(lead["stage"] == "lost" for lead in mine)
        assert (row["leads"], row["won"], row["lost"], row["open"]) == (len(mine), won, lost, len(mine) - won - lost)
        assert row["rate"] == pytest.approx(won / len(mine))
        low, high = wilson(won, len(mine))
        assert (row["low"], row["high"]) == (pytest.approx(low, abs=1e-9), pytest.approx(high, abs=1e-9))
        days = [each for lead in mine if (each := days_to_win(lead)) is not None]
        assert row["median_days_to_win"] == (median(days) if days else None)
        young = sum((TODAY - captured_on(lead)).days < usual for lead in mine)
        assert bool(row["young"]) is (2 * young > len(mine))
        if by == "source" and label:
            spelt = [lead["source"] for lead in mine]
            assert spelt.count(label) == max(map(spelt.count, spelt)), "the spelling that most leads have"
    if by in ("month", "captured_at"):
        labels = [row["group"] for row in rows]
        assert labels == sorted(labels)
    else:
        sizes = [row["leads"] for row in rows]
        assert sizes == sorted(sizes, reverse=True)


@settings(max_examples=20)
@given(seed=st.integers(0, 10**6), count=st.integers(0, 60))
def test_the_pipeline_agrees_with_a_count_by_hand(workspace: Any, seed: int, count: int) -> None:
    leads = made_up(Random(seed), count)
    put(workspace, leads)
    with workspace.database() as database:
        report = pipeline(database, workspace.settings, workspace.rules, Question(), TODAY)
    assert [row[0] for row in report.rows] == STAGES
    probability = {"new": 5, "contacted": 10, "proposal": 50, "on hold": 5, "won": 100, "lost": 0}
    allowed = {"new": 14, "contacted": 7}
    for stage, _kind, number, value, weighted, age, stuck in report.rows:
        mine = [lead for lead in leads if lead["stage"] == stage]
        ages = [
            (TODAY - (date.fromisoformat(lead["stage_on"]) if lead["stage_on"] else captured_on(lead))).days
            for lead in mine
        ]
        total = sum(lead["value"] or 0 for lead in mine)
        assert number == len(mine)
        assert value == pytest.approx(total, abs=0.006)
        assert weighted == pytest.approx(total * probability[stage] / 100, abs=0.006)
        assert age == (median(ages) if ages else None)
        assert stuck == sum(days > allowed.get(stage, 10**6) for days in ages)


def lead_of(name: str, captured: str, stage: str = "new", **more: Any) -> Lead:
    return {**dict.fromkeys(COLUMNS), "name": name, "captured_at": captured, "stage": stage, **more}


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        ("2026-06-30T21:59:59Z", "2026-06-30"),  # summer: midnight is 22:00 UTC
        ("2026-06-30T22:00:00Z", "2026-07-01"),
        ("2026-11-21T22:59:59Z", "2026-11-21"),  # winter: 23:00 UTC
        ("2026-11-21T23:00:00Z", "2026-11-22"),
        ("2026-10-24T22:00:00Z", "2026-10-25"),  # the day with twenty-five hours
        ("2026-10-25T22:59:59Z", "2026-10-25"),
        ("2026-10-25T23:00:00Z", "2026-10-26"),
        ("2026-03-28T23:00:00Z", "2026-03-29"),  # the day with twenty-three
        ("2026-03-29T21:59:59Z", "2026-03-29"),
        ("2026-03-29T22:00:00Z", "2026-03-30"),
    ],
)
def test_days_are_civil_days_of_the_workspace(workspace: Any, moment: str, day: str) -> None:
    put(workspace, [lead_of("Ada", moment, "won", stage_on=day)])
    on = date.fromisoformat(day)
    with workspace.database() as database:
        for question, count in ((Question(first=on, last=on), 1), (Question(last=on - timedelta(days=1)), 0), (Question(first=on + timedelta(days=1)), 0)):  # fmt: skip
            report = conversion(database, workspace.settings, workspace.rules, question, TODAY, "captured_at")
            assert [row[:2] for row in report.rows] == [(day, 1)] * count
            assert [row[8] for row in report.rows] == [0] * count
    found = workspace.call("list", "--where", f"captured_at: {day}", "--json").json
    assert len(found) == 1


def test_questions_narrow_every_report(workspace: Any) -> None:
    put(workspace, made_up(Random(5), 60))
    rules = workspace.rules
    question = Question(check_where("country: DE, stage: [new, won]", rules), date(2026, 3, 1), date(2026, 8, 31))
    expected = [
        lead
        for lead in made_up(Random(5), 60)
        if lead["country"] == "DE" and lead["stage"] in ("new", "won") and "2026-03-01" <= captured_on(lead).isoformat() <= "2026-08-31"
    ]  # fmt: skip
    with workspace.database() as database:
        by_stage = {row[0]: row[2] for row in pipeline(database, workspace.settings, rules, question, TODAY).rows}
        assert sum(by_stage.values()) == len(expected) > 0
        assert by_stage["won"] == sum(lead["stage"] == "won" for lead in expected)
        by = conversion(database, workspace.settings, rules, question, TODAY, "country").rows
        assert [row[:2] for row in by] == [("DE", len(expected))]
        assert len(follow_up(database, workspace.settings, rules, question, TODAY).rows) == by_stage["new"]


def test_the_value_of_all_that_is_open_is_under_the_pipeline(workspace: Any) -> None:
    put(
        workspace,
        [
            lead_of("A", "2026-11-01T10:00:00Z", stage, value=100)
            for stage in ("new", "contacted", "proposal", "won", "on hold")
        ],
    )
    with workspace.database() as database:
        report = pipeline(database, workspace.settings, workspace.rules, Question(), TODAY)
    assert report.notes == ("open: 3 leads, value 300.00 EUR, weighted 65.00",)


def test_follow_up_overdue_first_then_due_then_untouched(workspace: Any) -> None:
    days = ("2026-11-20", "2026-11-10", "2026-11-22", "2026-11-22", "2026-11-21", "2026-11-22")
    put(workspace, [lead_of(f"n{n}", f"{day}T10:00:00Z") for n, day in enumerate(days, 1)])
    for lead, due, note in (
        (1, "2026-11-21", "mail"),
        (2, "2026-11-19", "call"),
        (3, "2026-11-22", None),
        (4, "2026-11-23", "visit"),
    ):
        words = ["follow-up", str(lead), due, *([note] if note else [])]
        assert workspace.call(*words).code == 0
    workspace.call("move", "5", "contacted")
    with workspace.database() as database:
        report = follow_up(database, workspace.settings, workspace.rules, Question(), TODAY)
    assert [(row[0], row[3], row[4], row[5], row[6]) for row in report.rows] == [
        (2, "2026-11-19", "overdue", 3, "call"),
        (1, "2026-11-21", "overdue", 1, "mail"),
        (3, "2026-11-22", "due", 0, "follow up"),
        (6, None, "untouched", 0, "first contact"),
    ]
    workspace.call("done", "2")
    with workspace.database() as database:
        report = follow_up(database, workspace.settings, workspace.rules, Question(), TODAY)
    assert [row[0] for row in report.rows] == [1, 3, 6], "what was done is not untouched"


def test_conversion_by_segment_counts_a_lead_in_each_and_the_rest(workspace: Any) -> None:
    workspace.bring("name,employees,country,stage,stage_on\nA,100,DE,won,2026-11-22\nB,100,US,lost,\nC,1,FR,new,\n")
    text = workspace.read("rules/scoring.yaml").replace(
        "segments:\n", "segments:\n  core: {when: {country: {in_list: core_countries}}}\n"
    )
    workspace.write("rules/scoring.yaml", text)
    with workspace.database() as database:
        report = conversion(database, workspace.settings, workspace.rules, Question(), TODAY, "segment")
    assert {row[0]: row[1:5] for row in report.rows} == {"icp": (2, 1, 1, 0), "core": (1, 1, 0, 0), None: (1, 0, 0, 1)}


@pytest.mark.parametrize("by", ["sorce", "extra", "id"])
def test_groups_that_are_not(workspace: Any, by: str) -> None:
    workspace.bring("name\nAda\n")
    done = workspace.call("report", "conversion", "--by", by)
    assert (done.code, f"leads cannot be grouped by '{by}'" in done.err) == (2, True)


@pytest.mark.parametrize("name", ["pipeline", "follow-up", "conversion"])
def test_an_empty_database_has_empty_reports(workspace: Any, name: str) -> None:
    found = workspace.call("report", name, *(["--by", "source"] if name == "conversion" else []), "--json")
    assert found.code == 0
    assert [row.get("leads", 0) for row in found.json] == [0] * (6 if name == "pipeline" else 0)
