"""Access logs and visitors of the site: whose page views they are, before and after somebody knows. Known answers by hand."""

from __future__ import annotations

import gzip
import json
from itertools import count
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

LEADS = "id,name,email\nA1,Ann,ann@x.de\nB2,Bob,bob@y.at\n"
COUNTS = ("read", "created", "updated", "unchanged", "duplicate", "rejected", "blank", "flagged")
ANN, BOB, CYD = "203.0.113.1", "203.0.113.2", "203.0.113.3"  # addresses of made-up people
NUMBERS = count()
# What no undo takes back.
NOT_CONTENT = {"operation", "change", "run", "ruleset", "sqlite_sequence", "wording", "worded", "_sqlite_migrations",
               "calendar", "activity_type", "to_score", "salt"}  # fmt: skip


def hit(who: str, path: str, at: str = "10:00:00", *, day: int = 1, status: int = 200, referrer: str = "-") -> str:
    agent = "Mozilla/5.0 (X11; Linux x86_64) Firefox/128.0"
    return f'{who} - - [{day:02}/Nov/2026:{at} +0100] "GET {path} HTTP/1.1" {status} 99 "{referrer}" "{agent}"\n'


@pytest.fixture
def known(workspace: Any) -> Any:
    """Ann is lead 1 and has the token `ann`, Bob is 2 and has `bob`; `all` is the token of a link for nobody."""
    workspace.bring(LEADS)
    for lead, token in ((1, "ann"), (2, "bob"), (None, "all")):
        workspace.query(
            "INSERT INTO link (token, url, lead, created_by) VALUES (?, 'https://www.example.org/offer', ?, 1)",
            token,
            lead,
        )
    return workspace


def bring(workspace: Any, content: str | bytes, *flags: str, name: str = "access.log", code: int = 0) -> Any:
    workspace.write(name, content)
    done = workspace.call("import", name, "--as", "activities", "--json", *flags)
    assert done.code == code, done.out + done.err
    ledger = done.json
    assert ledger["read"] == sum(ledger[each] for each in COUNTS[1:-1])
    return ledger


def counts(ledger: Any) -> tuple[int, ...]:
    return tuple(ledger[each] for each in COUNTS)


def kept(workspace: Any) -> list[tuple[int | None, str, str]]:
    """(lead, moment, path) of every page view, those of visitors with no lead too."""
    found = workspace.query("SELECT lead, occurred_at, path FROM activity WHERE type = 'page_view'")
    for (seen,) in workspace.query("SELECT seen FROM visits"):
        found += [(None, each[0], each[1]) for each in json.loads(seen)]
    return sorted(found, key=repr)


def content(workspace: Any) -> dict[str, list[tuple[Any, ...]]]:
    tables = [row[0] for row in workspace.query("SELECT name FROM sqlite_schema WHERE type = 'table'")]
    return {
        name: sorted(workspace.query(f"SELECT * FROM {name}"), key=repr) for name in tables if name not in NOT_CONTENT
    }


def test_a_token_alone_tells_the_source_and_campaign_of_its_link(known: Any) -> None:
    """Mail programs and shops drop the other tags of an address."""
    known.query("UPDATE link SET source = 'letter', medium = 'email', campaign = 'spring'")
    later = hit(BOB, "/offer?lc=bob", day=2)
    bring(known, hit(CYD, "/offer?lc=all&utm_campaign=own") + hit(ANN, "/offer?lc=ann") + hit(BOB, "/offer?lc=all"))
    bring(known, later, name="later.log")  # now it is known who saw the offer of the first log
    bring(known, "token,type,occurred_at\nann,email_click,2026-11-03\n", name="clicks.csv")
    query = "SELECT lead, type, source, channel, campaign FROM activity ORDER BY lead, occurred_at"
    assert known.query(query) == [
        (1, "page_view", "letter", "email", "spring"),
        (1, "email_click", "letter", "email", "spring"),
        (2, "page_view", "letter", "email", "spring"),
        (2, "page_view", "letter", "email", "spring"),
    ]
    listed = known.call("list", "--json", "--fields", "id,first_source,last_campaign", "--sort", "id").json
    assert [(each["first_source"], each["last_campaign"]) for each in listed] == [("letter", "spring")] * 2
    again = bring(known, later, name="later.log")
    assert (again["created"], again["unchanged"]) == (0, 1)


