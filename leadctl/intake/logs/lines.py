"""Lines of access logs: their pattern, and what each of their parts says.

The common and the combined format, as Apache and nginx write them, also with the host in front or more fields behind.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache
from pathlib import Path

from leadctl.model.addresses import Address, parse_address

SAMPLE = 1 << 18  # bytes from the beginning that are looked at
_QUOTED = rb'"([^"\\]*(?:\\.[^"\\]*)*)"'
LINE = re.compile(
    rb'([^\["]*)\[([^\]"]{10,40})\]\s+' + _QUOTED + rb"\s+(\d{3}|-)\s+(?:\d+|-)"
    rb"(?:\s+" + _QUOTED + rb"\s+" + _QUOTED + rb"(?:\s+" + _QUOTED + rb")?(?:\s.*)?)?",
    re.DOTALL,
)
GOOD = frozenset((b"304", *(b"%d" % status for status in range(200, 300))))
_TIME = re.compile(rb"(\d\d)/([A-Z][a-z][a-z])/(\d{4}):(\d\d):(\d\d):([0-5]\d|60)(?:\.\d+)? ([+-])(\d\d)([0-5]\d)")
_MONTHS = {name: number for number, name in enumerate(b"Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(), 1)}
_YEARS = range(1990, 2200)
_DATA = Path(__file__).parent / "data"
# Endings that nearly all files have.
_USUAL = tuple(b"js css png jpg svg webp woff2 ico gif".split())


@lru_cache
def alike(zone: bytes) -> re.Pattern[bytes]:
    """A line as nearly all are, in this time zone. Of a file's nothing is kept; of others head, hour, rest of the hour,
    request, the status where it is a good one, referrer, agent and what a proxy says; of a line that is different all of it.
    It begins with the end of the line before, because the search for a single sign is much quicker than any other."""
    text = rb'"([^"]*)(?<!\\)"'  # one with signs that are written in another way is looked at more closely
    head = rb"([^[]*) \[(.{15})(.{5}) " + re.escape(zone) + rb"\] "
    tail = text + rb" " + text + rb"(?: " + text + rb")?(?=[ \r\n])"
    return re.compile(
        rb"\n(?:"
        + file_line().pattern
        + rb"|"
        + head
        + text
        + rb" (?:(2..|304)|...) [^ ]* "
        + tail
        + rb"|(?=([^\n]*\n)))"
    )


@lru_cache
def file_line() -> re.Pattern[bytes]:
    """The beginning of a line that asks for a file."""
    endings = b"|".join((*_USUAL, *sorted(_files()[0].difference(_USUAL))))
    return re.compile(rb'[^"]*"GET [^?" ]*\.(?:' + endings + rb")[ ?]")


def looks_like_access_log(beginning: bytes) -> bool:
    """Whether most of the first lines are those of an access log."""
    lines = [line for line in beginning.split(b"\n")[:50] if line.strip(b"\0\r ")]
    good = sum(LINE.fullmatch(line.strip(b"\0\r ")) is not None for line in lines)
    return good > 0 and 2 * good >= len(lines) - 1  # the last one may be cut off


def own_hosts(beginning: bytes) -> set[str]:
    """The hosts whose pages the log is about: those that its lines name in front, and those that lead to its own files;
    where it has no files, those that lead from a page which is asked for as well."""
    found: set[str] = set()
    to_files: dict[str, int] = {}
    from_pages: list[Address] = []
    paths: set[str | None] = set()
    for line in beginning.split(b"\n"):
        match = LINE.fullmatch(line.rstrip(b"\r"))
        if match is None or match[4] not in GOOD or not match[1].strip():
            continue
        host = address_of(match[1])[1]
        if host:
            found.add(host)
        target = target_of(match[3])
        referrer = parse_address(text_of(match[5] or b""))
        if target is None:
            continue
        if is_file(target.partition(b"?")[0]):
            if referrer.host is not None:
                to_files[referrer.host] = to_files.get(referrer.host, 0) + 1
        else:
            paths.add(parse_address(text_of(target)).path)
            from_pages.append(referrer)
    found |= {host for host, count in to_files.items() if count * 5 >= sum(to_files.values())}
    if not to_files:
        found |= {each.host for each in from_pages if each.host and each.path != "/" and each.path in paths}
    return found


def address_of(head: bytes) -> tuple[bytes, str | None]:
    """The address in what stands before the time, and the host that some logs name in front. Raises ValueError."""
    words = head.split()
    if not words:
        raise ValueError("it does not say who")
    if len(words) > 3 and (b"." in words[-3] or b":" in words[-3]):
        host = text_of(words[-4])
        return words[-3].lower().removeprefix(b"::ffff:"), host.rpartition(":")[0] or host
    return words[0].lower().removeprefix(b"::ffff:"), None


def behind(head: bytes, proxied: bytes | None) -> bytes:
    """Who came, where a proxy says for whom it asks."""
    address = (proxied or b"").partition(b",")[0].strip()
    return head if address in (b"", b"-") else address + b" - -"


def text_of(raw: bytes) -> str:
    return raw.decode("utf-8", "replace").replace("\0", "")


def target_of(request: bytes) -> bytes | None:
    """The address that a GET asks for; None for other requests, and for what is none at all."""
    method, _, rest = request.partition(b" ")
    target, mark, _ = rest.rpartition(b" HTTP/")
    target = target if mark else rest
    if method != b"GET" or not target.startswith((b"/", b"http://", b"https://")):
        return None
    return b"/" + target.lstrip(b"/") if target.startswith(b"//") else target  # there no host can stand


def is_file(path: bytes) -> bool:
    """Whether a path is that of a part of a page, or one that programs ask for."""
    endings, beginnings, ends = _files()
    _, dot, ending = path.rpartition(b"/")[2].lower().rpartition(b".")
    return (bool(dot) and ending in endings) or path.startswith(beginnings) or path.endswith(ends)


def is_bot(agent: bytes) -> bool:
    """Whether a program that nobody looks at came, by how it calls itself; what says nothing is no person's browser."""
    words, others = _bots()
    name = agent.lower()
    for other in others:
        name = name.replace(other, b"")
    return len(name) < 5 or any(word in name for word in words)


