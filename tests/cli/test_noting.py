"""log and note: what is written down by hand. The clock stands at noon UTC (one o'clock in Vienna) on 22 November 2026."""

from __future__ import annotations

import random
import signal
import subprocess
import time
from collections.abc import Callable
from typing import Any

import pytest


@pytest.fixture
def ann(workspace: Any) -> Any:
    workspace.bring("id,name,email\nA1,Ann,ann@x.de\n")
    return workspace


def test_log_says_what_it_did(ann: Any) -> None:
    done = ann.call("log", "ann@x.de", "call", "no", "answer", "--outcome", "busy", "--next", "fri", "--json")
    assert done.code == 0
    assert done.json == {
        "operation": 2,
        "lead": 1,
        "activity": 1,
        "type": "call",
        "occurred_at": "2026-11-22T12:00:00Z",
        "changed": True,
        "due": "2026-11-27",
        "said": "lead 1: call noted; follow-up on 2026-11-27",
    }
    assert ann.query("SELECT lead, type, day, note, outcome, created_by FROM activity") == [
        (1, "call", 20779, "no answer", "busy", 2)
    ]
    assert ann.query("SELECT lead, due_on, created_by FROM follow_up") == [(1, "2026-11-27", 2)]
    assert ann.query("SELECT kind, leads FROM operation WHERE id = 2") == [("log", 1)]
    assert ann.call("undo").code == 0
    assert ann.query("SELECT (SELECT count(*) FROM activity), (SELECT count(*) FROM follow_up)") == [(0, 0)]


def test_the_same_moment_once_another_moment_again(ann: Any) -> None:
    assert ann.call("log", "1", "call", "hello", "--json").json["changed"] is True
    again = ann.call("log", "1", "call", "hello", "--json").json
    assert (again["changed"], again["operation"], again["activity"]) == (False, None, 1)
    assert "noted already" in again["said"]
    assert ann.query("SELECT count(*) FROM operation") == [(2,)]
    assert ann.call("log", "1", "call", "hello", "--next", "fri", "--json").json["changed"] is True
    ann.now = "2026-11-22T12:00:01+00:00"
    assert ann.call("log", "1", "call", "hello", "--json").json["changed"] is True
    assert ann.query("SELECT count(*) FROM activity") == [(2,)]


@pytest.mark.parametrize(
    ("on", "moment"),
    [
        ("yesterday", "2026-11-20T23:00:00Z"),
        ("3 days ago", "2026-11-18T23:00:00Z"),
        ("2026-07-01", "2026-06-30T22:00:00Z"),
        ("today", "2026-11-21T23:00:00Z"),
        ("2026-11-22T09:30", "2026-11-22T08:30:00Z"),
        ("2026-11-22 09:30:15-02:00", "2026-11-22T11:30:15Z"),
    ],
)
def test_when(ann: Any, on: str, moment: str) -> None:
    assert ann.call("log", "1", "Inbound Call", "--on", on, "--json").json["occurred_at"] == moment


def test_what_is_still_to_come(ann: Any) -> None:
    for on in ("tomorrow", "2026-11-22T13:01"):
        refused = ann.call("log", "1", "call", "--on", on)
        assert refused.code == 4
        assert "still to come" in refused.err
    booked = ann.call("log", "1", "meeting_booked", "--on", "2026-12-01T10:00", "--json").json
    assert booked["occurred_at"] == "2026-12-01T09:00:00Z"


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (["1", "cal"], 2, "did you mean 'call'?"),
        (["1", "call", "--on", "soon"], 2, "no date that leadctl knows"),
        (["1", "call", "--on", "9999-01-01T00:00:00-23:00"], 2, "outside the years"),
        (["1", "call", "--next", "soon"], 2, "no date that leadctl knows"),
        (["nobody", "call"], 3, "there is no lead"),
    ],
)
def test_mistakes_write_nothing(ann: Any, words: list[str], code: int, says: str) -> None:
    refused = ann.call("log", *words)
    assert refused.code == code
    assert says in refused.err
    assert ann.query("SELECT count(*) FROM activity") == [(0,)]


def test_note(ann: Any) -> None:
    done = ann.call("note", "1", "likes", "[red]tea[/]", "\x1b[31m", "'); DROP TABLE activity; --")
    assert done.code == 0
    assert "\x1b" not in done.err
    assert ann.query("SELECT type, note FROM activity") == [
        ("note", "likes [red]tea[/] \x1b[31m '); DROP TABLE activity; --")
    ]
    assert "[red]tea[/]" in ann.call("show", "1").out
    assert ann.call("note", "1", " ").code == 2


def test_topic_and_path(ann: Any) -> None:
    ann.write("rules/activities.yaml", "activities:\n  case_study: {by: lead, topic: proof}\n")
    ann.call("log", "1", "case_study")
    ann.call("log", "1", "case_study", "--topic", "own", "--path", "/a", "--on", "yesterday")
    assert ann.query("SELECT topic, path FROM activity ORDER BY id") == [("proof", None), ("own", "/a")]
    assert ann.call("show", "1", "--json").json["last_activity_at"] == "2026-11-22T12:00:00Z"


def test_killed_in_an_import_of_activities(ann: Any, start: Callable[..., subprocess.Popen[bytes]]) -> None:
    rows = 8000
    text = "lead,type,on,path\n" + "".join(f"{n % 3},page_view,2026-11-01,/p{n}\n" for n in range(rows))
    ann.write("acts.csv", text)
    began = time.monotonic()
    ann.ok("import", "acts.csv", "--as", "activities")
    usual = time.monotonic() - began
    ann.ok("undo")
    chance, killed = random.Random(8), 0
    for _ in range(8):
        process = start(
            ann, "import", "acts.csv", "--as", "activities", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        time.sleep(chance.uniform(0.2, 0.9) * usual)
        process.send_signal(signal.SIGKILL)
        killed += process.wait() == -signal.SIGKILL
        assert ann.query("SELECT count(*) FROM activity")[0][0] in (0, rows)
    assert killed
    ann.ok("import", "acts.csv", "--as", "activities")
    assert ann.query("SELECT count(*) FROM activity") == [(rows,)]
    assert ann.query("SELECT count(*) FROM operation WHERE finished_at IS NULL") == [(0,)]
