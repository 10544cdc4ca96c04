"""What leads did, in scores: worked out by hand, day by day, with the odd cases."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from leadctl.compiler.fading import weight, whole_points

SCORING = """\
score:
  fit:
    range: [0, 100]
    groups:
      size: {rules: [{id: big, points: 40, when: {employees: {at_least: 50}}}]}
  engagement:
    range: [0, 100]
    half_life: 30d
    groups:
      intent:
        max: 60
        rules:
          - {id: pricing, each: pricing_view, points: 8, max: 24}
          - {id: demo, each: demo_request, points: 40, max: 40, half_life: 90d}
          - {id: ebook, once: guide_download, points: 10, half_life: none}
      quiet:
        rules:
          - {id: gone, once: unsubscribe, points: -30, half_life: none}
grade:
  letter: {of: fit, A: 40, B: 0}
  number: {of: engagement, 1: 30, 2: 10, 3: 0}
"""
FIELDS = "activities:\n  pricing_view: {by: lead, when: {type: page_view, path: {starts_with: /pricing}}}\n"


@pytest.fixture
def engaged(workspace: Any) -> Any:
    workspace.write("rules/scoring.yaml", SCORING)
    workspace.write("rules/fields.yaml", FIELDS)
    workspace.bring("name,employees\nAda,60\nBo,10\n")
    return workspace


def did(workspace: Any, lead: int, type: str, moment: str, count: int = 1, zone: str = "Europe/Vienna") -> None:
    """Puts activities into the database: as of `moment`, in the workspace's time zone if it names none."""
    when = datetime.fromisoformat(moment)
    when = when if when.tzinfo is not None else when.replace(tzinfo=ZoneInfo("Europe/Vienna"))
    day = (when.astimezone(ZoneInfo(zone)).date() - date(1970, 1, 1)).days
    (last,) = workspace.query("SELECT ifnull(max(id), 0) FROM activity")[0]
    text = when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    workspace.query(
        "WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < ?) "
        "INSERT INTO activity (lead, type, occurred_at, day, mark, created_by) SELECT ?, ?, ?, ?, ? + n, 1 FROM n",
        count, lead, type, text, day, last,
    )  # fmt: skip


def scored(workspace: Any, now: str, *words: str) -> dict[int, int]:
    """Lead -> engagement after a scoring as of `now`."""
    result = workspace.call("--now", now, "score", *words, "--json")
    assert result.code == 0, result.err
    found = workspace.query("SELECT lead, engagement FROM score ORDER BY lead")
    explained = {}
    for lead, _ in found:
        answer = workspace.call("--now", now, "explain", str(lead), "--json").json
        for dimension in answer["dimensions"].values():
            assert dimension["score"] == sum(part["points"] for part in dimension["parts"])
        assert answer["total"] == sum(each["score"] for each in answer["dimensions"].values())
        explained[lead] = answer["dimensions"].get("engagement", {}).get("score")
    assert explained == dict(found)
    return dict(found)


def test_weights_are_those_of_the_formula() -> None:
    # 1000 × 0.5^(age/30): 1 day 977.16, 15 days 707.1, 30 days 500, 45 days 353.55, 180 days 15.625
    assert [weight(age, 30) for age in (0, 1, 15, 30, 45, 120, 180, 181, -1)] == [
        1000,
        977,
        707,
        500,
        354,
        63,
        16,
        0,
        0,
    ]
    assert [weight(age, None) for age in (-1, 0, 9999)] == [0, 1000, 1000]
    assert [whole_points(each) for each in (0, 499, 500, 1499, 1500, -499, -500, -1500)] == [0, 0, 1, 1, 2, 0, -1, -2]


def test_points_fade_as_worked_out_by_hand(engaged: Any) -> None:
    did(engaged, 1, "pricing_view", "2026-09-01T09:00", 2)
    did(engaged, 1, "pricing_view", "2026-08-02T09:00")
    did(engaged, 1, "demo_request", "2026-06-03T09:00")
    did(engaged, 2, "guide_download", "2025-01-01T09:00", 7)
    # 2 × 8 + 8 × 0.5 = 20; 40 × 0.5 = 20. A guide counts once, for ever.
    assert scored(engaged, "2026-09-01") == {1: 40, 2: 10}
    # A day later 2 × 8 × 0.977 + 8 × 0.489 = 19.5, which is 20 (15.632 + 3.912 = 19.544); 40 × 0.496 = 19.84, which is 20.
    assert scored(engaged, "2026-09-02") == {1: 40, 2: 10}
    # 30 days on: 16 × 0.5 + 8 × 0.25 = 10; 40 × 0.5^(120/90) = 15.88, which is 16.
    assert scored(engaged, "2026-10-01") == {1: 26, 2: 10}
    # After six half-lives of 30 days the views are gone, the request has 40 × 0.5^(271/90) = 4.96 left.
    assert scored(engaged, "2027-03-01") == {1: 5, 2: 10}