def test_who_is_nobody_yet_is_kept_packed_and_said_so(known: Any) -> None:
    text = (
        hit(ANN, "/")
        + hit(ANN, "/pricing", "10:00:05", referrer="https://www.example.org/")
        + hit(BOB, "/", referrer="https://search.example/?q=x")
        + hit(BOB, "/site.css", referrer="https://www.example.org/")
        + hit(CYD, "/gone", status=404)
    )
    known.write("access.log", text)
    done = known.call("import", "access.log", "--as", "activities")
    assert done.code == 0
    for said in (
        "2 of 5 lines are no page views: errors and redirects 1, files 1",
        "3 page views are of visitors who are nobody yet: kept until a link with a token, or a file, says who they are",
        "pages of www.example.org are your own: not kept as where somebody came from",
    ):
        assert said in done.err
    assert counts(bring(known, text)) == (5, 0, 0, 3, 0, 0, 2, 0)  # a second time nothing changes
    seen = [json.loads(row[0]) for row in known.query("SELECT seen FROM visits ORDER BY length(seen)")]
    assert seen == [
        [["2026-11-01T09:00:00Z", "/", None, "search.example"]],
        [["2026-11-01T09:00:00Z", "/"], ["2026-11-01T09:00:05Z", "/pricing"]],
    ]
    assert "203.0.113" not in json.dumps(known.query("SELECT visitor, seen FROM visits"))
    assert known.query("SELECT count(*) FROM activity") == [(0,)]


def test_a_token_makes_a_visitor_a_lead_and_the_past_joins(known: Any) -> None:
    bring(known, hit(ANN, "/blog") + hit(BOB, "/blog"))
    found = bring(
        known,
        hit(
            ANN,
            "/offer?lc=ann&utm_source=mail&utm_medium=email&utm_campaign=may&utm_content=top&utm_term=x",
            "11:00:00",
        )
        + hit(ANN, "/pricing", "11:00:09"),
        name="later.log",
    )
    assert counts(found) == (2, 2, 0, 0, 0, 0, 0, 0)
    assert kept(known) == [
        (1, "2026-11-01T09:00:00Z", "/blog"), (1, "2026-11-01T10:00:00Z", "/offer"), (1, "2026-11-01T10:00:09Z", "/pricing"),
        (None, "2026-11-01T09:00:00Z", "/blog"),
    ]  # fmt: skip
    columns = "type, day, source, channel, campaign, content, term, referrer, extra"
    assert known.query(f"SELECT {columns} FROM activity WHERE path = '/offer'") == [
        ("page_view", 20758, "mail", "email", "may", "top", "x", None, '{"lc":"ann"}')
    ]
    assert known.query("SELECT lead, kind, state FROM contact") == [(1, "visitor", "valid")]
    assert known.query("SELECT leads FROM operation ORDER BY id DESC LIMIT 1") == [(1,)]
    assert [each["followed"] for each in known.call("link", "--list", "--json").json if each["lead"] == 1] == [1]
    # From here on the visitor is known; and an overlapping log brings only what is new.
    again = bring(known, hit(ANN, "/blog") + hit(ANN, "/about", "12:00:00") + hit(ANN, "/about", "12:00:00"))
    assert counts(again) == (3, 1, 0, 1, 1, 0, 0, 0)
    assert [row[2] for row in kept(known) if row[0] == 1] == ["/blog", "/offer", "/pricing", "/about"]


def test_links_for_nobody_and_tokens_of_no_link_name_no_lead(known: Any) -> None:
    known.write("a.log", hit(ANN, "/?lc=all") + hit(ANN, "/?lc=nonsense"))
    done = known.call("import", "a.log", "--as", "activities")
    assert "1 token of requests is of no link that was made" in done.err
    assert known.query("SELECT count(*) FROM contact") == [(0,)]
    assert [row[0] for row in kept(known)] == [None, None]


def test_a_machine_that_two_leads_share_is_nobodys(known: Any) -> None:
    text = (
        hit(ANN, "/x")
        + hit(ANN, "/?lc=ann", "10:01:00")
        + hit(ANN, "/?lc=bob", "10:02:00")
        + hit(ANN, "/y", "10:03:00")
    )
    wanted = [
        (1, "2026-11-01T09:01:00Z", "/"), (2, "2026-11-01T09:02:00Z", "/"),
        (None, "2026-11-01T09:00:00Z", "/x"), (None, "2026-11-01T09:03:00Z", "/y"),
    ]  # fmt: skip
    assert counts(bring(known, text)) == (4, 4, 0, 0, 0, 0, 0, 2)
    assert kept(known) == wanted
    assert counts(bring(known, text)) == (4, 0, 0, 4, 0, 0, 0, 0)
    assert kept(known) == wanted


