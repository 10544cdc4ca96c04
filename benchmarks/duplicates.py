"""How many duplicates are found, and how many of those found are wrong: FEBRL's first data set and leads made here.

    python benchmarks/duplicates.py --febrl ../data/febrl/dataset1.csv
    python benchmarks/duplicates.py --leads 1000000

Each file goes through the real import; then the service of `leadctl duplicates` runs on it. Precision: how many of the pairs
found are one person. Recall: how many of the pairs that are one person are found. The names of rows, which tell who is who, are
imported as external id, or left among the columns that no field takes: they are all different, so neither says anything.

FEBRL: P. Christen, Febrl - A Freely Available Record Linkage System with a Graphical User Interface, HDKM 2008; its first data
set holds 500 made-up people and one misspelt copy of each.
"""

from __future__ import annotations

import argparse
import csv
import json
import sqlite3
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from itertools import combinations
from pathlib import Path

from make_duplicates import KINDS, Chance, Row
from make_leads import HEADER, leads
from measure import machine, run, version

from leadctl.model.likeness.comparing import AUTOMATIC, REVIEW
from leadctl.services.duplicates.pairs import find_pairs
from leadctl.services.listing import stored_catalogue
from leadctl.store.database import open_database

HERE = Path(__file__).resolve().parent
PYTHON = HERE.parent / ".venv" / "bin" / "python"
LEADCTL = (PYTHON, "-m", "leadctl")
SEEDS = (101, 102, 103)  # others than those that the weights were found with
COPIES = 0.05


def import_file(folder: Path, file: Path, *options: str) -> Path:
    """Imports a file into a database of its own; where that lies."""
    database = folder / f"{file.stem}.db"
    database.unlink(missing_ok=True)
    run((*LEADCTL, "import", file, "--db", database, "-q", "--json", *options), folder)
    return database


def true_pairs(database: Path, name: str) -> set[tuple[int, int]]:
    """The pairs that are one person: `rec-12-dup-0` and `12-1` both say that it is the twelfth."""
    people: dict[str, list[int]] = {}
    with closing(sqlite3.connect(database)) as connection:
        for lead, own, extra in connection.execute("SELECT id, external_id, extra FROM lead ORDER BY id"):
            text = own or json.loads(extra)[name]
            people.setdefault(text.removeprefix("rec-").split("-")[0], []).append(lead)
    return {pair for found in people.values() for pair in combinations(found, 2)}


def measure(title: str, database: Path, true: set[tuple[int, int]]) -> None:
    """Prints a line of the table."""
    with closing(open_database(database, create=False)) as opened:
        began = time.perf_counter()
        found = find_pairs(opened, stored_catalogue(opened)[0])
        seconds = time.perf_counter() - began
        count = opened.connection.execute("SELECT count(*) FROM lead").fetchone()[0]
    cells = []
    for chosen in (
        {(each.lead, each.other) for each in found.found if each.certainty >= REVIEW},
        {(each.lead, each.other) for each in found.found if each.can_be_merged and each.certainty >= AUTOMATIC},
    ):
        right = len(chosen & true)
        cells += [f"{right / max(1, len(chosen)):.4f}", f"{right / max(1, len(true)):.4f}"]
    print(f"| {title} | {count:,} | {len(true):,} | {' | '.join(cells)} | {seconds:.1f} |", flush=True)


def write(path: Path, rows: Sequence[Row]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys(), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return path


def quality(folder: Path, febrl: Path | None) -> None:
    print(f"review: from {REVIEW} on; merged: rules same and automatic from {AUTOMATIC} on\n")
    print(
        "| leads | number | true pairs | precision, review | recall, review | precision, merged | recall, merged | seconds |"
    )
    print("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
    if febrl is not None:
        for title, options in (("FEBRL 1", ()), ("FEBRL 1, with external ids", ("--map-column", "rec_id=external_id"))):
            database = import_file(folder, febrl, *options)
            measure(title, database, true_pairs(database, "rec_id"))
    for kind, make in KINDS.items():
        for seed in SEEDS:
            database = import_file(
                folder, write(folder / f"made{seed}.csv", make(seed)), "--map-column", "row=external_id"
            )
            measure(f"{kind}, {seed}", database, true_pairs(database, "row"))


def with_copies(count: int) -> Iterator[Sequence[str]]:
    """Leads of `make_leads.py`, of which one in twenty is there again: with a slip in the name and without its e-mail, every
    other without its phone."""
    chance = Chance(5)
    at = {name: HEADER.index(name) for name in ("external_id", "name", "email", "phone")}
    for row in leads(round(count / (1 + COPIES)), 1):
        yield row
        if chance.often(COPIES):
            copy = list(row)
            copy[at["external_id"]] += "-2"
            copy[at["email"]] = ""
            copy[at["name"]] = chance.typo(copy[at["name"]])
            if chance.often(0.5):
                copy[at["phone"]] = ""
            yield copy


def speed(folder: Path, count: int) -> None:
    """The real command on many leads: seconds and peak memory."""
    file = folder / "many.csv"
    with file.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(HEADER)
        writer.writerows(with_copies(count))
    database = import_file(folder, file)
    found = run((*LEADCTL, "duplicates", "--db", database, "-q", "-o", folder / "found.jsonl"), folder)
    pairs = sum(1 for _ in (folder / "found.jsonl").open(encoding="utf-8"))
    print(
        f"\n{count:,} leads: {pairs:,} pairs in {found.wall:.0f} s ({found.cpu:.0f} s of processor), {found.peak:.0f} MB at most"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description="Precision, recall, time and memory of `leadctl duplicates`.")
    parser.add_argument("--febrl", type=Path, help="dataset1.csv of FEBRL")
    parser.add_argument("--leads", type=int, default=0, help="also so many leads, for time and memory")
    parser.add_argument("--only-speed", action="store_true")
    given = parser.parse_args()
    print(f"{machine()}; rapidfuzz {version('rapidfuzz')}\n")
    with tempfile.TemporaryDirectory() as folder:
        if not given.only_speed:
            quality(Path(folder), given.febrl.resolve() if given.febrl else None)
        if given.leads:
            speed(Path(folder), given.leads)


if __name__ == "__main__":
    main()
