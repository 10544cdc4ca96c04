"""Makes what leads did, for measuring: the same for the same seed, on every machine.

    python benchmarks/make_activities.py activities.csv --leads 1000000 --activities 5000000 --seed 1

The activities of `make_leads.py`'s leads over the two years up to TODAY, recent ones likelier, each lead as likely as any
other: some did nothing, some a dozen things.
"""

from __future__ import annotations

import argparse
import csv
import random
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path

HEADER = ("lead", "type", "occurred_at")
TODAY = date(2026, 9, 1)
DAYS = 730
RECENT = 1.5  # the share of the days that an activity is back in time is an even chance to this power
# As often as it stands here.
TYPES = (
    *("page_view",) * 6, "pricing_view", "email_open", "email_open", "email_click", "guide_download", "demo_request",
    "call", "meeting_booked", "webinar",
)  # fmt: skip
EPOCH = date(1970, 1, 1)


def activities(leads: int, count: int, seed: int) -> Iterator[tuple[str, str, str]]:
    """`count` activities as texts in the order of HEADER, in no order of time."""
    chance = random.Random(seed)
    days = [(TODAY - timedelta(days=back)).isoformat() for back in range(DAYS)]
    times = [(datetime.combine(TODAY, time()) + timedelta(seconds=at)).strftime("T%H:%M:%SZ") for at in range(86_400)]
    even, pick, kinds = chance.random, TYPES, len(TYPES)
    for _ in range(count):
        day, at = days[int(DAYS * even() ** RECENT)], times[int(86_400 * even())]
        yield f"L-{int(leads * even()):07d}", pick[int(kinds * even())], day + at


def write(path: Path, leads: int, count: int, seed: int) -> None:
    """Writes the activities as CSV in UTF-8."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(HEADER)
        writer.writerows(activities(leads, count, seed))


def main() -> None:
    parser = argparse.ArgumentParser(description="Makes activities for measuring, as CSV.")
    parser.add_argument("file", type=Path)
    parser.add_argument("--leads", type=int, default=1_000_000)
    parser.add_argument("--activities", type=int, default=5_000_000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    write(given.file, given.leads, given.activities, given.seed)


if __name__ == "__main__":
    main()
