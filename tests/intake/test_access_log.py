"""Access logs: which lines are page views, and whose. Known answers by hand; the quick way and the careful one agree."""

from __future__ import annotations

import gzip
import io
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadctl.errors import BrokeOff, UsageError
from leadctl.intake.logs import access_log
from leadctl.intake.logs.access_log import LogReader, Viewed
from leadctl.intake.logs.file import open_log
from leadctl.intake.logs.lines import alike, is_bot, is_file, looks_like_access_log, moment_of, own_hosts
from leadctl.intake.logs.page_views import count_views, views_of, without

KEY = b"k" * 32
BROWSER = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/130.0 Safari/537.36"
TIME = "01/Nov/2026:10:00:00 +0000"


def line(
    request: str = "GET /pricing HTTP/1.1",
    *,
    who: str = "203.0.113.7 - -",
    time: str = TIME,
    status: int = 200,
    referrer: str = "-",
    agent: str = BROWSER,
    more: str = "",
) -> str:
    return f'{who} [{time}] "{request}" {status} 512 "{referrer}" "{agent}"{more}\n'


def read(text: str | bytes, *, size: int = 10**9, own: set[str] | None = None) -> Viewed:
    """What a log shows that is read in blocks of so many lines."""
    raw = text.encode() if isinstance(text, str) else text
    reader = LogReader(KEY, own or set())
    lines = raw.split(b"\n")
    if lines[-1] == b"":
        lines.pop()
    for at in range(0, len(lines), size):
        reader.take(b"\n" + b"\n".join(lines[at : at + size]) + b"\n")
    return reader.finish()


def views(found: Viewed) -> list[list[object]]:
    return [each for packed in found.visitors.values() for each in json.loads(f"[{packed}]")]


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        (line(), ["2026-11-01T10:00:00Z", "/pricing"]),
        (line(time="01/Nov/2026:10:00:00 +0100"), ["2026-11-01T09:00:00Z", "/pricing"]),
        (line(time="01/Jan/2026:01:15:59 +0530"), ["2025-12-31T19:45:59Z", "/pricing"]),
        (line(time="30/Jun/2026:23:59:60 -0700"), ["2026-07-01T06:59:59Z", "/pricing"]),
        (line(time="01/Nov/2026:10:00:00.123 +0000"), ["2026-11-01T10:00:00Z", "/pricing"]),
        (line(time="2026-11-01T10:00:00+02:00"), ["2026-11-01T08:00:00Z", "/pricing"]),
        (line("GET / HTTP/1.1", status=304), ["2026-11-01T10:00:00Z", "/"]),
        (line("GET /a?q=1#x HTTP/2.0"), ["2026-11-01T10:00:00Z", "/a"]),
        (line("GET /%C3%BCber%20uns HTTP/1.1"), ["2026-11-01T10:00:00Z", "/über uns"]),
        (line("GET /a%3Fb HTTP/1.1"), ["2026-11-01T10:00:00Z", "/a%3Fb"]),
        (line("GET //x.example/a HTTP/1.1"), ["2026-11-01T10:00:00Z", "/x.example/a"]),
        (line("GET https://www.example.org/a HTTP/1.1"), ["2026-11-01T10:00:00Z", "/a"]),
        (line("GET /paper.pdf HTTP/1.1", status=206), ["2026-11-01T10:00:00Z", "/paper.pdf"]),
        (line("GET /v1.2/notes HTTP/1.1"), ["2026-11-01T10:00:00Z", "/v1.2/notes"]),
        (line('GET /a\\"b HTTP/1.1'), ["2026-11-01T10:00:00Z", '/a\\"b']),
        (
            line("GET /a?utm_source=news+letter&UTM_Medium=email&utm_campaign=k%C3%B6ln&utm_term= HTTP/1.1"),
            ["2026-11-01T10:00:00Z", "/a", {"source": "news letter", "channel": "email", "campaign": "köln"}],
        ),
        (
            line("GET /a?lc=AbC&utm_content=x&utm_term=y HTTP/1.1", referrer="https://t.co/Q"),
            ["2026-11-01T10:00:00Z", "/a", {"content": "x", "term": "y", "token": "AbC"}, "t.co/Q"],
        ),
        (
            line(referrer="https://user:secret@WWW.Search.example:8080/?q=lead"),
            ["2026-11-01T10:00:00Z", "/pricing", None, "www.search.example"],
        ),
        (line(referrer="https://www.example.org/"), ["2026-11-01T10:00:00Z", "/pricing"]),
        (line(referrer='https://a.example/\\"x\\"'), ["2026-11-01T10:00:00Z", "/pricing", None, 'a.example/\\"x\\"']),
        (line(agent='Mozilla/5.0 \\"quoted\\" browser'), ["2026-11-01T10:00:00Z", "/pricing"]),
        (line(more=' "-"'), ["2026-11-01T10:00:00Z", "/pricing"]),
        (line(more=' 0.004 "x" extra'), ["2026-11-01T10:00:00Z", "/pricing"]),
        (line(who="www.example.org:443 2001:db8::1 - -"), ["2026-11-01T10:00:00Z", "/pricing"]),
        (line().replace("\n", "\r\n"), ["2026-11-01T10:00:00Z", "/pricing"]),
        ("\0\0\0" + line(), ["2026-11-01T10:00:00Z", "/pricing"]),
    ],
)
def test_a_page_view(given: str, wanted: list[object]) -> None:
    for text in (given, line("GET /x HTTP/1.1", time="01/Nov/2026:09:00:00 +0000") + given):  # by itself, among others
        found = read(text, own={"example.org"})
        assert (found.bad, found.left_out) == ([], {})
        assert views(found)[-1] == wanted


