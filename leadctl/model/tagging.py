"""Tagged addresses: a web address that says where its visitor was sent from, by the parameters utm_* and a token.

What stands in the address stays as it is, to the last character, but for the tags that it had already. Only what no address
may hold (letters beyond ASCII in path, query and fragment, quotation marks and the like) is written as %XX, as browsers do.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import quote

from leadctl.model.addresses import TOKEN

TAGS = ("source", "medium", "campaign", "content", "term")
# Without signs that are taken for one another when they are read aloud or typed: 0 o, 1 l i.
TOKEN_SIGNS = "23456789abcdefghjkmnpqrstuvwxyz"
TOKEN_LENGTH = 10
LONGEST = 4000  # characters; servers refuse addresses beyond 8,000 or so

_ADDRESS = re.compile(r"(?P<start>[a-z][a-z0-9+.-]*:)//(?P<host>[^/?#]*)(?P<path>[^?#]*)(?P<rest>.*)", re.IGNORECASE)
_HOST = re.compile(r"(?:[^@]*@)?(?P<name>\[[0-9a-f:.]+\]|[^:\[\]@]+)(?::(?P<port>[0-9]*))?", re.IGNORECASE)
_KEPT = "/:?#[]@!$&'()*+,;=%-._~"


def check_address(text: str) -> str:
    """The web address without blanks around it. ValueError, saying why, for what is none."""
    bare = text.strip()
    if not bare:
        raise ValueError("the address is empty")
    if len(bare) > LONGEST:
        raise ValueError(f"the address has {len(bare):,} characters; at most {LONGEST:,} arrive everywhere")
    shown = f"'{bare[:60]}'"
    if any(each.isspace() for each in bare):
        raise ValueError(f"{shown} has a blank in it: write it as %20")
    if not bare.isprintable() or "\\" in bare:
        raise ValueError(f"{shown} has signs in it that no address has")
    found = _ADDRESS.fullmatch(bare)
    if found is None or found["start"].lower() not in ("http:", "https:"):
        raise ValueError(f"{shown} is no web address: write it with https://")
    host = _HOST.fullmatch(found["host"])
    if host is None or not host["name"].strip("."):
        raise ValueError(f"{shown} names no host")
    if host["port"] and int(host["port"]) > 65_535:
        raise ValueError(f"{shown}: there is no port {host['port'][:10]}")
    return bare


def tagged(url: str, tags: Mapping[str, str | None]) -> tuple[str, str]:
    """A checked address in two parts, between which the token belongs. `tags`: names of `TAGS` -> values."""
    given = {f"utm_{name}": value for name in TAGS if (value := tags.get(name))}
    base, mark, fragment = url.partition("#")
    head, _, query = base.partition("?")
    ours = {TOKEN, *given}
    kept = [each for each in query.split("&") if each and each.partition("=")[0].lower() not in ours]
    added = [f"{name}={quote(value, safe='')}" for name, value in given.items()]
    start = re.match(r"[^/]*//[^/]*", head)
    host = start[0] if start else ""  # a name in letters of its own country stays readable
    before = f"{host}{_written(head[len(host) :])}?" + "&".join([*map(_written, kept), *added, f"{TOKEN}="])
    return before, mark + _written(fragment)


def _written(text: str) -> str:
    return quote(text, safe=_KEPT)