def test_the_limits_of_rule_group_and_range(engaged: Any) -> None:
    did(engaged, 1, "pricing_view", "2026-09-01T09:00", 5)  # 40, the rule adds 24 at most
    did(engaged, 1, "demo_request", "2026-09-01T09:00", 2)  # 80, the rule adds 40 at most
    did(engaged, 2, "unsubscribe", "2026-09-01T09:00")
    assert scored(engaged, "2026-09-01") == {1: 60, 2: 0}
    parts = engaged.call("--now", "2026-09-01", "explain", "1", "--json").json["dimensions"]["engagement"]["parts"]
    assert [(each["rule"], each["points"]) for each in parts] == [
        ("pricing", 40), ("pricing cap", -16), ("demo", 80), ("demo cap", -40), ("intent cap", -4),
    ]  # fmt: skip
    parts = engaged.call("--now", "2026-09-01", "explain", "2", "--json").json["dimensions"]["engagement"]["parts"]
    assert [(each["rule"], each["points"]) for each in parts] == [("gone", -30), ("range", 30)]


def test_what_is_to_come_does_not_count_until_its_day(engaged: Any) -> None:
    did(engaged, 1, "demo_request", "2026-09-03T09:00")
    assert scored(engaged, "2026-09-01")[1] == 0
    assert scored(engaged, "2026-09-02")[1] == 0
    assert scored(engaged, "2026-09-03")[1] == 40


def test_a_rule_taken_out(engaged: Any) -> None:
    did(engaged, 1, "demo_request", "2026-09-01T09:00")
    did(engaged, 1, "guide_download", "2026-09-01T09:00")
    assert scored(engaged, "2026-09-01")[1] == 50
    kept = [line for line in SCORING.splitlines() if "id: ebook" not in line]
    engaged.write("rules/scoring.yaml", "\n".join(kept))
    assert scored(engaged, "2026-09-01")[1] == 40


def test_half_a_half_life(engaged: Any) -> None:
    did(engaged, 1, "demo_request", "2026-08-02T09:00")
    # 30 days of 90: 40 × 0.7937 = 31.75; of 45: 40 × 0.63 = 25.2
    assert scored(engaged, "2026-09-01")[1] == 32
    engaged.write("rules/scoring.yaml", SCORING.replace("90d", "45d"))
    assert scored(engaged, "2026-09-01")[1] == 25


def test_a_dimension_with_a_new_name(engaged: Any) -> None:
    did(engaged, 1, "demo_request", "2026-09-01T09:00")
    assert scored(engaged, "2026-09-01") == {1: 40, 2: 0}
    renamed = SCORING.replace("  engagement:\n", "  interest:\n").replace("of: engagement", "of: interest")
    engaged.write("rules/scoring.yaml", renamed)
    assert engaged.call("--now", "2026-09-01", "score").code == 0
    assert engaged.query("SELECT lead, interest, engagement, total, grade FROM score ORDER BY lead") == [
        (1, 40, None, 80, "A1"), (2, 0, None, 0, "B3"),
    ]  # fmt: skip
    explained = engaged.call("--now", "2026-09-01", "explain", "1", "--json").json
    assert explained["dimensions"]["interest"]["score"] == 40
    assert set(explained["dimensions"]) == {"fit", "interest"}
    listed = engaged.call("list", "--where", "interest: {at_least: 40}", "--json").json
    assert [(each["id"], each["interest"], each["engagement"]) for each in listed] == [(1, 40, None)]


def test_another_time_zone(engaged: Any) -> None:
    # 23:30 in Vienna on the 2nd is 14:30 in Los Angeles on the same day, and 06:30 in Tokyo on the 3rd.
    did(engaged, 1, "demo_request", "2026-08-02T23:30")
    assert scored(engaged, "2026-08-02T23:45+02:00")[1] == 40
    engaged.write("leadctl.yaml", "timezone: Asia/Tokyo\n")
    assert scored(engaged, "2026-08-02T23:45+02:00")[1] == 40  # there it is the 3rd, and the request is of the 3rd
    assert engaged.query("SELECT day FROM activity") == [((date(2026, 8, 3) - date(1970, 1, 1)).days,)]
    engaged.write("leadctl.yaml", "timezone: America/Los_Angeles\n")
    # On the 1st of November it is 91 days old: 40 × 0.5^(91/90) = 19.85. In Tokyo it would be 90 or 91, by the hour.
    assert scored(engaged, "2026-11-01T12:00-08:00")[1] == 20
    assert engaged.query("SELECT day FROM activity") == [((date(2026, 8, 2) - date(1970, 1, 1)).days,)]