@pytest.mark.parametrize(
    ("given", "why"),
    [
        (line("GET /site.css?v=3 HTTP/1.1"), "files"),
        (line("GET /Logo.PNG HTTP/1.1", status=404), "files"),
        (line("GET /robots.txt HTTP/1.1", agent="some bot"), "files"),
        (line("GET /sitemap.xml HTTP/1.1"), "files"),
        (line("GET /blog/feed/ HTTP/1.1"), "files"),
        (line("GET /wp-json/wp/v2 HTTP/1.1"), "files"),
        (line(status=301), "errors and redirects"),
        (line("GET /wp-login HTTP/1.1", status=404), "errors and redirects"),
        (line(status=500), "errors and redirects"),
        (line("HEAD / HTTP/1.1"), "other requests"),
        (line("POST /contact HTTP/1.1", status=302), "other requests"),
        (line("OPTIONS * HTTP/1.0"), "other requests"),
        (line("\\x16\\x03\\x01\\x02\\x00\\x01", status=400, agent="-"), "other requests"),
        (line("-", status=408, agent="-"), "other requests"),
        (line("", status=400, agent="-"), "other requests"),
        (line(agent="Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"), "bots"),
        (line(agent="curl/8.5.0"), "bots"),
        (line(agent="-"), "bots"),
        ("\n", "empty lines"),
    ],
)
def test_what_is_no_page_view(given: str, why: str) -> None:
    found = read(line() + given + line("GET /b HTTP/1.1"))
    assert found.left_out == {why: 1}
    assert (found.lines, found.views, found.bad) == (3, 2, [])


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ("words\n", "it is no line of an access log"),
        ('203.0.113.7 - - [01/Nov/2026:10:00:00 +0000] "GET /a HTTP/1.1" 200 51\x32 "-" "Mozil\n', "it is no line"),
        (line(time="01/Foo/2026:10:00:00 +0000"), "its time cannot be read"),
        (line(time="31/Feb/2026:10:00:00 +0000"), "day is out of range"),
        (line(time="01/Nov/2026:25:00:00 +0000"), "hour must be"),
        (line(time="01/Nov/0026:10:00:00 +0000"), "its time cannot be"),
        (line(time="2026-11-01T10:00:00"), "its time has no zone"),
        (line(who=" "), "it does not say who"),
    ],
)
def test_a_broken_line_is_told_with_its_number(given: str, reason: str) -> None:
    found = read(line() + given + line("GET /b HTTP/1.1") + line("GET /x.css HTTP/1.1"))
    assert [number for number, _ in found.bad] == [2]
    assert found.bad[0][1].startswith(reason)
    assert (found.lines, found.views, found.left_out) == (4, 2, {"files": 1})


