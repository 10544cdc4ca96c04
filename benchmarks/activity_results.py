"""What was measured with activities -> its part of RESULTS.md."""

from __future__ import annotations

from collections.abc import Mapping

from measure import machine, median, ratio
from results import Runs, at_most, number, table, verdict, versions

SCORES = (
    "leadctl score --full", "leadctl score, the first", "hand-written", "hand-written, words", "DuckDB statement",
)  # fmt: skip
SOME = ("leadctl score --full", "10,000 changed", "the next day")
MANY = ("400 rules, the first", "400 rules, --full")


def page(runs: Runs, facts: Mapping[str, str], leads: int, repeat: int) -> str:
    """The part of the page, from its heading on."""
    return f"""# Measured with activities

Written by `benchmarks/run.py --only activities --leads {leads} --repeat {repeat}`; any later run of this part replaces it.

- Machine: {machine()}. **Shared with other work while this was measured**: read the ratios, as above.
- Versions: {versions()}
- {leads:,} leads and {facts["activities"]} activities of the two years before, recent ones likelier, seed 1:
  {facts["file"]} and {facts["activities file"]} of CSV, {facts["database"]} as leadctl's database. Importing the activities
  took {number(median(runs["import of activities"], "wall"))} s and {median(runs["import of activities"], "peak"):.0f} MB.
- Ten rules of fit and five of events that fade by half-lives of 30 and 90 days, in five groups with caps; a letter, a
  number, a temperature. Medians of {repeat} rounds; every program a process of its own on a copy of the database.

## Targets

| target | measured (wall; processor) | met |
| --- | --- | --- |
{targets(runs)}
## Score with activities

{table(runs, SCORES)}
{facts["same points"]}.
`--full` works everything out anew where nothing changed; *the first* writes every score. The hand-written statements only
sum and write into a table of their own, in the fastest of the plans that were tried; titles are listed as these leads have
them, or (*words*) searched by whole words as the rules do. DuckDB's time is its statements alone, on all cores.

## Only what changed

{table(runs, SOME)}
*10,000 changed*: {facts["changed"]} leads, spread evenly, half of them with a new title and size, half with one more
activity; {facts["same"]}. *The next day*, nothing else having changed: {facts["next day"]}.

## Four hundred rules

{table(runs, MANY, ratios=False)}
300 rules of fit and 100 of events, on {facts["many"]}.

{len(runs["leadctl explain"])} leads were explained, {number(median(runs["leadctl explain"], "wall"))} s each: the parts add
up to the stored points of each.
"""


def targets(runs: Runs) -> str:
    full, first, hand = (runs[name] for name in SCORES[:3])
    some = runs["10,000 changed"]
    peak = max(each.peak for name, held in runs.items() if name.startswith(("leadctl", *SOME, *MANY)) for each in held)
    rows = [
        at_most("all leads anew within 1.7 times the hand-written statements", 1.7, full, hand),
        at_most("the first score within 1.7 times the hand-written statements", 1.7, first, hand),
        _under("10,000 changed leads in under a twentieth of the full time", ratio(some, full, "wall"), ratio(some, full, "cpu")),
        _under("the same, of the first score's time", ratio(some, first, "wall"), ratio(some, first, "cpu")),
        ("in under 500 MB", f"{peak:.0f} MB at most", "yes" if peak < 500 else "**no**"),
    ]  # fmt: skip
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


def _under(what: str, wall: float, cpu: float) -> tuple[str, str, str]:
    return what, f"1/{1 / wall:.1f}; 1/{1 / cpu:.1f}", verdict(wall < 0.05, cpu < 0.05)