def moment_of(text: bytes) -> int:
    """A log's time in seconds since 1970. Raises ValueError."""
    match = _TIME.fullmatch(text)
    if match is not None and match[2] in _MONTHS:
        day, month, year, hour, minute, second, sign, hours, minutes = match.groups()
        offset = timedelta(hours=int(hours), minutes=int(minutes))
        zone = timezone(-offset if sign == b"-" else offset)
        whole = min(int(second), 59)  # a second that is put in counts with the one before
        found = datetime(int(year), _MONTHS[month], int(day), int(hour), int(minute), whole, tzinfo=zone)
    else:
        try:
            found = datetime.fromisoformat(text.decode())
        except ValueError:
            raise ValueError("its time cannot be read") from None
    if found.tzinfo is None:
        raise ValueError("its time has no zone")
    if found.year not in _YEARS:
        raise ValueError("its time cannot be")
    return int(found.timestamp())


def hour_text(number: int) -> str:
    """An hour since 1970 as the beginning of a JSON text: `"2026-08-01T14:`."""
    return datetime.fromtimestamp(number * 3600, UTC).strftime('"%Y-%m-%dT%H:')


def _words(name: str) -> list[bytes]:
    lines = (_DATA / name).read_text(encoding="utf-8").splitlines()
    return [line.strip().encode() for line in lines if line.strip() and not line.startswith("#")]


@lru_cache
def _files() -> tuple[frozenset[bytes], tuple[bytes, ...], tuple[bytes, ...]]:
    """Endings behind the last dot, beginnings of paths, ends of paths."""
    words = _words("files.txt")
    endings = frozenset(word[1:] for word in words if word.startswith(b"."))
    beginnings = tuple(word for word in words if word.startswith(b"/"))
    return endings, beginnings, tuple(word[1:] for word in words if word.startswith(b"*"))


@lru_cache
def _bots() -> tuple[tuple[bytes, ...], tuple[bytes, ...]]:
    """Words of programs, and what has such a word in it and is none."""
    words = _words("bots.txt")
    return tuple(w for w in words if not w.startswith(b"-")), tuple(w[1:] for w in words if w.startswith(b"-"))