def test_the_common_format_names_no_browser() -> None:
    found = read('203.0.113.7 - ann [01/Nov/2026:10:00:00 +0000] "GET /a HTTP/1.0" 200 -\n')
    assert (views(found), found.unnamed) == ([["2026-11-01T10:00:00Z", "/a"]], True)


def test_a_visitor_is_an_address_with_a_browser_and_neither_is_kept() -> None:
    text = (
        line()
        + line("GET /b HTTP/1.1", who="203.0.113.7 - ann")
        + line(who="203.0.113.8 - -")
        + line(agent="Other/1.0")
    )
    text += line("GET /c HTTP/1.1", who="10.0.0.1 - -", more=' "203.0.113.7, 10.0.0.2"')
    text += line("GET /d HTTP/1.1", who="www.example.org:80 203.0.113.7 - -")
    found = read(text)
    assert sorted(map(count_views, found.visitors.values())) == [1, 1, 4]
    assert all(len(visitor) == 20 and "203" not in packed for visitor, packed in found.visitors.items())
    assert read(text).visitors.keys() == found.visitors.keys()
    reader = LogReader(b"other" * 6, set())
    reader.take(b"\n" + text.encode())
    assert reader.finish().visitors.keys().isdisjoint(found.visitors)


def test_the_same_view_twice_counts_once() -> None:
    found = read(line() + line(referrer="https://a.example/") + line(time="01/Nov/2026:10:00:01 +0000"))
    assert (found.views, found.again, found.lines) == (2, 1, 3)


def test_tokens_say_who_followed() -> None:
    found = read(line("GET /a?lc=one HTTP/1.1") + line(who="203.0.113.8 - -") + line('GET /\\"?lc=two HTTP/1.1'))
    assert {token for _, token in found.followed} == {"one", "two"}
    assert len({visitor for visitor, _ in found.followed}) == 1


def test_when_the_clocks_change() -> None:
    text = "".join(
        line(time=f"25/Oct/2026:02:{minute}:00 {zone}") for zone in ("+0200", "+0100") for minute in (10, 50)
    )
    assert [each[0] for each in views(read(text, size=1))] == [
        "2026-10-25T00:10:00Z",
        "2026-10-25T00:50:00Z",
        "2026-10-25T01:10:00Z",
        "2026-10-25T01:50:00Z",
    ]
    assert read(text).visitors == read(text, size=1).visitors


ODD = st.sampled_from(
    [
        "",
        "words",
        "\0\0",
        '"',
        '" "',
        "[",
        "1.2.3.4 - - [",
        '1.2.3.4 - - [01/Nov/2026:10:00:00 +0000] "GET /a HTTP/1.1"',
    ]
)
LINES = st.builds(
    line,
    st.one_of(
        st.sampled_from(
            ["GET / HTTP/1.1", "GET /a.css HTTP/1.1", "GET /a.min.js?v=1 HTTP/1.1", "POST /a HTTP/1.1", "-"]
        ),
        st.text(alphabet='GET /a.?=&%"\\[] ', max_size=12).map(lambda text: f"GET /{text} HTTP/1.1"),
    ),
    who=st.sampled_from(
        ["203.0.113.7 - -", "2001:db8::2 - ann", "example.org:80 203.0.113.9 - -", "", "203.0.113.7 - a b"]
    ),
    time=st.sampled_from(
        [TIME, "01/Nov/2026:10:00:07 +0000", "01/Nov/2026:10:00:07 +0130", "31/Feb/2026:10:00:00 +0000", ""]
    ),
    status=st.sampled_from([200, 206, 304, 404, 999]),
    referrer=st.one_of(st.sampled_from(["-", "https://a.example/x"]), st.text(alphabet='ab/:"\\[ ', max_size=8)),
    agent=st.one_of(st.sampled_from([BROWSER, "Googlebot/2.1", "-"]), st.text(alphabet='abc;"\\ ', max_size=8)),
    more=st.sampled_from(["", ' "-"', ' "203.0.113.99"', " 12", "x"]),
).map(lambda text: text[:-1])