def test_what_was_a_leads_before_the_machine_was_shared_stays_so(known: Any) -> None:
    first = hit(ANN, "/?lc=ann") + hit(ANN, "/x", "10:01:00")
    bring(known, first)
    bring(known, hit(ANN, "/?lc=bob", "11:00:00") + hit(ANN, "/y", "11:01:00"), name="b.log")
    before = kept(known)
    assert [(row[0], row[2]) for row in before] == [(1, "/"), (1, "/x"), (2, "/"), (None, "/y")]
    assert counts(bring(known, first, name="again.log")) == (2, 0, 0, 2, 0, 0, 0, 0)
    assert kept(known) == before


def test_a_row_with_visitor_and_address_ties_them(known: Any) -> None:
    bring(
        known,
        "client id,email,type,on\nV1,,page_view,2026-11-01\nV1,ann@x.de,web_form,2026-11-02\nV2,,page_view,2026-11-03\n",
        name="a.csv",
    )
    rows = "SELECT lead, who, day FROM activity ORDER BY day"
    assert known.query(rows) == [(1, "visitor:V1", 20758), (1, None, 20759), (None, "visitor:V2", 20760)]
    later = "anonymous_id,email,type,on\nV2,bob@y.at,web_form,2026-11-04\nV2,,page_view,2026-11-05\n"
    assert counts(bring(known, later, name="b.csv")) == (2, 2, 0, 0, 0, 0, 0, 0)
    assert [row[0] for row in known.query(rows)] == [1, 1, 2, 2, 2]
    assert counts(bring(known, later, name="b.csv")) == (2, 0, 0, 2, 0, 0, 0, 0)


def test_a_visitor_whose_address_becomes_a_lead_later(workspace: Any) -> None:
    text = "visitor,email,type,on\nV1,,page_view,2026-11-01\nV1,new@z.at,web_form,2026-11-02\n"
    assert bring(workspace, text, name="a.csv")["flagged"] == 2
    before = content(workspace)
    done = workspace.bring("name,email\nNew,new@z.at\n")
    assert "2 activities of people who were no leads belong to leads now" in done.notes
    assert workspace.query("SELECT lead, kind, value FROM contact") == [(1, "visitor", "V1")]
    assert workspace.query("SELECT DISTINCT lead FROM activity") == [(1,)]
    assert counts(bring(workspace, text, name="a.csv")) == (2, 0, 0, 2, 0, 0, 0, 0)
    assert workspace.call("undo", str(done.operation), "--yes").code == 0
    assert content(workspace) == before


def test_an_import_of_leads_that_says_which_visitor_they_are(workspace: Any) -> None:
    bring(workspace, "visitor id,type,on\nV7,page_view,2026-11-01\n", name="a.csv")
    workspace.bring("name,email,visitor id\nNew,new@z.at,V7\n")
    assert workspace.query("SELECT lead FROM activity") == [(1,)]


def test_visits_join_a_lead_whose_visitor_a_file_names(known: Any) -> None:
    bring(known, hit(ANN, "/a") + hit(ANN, "/b", "10:05:00", referrer="https://s.example/p/"))
    visitor = known.query("SELECT visitor FROM visits")[0][0]
    before = content(known)
    bring(known, f"visitor,email,type,on\n{visitor},ann@x.de,web_form,2026-11-02\n", name="a.csv")
    assert [(row[0], row[2]) for row in kept(known)] == [(1, "/a"), (1, "/b")]
    assert known.query("SELECT referrer FROM activity WHERE path = '/b'") == [("s.example/p",)]
    assert known.query("SELECT count(*) FROM visits") == [(0,)]
    assert known.call("undo", "--yes").code == 0
    assert content(known) == before


def test_tokens_in_files_and_whole_addresses(known: Any) -> None:
    bring(
        known,
        "token,visitor,type,on,page,campaign,referrer\n"
        "ann,V1,page_view,2026-11-01,https://www.example.org/a?utm_campaign=x&utm_source=news,spring,https://s.example/q?x=1\n"
        ",,page_view,2026-11-02,/b?lc=bob&color=red#top,,\n"
        ",V1,page_view,2026-11-03,/c d?,,(direct)\n",
        name="a.csv",
    )
    columns = "lead, path, source, campaign, referrer, json(extra)"
    assert known.query(f"SELECT {columns} FROM activity ORDER BY day") == [
        (1, "/a", "news", "spring", "s.example/q",
         '{"lc":"ann","page":"https://www.example.org/a?utm_campaign=x&utm_source=news"}'),
        (2, "/b", None, None, None, '{"lc":"bob","page":"/b?lc=bob&color=red#top"}'),
        (1, "/c d?", None, None, "(direct)", None),
    ]  # fmt: skip