def test_a_leap_day(engaged: Any) -> None:
    did(engaged, 1, "demo_request", "2028-02-29T12:00")
    assert scored(engaged, "2028-02-29")[1] == 40
    # From 29 February to 29 May are 90 days, in a leap year too.
    assert scored(engaged, "2028-05-29")[1] == 20
    did(engaged, 2, "demo_request", "2028-02-28T12:00")
    assert scored(engaged, "2028-05-29")[2] == 20  # 91 days: 19.85


def test_a_hundred_thousand_activities_of_one_lead(engaged: Any) -> None:
    did(engaged, 1, "pricing_view", "2026-03-10T12:00", 50_000)
    did(engaged, 1, "reply", "2026-09-01T12:00", 50_000)
    # 175 days old: 50,000 × 8 × 0.018 is far beyond 24.
    assert scored(engaged, "2026-09-01") == {1: 24, 2: 0}
    (part, cap) = engaged.call("--now", "2026-09-01", "explain", "1", "--json").json["dimensions"]["engagement"][
        "parts"
    ]
    assert (part["points"], cap["points"]) == (50_000 * 8 * 18 // 1000, 24 - 50_000 * 8 * 18 // 1000)
    assert part["because"] == "pricing_view 50000 times: 50000 × 175 days ago (1.8 %)"


def test_an_empty_base(workspace: Any) -> None:
    workspace.write("rules/scoring.yaml", SCORING)
    workspace.write("rules/fields.yaml", FIELDS)
    for command in (["score"], ["score", "--full"], ["nightly"], ["list"], ["doctor"]):
        result = workspace.call(*command, "--json")
        assert result.code == 0, result.err
    assert workspace.call("score", "--json").json["scored"] == 0
    assert workspace.call("explain", "1").code == 3


def test_only_what_changed_or_fell_due_is_scored_again(engaged: Any) -> None:
    did(engaged, 1, "demo_request", "2026-08-30T09:00")

    def scored_leads(now: str) -> int:
        return int(engaged.call("--now", now, "score", "--json").json["scored"])

    assert scored_leads("2026-09-01") == 2
    assert scored_leads("2026-09-01") == 0
    engaged.query("UPDATE lead SET employees = 20 WHERE id = 2")
    assert scored_leads("2026-09-01") == 1
    did(engaged, 2, "guide_download", "2026-08-30T09:00")
    assert scored_leads("2026-09-01") == 1
    assert engaged.query("SELECT engagement FROM score WHERE lead = 2") == [(10,)]
    engaged.query("UPDATE activity SET lead = 1 WHERE type = 'guide_download'")
    assert scored_leads("2026-09-01") == 2  # who lost it, and who got it
    assert engaged.query("SELECT engagement FROM score ORDER BY lead") == [(49,), (0,)]
    assert scored_leads("2026-09-01") == 0
    assert engaged.call("--now", "2026-09-01", "score", "--full", "--json").json["scored"] == 2
    engaged.query("DELETE FROM activity WHERE type = 'guide_download'")
    assert scored_leads("2026-09-01") == 1
    assert engaged.query("SELECT engagement FROM score ORDER BY lead") == [(39,), (0,)]


def test_a_score_that_is_not_due_is_left_alone_until_it_is(engaged: Any) -> None:
    did(engaged, 1, "demo_request", "2026-09-01T09:00")
    looked_at, before = [], 40
    day = date(2026, 9, 1)
    while day < date(2027, 4, 1):
        result = engaged.call("--now", day.isoformat(), "score", "--json").json
        if day > date(2026, 9, 1):
            looked_at.append(result["scored"])
        age = (day - date(2026, 9, 1)).days
        expected = whole_points(40 * weight(age, 90))
        assert engaged.query("SELECT engagement FROM score WHERE lead = 1") == [(expected,)], day
        assert result["changed"] == (1 if expected != before or age == 0 else 0) + (1 if age == 0 else 0)
        before = expected
        day += timedelta(days=1)
    assert sum(looked_at) < 0.6 * len(looked_at)


def test_undoing_activities_scores_their_leads_again(engaged: Any) -> None:
    engaged.write("a.csv", "lead,type,on\n1,demo_request,2026-08-30\n")
    engaged.call("--now", "2026-09-01", "score")
    assert engaged.call("--now", "2026-09-01", "import", "a.csv", "--as", "activities").code == 0
    assert engaged.call("--now", "2026-09-01", "score", "--json").json["changed"] == 1
    assert engaged.call("undo").code == 0  # the score
    assert engaged.call("undo").code == 0  # the import
    engaged.call("--now", "2026-09-01", "score")
    assert engaged.query("SELECT engagement FROM score WHERE lead = 1") == [(0,)]
    assert engaged.call("--now", "2026-09-01", "import", "a.csv", "--as", "activities").code == 0
    assert engaged.call("--now", "2026-09-01", "score", "--json").json["scored"] == 1
    assert engaged.query("SELECT engagement FROM score WHERE lead = 1") == [(39,)]
    assert engaged.call("undo", "1").code == 4


def test_doctor_works_a_sample_of_the_scores_out_anew(engaged: Any) -> None:
    did(engaged, 1, "demo_request", "2026-08-30T09:00")
    engaged.call("--now", "2026-09-01", "score")

    def look() -> tuple[str, str]:
        result = engaged.call("--now", "2026-09-05", "doctor", "--json")
        (found,) = [(each["state"], each["detail"]) for each in result.json if each["check"] == "scores"]
        assert result.code == (1 if found[0] == "error" else 0)
        return found

    assert look() == ("ok", "2 worked out anew are the same; 0 leads have changed since")
    engaged.query("UPDATE lead SET employees = 1 WHERE id = 1")
    assert look() == ("ok", "1 worked out anew are the same; 1 leads have changed since")
    engaged.query("UPDATE score SET engagement = 7 WHERE lead = 2")  # noted as a change, to be mended by the next run
    assert look() == ("ok", "0 worked out anew are the same; 2 leads have changed since")
    engaged.query("DELETE FROM change WHERE noun = 'score'")
    state, detail = look()
    assert state == "error"
    assert "leads 2" in detail


def test_a_past_day_keeps_what_another_program_had_changed_before_its_scoring(engaged: Any) -> None:
    engaged.call("--now", "2026-09-01", "score")
    engaged.query("UPDATE lead SET employees = 70 WHERE name = 'Bo'")
    engaged.call("--now", "2026-09-02", "score")
    engaged.query("UPDATE lead SET employees = 5 WHERE name = 'Bo'")
    engaged.call("--now", "2026-09-03", "score")
    totals = [
        engaged.call("--now", "2026-09-04", "explain", "Bo", "--as-of", f"2026-09-0{day}", "--json").json["total"]
        for day in (1, 2, 3)
    ]
    assert totals == [0, 40, 0]


def test_a_past_day_whose_scoring_wrote_no_change(engaged: Any) -> None:
    engaged.query("UPDATE lead SET employees = 70 WHERE name = 'Bo'")
    engaged.call("--now", "2026-09-01", "score")  # the first: new scores are no changes
    engaged.query("UPDATE lead SET employees = 5 WHERE name = 'Bo'")
    assert engaged.call("--now", "2026-09-02", "explain", "Bo", "--as-of", "2026-09-01", "--json").json["total"] == 40


def test_a_past_day_is_the_same_after_its_activities_were_taken_back(engaged: Any) -> None:
    engaged.call("import", "-", "--as", "activities", stdin="lead,type,on\n1,demo_request,2026-09-01\n")
    (imported,) = engaged.query("SELECT max(id) FROM operation")[0]
    engaged.call("--now", "2026-09-01", "score")
    engaged.query("UPDATE activity SET topic = 'by another program'")
    for _ in range(2):
        told = engaged.call("--now", "2026-09-02", "explain", "Ada", "--as-of", "2026-09-01").out
        assert "total 80" in told and "taken back" not in told
        undone = engaged.call("--now", "2026-09-02", "undo", str(imported))
    assert undone.code == 4  # undone already
    engaged.call("--now", "2026-09-02", "score")
    assert engaged.query("SELECT engagement FROM score WHERE lead = 1") == [(0,)]
    assert "total 40" in engaged.call("--now", "2026-09-02", "explain", "Ada").out


def test_a_time_that_another_program_changes_counts_from_its_new_day(engaged: Any) -> None:
    did(engaged, 1, "demo_request", "2026-09-01T09:00")
    assert scored(engaged, "2026-09-01")[1] == 40
    engaged.query("UPDATE activity SET occurred_at = '2026-06-03T09:00:00Z'")  # 90 days before
    assert scored(engaged, "2026-09-01")[1] == 20
    assert scored(engaged, "2026-09-01", "--full")[1] == 20