@given(st.lists(st.one_of(LINES, LINES, LINES, ODD), max_size=12), st.integers(1, 5))
def test_many_lines_at_once_say_what_each_says_by_itself(lines: list[str], size: int) -> None:
    text = "".join(each + "\n" for each in lines)

    class Careful(LogReader):
        """Reads every line by itself."""

        def take(self, block: bytes) -> None:
            for number, each in enumerate(block.replace(b"\0", b"")[1:-1].split(b"\n"), 1):
                self._take_line(each, self.seen.lines + number)
            self.seen.lines += block.count(b"\n") - 1

    careful = Careful(KEY, set())
    if text:
        careful.take(b"\n" + text.encode())
    wanted, found = careful.finish(), read(text, size=size)
    assert found.lines == len(lines)
    assert found.views + found.again + len(found.bad) + sum(found.left_out.values()) == len(lines)
    for name in ("views", "again", "left_out", "followed", "bad"):
        assert getattr(found, name) == getattr(wanted, name), name
    assert found.visitors.keys() == wanted.visitors.keys()
    for visitor, packed in found.visitors.items():
        assert views_of(packed).keys() == views_of(wanted.visitors[visitor]).keys()


@given(st.lists(LINES, max_size=12), st.integers(0, 12))
def test_parts_put_together_are_the_whole(lines: list[str], cut: int) -> None:
    whole = read("".join(each + "\n" for each in lines))
    found = read("".join(each + "\n" for each in lines[:cut]))
    found.add(read("".join(each + "\n" for each in lines[cut:])))
    for name in ("lines", "views", "again", "left_out", "followed", "bad"):
        assert getattr(found, name) == getattr(whole, name), name
    assert {visitor: views_of(each).keys() for visitor, each in found.visitors.items()} == {
        visitor: views_of(each).keys() for visitor, each in whole.visitors.items()
    }


def test_more_pages_and_referrers_than_there_are_numbers_for(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "".join(line(f"GET /{n} HTTP/1.1", referrer=f"https://a.example/{n}") for n in range(40))
    wanted = read(text)
    monkeypatch.setattr(access_log._Numbered, "__init__", _few)
    found = read(text, size=3)
    assert (found.lines, found.views) == (wanted.lines, wanted.views) == (40, 40)
    assert [views_of(each) for each in found.visitors.values()] == [views_of(each) for each in wanted.visitors.values()]


def _few(self: access_log._Numbered, bits: int, place: int) -> None:
    self.texts, self.most, self.place, self.numbers = [""], 6, place, {}


def test_what_is_left_of_packed_views() -> None:
    held = '["t1","/a"],["t1","/b",{"source":"x"}],["t2","/c",null,"r.example"]'
    assert without(held, held) == ""
    assert without('["t1","/a",null,"other"],["t3","/a"]', held) == '["t3","/a"]'
    assert without('["t1","/b"],["t2","/c"]', held) == '["t1","/b"]'
    assert count_views(held) == 3


@pytest.mark.parametrize(
    ("path", "wanted"),
    [("/a.css", True), ("/a.JPG", True), ("/favicon.ico", True), ("/a", False), ("/a.html", False), ("/css", False)],
)
def test_files(path: str, wanted: bool) -> None:
    assert is_file(path.encode()) is wanted
    taken = alike(b"+0000").findall(b"\n" + line(f"GET {path} HTTP/1.1").encode())[0]
    assert (taken == (b"",) * 9) is (wanted and path != "/a.JPG")  # capital letters are looked at more closely


@pytest.mark.parametrize(
    ("agent", "wanted"),
    [
        (BROWSER, False),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) Version/17.5 Mobile/15E148 Safari/604.1", False),
        ("Mozilla/5.0 (Linux; Android 12; CUBOT X30) AppleWebKit/537.36 Chrome/120.0.0.0 Mobile Safari/537.36", False),
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:128.0) Gecko/20100101 Firefox/128.0", False),
        ("Opera/9.80 (Windows NT 6.1) Presto/2.12.388 Version/12.18", False),
        ("Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.1; +https://openai.com/gptbot)", True),
        ("facebookexternalhit/1.1", True),
        ("python-requests/2.32", True),
        ("", True),
    ],
)  # fmt: skip
def test_bots(agent: str, wanted: bool) -> None:
    assert is_bot(agent.encode()) is wanted


