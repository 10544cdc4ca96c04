"""Access logs of web servers: lines -> the page views of visitors.

Of a million lines most are files of pages, and nearly all look alike; so one regular expression goes over a block of lines,
makes nothing of the files, and the others are gone through column by column. A line that is different is read by itself.

Addresses are never kept: a visitor is a keyed hash of address and browser.
"""

from __future__ import annotations

from array import array
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from hashlib import blake2b
from itertools import compress, product
from operator import add, getitem

from leadctl.intake.logs.lines import (
    GOOD,
    LINE,
    address_of,
    alike,
    behind,
    file_line,
    hour_text,
    is_bot,
    is_file,
    moment_of,
    target_of,
    text_of,
)
from leadctl.intake.logs.page_views import count_views, encode, gap, page_text, without
from leadctl.model.addresses import parse_address

MOST_REMEMBERED = 50_000  # requests, referrers
TAGS = ("source", "channel", "campaign", "content", "term", "token")
FILES, BOTS, FAILED, OTHERS, EMPTY = "files", "bots", "errors and redirects", "other requests", "empty lines"
# A page view is a number of 64 bits while the log is read: its second, then the page, then the referrer.
_SECOND, _PAGE, _SENT = 33, 18, 13
_VIEW = (1 << _SECOND + _PAGE) - 1
_IN_HOUR = {b"%02d:%02d" % (minute, second): 60 * minute + second for minute, second in product(range(60), repeat=2)}
_REST = [f'{minute:02}:{second:02}Z"' for minute, second in product(range(60), repeat=2)]


@dataclass
class Viewed:
    """What lines showed. `visitors`: visitor -> packed page views. `left_out`: why lines are no page views. `followed`:
    visitors and their tokens. `bad`: the lines (from 1) that could not be read."""

    lines: int = 0
    views: int = 0  # page views, each once
    again: int = 0  # those that are there once more
    visitors: dict[str, str] = field(default_factory=dict)
    left_out: dict[str, int] = field(default_factory=dict)
    followed: set[tuple[str, str]] = field(default_factory=set)
    bad: list[tuple[int, str]] = field(default_factory=list)
    unnamed: bool = False  # the log does not say with what browser somebody came

    def add(self, other: Viewed) -> None:
        """Adds what later lines showed."""
        self.bad += [(self.lines + line, reason) for line, reason in other.bad]
        self.lines += other.lines
        self.views += other.views
        self.again += other.again
        self.followed |= other.followed
        self.unnamed = self.unnamed or other.unnamed
        for why, count in other.left_out.items():
            self.left_out[why] = self.left_out.get(why, 0) + count
        mine = self.visitors
        for visitor, views in other.visitors.items():
            held = mine.setdefault(visitor, views)
            if held is not views:
                new = without(views, held)
                twice = count_views(views) - count_views(new)
                self.views -= twice
                self.again += twice
                mine[visitor] = f"{held},{new}" if new else held


class _Full(Exception):
    """There are more different pages or referrers than numbers for them."""


class _Numbered:
    """Texts, each with a number from 1 on, at its place in a page view."""

    def __init__(self, bits: int, place: int) -> None:
        self.texts = [""]
        self.most = 1 << bits
        self.place = place
        self.numbers: dict[str, int] = {}

    def __call__(self, text: str) -> int:
        found = self.numbers.get(text)
        if found is None:
            if len(self.texts) == self.most:
                raise _Full
            found = self.numbers[text] = len(self.texts) << self.place
            self.texts.append(text)
        return found


class _Requests(dict[bytes, "int | None"]):
    """Request -> its page; None for a file, 0 for what is no GET. `tokens`: of pages that were asked for with one."""

    def __init__(self) -> None:
        super().__init__()
        self.pages = _Numbered(_PAGE, _SECOND)
        self.tokens: dict[int, str] = {}

    def __missing__(self, request: bytes) -> int | None:
        if len(self) >= MOST_REMEMBERED:
            self.clear()
        target = target_of(request)
        if target is None:
            found: int | None = 0
        elif is_file(target.partition(b"?")[0]):
            found = None
        else:
            address = parse_address(text_of(target))
            given = (address.source, address.medium, address.campaign, address.content, address.term, address.token)
            tags = {name: text for name, text in zip(TAGS, given, strict=True) if text is not None}
            found = self.pages(page_text(address.path or "/", tags))
            if address.token is not None:
                self.tokens[found] = address.token
        self[request] = found
        return found


