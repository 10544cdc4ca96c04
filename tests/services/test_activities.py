"""What leads and we did: imported once each, given to the right lead, taken back whole. Known answers by hand."""

from __future__ import annotations

import json
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leadctl.store import timeline

LEADS = "id,name,email,phone\nA1,Ann,ann@x.de,+43 1 5880111\nB2,Bob,bob@y.at,\n17,Cyd,cyd@z.at,\n"
COUNTS = ("read", "created", "updated", "unchanged", "duplicate", "rejected", "blank", "flagged")


@pytest.fixture
def known(workspace: Any) -> Any:
    """Ann is lead 1, Bob 2, Cyd 3 (external id 17)."""
    workspace.bring(LEADS)
    return workspace


def bring(workspace: Any, content: str | bytes, *flags: str, name: str = "acts.csv", code: int | None = 0) -> Any:
    workspace.write(name, content)
    done = workspace.call("import", name, "--as", "activities", "--json", *flags)
    assert code is None or done.code == code, done.out + done.err
    ledger = done.json
    assert ledger["read"] == sum(ledger[each] for each in COUNTS[1:-1])
    return ledger


def counts(ledger: Any) -> tuple[int, ...]:
    return tuple(ledger[each] for each in COUNTS)


def stored(workspace: Any, *columns: str) -> list[tuple[Any, ...]]:
    listed = ", ".join(columns or ("lead", "who", "type", "occurred_at", "day"))
    return sorted(workspace.query(f"SELECT {listed} FROM activity"), key=repr)


def test_who_did_it_by_whatever_stands_there(known: Any) -> None:
    found = bring(
        known,
        "Lead,Event,When\n1,Page View,2026-11-01T10:00:00Z\nB2,page-view,2026-11-01T10:00:00Z\n"
        "BOB@Y.at,demo_request,2026-11-02T10:00:00Z\n+43 1 588 0111,call,2026-11-02T10:00:00Z\n"
        "17,webinar,2026-11-03T10:00:00Z\n",
    )
    assert counts(found) == (5, 5, 0, 0, 0, 0, 0, 0)
    assert found["kind"] == "activities"
    assert found["columns"] == {"Lead": "lead", "Event": "type", "When": "occurred_at"}
    assert stored(known, "lead", "type") == [
        (1, "call"), (1, "page_view"), (2, "demo_request"), (2, "page_view"), (3, "webinar"),
    ]  # fmt: skip
    assert known.query("SELECT leads, kind FROM operation ORDER BY id DESC LIMIT 1") == [(3, "import")]


def test_a_number_that_could_be_two_leads_is_the_id_and_said_to_be_so(workspace: Any) -> None:
    workspace.bring("id,name\n2,Ann\n1,Bob\n")
    workspace.write("acts.csv", "lead,type,on\n2,call,2026-11-01\n")
    done = workspace.call("import", "acts.csv", "--as", "activities")
    assert "are the id of one lead and the external id of another" in done.err
    assert stored(workspace, "lead") == [(2,)]
    bring(workspace, "lead,type,on\n2,call,2026-11-05\n", "--map-column", "lead=external_id")
    assert stored(workspace, "lead") == [(1,), (2,)]


def test_the_first_column_that_finds_somebody_counts(known: Any) -> None:
    bring(
        known,
        "prospect id,email,phone,type,date\nA1,bob@y.at,,call,2026-11-01\nnobody,bob@y.at,,call,2026-11-02\n"
        ",,+4315880111,call,2026-11-03\n,x****@y.at,+4315880111,call,2026-11-04\n",
    )
    assert stored(known, "day", "lead") == [(20758, 1), (20759, 2), (20760, 1), (20761, 1)]


def test_of_several_leads_with_one_address_the_oldest(workspace: Any) -> None:
    workspace.bring("id,name,email\n1,Ann,office@x.de\n2,Bob,office@x.de\n")
    bring(workspace, "email,type,on\noffice@x.de,reply,2026-11-01\n")
    assert stored(workspace, "lead") == [(1,)]