@pytest.mark.parametrize("way", ["gz", "stdin", "gz stdin"])
def test_packed_and_piped(known: Any, way: str) -> None:
    text = (hit(ANN, "/?lc=ann") + hit(BOB, "/x")).encode()
    given = gzip.compress(text[:50]) + gzip.compress(text[50:]) if "gz" in way else text
    if "stdin" in way:
        done = known.call("import", "-", "--as", "activities", "--json", stdin=given)
        assert done.code == 0, done.err
    else:
        bring(known, given, name="access.log.1.gz")
    assert [row[0] for row in kept(known)] == [1, None]


def test_a_damaged_file_leaves_nothing_behind(known: Any) -> None:
    before = content(known)
    text = "".join(hit(f"10.{n % 256}.{n * 31 % 253}.9", f"/{n * 7919 % 99991:x}") for n in range(30_000)).encode()
    known.write("a.log.gz", gzip.compress(text)[:-3000])
    done = known.call("import", "a.log.gz", "--as", "activities")
    assert done.code == 1
    assert "the packed file ends too early" in done.err
    assert content(known) == before
    assert known.query("SELECT count(*) FROM operation WHERE kind = 'import'") == [(1,)]


def test_broken_lines_are_told_and_the_others_are_kept(known: Any) -> None:
    text = hit(ANN, "/") * 2 + "broken\n" + hit(ANN, "/b", "25:00:00") + hit(ANN, "/c", "10:09:00")
    found = bring(known, text, code=1)
    assert counts(found) == (5, 2, 0, 0, 1, 2, 0, 2)
    assert [(each["line"], each["value"]) for each in found["rejects"]] == [(3, None), (4, None)]
    assert not (known.path / "rejects").exists()  # lines hold addresses, which are not kept


@pytest.mark.parametrize(
    "flag", ["--type=page_view", "--map-column=a=b", "--source=web", "--encoding=utf-8", "--delimiter=;"]
)
def test_flags_about_columns_are_refused(known: Any, flag: str) -> None:
    known.write("a.log", hit(ANN, "/"))
    done = known.call("import", "a.log", "--as", "activities", flag)
    assert (done.code, "is not for an access log" in done.err) == (2, True)


def test_a_dry_run_writes_nothing(known: Any) -> None:
    before = content(known)
    found = bring(known, hit(ANN, "/?lc=ann"), "--dry-run")
    assert (counts(found)[:2], found["operation"]) == ((1, 1), None)
    assert content(known) == before


def test_an_empty_log_and_another_file_are_what_they_were(known: Any) -> None:
    known.write("a.log", "")
    assert "is empty" in known.call("import", "a.log", "--as", "activities").err
    known.write("a.csv.gz", gzip.compress(b"lead,type,on\n1,call,2026-11-01\n"))
    assert "packed with gzip" in known.call("import", "a.csv.gz", "--as", "activities").err
    assert known.call("import", "-", "--as", "activities", stdin="lead,type,on\n1,call,2026-11-01\n").code == 0