def test_the_sites_own_hosts() -> None:
    files = "".join(line(f"GET /{n}.css HTTP/1.1", referrer="https://www.example.org/a") for n in range(9))
    text = files + line("GET /x.png HTTP/1.1", referrer="https://thief.example/") + line(referrer="https://b.example/")
    assert own_hosts(text.encode()) == {"www.example.org"}
    assert own_hosts(line(who="shop.example.org:443 203.0.113.7 - -").encode()) == {"shop.example.org"}
    pages = line("GET /a HTTP/1.1", referrer="https://search.example/") + line(referrer="https://example.org/a")
    assert own_hosts(pages.encode()) == {"example.org"}


def test_it_is_known_by_its_first_lines() -> None:
    assert looks_like_access_log(line().encode())
    assert looks_like_access_log(b"broken\n" + line().encode() * 3)
    for text in ("lead,type,on\n1,call,2026-01-01\n", '{"a": 1}\n', "", "\n\n", "[1, 2]\n"):
        assert not looks_like_access_log(text.encode())


def test_no_time_is_read_wrongly() -> None:
    assert moment_of(b"01/Nov/2026:10:00:00 +0000") == 1793527200
    for text in (b"1/Nov/2026:10:00:00 +0000", b"01/Nov/2026:10:00:00", b"01/Nov/2026 10:00:00 +0000", b""):
        with pytest.raises(ValueError, match=r"."):
            moment_of(text)


def blocks_of(path: Path, parts: int) -> list[bytes]:
    log, _ = open_log(str(path), None, sure=True)
    assert log is not None
    edges = [log.size * number // parts for number in range(parts + 1)]
    found = [b"".join(block[1:] for block in log.part(*edges[at : at + 2])) for at in range(parts)]
    log.close()
    return found


@given(st.lists(st.integers(1, 60), min_size=1, max_size=9), st.integers(1, 6), st.booleans())
def test_every_line_is_in_one_part(
    tmp_path_factory: pytest.TempPathFactory, sizes: list[int], parts: int, end: bool
) -> None:
    text = line().encode() * 12 + b"\n".join(b"x" * size for size in sizes) + (b"\n" if end else b"")
    path = tmp_path_factory.mktemp("log") / "a.log"
    path.write_bytes(text)
    assert b"".join(blocks_of(path, parts)) == text.removesuffix(b"\n") + b"\n"


def test_packed_logs(tmp_path: Path) -> None:
    text = "".join(line(f"GET /{n} HTTP/1.1") for n in range(200)).encode()
    packed = gzip.compress(text[:5000]) + gzip.compress(text[5000:]) + b"\0" * 7  # several members, and some filling
    for source in (tmp_path / "a.log.gz", None):
        if source is not None:
            source.write_bytes(packed)
        log, _ = open_log(str(source or "-"), None if source else io.BytesIO(packed), sure=True)
        assert log is not None
        assert b"".join(block[1:] for block in log.blocks()) == text


def test_packed_logs_that_are_damaged(tmp_path: Path) -> None:
    lines = [
        line(f"GET /{n * 7919 % 99991:x} HTTP/1.1", who=f"10.{n % 251}.{n * 31 % 253}.9 - -") for n in range(20_000)
    ]
    packed = gzip.compress("".join(lines).encode())
    for name, raw in (("short", packed[:-2000]), ("wrong", packed[:-60_000] + b"\xff" * 60_000)):
        path = tmp_path / f"{name}.gz"
        path.write_bytes(raw)
        log, _ = open_log(str(path), None, sure=True)
        assert log is not None
        with pytest.raises(BrokeOff, match=r"the packed file (ends too early|is damaged)"):
            list(log.blocks())
    (tmp_path / "tiny.gz").write_bytes(packed[:40])
    with pytest.raises(UsageError, match="ends too early"):
        open_log(str(tmp_path / "tiny.gz"), None, sure=True)


def test_a_line_of_megabytes_is_cut_off(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    path.write_bytes(line().encode() + b"x" * 5_000_000 + b"\n" + line("GET /b HTTP/1.1").encode())
    for whole in (True, False):
        log, _ = open_log(str(path), None if whole else io.BytesIO(path.read_bytes()), sure=True)
        assert log is not None
        reader = LogReader(KEY, set())
        for block in log.part(0, log.size) if whole else log.blocks():
            assert len(block) < 2_000_000
            reader.take(block)
        found = reader.finish()
        assert (found.lines, found.views, len(found.bad)) == (3, 2, 1)