@pytest.mark.parametrize(
    ("text", "moment", "day"),
    [
        ("2026-11-01", "2026-10-31T23:00:00Z", 20758),  # the beginning of the day in Vienna, and that very day
        ("2026-07-01", "2026-06-30T22:00:00Z", 20635),
        ("2026-11-01T23:30:00Z", "2026-11-01T23:30:00Z", 20759),  # half past midnight in Vienna
        ("2026-11-01T23:30:00-05:00", "2026-11-02T04:30:00Z", 20759),
        ("2026-11-01 23:30", "2026-11-01T22:30:00Z", 20758),
        ("1 November 2026 11:30 PM", "2026-11-01T22:30:00Z", 20758),
    ],
)
def test_the_day_is_the_workspaces(known: Any, text: str, moment: str, day: int) -> None:
    bring(known, f"lead,type,on\n1,reply,{text}\n")
    assert stored(known, "occurred_at", "day") == [(moment, day)]


def test_a_day_and_a_clock_in_two_columns(known: Any) -> None:
    found = bring(
        known, "lead,type,Date,Time\n1,reply,2026-11-01,10:30\n1,reply,2026-11-01,10:31\n1,reply,2026-11-02,\n"
    )
    assert counts(found) == (3, 3, 0, 0, 0, 0, 0, 0)
    assert [row[0] for row in stored(known, "occurred_at")] == [
        "2026-11-01T09:30:00Z", "2026-11-01T09:31:00Z", "2026-11-01T23:00:00Z",
    ]  # fmt: skip


def test_everything_that_a_row_says_is_kept(known: Any) -> None:
    bring(
        known,
        "lead;type;on;subject;url;content title;utm campaign;medium;result;comment;Browser;Ünïcode\n"
        "1;page view;01.11.2026;Preis;/pricing;Whitepaper;spring;web;bounced;ein Wort;Firefox;ß\n",
    )
    names = ("topic", "path", "content", "campaign", "channel", "outcome", "note", "extra")
    assert stored(known, *names) == [
        (
            "Preis",
            "/pricing",
            "Whitepaper",
            "spring",
            "web",
            "bounced",
            "ein Wort",
            '{"Browser":"Firefox","Ünïcode":"ß"}',
        )
    ]


def test_jsonl_and_json_and_tsv(known: Any) -> None:
    lines = [
        {"email": "ann@x.de", "event": "reply", "timestamp": f"2026-11-0{n}T08:00:00Z", "tags": ["a"]} for n in (1, 2)
    ]
    assert counts(bring(known, "\n".join(map(json.dumps, lines)), name="acts.jsonl"))[:2] == (2, 2)
    assert counts(bring(known, json.dumps(lines), name="acts.json")) == (2, 0, 0, 2, 0, 0, 0, 0)
    tabs = "email\tevent\ttimestamp\nann@x.de\treply\t2026-11-03T08:00:00Z\n"
    assert counts(bring(known, tabs, name="acts.tsv"))[:2] == (1, 1)


def test_the_same_file_twice_and_a_row_twice(known: Any) -> None:
    text = "lead,type,on,path\n1,page_view,2026-11-01,/a\n1,page_view,2026-11-01,/a\n1,page_view,2026-11-01,/b\n"
    assert counts(bring(known, text)) == (3, 2, 0, 0, 1, 0, 0, 0)
    assert counts(bring(known, text)) == (3, 0, 0, 3, 0, 0, 0, 0)
    assert counts(bring(known, text + "1,page_view,2026-11-01,/c\n1,page_view,2026-11-01,/c\n")) == (
        5,
        1,
        0,
        3,
        1,
        0,
        0,
        0,
    )
    assert len(stored(known)) == 3


def test_times(known: Any) -> None:
    text = "lead,type,on,times\n1,page_view,2026-11-01,3\n2,page_view,2026-11-01,0\n2,page_view,2026-11-02,\n"
    found = bring(known, text)
    assert counts(found) == (3, 2, 0, 0, 0, 0, 1, 0)
    assert stored(known, "lead") == [(1,), (1,), (1,), (2,)]
    assert counts(bring(known, text)) == (3, 0, 0, 2, 0, 0, 1, 0)
    assert counts(bring(known, text.replace(",3", ",5"))) == (3, 1, 0, 1, 0, 0, 1, 0)  # the difference only
    assert stored(known, "lead") == [(1,)] * 5 + [(2,)]
    twice = "lead,type,on,count\n1,reply,2026-11-01,2\n1,reply,2026-11-01,2\n"
    assert counts(bring(known, twice)) == (2, 1, 0, 0, 1, 0, 0, 0)
    assert known.query("SELECT count(*) FROM activity WHERE type = 'reply'") == [(2,)]
    refused = bring(
        known, "lead,type,on,times\n1,reply,2026-11-01,-1\n1,reply,2026-11-01,1e9\n1,reply,2026-11-01,two\n", code=1
    )
    assert refused["rejected"] == 3


