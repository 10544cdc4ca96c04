"""Touches that a file of leads tells of: how each person came to us, as tagged addresses and referrers say.

Form tools keep this in hidden fields, CRMs in columns of their own. Every row in which one of these has a value tells of one
activity `touch`, at the moment of its capture.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from functools import lru_cache, partial

from leadctl.intake.values.told import CONTENT, Refined, Told
from leadctl.model.addresses import TOKEN, Address, parse_address
from leadctl.model.text import fold

TOUCH = "touch"
# Headers without their signs and spaces. What stands before `utm` in one is how a tool nests its answers.
_TAG = re.compile(r"(?:.*[^a-z])?utm(source|medium|campaign|content|term)")
_HEADERS = {
    "page": (
        *("landingpage", "landingpageurl", "landingurl", "landedon", "firstpageseen", "firstpage", "entrypage"),
        *("entryurl", "pageurl", "conversionpage", "conversionpageurl", "formurl", "sourceurl", "einstiegsseite"),
    ),
    "referrer": (
        *("referrer", "referer", "referrerurl", "refererurl", "referringurl", "referringsite", "firstreferringsite"),
        *("firstreferrer", "originalreferrer", "initialreferrer", "httpreferer", "httpreferrer", "documentreferrer"),
    ),
}
# Click ids that advertising adds to the address: which source and medium they stand for. A click id of Facebook comes from
# posts of friends as well, so it says no medium.
_CLICKS: dict[str, tuple[str, str | None]] = {
    "gclid": ("google", "cpc"),
    "gbraid": ("google", "cpc"),
    "wbraid": ("google", "cpc"),
    "msclkid": ("bing", "cpc"),
    "lifatid": ("linkedin", "cpc"),
    "ttclid": ("tiktok", "cpc"),
    "twclid": ("twitter", "cpc"),
    "fbclid": ("facebook", None),
}
_IN_ADDRESS = re.compile(r"[?&](gclid|gbraid|wbraid|msclkid|li_fat_id|ttclid|twclid|fbclid)=[^&#]", re.IGNORECASE)
_NOTHING = frozenset(
    (
        *("-", "--", "?", "n/a", "na", "null", "none", "undefined"),
        *("(none)", "(not set)", "(not provided)", "(direct)", "(organic)", "(referral)"),
    )
)
_LONGEST_NOTHING = max(map(len, _NOTHING))
_TAGS = {"source": "source", "medium": "channel", "campaign": "campaign", "content": "content", "term": "term"}


def told_of_touches(header: Sequence[str]) -> tuple[Told, ...]:
    """The activity `touch` of each row, where the header has columns that say where the person came from."""
    columns: dict[str, str] = {}
    exact = {_bare(column): column for column in reversed(header)}
    for part, names in _HEADERS.items():
        column = next((exact[name] for name in names if name in exact), None)
        if column is not None:
            columns[part] = column
    for name, column in exact.items():
        if name in _CLICKS:
            columns[name] = column
    for tag in _TAGS:
        nested = (column for column in header if (found := _TAG.fullmatch(_spaced(column))) and found[1] == tag)
        column = exact.get(f"utm{tag}") or next(nested, None)
        if column is not None:
            columns[tag] = column
    if not columns:
        return ()
    return (Told(TOUCH, columns, key=TOUCH, refine=_refine(tuple(columns))),)


def _bare(column: str) -> str:
    return re.sub(r"[\W_]+", "", fold(column) or "")


def _spaced(column: str) -> str:
    """Words apart, but for those of a tag: `payload.tracking.utm_source` is `payload tracking utmsource`."""
    return re.sub(r"utm ", "utm", re.sub(r"[\W_]+", " ", fold(column) or "").strip())


def _refine(parts: tuple[str, ...]) -> Callable[[tuple[str | None, ...]], Refined | None]:
    return lru_cache(50_000)(partial(_content, parts))


def _content(parts: tuple[str, ...], texts: tuple[str | None, ...]) -> Refined | None:
    """The content of a touch, and the token of the link that was followed; None where no cell says anything."""
    given = {
        part: text
        for part, text in zip(parts, texts, strict=True)
        if text is not None and (len(text) > _LONGEST_NOTHING or text.casefold() not in _NOTHING)
    }
    page, referrer = _address(given.get("page")), _address(given.get("referrer"))
    found: dict[str, str | None] = {}
    for tag, name in _TAGS.items():
        found[name] = given.get(tag) or (getattr(page, tag) if page is not None else None)
    if found["source"] is None:
        clicked = _clicked(given)
        if clicked is not None:
            found["source"], medium = clicked
            found["channel"] = found["channel"] or medium
    if page is not None:
        found["path"] = page.path
    # From one page of a site to the next is no coming.
    if referrer is not None and referrer.host is not None and (page is None or page.host != referrer.host):
        found["referrer"] = referrer.host + ((referrer.path or "").rstrip("/"))
    content = tuple(found.get(name) for name in CONTENT)
    if not any(content):
        return None
    token = page.token if page is not None else None
    return Refined(content, json.dumps({TOKEN: token}) if token else None)


def _address(text: str | None) -> Address | None:
    """The parts of what is an address; None for other texts, such as the name of a page or of a person."""
    if text is None or len(text.split()) != 1:
        return None
    found = parse_address(text)
    return found if found.host is not None or text.startswith("/") else None


def _clicked(given: dict[str, str]) -> tuple[str, str | None] | None:
    name = next((each for each in _CLICKS if each in given), None)
    if name is None:
        inside = _IN_ADDRESS.search(given.get("page", ""))
        name = inside[1].lower().replace("_", "") if inside else None
    return _CLICKS[name] if name is not None else None
