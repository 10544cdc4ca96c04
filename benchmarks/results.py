"""What was measured -> RESULTS.md: the machine, the tables, and each target with whether it is met."""

from __future__ import annotations

import platform
import sqlite3
from collections.abc import Mapping, Sequence
from math import isnan
from pathlib import Path

from measure import Run, machine, median, ratio, version

Runs = Mapping[str, Sequence[Run]]

IMPORTS = ("leadctl import", "plain upsert", "plain upsert, tuned", "sqlite-utils insert", "sqlite3 .import")
SCORES = ("leadctl score", "hand-written", "hand-written, titles", "DuckDB statement")
STARTS = ("leadctl list --limit 5", "empty Typer program")
OTHERS = ("leadctl import again", "leadctl score again", "leadctl route")


ACTIVITIES = "# Measured with activities\n"  # the heading that the second part begins with


def parts(file: Path) -> dict[str, str]:
    """The parts of the page as they stand there."""
    text = file.read_text(encoding="utf-8") if file.exists() else ""
    leads, heading, rest = text.partition(ACTIVITIES)
    return {"leads": leads.strip() + "\n", "activities": heading + rest}


def whole(pages: Mapping[str, str]) -> str:
    return "\n".join(text.strip() + "\n" for text in (pages["leads"], pages["activities"]) if text.strip())


def page(runs: Runs, facts: Mapping[str, str], leads: int, repeat: int, starts: int, small: int) -> str:
    """The whole page."""
    missing = [name for name in (*IMPORTS, *SCORES) if name not in runs]
    return f"""# Measured

Written by `make bench` (`benchmarks/run.py --leads {leads} --repeat {repeat}`); any later run replaces it.

- Machine: {machine()}. **Shared with other work while this was measured**: seconds wander from round to round, so read
  the ratios. They are the median of each round's ratio, the contestants taking turns in changing order, one at a time.
  Processor time (user and system) suffers less from neighbours than the wall clock; both are given.
- Versions: {versions()}
- {leads:,} leads of 14 columns, seed 1: {facts["file"]} of CSV, {facts["database"]} as leadctl's database.
- Medians of {repeat} rounds; `sqlite-utils insert`, minutes long, in the first round only.
- Peak memory: the peaks of all processes of a program, added up, pages that they share counted in each. A single process
  shows no less than the measuring program itself holds, {facts["floor"]}.
- Processor time is that of all its processes too: leadctl reads a large file ahead in a second process, so on two free
  cores its import takes less time by the clock than by the processor. The others use one core (DuckDB: all).
{"".join(f"- Not installed, so not measured: {name}.{chr(10)}" for name in missing)}
## Targets

| target | measured (wall; processor) | met |
| --- | --- | --- |
{targets(runs)}
## Import

{table(runs, IMPORTS)}
The plain upsert is `csv` and `executemany` into 14 columns of text, unique by e-mail, with SQLite's own settings; *tuned*
is the same with leadctl's settings (write-ahead log, 96 MB of cache). Neither checks, normalises, matches by other keys,
logs or can be undone.

## Score

{table(runs, SCORES)}
{facts["same points"]}.
All but DuckDB start a process and write into the same database file, copied. The hand-written statement searches titles
by whole words as the rules do; *titles* lists the exact titles of these leads instead, the cheapest there is. DuckDB's
time is the statement alone, without starting and without reading the file, on all cores.

## Start

{table(runs, STARTS)}
{starts} starts of each, in turn, on a workspace of {small} leads.

## The rest

{table(runs, OTHERS, ratios=False)}
`import again` is the same file a second time, every row unchanged. `score again` finds nothing changed. Routing gives
every lead graded A or B to one of three owners in turn, companies together, and the rest of A to C to a queue. The first
and the last were measured once.
"""


def versions() -> str:
    packages = ("leadctl", "typer", "sqlite-utils", "duckdb")
    named = [f"Python {platform.python_version()}", f"SQLite {sqlite3.sqlite_version}"]
    return ", ".join([*named, *(f"{name} {version(name) or 'absent'}" for name in packages)]) + "."


def targets(runs: Runs) -> str:
    ours, score = runs["leadctl import"], runs["leadctl score"]
    rows = [
        at_most("import within 2.5 times the plain upsert", 2.5, ours, runs["plain upsert"]),
        at_most("the same, the plain upsert tuned", 2.5, ours, runs["plain upsert, tuned"]),
        at_least("import at least 3 times faster than `sqlite-utils insert`", 3, runs["sqlite-utils insert"], ours),
        memory(ours),
        at_most("score within 1.5 times the hand-written statement", 1.5, score, runs["hand-written"]),
        at_most("the same, with exact titles listed", 1.5, score, runs["hand-written, titles"]),
        at_most("`list --limit 5` within 1.6 times an empty Typer program", 1.6, *(runs[name] for name in STARTS)),
    ]
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


def at_most(what: str, limit: float, ours: Sequence[Run], theirs: Sequence[Run]) -> tuple[str, str, str]:
    wall, cpu = ratio(ours, theirs, "wall"), ratio(ours, theirs, "cpu")
    return what, f"{wall:.2f}; {cpu:.2f}", verdict(wall <= limit, cpu <= limit)


def at_least(what: str, limit: float, theirs: Sequence[Run], ours: Sequence[Run]) -> tuple[str, str, str]:
    wall, cpu = ratio(theirs, ours, "wall"), ratio(theirs, ours, "cpu")
    return what, f"{wall:.2f}; {cpu:.2f}", verdict(wall >= limit, cpu >= limit)


def memory(ours: Sequence[Run]) -> tuple[str, str, str]:
    peak = max(each.peak for each in ours)
    return "import in under 300 MB", f"{peak:.0f} MB at most", "yes" if peak < 300 else "**no**"


def verdict(wall: bool, cpu: bool) -> str:
    if wall == cpu:
        return "yes" if wall else "**no**"
    return "yes by the clock, **no** by processor time" if wall else "**no** by the clock, yes by processor time"


def table(runs: Runs, names: Sequence[str], *, ratios: bool = True) -> str:
    """Medians, and how many times the first one's each takes."""
    there = [name for name in names if name in runs]
    head = "| | wall s | processor s | peak MB |" + (
        " wall, times the first | processor, times the first |" if ratios else ""
    )
    lines = [head, "| --- " + "| ---: " * (5 if ratios else 3) + "|"]
    for name in there:
        held = runs[name]
        cells = [name, *(number(median(held, what)) for what in ("wall", "cpu")), f"{median(held, 'peak'):.0f}"]
        if ratios:
            cells += [number(ratio(held, runs[there[0]], what)) for what in ("wall", "cpu")]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def number(value: float) -> str:
    return "–" if isnan(value) else f"{value:.2f}" if value < 100 else f"{value:.0f}"
