"""Sales opportunities of Maven's fictitious company as leads with stage, value and days; figures from plain csv."""

from __future__ import annotations

import csv
import statistics
from collections import Counter
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

NOW = "2018-01-15"
RULES = {
    "rules/fields.yaml": "fields:\n  product: {type: text}\n",
    "rules/pipeline.yaml": """\
pipeline:
  - {stage: prospecting, kind: open, probability: 10}
  - {stage: engaging, kind: open, probability: 30, stuck_after: 90d}
  - {stage: won, kind: won}
  - {stage: lost, kind: lost}
""",
    "rules/mappings/maven.yaml": """\
mapping:
  headers: [opportunity_id, deal_stage, engage_date, close_date]
  constants: {campaign: all}
  fields:
    external_id: opportunity_id
    owner: sales_agent
    company: account
    product: product
    stage: {from: deal_stage, values: {Won: won, Lost: lost, Engaging: engaging, Prospecting: prospecting}}
    captured_at: {from: engage_date, as: YYYY-MM-DD}
    stage_on: {from: close_date, as: YYYY-MM-DD}
    value: close_value
""",
}


def days(row: dict[str, str]) -> int:
    return (date.fromisoformat(row["close_date"]) - date.fromisoformat(row["engage_date"])).days


def test_pipeline_and_conversion_of_real_opportunities(make_workspace: Callable[..., Any], real: Path) -> None:
    file = real / "maven_crm/sales_pipeline.csv"
    with file.open(encoding="utf-8", newline="") as text:
        rows = list(csv.DictReader(text))
    won = [row for row in rows if row["deal_stage"] == "Won"]
    workspace = make_workspace(rules=RULES)
    workspace.now = NOW
    imported = workspace.ok("import", file, "--json").json
    assert (imported["read"], imported["created"]) == (8800, 8800)
    assert workspace.ok("import", file, "--json").json["unchanged"] == 8800

    by_product = workspace.ok("report", "conversion", "--by", "product", "--json").json
    assert (sum(row["leads"] for row in by_product), sum(row["won"] for row in by_product)) == (8800, 4238)
    assert (sum(row["lost"] for row in by_product), sum(row["open"] for row in by_product)) == (2473, 2089)
    for row in by_product:
        of_product = [each for each in rows if each["product"] == row["group"]]
        assert row["leads"] == len(of_product)
        assert row["median_days_to_win"] == statistics.median(
            days(each) for each in of_product if each["deal_stage"] == "Won"
        )
    (overall,) = workspace.ok("report", "conversion", "--by", "campaign", "--json").json
    assert (overall["leads"], overall["won"]) == (8800, 4238)
    assert overall["median_days_to_win"] == statistics.median(map(days, won))
    months = workspace.ok("report", "conversion", "--by", "month", "--json").json
    counted = Counter(row["engage_date"][:7] or NOW[:7] for row in rows)
    assert {row["group"]: row["leads"] for row in months} == counted
    assert [row["group"] for row in months] == sorted(counted)

    pipeline = {row["stage"]: row for row in workspace.ok("report", "pipeline", "--json").json}
    assert {name: row["leads"] for name, row in pipeline.items()} == {
        "prospecting": 500,
        "engaging": 1589,
        "won": 4238,
        "lost": 2473,
    }
    assert pipeline["won"]["value"] == 10_005_534 == sum(int(row["close_value"]) for row in won)
    today = date.fromisoformat(NOW)
    ages = [(today - date.fromisoformat(row["engage_date"])).days for row in rows if row["deal_stage"] == "Engaging"]
    assert pipeline["engaging"]["median_age_days"] == statistics.median(ages)
    assert pipeline["engaging"]["stuck"] == sum(age > 90 for age in ages)

    vienna = ZoneInfo("Europe/Vienna")
    leads = workspace.ok("list", "--where", "stage: won", "--json", "--fields", "external_id,captured_at,stage_on").json
    took = [
        (
            date.fromisoformat(lead["stage_on"]) - datetime.fromisoformat(lead["captured_at"]).astimezone(vienna).date()
        ).days
        for lead in leads
    ]
    assert len(took) == 4238
    assert statistics.mean(took) == pytest.approx(51.78, abs=0.005)