def test_a_large_log_is_read_in_two_processes_to_the_same_end(known: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from leadctl.services.importing import logs as importing_logs

    pick = Random(5)
    lines = [
        hit(f"10.0.{pick.randint(0, 3)}.{pick.randint(1, 60)}", pick.choice(["/", "/a", "/b?lc=ann", "/x.css"]), f"10:00:{n:02}")
        for n in range(60)
        for _ in range(20)
    ]  # fmt: skip
    lines[700] = "broken\n"
    text = "".join(lines)
    wanted = bring(known, text, code=1)
    whole = content(known)
    assert known.call("undo", "--yes").code == 0
    for name, value in (("LARGE_FILE", 1000), ("PART", 30_000), ("MOST_VIEWS", 500)):
        monkeypatch.setattr(importing_logs, name, value)
    found = bring(known, text, code=1)
    assert found["rejects"] == wanted["rejects"]
    # A view that stands on both sides of an edge may count as two new ones here, and is one all the same.
    assert [found[each] for each in ("read", "rejected", "blank")] == [
        wanted[each] for each in ("read", "rejected", "blank")
    ]
    assert found["created"] + found["duplicate"] == wanted["created"] + wanted["duplicate"]
    rows = "SELECT lead, occurred_at, path, extra FROM activity"
    assert sorted(known.query(rows), key=repr) == sorted(
        ((row[1], row[4], row[7], row[13]) for row in whole["activity"]), key=repr
    )
    again = bring(known, gzip.compress(text.encode()), name="packed.gz", code=1)
    assert (again["created"], again["updated"]) == (0, 0)


def a_log(pick: Random) -> str:
    return "".join(
        hit(
            pick.choice([ANN, BOB, CYD]),
            pick.choice(["/", "/a", "/b", "/?lc=ann", "/?lc=bob", "/c.css"]),
            f"10:0{pick.randint(0, 3)}:00",
        )
        for _ in range(pick.randint(1, 6))
    )


def a_table(pick: Random, visitors: list[str]) -> str:
    rows = ["visitor,email,type,on"]
    for _ in range(pick.randint(1, 3)):
        mail = pick.choice(["", "ann@x.de", "bob@y.at", "new@z.at"])
        rows.append(f"{pick.choice([*visitors, 'V1'])},{mail},page_view,2026-11-0{pick.randint(1, 4)}")
    return "\n".join(rows) + "\n"


@settings(max_examples=5)
@given(
    kinds=st.lists(st.sampled_from(["log", "log", "table", "leads"]), min_size=2, max_size=4),
    seed=st.integers(0, 10**6),
)
def test_again_nothing_changes_and_undone_everything_is_as_it_was(
    make_workspace: Any, kinds: list[str], seed: int
) -> None:
    pick = Random(seed)
    workspace = make_workspace(f"w{next(NUMBERS)}")
    workspace.bring(LEADS)
    for lead, token in ((1, "ann"), (2, "bob")):
        workspace.query(
            "INSERT INTO link (token, url, lead, created_by) VALUES (?, 'https://e.example/', ?, 1)", token, lead
        )
    done: list[tuple[int, dict[str, Any]]] = []
    for number, kind in enumerate(kinds):
        before = content(workspace)
        if kind == "leads":
            visitors = [row[0] for row in workspace.query("SELECT visitor FROM visits")] or ["V1"]
            name, text, flags = f"{number}.csv", f"name,email,visitor id\nNew,new@z.at,{pick.choice(visitors)}\n", ()
        elif kind == "log":
            name, text, flags = f"{number}.log", a_log(pick), ("--as", "activities")
        else:
            visitors = sorted(row[0] for row in workspace.query("SELECT visitor FROM visits"))
            name, text, flags = f"{number}.csv", a_table(pick, visitors), ("--as", "activities")
        workspace.write(name, text)
        first = workspace.call("import", name, "--json", *flags)
        assert first.code == 0, first.err
        after = content(workspace)
        again = workspace.call("import", name, "--json", *flags)
        assert again.code == 0, again.err
        assert (again.json["created"], again.json["updated"]) == (0, 0)
        assert content(workspace) == after
        done.append((first.json["operation"], before))
    for operation, before in reversed(done):
        found = workspace.call("undo", str(operation), "--yes", "--json")
        assert found.code == 0, found.err
        assert content(workspace) == before


def test_visits_of_who_was_forgotten_stay_away(known: Any) -> None:
    first = (
        hit(ANN, "/offer?lc=ann")
        + hit(ANN, "/price", "10:01:00")
        + hit(BOB, "/offer?lc=bob", "10:02:00")
        + hit(CYD, "/", "10:03:00")
    )
    bring(known, first)
    assert known.call("forget", "1", "--yes").code == 0
    ledger = bring(known, first + hit(CYD, "/offer?lc=ann", "11:00:00"))  # her link in another browser
    assert (ledger["created"], ledger["forgotten"]) == (0, 3)
    done = known.call("import", "access.log", "--as", "activities")
    assert "3 page views are of people who asked to be forgotten: left out" in done.err
    assert "of no link" not in done.err
    assert known.query("SELECT seen FROM visits") == [('[["2026-11-01T09:03:00Z","/"]]',)]
    assert "ann" not in str(known.query("SELECT * FROM activity")) + str(known.query("SELECT * FROM contact"))
    known.write("acts.csv", "token,type,date\nann,page_view,2026-11-02\nbob,page_view,2026-11-02\n")
    acts = known.call("import", "acts.csv", "--as", "activities", "--json").json
    assert (acts["created"], acts["forgotten"]) == (1, 1)


def test_a_machine_that_somebody_else_uses_too_is_not_forgotten(known: Any) -> None:
    log = hit(ANN, "/offer?lc=ann") + hit(ANN, "/offer?lc=bob", "10:01:00") + hit(ANN, "/price", "10:02:00")
    bring(known, log)
    assert known.call("forget", "1", "--yes").code == 0
    ledger = bring(known, log)
    assert ledger["forgotten"] == 1