def test_own_ids(known: Any) -> None:
    head = "id,system,lead,type,when,note\n"
    first = head + "e1,mailer,1,email_open,2026-11-01T10:00:00Z,\ne2,mailer,1,email_open,2026-11-01T10:00:00Z,\n"
    assert counts(bring(known, first)) == (2, 2, 0, 0, 0, 0, 0, 0)  # alike, but two
    assert counts(bring(known, first)) == (2, 0, 0, 2, 0, 0, 0, 0)
    # another source, and another type, are other activities; one that is told differently is the same one
    later = head + "e1,crm,1,email_open,2026-11-01T10:00:00Z,\ne1,mailer,1,email_click,2026-11-01T10:00:00Z,\n"
    later += "e2,mailer,B2,email_open,2026-11-05T23:30:00Z,seen\n"
    assert counts(bring(known, later)) == (3, 2, 1, 0, 0, 0, 0, 0)
    assert known.query("SELECT lead, occurred_at, day, note FROM activity WHERE own_id = 'e2'") == [
        (2, "2026-11-05T23:30:00Z", 20763, "seen")
    ]
    assert known.query("SELECT leads FROM operation ORDER BY id DESC LIMIT 1") == [(2,)]
    # what is empty stays
    assert counts(bring(known, head + "e2,mailer,B2,email_open,2026-11-05T23:30:00Z,\n")) == (1, 0, 0, 1, 0, 0, 0, 0)
    undone = known.call("undo", "4")
    assert undone.code == 0, undone.err
    assert known.query("SELECT lead, occurred_at, day, note FROM activity WHERE own_id = 'e2'") == [
        (1, "2026-11-01T10:00:00Z", 20758, None)
    ]
    assert len(stored(known)) == 2


def test_of_two_tellings_in_one_file_the_latest_counts(known: Any) -> None:
    rows = ["e1,1,call,2026-11-01,early\n", "e1,1,call,2026-11-03,late\n"]
    assert counts(bring(known, "id,lead,type,on,note\n" + "".join(rows))) == (2, 1, 0, 0, 1, 0, 0, 0)
    assert counts(bring(known, "id,lead,type,on,note\n" + "".join(reversed(rows)))) == (2, 0, 0, 2, 0, 0, 0, 0)
    assert stored(known, "note") == [("late",)]


def test_own_ids_with_times(known: Any) -> None:
    text = "id,lead,type,on,times\ne1,1,call,2026-11-01,2\ne1,1,call,2026-11-02,2\ne3,2,call,2026-11-02,1\n"
    assert counts(bring(known, text)) == (3, 2, 0, 0, 1, 0, 0, 0)
    assert counts(bring(known, text)) == (3, 0, 0, 3, 0, 0, 0, 0)
    assert stored(known, "lead", "day") == [(1, 20759), (1, 20759), (2, 20759)]


def test_the_type_brings_its_topic(known: Any) -> None:
    known.write("rules/activities.yaml", "activities:\n  case_study: {by: lead, topic: proof}\n")
    text = "lead,type,on,topic\n1,Case Study,2026-11-01,\n1,case_study,2026-11-02,own\n1,call,2026-11-03,\n"
    bring(known, text)
    assert stored(known, "day", "topic") == [(20758, "proof"), (20759, "own"), (20760, None)]
    known.write("rules/activities.yaml", "activities:\n  case_study: {by: lead, topic: evidence}\n")
    assert counts(bring(known, text)) == (3, 0, 0, 3, 0, 0, 0, 0)  # the same ones, whatever the rules call them