class _Referrers(dict[bytes, int]):
    """Referrer -> host and path of another site; 0 for none."""

    def __init__(self, own: frozenset[str]) -> None:
        super().__init__()
        self.own = own
        self.sites = _Numbered(_SENT, _SECOND + _PAGE)

    def __missing__(self, referrer: bytes) -> int:
        if len(self) >= MOST_REMEMBERED:
            self.clear()
        found = 0
        if referrer not in (b"", b"-"):
            address = parse_address(text_of(referrer))
            if address.host is not None and address.host.removeprefix("www.") not in self.own:
                found = self.sites(encode(address.host + (address.path or "").rstrip("/")))
        self[referrer] = found
        return found


class _Hours(dict[bytes, int]):
    """`01/Aug/2026:14:` in a time zone -> the second, since 1970, with which the hour begins."""

    def __init__(self, zone: bytes) -> None:
        super().__init__()
        self.zone = zone

    def __missing__(self, hour: bytes) -> int:
        found = self[hour] = moment_of(b"%s00:00 %s" % (hour, self.zone))
        return found


class _Browser(dict[bytes, "array[int]"]):
    """The visitors with one browser, by what stands before the time: the page views of each."""

    def __init__(self, agent: bytes) -> None:
        super().__init__()
        self.agent = agent

    def __bool__(self) -> bool:
        return True

    def __missing__(self, head: bytes) -> array[int]:
        if not head.strip():
            raise ValueError("it does not say who")
        found = self[head] = array("Q")
        return found


class _Agents(dict[bytes, "_Browser | None"]):
    """Agent -> its visitors; None for a bot."""

    def __missing__(self, agent: bytes) -> _Browser | None:
        found = self[agent] = None if is_bot(agent) else _Browser(agent)
        return found


