"""Makes an access log of a web server for measuring, in the combined format: the same for the same seed, on every machine.

    python benchmarks/make_access_log.py access.log --lines 1000000 --kind usual --seed 1

`usual`: of 100 lines 60 are files of pages, 15 programs that look around, the rest page views of some 60,000 visitors (of a
million lines) over thirty days; dozens at a time, each of whom looks at three or four pages, and some come back. `pages`:
nothing but page views, of four times as many visitors.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

BEGIN = datetime(2026, 8, 1, tzinfo=UTC)
DAYS = 30
AT_A_TIME = 40
SITE = "https://www.example.org"
ENDINGS = ("css", "js", "js", "png", "jpg", "webp", "svg", "woff2")
BOTS = (
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)",
    "Mozilla/5.0 (compatible; AhrefsBot/7.0; +http://ahrefs.com/robot/)",
    "Mozilla/5.0 (compatible; SemrushBot/7~bl; +http://www.semrush.com/bot.html)",
    "python-requests/2.32.3",
    "curl/8.5.0",
    "UptimeRobot/2.0",
)
SYSTEMS = (
    *("Windows NT 10.0; Win64; x64", "Macintosh; Intel Mac OS X 10_15_7", "X11; Linux x86_64"),
    *(f"Linux; Android {version}; K" for version in range(9, 17)),
)
REFERRERS = (
    "-",
    "-",
    "https://www.google.com/",
    "https://www.linkedin.com/",
    "https://duckduckgo.com/",
    "https://t.co/a1B2c3",
)
TAGS = "?utm_source=newsletter&utm_medium=email&utm_campaign=summer-{}"


def lines(count: int, kind: str, seed: int) -> Iterator[str]:
    """`count` lines in the order of time."""
    chance = random.Random(seed)
    even, pick = chance.random, chance.choice
    browsers = [
        f"Mozilla/5.0 ({system}) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{version}.0.0.0 Safari/537.36"
        for system in SYSTEMS
        for version in range(90, 141)
    ]
    people = int(count * (0.075 if kind == "usual" else 0.3)) + 100
    visitors = [
        (
            f"{chance.randint(1, 223)}.{chance.randint(0, 255)}.{chance.randint(0, 255)}.{chance.randint(1, 254)}",
            pick(browsers),
        )
        for _ in range(people)
    ]
    pages = ["/", "/pricing", "/contact"] + [
        f"/{part}/article-number-{n}" for part in ("blog", "help", "cases") for n in range(300)
    ]
    files = [f"/assets/{n:03d}/file-{n}.{ENDINGS[n % len(ENDINGS)]}?v={n % 7}" for n in range(400)]
    moment, step = BEGIN, timedelta(days=DAYS) / count
    made, came = 0, AT_A_TIME
    there = visitors[:came]
    while made < count:
        moment += step
        stamp = moment.strftime("%d/%b/%Y:%H:%M:%S +0000")
        if kind == "usual" and even() < 15 / 40:
            made += 1
            page, size = pick(pages), chance.randint(2_000, 60_000)
            address = f"66.249.{chance.randint(64, 95)}.{chance.randint(1, 254)}"
            yield f'{address} - - [{stamp}] "GET {page} HTTP/1.1" 200 {size} "-" "{pick(BOTS)}"\n'
            continue
        place = int(AT_A_TIME * even())
        if even() < 0.3:  # somebody else in place of one who goes
            fresh = even() < 0.8
            came += fresh
            there[place] = visitors[came % people] if fresh else visitors[int(min(came, people) * even())]
        address, browser = there[place]
        size = chance.randint(2_000, 60_000)
        tags = TAGS.format(chance.randint(1, 20)) if even() < 0.05 else ""
        page = pick(pages[:20] if tags else pages)
        referrer = f"{SITE}{pick(pages)}" if even() < 0.6 else pick(REFERRERS)
        made += 1
        yield f'{address} - - [{stamp}] "GET {page}{tags} HTTP/1.1" 200 {size} "{referrer}" "{browser}"\n'
        moment += step
        for _ in range(int(4.8 * even() + 0.5) if kind == "usual" else 0):
            made += 1
            moment += step
            status = 200 if even() < 0.8 else 304
            yield f'{address} - - [{stamp}] "GET {pick(files)} HTTP/1.1" {status} {size} "{SITE}{page}" "{browser}"\n'


def write(path: Path, count: int, kind: str, seed: int) -> None:
    """Writes `count` lines."""
    with path.open("w", encoding="utf-8", newline="") as file:
        for number, line in enumerate(lines(count, kind, seed)):
            if number == count:
                break
            file.write(line)


def main() -> None:
    parser = argparse.ArgumentParser(description="Makes an access log for measuring.")
    parser.add_argument("file", type=Path)
    parser.add_argument("--lines", type=int, default=1_000_000)
    parser.add_argument("--kind", choices=("usual", "pages"), default="usual")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    write(given.file, given.lines, given.kind, given.seed)


if __name__ == "__main__":
    main()
