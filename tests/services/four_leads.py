"""Four leads with what they did, scored by rules small enough to work out by hand; shared by the tests of `rules diff`."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import date, timedelta
from typing import Any

TODAY = date(2026, 11, 22)
FIELDS = "fields:\n  seats: {type: number}\n"
PIPELINE = "pipeline:\n  - {stage: new, kind: open}\n  - {stage: won, kind: won}\n"
SCORING = """\
lists:
  rivals: {file: rivals.txt}
segments:
  big: {when: {employees: {at_least: 100}}}
score:
  fit:
    range: [0, 100]
    groups:
      role:
        pick: first
        rules:
          - {id: boss, points: 30, when: {title: {has: CEO}}}
          - {id: head, points: 20, when: {title: {has: head}}}
      company:
        max: 40
        rules:
          - {id: large, points: 30, when: {segment: big}}
          - {id: near, points: 15, when: {country: [DE, AT]}}
          - {id: rival, points: -20, when: {company: {in_list: rivals}}}
  engagement:
    range: [0, 100]
    half_life: 30d
    groups:
      intent:
        rules:
          - {id: pricing, each: page_view, points: 8}
          - {id: demo, each: demo_request, points: 40, max: 40}
grade:
  letter: {of: fit, A: 60, B: 40, C: 20, D: 0}
  number: {of: engagement, 1: 40, 2: 20, 3: 0}
temperature: {hot: [A1, A2], cold: otherwise}
lifecycle:
  mql: {enter: {fit: {at_least: 40}, engagement: {at_least: 20}}}
"""
LEADS = """\
id,name,title,employees,country,company
A1,Anna Berg,CEO,200,AT,Berg
A2,Bert Klein,Head of IT,50,DE,Klein
A3,Cleo Zorn,CEO,500,US,Rival Inc
A4,Dan Ozon,Intern,,US,Ozon
"""
# Anna: fit 30 + min(30 + 15, 40) = 70, engagement 2 x 8 + 40 x 0.25 = 26. Bert: 20 + 15 = 35 and 8 x 0.5 = 4.
# Cleo: 30 + 30 - 20 = 40 and nothing done. Dan: nothing at all.
DONE = [(1, "page_view", 0), (1, "page_view", 0), (1, "demo_request", 60), (2, "page_view", 30)]
STATES = {1: (96, "A2", "mql"), 2: (39, "C3", "lead"), 3: (40, "B3", "lead"), 4: (0, "D3", "lead")}


def act(workspace: Any, done: list[tuple[int, str, int]]) -> None:
    """Writes activities (lead, type, days ago) into the database."""
    with closing(sqlite3.connect(workspace.path / "leads.db")) as connection:
        days = [TODAY - timedelta(days=ago) for _, _, ago in done]
        connection.executemany(
            "INSERT INTO activity (lead, type, occurred_at, day, mark, created_by) VALUES (?, ?, ?, ?, ?, 1)",
            [
                (lead, kind, f"{day}T12:00:00Z", (day - date(1970, 1, 1)).days, number)
                for number, ((lead, kind, _), day) in enumerate(zip(done, days, strict=True), 1)
            ],
        )
        connection.commit()


def fill(workspace: Any) -> Any:
    """Puts the rules, the leads and what they did into a workspace, and scores."""
    for file in (workspace.path / "rules").iterdir():
        file.unlink()
    workspace.write("rules/fields.yaml", FIELDS)
    workspace.write("rules/pipeline.yaml", PIPELINE)
    workspace.write("rules/scoring.yaml", SCORING)
    workspace.write("rules/rivals.txt", "Rival Inc\n")
    workspace.write("leads.csv", LEADS)
    assert workspace.call("import", "leads.csv").code == 0
    act(workspace, DONE)
    assert workspace.call("score").code == 0
    return workspace


def changed(*changes: tuple[str, str]) -> str:
    """The rules with something else in place of something that is there."""
    text = SCORING
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    return text


def moved(sales: Any, *args: str) -> list[tuple[Any, ...]]:
    """What `rules diff` says: (lead, before, after, because) with states as tuples."""
    done = sales.call("rules", "diff", *args, "--json")
    assert done.code == 0, done.err
    assert all(list(each) == ["lead", "name", "before", "after", "because"] for each in done.json)
    assert all(
        list(each[side]) == ["total", "grade", "lifecycle"] for each in done.json for side in ("before", "after")
    )
    return [
        (each["lead"], tuple(each["before"].values()), tuple(each["after"].values()), each["because"])
        for each in done.json
    ]