class LogReader:
    """Reads blocks of whole lines; `finish` hands over what they showed. `key`: of the hashes; `own`: the site's hosts."""

    def __init__(self, key: bytes, own: Iterable[str]) -> None:
        self.key = key
        self.own = frozenset(host.removeprefix("www.") for host in own)
        self.zone = b"+0000"
        self.hours = _Hours(self.zone)
        self.agents = _Agents()
        self.nameless = _Browser(b"")  # where the log does not say with what somebody came
        self.held = Viewed()  # what was put together already
        self.begin()

    def begin(self) -> None:
        self.requests = _Requests()
        self.referrers = _Referrers(self.own)
        self.seen = Viewed()
        self.views = 0  # also those that are there twice
        self.followed: list[tuple[_Browser, bytes, str]] = []

    def take(self, block: bytes) -> None:
        """Whole lines, each with its end, and an end in front."""
        if b"\0" in block:  # from the last breakdown of the machine
            block = block.replace(b"\0", b"")
        found = alike(self.zone).findall(block)
        rows = [row for row in found if row[1] or row[8]]
        files = len(found) - len(rows)
        different: list[tuple[int, bytes]] = []
        try:
            if len(found) != block.count(b"\n") - 1:
                raise ValueError("a line without quotes ran into the next one")
            if any(row[8] for row in rows):
                different = [(number, row[8]) for number, row in enumerate(found, 1) if row[8]]
                rows = [row for row in rows if not row[8]]
            self._take_alike(rows)
        except (ValueError, KeyError):  # also a time that cannot be; nothing was taken yet
            files, different = 0, list(enumerate(block[1:-1].split(b"\n"), 1))
        except _Full:
            self.held.add(self._put_together())
            self.take(block)
            return
        for number, line in different:
            try:
                self._take_line(line, self.seen.lines + number)
            except _Full:
                self.held.add(self._put_together())
                self._take_line(line, number)
        self._leave_out(FILES, files)
        self.seen.lines += block.count(b"\n") - 1

    def _take_alike(self, rows: list[tuple[bytes, ...]]) -> None:
        """Lines that are all built alike, column by column. Raises ValueError or KeyError where a time cannot be."""
        if not rows:
            return
        heads, hours, rests, requests, statuses, referrers, agents, proxied, _ = zip(*rows, strict=True)
        pages: list[int | None] = list(map(self.requests.__getitem__, requests))
        files, others = pages.count(None), pages.count(0)
        if b"" in statuses:
            pages = [page if status else None for page, status in zip(pages, statuses, strict=True)]
        browsers = list(map(self.agents.__getitem__, compress(agents, pages)))
        kept = list(filter(None, browsers))
        asked: list[int] = list(compress(filter(None, pages), browsers))
        seconds = map(_IN_HOUR.__getitem__, compress(compress(rests, pages), browsers))
        moments = map(add, map(self.hours.__getitem__, compress(compress(hours, pages), browsers)), seconds)
        sent = map(self.referrers.__getitem__, compress(compress(referrers, pages), browsers))
        views = list(map(add, map(add, moments, asked), sent))
        who = list(compress(compress(heads, pages), browsers))
        if proxied.count(b"") != len(rows):
            who = list(map(behind, who, compress(compress(proxied, pages), browsers)))
        viewing = list(map(getitem, kept, who))
        # From here on nothing fails.
        deque(map(array.append, viewing, views), 0)
        if self.requests.tokens:
            tokens = self.requests.tokens
            self.followed += [
                (browser, head, tokens[page])
                for browser, head, page in zip(kept, who, asked, strict=True)
                if page in tokens
            ]
        self._leave_out(FILES, files)
        self._leave_out(OTHERS, others)
        self._leave_out(FAILED, len(rows) - files - others - len(browsers))
        self._leave_out(BOTS, len(browsers) - len(asked))
        self.views += len(asked)

    def _take_line(self, line: bytes, number: int) -> None:
        """A line that may be built in any way."""
        line = line.strip()
        if not line:
            self._leave_out(EMPTY, 1)
            return
        if file_line().match(line):  # whatever else stands there
            self._leave_out(FILES, 1)
            return
        match = LINE.fullmatch(line)
        if match is None:
            self.seen.bad.append((number, "it is no line of an access log"))
            return
        head, time, request, status, referrer, agent, proxied = match.groups()
        page = self.requests[request]
        browser = self.nameless if agent is None else self.agents[agent]
        if not page:
            self._leave_out(FILES if page is None else OTHERS, 1)
        elif status not in GOOD:
            self._leave_out(FAILED, 1)
        elif browser is None:
            self._leave_out(BOTS, 1)
        else:
            try:
                moment, who = moment_of(time), behind(head.rstrip(), proxied)
                address_of(who)
            except ValueError as error:
                self.seen.bad.append((number, str(error)))
                return
            self._mind_zone(time)
            browser[who].append(moment + page + self.referrers[referrer or b""])
            if page in self.requests.tokens:
                self.followed.append((browser, who, self.requests.tokens[page]))
            self.views += 1
            self.seen.unnamed = self.seen.unnamed or agent is None

    def _mind_zone(self, time: bytes) -> None:
        """Where the clocks were changed, lines are alike in another zone from here on."""
        zone = time[-5:]
        if zone != self.zone and zone[:1] in (b"+", b"-") and zone[1:].isdigit():
            self.zone = zone
            self.hours = _Hours(zone)

    def _leave_out(self, why: str, count: int) -> None:
        if count:
            self.seen.left_out[why] = self.seen.left_out.get(why, 0) + count

    def finish(self) -> Viewed:
        """What was read since the last time."""
        found = self._put_together()
        if self.held.lines:
            self.held.add(found)
            found, self.held = self.held, Viewed()
        return found

    def _put_together(self) -> Viewed:
        found, read = self.seen, self.views
        whole: dict[str, array[int]] = {}
        names: dict[tuple[int, bytes], str] = {}
        for browser in (*filter(None, self.agents.values()), self.nameless):
            begun = blake2b(browser.agent + b"\0", digest_size=10, key=self.key, person=b"visitor")
            for head, views in browser.items():
                if not views:  # of a line that turned out to be broken
                    continue
                hash = begun.copy()
                hash.update(address_of(head)[0])
                visitor = hash.hexdigest()  # 80 bits, as 20 signs
                held = whole.setdefault(visitor, views)
                if held is not views:  # they stand before the time in different ways
                    held.extend(views)
                if self.followed:
                    names[id(browser), head] = visitor
            browser.clear()
        found.followed = {(names[id(browser), head], token) for browser, head, token in self.followed}
        self._pack(whole, found)
        found.again = read - found.views
        if len(self.agents) > MOST_REMEMBERED:
            self.agents.clear()
        self.begin()
        return found

    def _pack(self, whole: dict[str, array[int]], found: Viewed) -> None:
        pages, sites = self.requests.pages.texts, self.referrers.sites.texts
        second = (1 << _SECOND) - 1
        hours: dict[int, str] = {}
        for visitor, numbers in whole.items():
            # Of two that differ in the referrer alone the later one says it.
            views = {number & _VIEW: number >> _SECOND + _PAGE for number in numbers}
            texts = []
            for view, sent in views.items():
                moment, page = view & second, pages[view >> _SECOND]
                hour, rest = divmod(moment, 3600)
                begun = hours.get(hour)
                if begun is None:
                    begun = hours[hour] = hour_text(hour)
                texts.append(
                    f"[{begun}{_REST[rest]}{page}{gap(page)}{sites[sent]}]" if sent else f"[{begun}{_REST[rest]}{page}]"
                )
            found.views += len(texts)
            found.visitors[visitor] = ",".join(texts)