def test_one_type_for_all_rows(known: Any) -> None:
    bring(known, "lead,on\n1,2026-11-01\n", "--type", "page_view")
    assert stored(known, "type") == [("page_view",)]
    known.write("acts.csv", "lead,on\n1,2026-11-01\n")
    wrong = known.call("import", "acts.csv", "--as", "activities", "--type", "page_veiw")
    assert wrong.code == 2
    assert "did you mean 'page_view'" in wrong.err
    for text, says in (
        ("lead,on\n1,2026-11-01\n", "what was done"),
        ("lead,type\n1,call\n", "when it happened"),
        ("a,type,on\n1,call,2026-11-01\n", "who did it"),
    ):
        known.write("acts.csv", text)
        refused = known.call("import", "acts.csv", "--as", "activities")
        assert refused.code == 2
        assert says in refused.err


def test_two_hundred_rows_with_every_reason_to_refuse_one(known: Any) -> None:
    reasons = {
        "1,page_veiw,2026-11-01,,": "there is no activity called 'page_veiw'; did you mean 'page_view'?",
        "1,,2026-11-01,,": "it does not say what was done",
        "1,call,,,": "it does not say when",
        "1,call,10/11/2026,,": "say which with --date-order dmy or mdy",
        "1,call,soon,,": "is no date that leadctl knows",
        ",call,2026-11-01,,": "it does not say who",
        ",call,2026-11-01,x***@y.de,": "nobody can be known by this",
        "1,call,2026-11-01,,99999": "a row stands for 0 to 10,000 activities",
    }
    rows = [
        list(reasons)[n // 2 % 8] if n % 2 else f"1,call,2026-11-01T10:{n // 60:02}:{n % 60:02}Z,," for n in range(200)
    ]
    rows[100] = ",,,,"
    found = bring(known, "lead,type,on,email,times\n" + "\n".join(rows) + "\n", code=1)
    assert counts(found) == (200, 99, 0, 0, 0, 100, 1, 0)
    for bad in found["rejects"]:
        assert reasons[rows[bad["line"] - 2]] in bad["reason"]
    kept = next((known.path / "rejects").glob("acts-*.csv"))
    assert len(kept.read_text().splitlines()) == 101
    mended = kept.read_text()
    for broken, sound in (
        ("page_veiw", "page_view"),
        ("10/11/2026", "2026-11-10"),
        ("soon", "2026-11-11"),
        ("99999", "2"),
    ):
        mended = mended.replace(broken, sound)
    again = bring(known, mended, code=1)
    assert again["read"] == 100
    assert again["rejected"] == sum(
        rows.count(each) for each in list(reasons) if reasons[each].startswith(("it does", "nobody"))
    )


def test_people_who_are_no_leads_yet(known: Any) -> None:
    text = (
        "email,prospect id,phone,type,on,page\nNew@Z.at,,,reply,2026-11-01,\n,X9,,reply,2026-11-01,\n"
        ",,+43 1 588 0999,reply,2026-11-01,\nnew@z.at,Q7,,page_view,2026-11-02,/a\n"
    )
    known.write("acts.csv", text)
    done = known.call("import", "acts.csv", "--as", "activities")
    assert "4 activities are of people who are no leads yet: kept until they are" in done.err
    assert stored(known, "who", "lead", "extra") == [
        ("email:new@z.at", None, '{"external_id":"Q7"}'),
        ("email:new@z.at", None, None),
        ("id:X9", None, None),
        ("phone:+4315880999", None, None),
    ]
    assert counts(bring(known, text)) == (4, 0, 0, 4, 0, 0, 0, 0)
    before = stored(known, "*")
    found = known.bring("id,name,email,phone\nX9,Xaver,,\nN1,Neu,new@z.at,\n,Pia,,+4315880999\n", name="more.csv")
    assert any("4 activities of people who were no leads belong to leads now" in note for note in found.notes)
    assert stored(known, "who", "lead") == [
        ("email:new@z.at", 5), ("email:new@z.at", 5), ("id:X9", 4), ("phone:+4315880999", 6),
    ]  # fmt: skip
    assert counts(bring(known, text)) == (4, 0, 0, 4, 0, 0, 0, 0)  # now they are the leads'
    newest = known.query("SELECT id FROM operation WHERE command LIKE '%more.csv'")[0][0]
    assert known.call("undo", str(newest)).code == 0
    assert stored(known, "*") == before
    assert known.call("undo").code == 0  # the import of activities: it concerns no lead, and is undone all the same
    assert stored(known) == []


def test_activities_before_there_is_any_lead(workspace: Any) -> None:
    assert bring(workspace, "email,type,on\nann@x.de,reply,2026-11-01\nnobody@x.de,reply,2026-11-01\n")["flagged"] == 2
    workspace.bring(LEADS)
    assert stored(workspace, "lead", "who") == [(1, "email:ann@x.de"), (None, "email:nobody@x.de")]


def test_a_lead_that_changes_its_address_is_found_by_the_new_one(known: Any) -> None:
    bring(known, "email,type,on\nann@new.de,reply,2026-11-01\n")
    known.bring("id,name,email\nA1,Ann,ann@new.de\n")
    assert stored(known, "lead", "who") == [(1, "email:ann@new.de")]
    assert known.call("undo").code == 0
    assert stored(known, "lead") == [(None,)]


def test_adopted_twice_it_counts_once_and_comes_back_on_undo(known: Any) -> None:
    bring(known, "email,type,on\nann@new.de,reply,2026-11-01\n")
    bring(known, "lead,type,on\n1,reply,2026-11-01\n")
    before = stored(known, "*")
    known.bring("id,name,email\nA1,Ann,ann@new.de\n")
    assert stored(known, "lead", "who") == [(1, None)]
    assert known.call("undo").code == 0
    assert stored(known, "*") == before


def test_leads_with_later_activities_are_not_undone_alone(known: Any) -> None:
    bring(known, "lead,type,on\n1,reply,2026-11-01\n")
    refused = known.call("undo", "1")
    assert refused.code == 4
    assert "2: leadctl import acts.csv --as activities --json" in refused.err
    assert known.call("undo", "2", "--json").json["leads"] == 1
    assert known.call("undo", "1").code == 0
    assert known.query("SELECT (SELECT count(*) FROM lead), (SELECT count(*) FROM activity)") == [(0, 0)]


def test_a_dry_run_writes_nothing(known: Any) -> None:
    found = bring(known, "lead,type,on\n1,reply,2026-11-01\n,reply,2026-11-01\n", "--dry-run", code=1)
    assert counts(found) == (2, 1, 0, 0, 0, 1, 0, 0)
    assert found["operation"] is None
    assert stored(known) == []
    assert not list((known.path / "rejects").glob("*"))
    assert known.query("SELECT count(*) FROM operation") == [(1,)]


HOSTILE = [
    "'); DROP TABLE activity; --",
    "[red]x[/]", "\x1b[31mred\x1b[0m", "=1+1", "\u202eabc", "🙂" * 50, "a\nb", '"', "\\", "%s", "NULL",
]  # fmt: skip


def test_hostile_texts_are_kept_as_they_are(known: Any) -> None:
    lines = [
        {
            "lead": 1,
            "type": "note",
            "on": f"2026-11-01T10:00:{n:02}Z",
            "note": text,
            "path": text,
            "id": text,
            text: text,
        }
        for n, text in enumerate(HOSTILE)
    ]
    found = bring(known, "\n".join(map(json.dumps, lines)), name="acts.jsonl")
    assert counts(found)[:2] == (len(HOSTILE), len(HOSTILE))
    assert [row[0] for row in known.query("SELECT path FROM activity ORDER BY occurred_at")] == HOSTILE
    assert counts(bring(known, "\n".join(map(json.dumps, lines)), name="acts.jsonl"))[3] == len(HOSTILE)
    done = known.call("show", "1")
    assert done.code == 0
    assert "\x1b" not in done.out
    hostile_who = "\n".join(json.dumps({"lead": text, "type": "call", "on": "2026-11-01"}) for text in HOSTILE)
    assert bring(known, hostile_who, name="who.jsonl")["flagged"] == len(HOSTILE)


def test_last_activity_and_history(known: Any) -> None:
    rows = [f"1,page_view,2026-10-{1 + n // 4:02}T{n % 4:02}:00:00Z,/p{n}\n" for n in range(60)]
    rows += ["1,call,2026-11-20T10:00:00Z,\n", "1,meeting_booked,2027-01-01T10:00:00Z,\n"]
    bring(known, "lead,type,on,path\n" + "".join(rows))
    assert known.call("show", "1", "--json").json["last_activity_at"] == "2026-10-15T03:00:00Z"  # not ours, not to come
    assert known.call("show", "2", "--json").json["last_activity_at"] is None
    listed = known.call("list", "--sort", "last_activity_at", "--json").json
    assert [each["id"] for each in listed] == [1, 2, 3]
    shown = known.call("show", "1").out
    assert "and 12 older activities" in shown
    assert "page view" in shown
    assert "/p59" in shown
    assert "/p11" not in shown
    assert timeline.MOST_ACTIVITIES == 50


def test_derived_facts_are_listed(workspace: Any) -> None:
    workspace.bring("name,email,title\nAnn,ann@Firm.de,VP Sales\n")
    found = workspace.call("show", "1", "--json").json
    assert found["email_domain"] == "firm.de"
    assert (found["seniority"], found["department"]) == ("vp", "sales")
    assert found["qualified"] is None and found["window_shopper"] is None


PEOPLE = ["1", "2", "ann@x.de", "bob@y.at", "new@z.at", "A1", "X9"]
ROWS = st.tuples(
    st.sampled_from(PEOPLE),
    st.sampled_from(["page_view", "call", "reply"]),
    st.sampled_from(["2026-11-01", "2026-11-01T23:30:00Z", "2026-11-02 00:30", "2026-11-05"]),
    st.sampled_from(["", "/a", "/b"]),
    st.sampled_from(["", "", "e1", "e2", "e3"]),
    st.sampled_from(["", "0", "1", "2", "3"]),
    st.sampled_from(["", "FF"]),
)


@settings(max_examples=15)
@given(rows=st.lists(ROWS, max_size=12), seed=st.integers(0, 10**6), times=st.booleans())
def test_in_any_order_and_twice_the_same_activities(workspace: Any, rows: list[Any], seed: int, times: bool) -> None:
    head = "lead,type,on,path,id,times,Browser\n" if times else "lead,type,on,path,id,bursts,Browser\n"
    found = []
    for shuffled in (rows, Random(seed).sample(rows, len(rows))):
        for path in workspace.path.glob("leads.db*"):
            path.unlink()
        workspace.bring(LEADS)
        text = head + "".join(",".join(row) + "\n" for row in shuffled)
        first = bring(workspace, text)
        once = stored(workspace, "lead", "who", "type", "occurred_at", "day", "path", "own_id", "extra", "mark")
        assert (first["updated"], first["unchanged"], first["rejected"]) == (0, 0, 0)
        second = bring(workspace, text)
        assert (second["created"], second["updated"], second["duplicate"]) == (0, 0, 0)
        assert once == stored(workspace, "lead", "who", "type", "occurred_at", "day", "path", "own_id", "extra", "mark")
        found.append(once)
    assert found[0] == found[1]


def test_a_large_file_goes_the_same_way(known: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from leadctl.services.importing import activities as importing_activities

    monkeypatch.setattr(importing_activities, "LARGE_FILE", 0)
    pick = Random(5)
    rows = [f"{pick.choice('123')},page_view,2026-11-{n % 20 + 1:02}T00:00:{n % 60:02}Z,/p{n}\n" for n in range(5000)]
    found = bring(known, "lead,type,on,path\n" + "".join(rows) + rows[0])
    assert counts(found) == (5001, 5000, 0, 0, 1, 0, 0, 0)
    in_order = known.query("SELECT lead, day FROM activity ORDER BY id")
    assert in_order == sorted(in_order)  # a lead's activities lie together


def test_the_time_zone_changes(known: Any) -> None:
    bring(known, "lead,type,on\n1,reply,2026-11-01T23:30:00Z\n")
    known.write("leadctl.yaml", "timezone: America/New_York\n")
    bring(known, "lead,type,on\n1,reply,2026-11-01T23:30:00Z\n2,reply,2026-11-01T23:30:00Z\n")
    assert stored(known, "lead", "day") == [(1, 20758), (2, 20758)]
