"""Files thrown at `import` as they come: which kind each is, is found out by its header, and said."""

from __future__ import annotations

from typing import Any

import pytest

SPEND = "Campaign,Day,Currency code,Cost,Clicks\nSpring,2026-11-01,EUR,12.50,10\n"
EVENTS = "Date,Session source / medium,User ID,Event name\n20261101,google / organic,ann@a-werke.example,page_view\n"
LOG = '203.0.113.9 - - [20/Nov/2026:08:59:12 +0100] "GET /pricing HTTP/1.1" 200 5316 "-" "Mozilla/5.0 (X11; Linux) Firefox/131.0"\n'
LEADS = "Name,Email\nAnn Ek,ann@a-werke.example\n"


@pytest.mark.parametrize(
    ("text", "kind", "table"),
    [
        (SPEND, "spend", "spend"),
        (EVENTS, "activities", "activity"),
        (LOG, "activities", "visits"),
        (LEADS, "leads", "lead"),
    ],
)
@pytest.mark.parametrize("piped", [False, True])
def test_a_file_alone(workspace: Any, text: str, kind: str, table: str, piped: bool) -> None:
    workspace.write("it.csv", text)
    done = (
        workspace.call("import", "-", "--json", stdin=text) if piped else workspace.call("import", "it.csv", "--json")
    )
    assert (done.code, done.json["kind"], done.json["created"]) == (0, kind, 1)
    assert workspace.query(f"SELECT count(*) FROM {table}") == [(1,)]
    assert workspace.query("SELECT count(*) FROM lead") == [(int(kind == "leads"),)]


def test_all_at_once(workspace: Any) -> None:
    for name, text in (("a.csv", LEADS), ("b.csv", SPEND), ("c.csv", EVENTS), ("d.log", LOG)):
        workspace.write(name, text)
    done = workspace.call("import", "a.csv", "b.csv", "c.csv", "d.log", "--json")
    assert [(each["kind"], each["created"]) for each in done.json] == [
        ("leads", 1),
        ("spend", 1),
        ("activities", 1),
        ("activities", 1),
    ]
    again = workspace.call("import", "a.csv", "b.csv", "c.csv", "d.log", "--json")
    assert [(each["created"], each["unchanged"]) for each in again.json] == [(0, 1)] * 4


def test_it_is_said_and_can_be_overruled(workspace: Any) -> None:
    workspace.write("b.csv", SPEND)
    assert "b.csv: taken as spend, by its header; --as leads takes it as leads" in workspace.call("import", "b.csv").err
    assert workspace.call("import", "b.csv", "--as", "leads", "--json").json["kind"] == "leads"
    workspace.write("d.log", LOG)
    refused = workspace.call("import", "d.log", "--as", "leads")
    assert refused.code == 2 and "the access log of a web server" in refused.err and "--as activities" in refused.err


def test_refused_rows_come_back_as_what_they_are(workspace: Any) -> None:
    workspace.write("b.csv", SPEND + "Spring,some day,EUR,1,1\n")
    done = workspace.call("import", "b.csv")
    assert done.code == 1 and "leadctl import rejects/b-1.csv --as spend" in done.err


def test_flags_that_only_one_kind_has(workspace: Any) -> None:
    workspace.write("a.csv", LEADS)
    workspace.write("visits.csv", "email,occurred_at\nann@a-werke.example,2026-11-01\n")
    assert workspace.call("import", "visits.csv", "--type", "page_view", "--json").json["kind"] == "activities"
    assert workspace.call("import", "visits.csv", "--type", "page_view", "--as", "leads").code == 2
    workspace.write("b.csv", SPEND)
    assert workspace.call("import", "b.csv", "--on-match", "skip", "--json").json["kind"] == "leads"
    assert workspace.call("import", "b.csv", "--on-match", "skip", "--as", "spend").code == 2


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("month,source,campaign,amount\n2026-11,LinkedIn,spring,100\n", "spend"),
        ("Quelle;Monat;Kosten\nLinkedIn;2026-10;50,00\n", "spend"),
        ('{"month": "Nov 2026", "source": "LinkedIn", "amount": "1.200,50 \u20ac"}\n', "spend"),
        ("email,type,occurred_at\nann@a-werke.example,reply,2026-11-01\n", "activities"),
        ("Email Address,Action,Timestamp\nann@a-werke.example,open,2026-11-01 10:00\n", "activities"),
        # What could be leads is leads.
        ("Title,Amount,Source,Date\nCEO,100,x,2026-11-01\n", "leads"),
        ("name,source,month,amount\nAnn Ek,fair,2026-11,100\n", "leads"),
        ("Timestamp,Email Address,Your wish\n2026-11-01 10:00:00,ann@a-werke.example,help\n", "leads"),
    ],
)
def test_without_a_mapping_the_columns_tell(workspace: Any, text: str, kind: str) -> None:
    workspace.write("it.txt", text)
    done = workspace.call("import", "it.txt", "--json")
    assert (done.json["kind"], done.json["created"]) == (kind, 1)


def test_each_operation_names_its_own_file(workspace: Any) -> None:
    workspace.write("a.csv", LEADS)
    workspace.write("b.csv", SPEND)
    workspace.call("import", "a.csv", "b.csv", "--source", "a.csv")
    found = [each["command"] for each in workspace.call("operations", "--json").json]
    assert found == ["leadctl import b.csv --source a.csv", "leadctl import a.csv --source a.csv"]


def test_undo_says_what_it_passed_over(workspace: Any) -> None:
    workspace.write("a.csv", LEADS)
    workspace.call("import", "a.csv")
    workspace.call("import", "a.csv")
    assert workspace.call("undo").err.splitlines() == [
        "undone: 1: leadctl import a.csv (1 lead)",
        "operation 2, newer, has changed nothing or cannot be taken back",
    ]
