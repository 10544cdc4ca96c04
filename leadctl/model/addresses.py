"""Web addresses: what a whole one, or only its path, says of the page and of how somebody came to it."""

from __future__ import annotations

import re
from typing import NamedTuple
from urllib.parse import unquote, unquote_plus

TOKEN = "lc"  # the parameter of a query that carries the token of a tagged link
# Parameters of tagged links, as of Google Analytics (utm_) and of Matomo (mtm_, formerly pk_).
_TAGS = {
    **{
        f"{prefix}_{name}": name
        for prefix in ("utm", "mtm", "pk")
        for name in ("source", "medium", "campaign", "content", "term")
    },
    "mtm_kwd": "term",
    "mtm_keyword": "term",
    "pk_kwd": "term",
    "pk_keyword": "term",
    TOKEN: "token",
}
_SCHEME = re.compile(r"(?:[a-z][a-z0-9+.\-]*:)?//", re.IGNORECASE)
_HOST = re.compile(r"(?:[a-z0-9_](?:[a-z0-9_\-]*[a-z0-9_])?\.)+[a-z][a-z0-9\-]*[a-z0-9](?::\d+)?", re.IGNORECASE)
_MORE = re.compile(r"[?#]|%[0-9a-f]{2}|^//|^\s|\s$", re.IGNORECASE)
# What stands behind the last dot of a file's name in a path of its own, and is no top-level domain.
_FILES = frozenset(("html", "htm", "xhtml", "php", "asp", "aspx", "jsp", "pdf", "txt", "xml", "json", "csv", "docx"))


class Address(NamedTuple):
    """The parts of a web address; None where it has none. `host` is in small letters, without port and password; `path`
    is without query and readable (`%C3%BC` is ü); the tags and the token of a link come from the query. `other` is
    whether the query says anything else."""

    host: str | None
    path: str | None
    source: str | None = None
    medium: str | None = None
    campaign: str | None = None
    content: str | None = None
    term: str | None = None
    token: str | None = None
    other: bool = False


def parse_address(text: str) -> Address:
    """What an address says. A host may stand without a scheme (`example.org/pricing`); what is no address at all is a
    path. A path that was found here is found again as it is. Never fails."""
    bare, _, query = text.strip().partition("#")[0].partition("?")
    host = None
    scheme = _SCHEME.match(bare)
    if scheme is not None:
        host, _, path = bare[scheme.end() :].partition("/")
        bare = "/" + path.lstrip("/")
    elif not bare.startswith("/"):
        first, _, path = bare.partition("/")
        if _HOST.fullmatch(first) and first.rpartition(".")[2].lower() not in _FILES:
            host, bare = first, "/" + path.lstrip("/")
    return _tagged(_host(host) if host else None, readable(bare) or None, query)


def _host(text: str) -> str | None:
    name = text.rpartition("@")[2].lower()
    if name.startswith("["):  # an IPv6 address has colons of its own
        return name.partition("]")[0] + "]"
    return name.partition(":")[0].rstrip(".") or None


def _tagged(host: str | None, path: str | None, query: str) -> Address:
    if not query:
        return Address(host, path)
    found: dict[str, str] = {}
    other = False
    for pair in query.replace("&amp;", "&").split("&"):
        name, _, value = pair.partition("=")
        tag = _TAGS.get(name.lower())
        if tag is None:
            other = other or bool(pair)
        elif value and tag not in found:  # the first of several counts
            plain = printable(unquote_plus(value)).strip()
            if plain:
                found[tag] = plain
    return Address(host, path, **found, other=other)


def readable(path: str) -> str:
    """A path with its letters as they are read, where they are UTF-8; else as it stands. So does one that would read as
    something else then."""
    if "%" not in path:
        return path
    try:
        found = unquote(path, errors="strict")
    except UnicodeDecodeError:
        return path
    return found if found.isprintable() and not _MORE.search(found) else path


def printable(text: str) -> str:
    """The text with a blank for each control character."""
    return text if text.isprintable() else "".join(sign if sign.isprintable() else " " for sign in text)
