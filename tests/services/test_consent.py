"""Consent: what opt-ins, opt-outs, bounces and answers say of a lead. The clock stands at noon UTC on 22 November 2026."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadctl.intake.values.consent import told_of_consent
from leadctl.store.privacy.consent import MAY_BE_CONTACTED
from leadctl.store.reports import query_text

HEAD = "id,name,email,created,"


def stands(workspace: Any) -> list[tuple[Any, ...]]:
    return workspace.query("SELECT id, opted, opted_at FROM lead ORDER BY id")


def states(workspace: Any) -> list[str]:
    return [row[0] for row in workspace.query("SELECT email_state FROM lead ORDER BY id")]


@pytest.fixture
def two(workspace: Any) -> Any:
    workspace.bring("id,name,email,created\nA1,Ann,ann@x.example,2026-01-01\nA2,Bob,bob@x.example,2026-01-01\n")
    return workspace


def test_the_latest_word_counts(two: Any) -> None:
    def said() -> tuple[Any, ...]:
        return stands(two)[0][1:]

    assert two.call("log", "1", "opt_in", "--on", "2026-03-01").code == 0
    assert said() == ("in", "2026-02-28T23:00:00Z")
    assert two.call("log", "1", "unsubscribe", "--on", "2026-05-01").code == 0
    assert said() == ("out", "2026-04-30T22:00:00Z")
    assert two.call("log", "1", "opt_in", "--on", "2026-04-01").code == 0  # said before that
    assert said() == ("out", "2026-04-30T22:00:00Z")
    assert two.call("log", "1", "opt_in", "--on", "2026-05-01").code == 0  # at the same moment: out
    assert said()[0] == "out"
    for expected in ("out", "out", "in", None):
        assert two.call("undo").code == 0
        assert said()[0] == expected
    assert stands(two)[1] == (2, None, None)


def test_commands(two: Any) -> None:
    done = two.call("opt-out", "ann@x.example", "--on", "2026-05-01", "--origin", "by [red]phone", "--json").json
    assert done == {
        "operation": 2,
        "lead": 1,
        "changed": True,
        "opted": "out",
        "opted_at": "2026-04-30T22:00:00Z",
        "said": "lead 1: opted out",
    }
    again = two.call("opt-out", "1", "--json").json
    assert (again["operation"], again["changed"], again["opted"]) == (None, False, "out")
    late = two.call("opt-in", "1", "--on", "2026-04-01")
    assert late.code == 0
    assert "newer and holds: opted out" in late.err
    assert two.call("opt-in", "1").code == 0
    assert stands(two)[0] == (1, "in", "2026-11-22T12:00:00Z")
    record = two.call("consent", "1", "--json").json
    assert [(row["type"], row["says"], row["origin"], row["operation"]) for row in record] == [
        ("opt_in", "in", None, 3),
        ("opt_out", "out", "by [red]phone", 2),
        ("opt_in", "in", None, 4),
    ]
    assert "opted in since 2026-11-22" in two.call("consent", "1").out
    assert "said nothing of consent" in two.call("consent", "2").out
    assert two.call("opt-out", "nobody").code == 3


def test_a_lead_file_tells_of_consent(workspace: Any) -> None:
    rows = HEAD + (
        "Do Not Email,Newsletter,OPTIN_TIME,Unsubscribed\n"
        "A1,Ann,ann@x.example,2026-01-01,Yes,,,\n"
        "A2,Bob,bob@x.example,2026-01-01,No,yes,,\n"
        "A3,Cyd,cyd@x.example,2026-01-01,perhaps,,,\n"  # anything but a clear no is out
        "A4,Dan,dan@x.example,2026-01-01,,weekly,soon,n/a\n"  # no clear yes: nothing
        "A5,Eve,eve@x.example,2026-01-01,,,2026-02-01 10:00,2026-03-01 10:00\n"
        "A6,Fay,fay@x.example,2026-01-01,yes,,2026-02-01 10:00,\n"  # the file says how things are now: out
        "A7,Gus,gus@x.example,2026-01-01,,yes,,x\n"
    )
    ledger = workspace.bring(rows)
    assert (ledger.created, ledger.rejected) == (7, 0)
    assert [row[1] for row in stands(workspace)] == ["out", "in", "out", None, "out", "out", "out"]
    assert stands(workspace)[4][2] == "2026-03-01T09:00:00Z"
    before = stands(workspace), workspace.query("SELECT count(*) FROM activity")
    again = workspace.bring(rows)
    assert again.unchanged == 7
    assert (stands(workspace), workspace.query("SELECT count(*) FROM activity")) == before


def test_a_statement_without_a_day(two: Any) -> None:
    two.call("opt-in", "1", "--on", "2026-06-01")
    two.call("opt-out", "2", "--on", "2026-06-01")
    file = (
        HEAD + "Do Not Email,Newsletter\nA1,Ann,ann@x.example,2026-01-01,yes,\nA2,Bob,bob@x.example,2026-01-01,,yes\n"
    )
    two.bring(file)
    # An opt-out is news, from now on; a yes of no day takes back no opt-out.
    assert stands(two) == [(1, "out", "2026-11-22T12:00:00Z"), (2, "out", "2026-05-31T22:00:00Z")]
    two.now = "2026-11-25T12:00:00+00:00"
    two.call("opt-in", "1")
    before = two.query("SELECT count(*) FROM activity")
    two.bring(file)  # said before: no news
    assert stands(two)[0] == (1, "in", "2026-11-25T12:00:00Z")
    assert two.query("SELECT count(*) FROM activity") == before


def test_activities_of_a_file_and_of_strangers(two: Any) -> None:
    two.write(
        "acts.csv",
        "email,type,date\nann@x.example,opt_in,2026-02-01\nann@x.example,unsubscribe,2026-03-01\n"
        "cyd@x.example,opt_out,2026-03-01\nbob@x.example,opt_in,2062-01-01\n",
    )
    assert two.call("import", "acts.csv", "--as", "activities").code == 0
    # What is still to come does not opt in.
    assert [row[1] for row in stands(two)] == ["out", None]
    two.bring("name,email,Newsletter\nCyd,cyd@x.example,yes\n", name="more.csv")
    assert stands(two)[2][1] == "out"
    assert two.call("undo").code == 0
    assert two.call("undo").code == 0
    assert stands(two) == [(1, None, None), (2, None, None)]


def test_bounces_and_answers(two: Any) -> None:
    assert two.call("log", "1", "reply", "--on", "2026-02-01").code == 0
    assert two.call("log", "2", "bounce", "--on", "2026-02-01").code == 0
    assert states(two) == ["confirmed", "invalid"]
    two.call("log", "1", "bounce", "--on", "2026-03-01")  # a confirmed address may be full for a day
    assert states(two) == ["confirmed", "invalid"]
    again = two.bring("name,email\nBob,bob@x.example\n", name="again.csv")
    assert (again.created, again.unchanged) == (0, 1)  # mail does not arrive, but it is Bob's address all the same
    assert states(two) == ["confirmed", "invalid"]
    two.call("undo")
    two.call("undo")
    assert states(two) == ["confirmed", "valid"]
    assert two.query("SELECT count(*) FROM contact") == [(0,)]
    two.call("log", "2", "reply", "--on", "2026-04-01")
    two.call("log", "2", "bounce", "--on", "2026-03-01")  # older than the answer
    assert states(two) == ["confirmed", "confirmed"]


def test_an_opt_in_after_a_bounce_confirms_the_address(two: Any) -> None:
    two.call("log", "1", "bounce", "--on", "2026-02-01")
    assert states(two)[0] == "invalid" and two.query("SELECT label FROM contact") == [("bounced",)]
    before = two.query("SELECT lead, kind, value, state, label FROM contact")
    two.call("opt-in", "1", "--origin", "she wrote")
    assert states(two)[0] == "confirmed" and two.query("SELECT label FROM contact") == []
    two.call("undo")
    assert states(two)[0] == "invalid"
    assert two.query("SELECT lead, kind, value, state, label FROM contact") == before


def test_merged_leads_have_one_consent(two: Any) -> None:
    two.call("opt-in", "1", "--on", "2026-02-01")
    two.call("opt-out", "2", "--on", "2026-03-01")
    assert two.call("merge", "1", "2").code == 0
    assert [row[:2] for row in stands(two)] == [(1, "out")]
    assert two.call("undo").code == 0
    assert [row[:2] for row in stands(two)] == [(1, "in"), (2, "out")]


def test_who_opted_out_is_in_no_call_list(two: Any) -> None:
    two.call("follow-up", "1", "2026-11-20")
    both = [row["lead"] for row in two.call("report", "follow-up", "--json").json]
    assert both == [1, 2]
    two.call("opt-out", "1")
    shown = two.call("report", "follow-up")
    assert "left out: 1 lead that opted out" in shown.out
    assert [row["lead"] for row in two.call("report", "follow-up", "--json").json] == [2]
    assert [row["id"] for row in two.call("list", "--where", "opted: out", "--json").json] == [1]
    assert query_text("follow_up").count(MAY_BE_CONTACTED) == 2


@pytest.mark.parametrize(
    ("header", "tells"),
    [
        ("Do Not Email", "opt_out"),
        ("HasOptedOutOfEmail", "opt_out"),
        ("Email Opt Out", "opt_out"),
        ("Opted out of email: One to One", "opt_out"),
        ("UNSUB_TIME", "opt_out"),
        ("Unsubscribed from all email", "opt_out"),
        ("Werbesperre", "opt_out"),
        ("do not contact", "opt_out"),
        ("Marketing Consent", "opt_in"),
        ("GDPR consent", "opt_in"),
        ("opt-in", "opt_in"),
        ("OPTIN_TIME", "opt_in"),
        ("Einwilligung", "opt_in"),
        ("Name", None),
        ("Options", None),
    ],
)
def test_headers(header: str, tells: str | None) -> None:
    assert [told.type for told in told_of_consent(("id", header))] == ([tells] if tells else [])
    assert told_of_consent(("id", header), {header}) == ()


@given(st.lists(st.text(max_size=12), max_size=6))
def test_no_header_is_too_odd(header: list[str]) -> None:
    assert all(told.lenient for told in told_of_consent(header))


def test_no_cell_refuses_its_row(workspace: Any) -> None:
    cells = [
        "maybe",
        "31.02.2026",
        "\x00",
        "💥",
        "9" * 40,
        "1e999",
        "-1",
        "2026-13-45T99:99",
        "[forgotten]",
        "' OR 1=1",
    ]
    rows = "".join(f"A{n},N{n},n{n}@x.example,{cell},{cell},{cell}\n" for n, cell in enumerate(cells))
    ledger = workspace.bring("id,name,email,opt out,newsletter,optin_time\n" + rows)
    assert (ledger.created, ledger.rejected) == (len(cells), 0)


HUBSPOT = (
    "Record ID,First Name,Last Name,Email,Create Date,Unsubscribed from all email\n"
    "1,Ann,Ark,ann@x.example,2024-03-15 10:00,true\n"
)
MAILCHIMP = "Email Address,First Name,Last Name,MEMBER_RATING,OPTIN_TIME\nann@x.example,Ann,Ark,2,2024-05-02 09:00:00\n"


@pytest.mark.parametrize("order", [("hs", "mc"), ("mc", "hs"), ("hs", "mc", "hs"), ("mc", "hs", "mc")])
def test_an_opt_out_without_a_day_holds_in_any_order(workspace: Any, order: tuple[str, ...]) -> None:
    files = {"hs": HUBSPOT, "mc": MAILCHIMP}
    for name in order:
        workspace.bring(files[name], f"{name}.csv")
    assert stands(workspace) == [(1, "out", "2026-11-22T12:00:00Z")]
    said = workspace.query("SELECT type, occurred_at FROM activity ORDER BY type, occurred_at")
    assert [row[0] for row in said] == ["opt_in", "opt_out"]
    workspace.now = "2026-12-03T08:00:00+00:00"
    for name in files:
        workspace.bring(name=f"{name}.csv")  # nothing new another day
    assert workspace.query("SELECT type, occurred_at FROM activity ORDER BY type, occurred_at") == said
    assert stands(workspace) == [(1, "out", "2026-11-22T12:00:00Z")]
    later = MAILCHIMP.replace("2024-05-02", "2026-11-30")
    workspace.bring(later, "later.csv")  # said after that
    assert stands(workspace)[0][1] == "in"


@pytest.mark.parametrize("column", ["HasOptedOutOfEmail", "DoNotCall", "Email Opt Out", "Werbesperre"])
def test_every_column_of_an_opt_out_is_of_the_import(workspace: Any, column: str) -> None:
    workspace.bring(f"id,name,email,created,{column}\nA1,Ann,ann@x.example,2024-03-15,true\n")
    assert stands(workspace) == [(1, "out", "2026-11-22T12:00:00Z")]


def test_who_has_the_address_of_one_who_is_out_is_out(two: Any) -> None:
    before = two.query("SELECT id, opted FROM lead")
    assert two.call("opt-out", "1", "--on", "2026-06-01").code == 0
    since = "2026-05-31T22:00:00Z"
    two.bring("name,email\nZed Other,ann@x.example\n", "new.csv", on_match="new")
    two.bring("name,email\nYan,ann@x.example; yan@y.example\n", "more.csv", on_match="new")
    assert stands(two) == [(1, "out", since), (2, None, None), (3, "out", since), (4, "out", since)]
    assert "as lead 1 says, which has the same address" in two.call("consent", "3").out
    # A yes of no day, an older one: they change nothing. An own and later one does, for the lead alone.
    two.bring(
        "name,email,newsletter,OPTIN_TIME\nWes,yan@y.example; ann@x.example,yes,2026-02-01\n", "yes.csv", on_match="new"
    )
    assert stands(two)[4][1] == "out"
    assert two.call("opt-in", "3", "--on", "2026-07-01").code == 0
    assert [row[1] for row in stands(two)] == ["out", None, "in", "out", "out"]
    # Who is out only so may say so itself.
    done = two.call("opt-out", "4")
    assert (done.code, "already" in done.err) == (0, False)
    assert "already" in two.call("opt-out", "4").err
    for _ in range(5):
        assert two.call("undo").code == 0
    assert stands(two) == [(1, "out", since), (2, None, None)]
    assert two.call("undo").code == 0
    assert two.query("SELECT id, opted FROM lead") == before


def test_an_address_by_hand_brings_its_opt_out(two: Any) -> None:
    two.call("opt-out", "1")
    assert two.call("edit", "2", "email=ann@x.example").code == 0
    assert [row[1] for row in stands(two)] == ["out", "out"]
    assert two.call("edit", "2", "email=bob@y.example").code == 0
    assert [row[1] for row in stands(two)] == ["out", None]
    assert two.call("edit", "2", "email=bob@y.example, ann@x.example").code == 0  # also in second place
    assert [row[1] for row in stands(two)] == ["out", "out"]
    assert two.call("undo").code == 0
    assert [row[1] for row in stands(two)] == ["out", None]
    assert two.call("edit", "1", "email=ann@z.example").code == 0
    assert [row[1] for row in stands(two)] == ["out", None]
    assert two.call("add", "name=Zed", "email=ann@z.example").code == 0  # another name: a lead of its own
    assert stands(two)[2][1] == "out"


def test_an_opt_out_is_handed_on_once(workspace: Any) -> None:
    """A and B share an address, B and C another one: only the own word of A is handed on."""
    workspace.bring(
        "name,email\nA,a@x.example\nB,b@x.example; a@x.example\nC,c@x.example; b@x.example\n", on_match="new"
    )
    assert workspace.call("opt-out", "1").code == 0
    assert [row[1] for row in stands(workspace)] == ["out", "out", None]
    assert workspace.call("merge", "1", "3").code == 0
    assert [row[1] for row in stands(workspace)] == ["out", "out"]
    assert workspace.call("undo").code == 0
    assert [row[1] for row in stands(workspace)] == ["out", "out", None]
    assert workspace.call("undo").code == 0
    assert [row[1] for row in stands(workspace)] == [None, None, None]


def test_what_was_said_already_is_not_noted_again(two: Any) -> None:
    for way, day in (("out", 1), ("in", 2)):
        two.now = f"2026-12-0{day}T12:00:00+00:00"
        assert two.call(f"opt-{way}", "1", "--origin", "by phone").code == 0
        count = two.query("SELECT count(*) FROM activity")
        two.now = f"2026-12-0{day}T18:00:00+00:00"
        for words in ((), ("--origin", "by phone")):
            again = two.call(f"opt-{way}", "1", *words, "--json").json
            assert (again["operation"], again["changed"], again["opted"]) == (None, False, way)
        assert two.query("SELECT count(*) FROM activity") == count
        assert two.call(f"opt-{way}", "1", "--origin", "a form", "--json").json["changed"]


def test_a_follow_up_of_one_who_is_out_is_warned_of(two: Any) -> None:
    assert "opted out" not in two.call("follow-up", "1", "fri", "call").err
    two.call("opt-out", "1")
    done = two.call("follow-up", "1", "sat", "call")
    assert done.code == 0
    assert "lead 1 has opted out, on 2026-11-22" in done.err
    assert two.query("SELECT count(*) FROM follow_up") == [(2,)]


def test_mailchimp_tells_of_a_new_address(workspace: Any) -> None:
    hook = "type={}&fired_at=2026-0{}-26+21%3A35%3A57&data[list_id]=a6&{}"
    ana = "data[email]=ana%40old.example&data[merges][FNAME]=Ana&data[merges][LNAME]=Kurz"
    workspace.write("hooks.txt", hook.format("subscribe", 3, ana) + "\n" + hook.format("unsubscribe", 4, ana) + "\n")
    moved = "data[new_id]=51&data[new_email]=ana%40new.example&data[old_email]=ana%40old.example"
    workspace.write("moved.txt", hook.format("upemail", 5, moved) + "\n")
    for file in ("hooks.txt", "moved.txt", "moved.txt"):
        assert workspace.call("import", file).code == 0
    assert workspace.query("SELECT id, name, email, opted FROM lead") == [(1, "Ana Kurz", "ana@new.example", "out")]
    assert workspace.query("SELECT lead, kind, value FROM contact") == [(1, "email", "ana@old.example")]


def test_a_yes_of_no_day_beside_one_of_a_day_is_told_once(workspace: Any) -> None:
    workspace.bring("name,email,created,Unsubscribed\nBo,bo@x.example,2025-11-30,2026-03-01 10:00\n")
    file = "name,email,Newsletter,OPTIN_TIME\nBo,bo@x.example,yes,2026-10-01 09:00\n"
    workspace.bring(file, name="later.csv")
    assert stands(workspace) == [(1, "in", "2026-10-01T07:00:00Z")]
    said = workspace.query("SELECT type, occurred_at FROM activity ORDER BY id")
    workspace.bring(name="later.csv")
    assert workspace.query("SELECT type, occurred_at FROM activity ORDER BY id") == said


def test_consent_can_be_listed(workspace: Any) -> None:
    workspace.bring("name,email\nAnn,ann@a-werke.example\nBob,bob@b-werke.example\n")
    workspace.call("opt-out", "1", "--origin", "phone")
    found = workspace.call("list", "--json", "--fields", "name,opted", "--sort", "id").json
    assert found == [{"name": "Ann", "opted": "out"}, {"name": "Bob", "opted": None}]
    assert "opted" not in workspace.call("list", "--json").json[0]
