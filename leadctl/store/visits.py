"""Visits: what visitors of the site did who are nobody yet, packed, for most never become leads; and who visitors are.

`visits.seen` is a JSON list of page views: `[moment, path, tags, referrer]`, without what is missing at the end. The tags are an
object of `source`, `channel`, `campaign`, `content`, `term` and `token`. See `intake/page_views.py`.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping
from hashlib import blake2b
from typing import Any

from leadctl.intake.logs.page_views import count_views, encode, views_of, without
from leadctl.model.addresses import TOKEN

PAGE_VIEW = "page_view"
COLUMNS = (
    *("lead", "who", "type", "occurred_at", "day", "path", "source", "channel", "campaign", "content", "term"),
    *("referrer", "extra", "mark"),
)
_TAGS = ("source", "channel", "campaign", "content", "term")
_ANY = "SELECT 1 FROM visits LIMIT 1"
_HELD = "SELECT visits.visitor, visits.seen FROM json_each(?) AS wanted JOIN visits ON visits.visitor = wanted.value"
_ADD = "INSERT INTO visits (visitor, seen, created_by) VALUES (?, ?, ?)"
_ANY_KNOWN = "SELECT 1 FROM contact WHERE kind = 'visitor' LIMIT 1"
_KNOWN = (
    "SELECT contact.value, contact.lead FROM json_each(?) AS wanted "
    "JOIN contact ON contact.kind = 'visitor' AND contact.value = wanted.value ORDER BY contact.lead"
)
_TIE = "INSERT OR IGNORE INTO contact (lead, kind, value, state, created_by) VALUES (?, 'visitor', ?, 'valid', ?)"
_LINKED = (
    "SELECT link.token, link.lead FROM json_each(?) AS wanted JOIN link ON link.token = wanted.value "
    "WHERE link.lead IS NOT NULL"
)
_LINKS = "SELECT token FROM json_each(?) AS wanted JOIN link ON link.token = wanted.value"
_TAGS_OF_LINK = "SELECT source, medium, campaign, content, term FROM link WHERE token = ?"
_HOSTS = "SELECT DISTINCT url FROM link"
_JOINING = "SELECT found.lead, visits.visitor, visits.seen FROM temp.found JOIN visits ON found.who = 'visitor:' || visits.visitor"
_JOIN = f"INSERT OR IGNORE INTO activity ({', '.join(COLUMNS)}, created_by) VALUES ({', '.join('?' * len(COLUMNS))}, ?)"
_JOINED = "DELETE FROM visits WHERE visitor IN (SELECT substr(who, 9) FROM temp.found WHERE who GLOB 'visitor:*')"


def mark_of_view(view: str) -> int:
    """The number by which a view is the same one when a log tells of it again: 64 bits of BLAKE2b of its JSON without the
    referrer, signed as SQLite stores it."""
    digest = blake2b(view.encode("utf-8", "surrogatepass"), digest_size=8, person=b"view").digest()
    return int.from_bytes(digest, "big", signed=True)


def linked_leads(connection: sqlite3.Connection, tokens: Iterable[str]) -> dict[str, int]:
    """Token -> the lead whom its link was made for; tokens of other links and of none are missing."""
    wanted = list(tokens)
    return dict(connection.execute(_LINKED, (json.dumps(wanted),))) if wanted else {}


def of_no_link(connection: sqlite3.Connection, tokens: Iterable[str]) -> set[str]:
    """The tokens that no link has."""
    wanted = set(tokens)
    return wanted - {row[0] for row in connection.execute(_LINKS, (json.dumps(sorted(wanted)),))} if wanted else wanted


def link_addresses(connection: sqlite3.Connection) -> list[str]:
    """The addresses to which links lead: pages of one's own."""
    return [row[0] for row in connection.execute(_HOSTS)]


def tie(connection: sqlite3.Connection, pairs: Iterable[tuple[str, int]], operation: int) -> int:
    """Notes that these visitors are these leads; how many are new."""
    return connection.executemany(_TIE, [(lead, visitor, operation) for visitor, lead in sorted(pairs)]).rowcount


def known(connection: sqlite3.Connection, visitors: Iterable[str]) -> dict[str, list[int]]:
    """Visitor -> the leads who it is; several where people share a machine. Unknown ones are missing."""
    found: dict[str, list[int]] = {}
    if connection.execute(_ANY_KNOWN).fetchone():
        for visitor, lead in connection.execute(_KNOWN, (json.dumps(list(visitors)),)):
            found.setdefault(visitor, []).append(lead)
    return found


def keep(connection: sqlite3.Connection, visitors: Mapping[str, str], operation: int) -> int:
    """Keeps what unknown visitors did (visitor -> packed views); how many views were there already."""
    held: dict[str, str] = {}
    if connection.execute(_ANY).fetchone():
        for visitor, seen in connection.execute(_HELD, (json.dumps(list(visitors)),)):
            held[visitor] = held.get(visitor, "") + seen
    new: dict[str, str] = {}
    there = 0
    for visitor in held:
        new[visitor] = without(visitors[visitor], held[visitor])
        there += count_views(visitors[visitor]) - count_views(new[visitor])
    added = {**visitors, **new} if new else visitors
    rows = (
        (visitor, f"[{added[visitor]}]", operation) for visitor in sorted(added) if added[visitor]
    )  # as in the index
    connection.executemany(_ADD, rows)
    return there


def activity_of(said: list[Any], view: str, lead: int | None, visitor: str, days: Mapping[str, int]) -> tuple[Any, ...]:
    """A page view as an activity: the values of COLUMNS. `said`: moment, path, tags and referrer; `view`: its JSON."""
    moment, path, tags, referrer = [*said, None, None][:4]
    given = tags or {}
    named = [given.get(name) for name in _TAGS]
    extra = encode({TOKEN: given["token"]}) if "token" in given else None
    who, day = f"visitor:{visitor}", days[moment[:16]]
    return (lead, who, PAGE_VIEW, moment, day, path, *named, referrer, extra, mark_of_view(view))


def token_of(said: list[Any]) -> str | None:
    """The token of the link by which the page was found."""
    tags = said[2] if len(said) > 2 else None
    return str(tags["token"]) if tags and "token" in tags else None


def join(connection: sqlite3.Connection, operation: int, days: Mapping[str, int]) -> int:
    """Gives the views of visitors to the leads that they turned out to be (`temp.found`: who, lead); how many."""
    count = 0
    for lead, visitor, seen in connection.execute(_JOINING).fetchall():
        views = views_of(seen[1:-1])
        said = ((_with_tags(connection, json.loads(f"[{view}{sent}]")), view) for view, sent in views.items())
        made = (activity_of(each, view, lead, visitor, days) for each, view in said)
        connection.executemany(_JOIN, ((*each, operation) for each in made))
        count += len(views)
    if count:
        connection.execute(_JOINED)
    return count


def _with_tags(connection: sqlite3.Connection, said: list[Any]) -> list[Any]:
    """A view with the tags of the link by which the page was found, where its address had lost them."""
    token = token_of(said)
    if token is None or "source" in said[2] or "campaign" in said[2]:
        return said
    row = connection.execute(_TAGS_OF_LINK, (token,)).fetchone() or ()
    tags = {name: text for name, text in zip(_TAGS, row, strict=False) if text is not None}
    return [*said[:2], {**said[2], **tags}, *said[3:]]
