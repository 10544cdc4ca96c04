"""Tagged links: what they look like, that each is made once, and who followed them."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadctl.model.addresses import parse_address
from leadctl.model.tagging import LONGEST, TAGS, TOKEN_LENGTH, TOKEN_SIGNS, check_address, tagged

LEADS = "name,email,country\nAnn,ann@a-werke.example,AT\nBob,,AT\nCyd,cyd@c-werke.example,DE\n"


def link(workspace: Any, *args: str) -> str:
    done = workspace.call("link", *args)
    assert done.code == 0, done.err
    assert done.out.count("\n") == 1
    return str(done.out.strip())


@pytest.mark.parametrize(
    ("url", "before", "after"),
    [
        ("https://example.org", "https://example.org?utm_source=x&lc=", ""),
        ("https://example.org/", "https://example.org/?utm_source=x&lc=", ""),
        ("HTTP://Example.org:8080/a b", None, None),
        ("http://Example.org:8080/a?b=1&b=2#part", "http://Example.org:8080/a?b=1&b=2&utm_source=x&lc=", "#part"),
        ("https://example.org/?", "https://example.org/?utm_source=x&lc=", ""),
        ("https://example.org/a?utm_source=old&q=%20+&LC=1", "https://example.org/a?q=%20+&utm_source=x&lc=", ""),
        ("https://ann:word@münchen.example/straße?ü#é", "https://ann:word@münchen.example/stra%C3%9Fe?%C3%BC&utm_source=x&lc=", "#%C3%A9"),  # noqa: E501
        ("https://[::1]:80/a", "https://[::1]:80/a?utm_source=x&lc=", ""),
        ('https://example.org/"<x>', "https://example.org/%22%3Cx%3E?utm_source=x&lc=", ""),
    ],
)  # fmt: skip
def test_what_stands_in_an_address_stays(url: str, before: str | None, after: str | None) -> None:
    if before is None:
        with pytest.raises(ValueError, match="blank"):
            check_address(url)
        return
    assert tagged(check_address(f"  {url}\n"), {"source": "x"}) == (before, after)


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("", "is empty"),
        ("example.org/offer", "write it with https://"),
        ("javascript:alert(1)", "is no web address"),
        ("ftp://example.org/", "is no web address"),
        ("mailto:ann@a.example", "is no web address"),
        ("https://", "names no host"),
        ("https:///path", "names no host"),
        ("https://:80/", "names no host"),
        ("https://example.org:99999/", "there is no port 99999"),
        ("https://example.org:8a/", "names no host"),
        ("https://exa mple.org/", "has a blank"),
        ("https://example.org/\x1b[31m", "signs in it"),
        ("https://example.org/\u202e", "signs in it"),
        ("https://example.org\\evil", "signs in it"),
        ("https://example.org/" + "a" * LONGEST, "characters"),
    ],
)
def test_what_is_no_address_is_refused(workspace: Any, url: str, says: str) -> None:
    done = workspace.call("link", url, "--campaign", "spring")
    assert done.code == 2, done.out
    assert says in done.err
    assert workspace.query("SELECT count(*) FROM link") == [(0,)]


TEXT = st.text(st.characters(exclude_categories=("C", "Z")), min_size=1, max_size=12)


@given(values=st.dictionaries(st.sampled_from(TAGS), TEXT), query=st.lists(st.tuples(TEXT, TEXT), max_size=3))
def test_tags_are_read_back_as_they_were_given(values: dict[str, str], query: list[tuple[str, str]]) -> None:
    from urllib.parse import urlencode

    own = [pair for pair in query if pair[0].lower() not in ("lc", *(f"utm_{tag}" for tag in TAGS))]
    url = "https://example.org/a" + (f"?{urlencode(own)}" if own else "") + "#top"
    before, after = tagged(check_address(url), values)
    whole = f"{before}abc{after}"
    expected = [*own, *((f"utm_{tag}", values[tag]) for tag in TAGS if tag in values), ("lc", "abc")]
    assert parse_qsl(urlsplit(whole).query, keep_blank_values=True) == expected
    read = parse_address(whole)
    assert {tag: getattr(read, tag) for tag in TAGS if tag in values} == {
        tag: text.strip() for tag, text in values.items()
    }
    assert (read.host, read.path, read.token) == ("example.org", "/a", "abc")


def test_the_same_link_is_made_once(workspace: Any) -> None:
    workspace.bring(LEADS)
    args = ("https://example.org/offer", "--campaign", "spring", "--source", "linkedin", "--medium", "social")
    first = link(workspace, *args)
    address, _, token = first.rpartition("&lc=")
    assert address == "https://example.org/offer?utm_source=linkedin&utm_medium=social&utm_campaign=spring"
    assert len(token) == TOKEN_LENGTH
    assert set(token) <= set(TOKEN_SIGNS)
    assert not set(TOKEN_SIGNS) & set("01ilo")
    again = workspace.call("link", *args)
    assert (again.out.strip(), again.err.strip()) == (first, "handed out before: the same")
    assert workspace.query("SELECT count(*) FROM operation WHERE kind = 'link'") == [(1,)]
    others = [link(workspace, *args, "--lead", "ann"), link(workspace, *args, "--content", "two")]
    assert len({first, *others}) == 3
    assert workspace.call("link", *args, "--json").json == {
        "operation": None,
        "url": first,
        "token": token,
        "lead": None,
        "source": "linkedin",
        "medium": "social",
        "campaign": "spring",
        "content": None,
        "term": None,
        "changed": False,
    }
    assert workspace.query("SELECT lead FROM link ORDER BY id") == [(None,), (1,), (None,)]


def test_a_link_is_for_somebody(workspace: Any) -> None:
    workspace.bring(LEADS)
    url = "https://example.org"
    assert link(workspace, url, "--lead", "1").startswith("https://example.org?lc=")
    for args, code, says in (
        ((url,), 2, "for nobody"),
        ((url, "--source", "x"), 2, "for nobody"),
        ((url, "--campaign", "  "), 2, "--campaign is empty"),
        ((url, "--campaign", "a\tb"), 2, "--campaign is no name"),
        ((url, "--campaign", "a" * 201), 2, "--campaign is no name"),
        ((url, "--lead", "nobody here"), 3, "there is no lead"),
        ((url, "--lead", "1", "--where", "country: AT"), 2, "give one of them"),
        (("--campaign", "x"), 2, "the address is missing"),
        ((url, "--list"), 2, "--list takes no address"),
    ):
        done = workspace.call("link", *args)
        assert (done.code, says in done.err) == (code, True), done.err


def test_links_for_a_mail_merge(workspace: Any) -> None:
    workspace.bring(LEADS)
    args = ("link", "https://example.org/offer?a=1#x", "--where", "country: AT", "--campaign", "spring", "--json")
    done = workspace.call(*args)
    found = done.json
    assert [(row["lead"], row["name"], row["email"]) for row in found] == [
        (1, "Ann", "ann@a-werke.example"),
        (2, "Bob", None),
    ]
    tokens = dict(workspace.query("SELECT lead, token FROM link"))
    assert [row["url"] for row in found] == [
        f"https://example.org/offer?a=1&utm_campaign=spring&lc={tokens[lead]}#x" for lead in (1, 2)
    ]
    assert "2 new, 0 handed out before" in done.err
    assert "1 of these leads have no e-mail" in done.err
    again = workspace.call(*args)
    assert again.json == found
    assert "0 new, 2 handed out before" in again.err
    assert workspace.query("SELECT count(*), max(leads) FROM operation WHERE kind = 'link'") == [(1, 2)]
    assert link(workspace, "https://example.org/offer?a=1#x", "--lead", "2", "--campaign", "spring") == found[1]["url"]
    workspace.query("UPDATE lead SET opted = 'out' WHERE id = 1")
    assert "1 lead has opted out and is left out" in workspace.call(*args).err
    assert workspace.call("undo").code == 0
    assert workspace.query("SELECT count(*) FROM link") == [(0,)]


def test_links_are_listed_with_how_often_they_were_followed(workspace: Any) -> None:
    workspace.bring(LEADS)
    url = link(workspace, "https://example.org/offer", "--lead", "1", "--campaign", "spring")
    never = link(workspace, "https://example.org/other", "--campaign", "spring")
    rows = f"Ann,ann@a-werke.example,2026-11-03 10:00,{url}\nAnn,ann@a-werke.example,2026-11-05 11:00,{url}\n"
    workspace.bring("name,email,captured_at,Page URL\n" + rows, "form.csv")
    found = workspace.call("link", "--list", "--json").json
    assert [(row["url"], row["lead"], row["name"], row["followed"], row["last_followed_at"]) for row in found] == [
        (never, None, None, 0, None),
        (url, 1, "Ann", 2, "2026-11-05T10:00:00Z"),
    ]
    assert [row["handed_out_at"] for row in found] == ["2026-11-22T12:00:00Z"] * 2
    assert len(workspace.call("link", "--list", "--limit", "1", "--json").json) == 1


def test_a_link_of_a_campaign_is_taken_back(workspace: Any) -> None:
    first = link(workspace, "https://example.org/offer", "--campaign", "spring")
    assert workspace.call("undo").code == 0
    assert workspace.query("SELECT count(*) FROM link") == [(0,)]
    assert (
        link(workspace, "https://example.org/offer", "--campaign", "spring") != first
    )  # the old token is gone for good


def test_a_link_for_who_opted_out_comes_with_a_warning(workspace: Any) -> None:
    workspace.bring("name,email\nAnn,ann@a-werke.example\n")
    workspace.call("opt-out", "1", "--origin", "phone")
    done = workspace.call("link", "https://example.org/", "--lead", "1")
    assert done.code == 0 and "lead 1 has opted out, on 2026-11-22: ask before you write or call" in done.err
