"""What a change of the rules would do: every lead by the rules of before and by those of after, as of the same day, and why the
ones that move do. Nothing is written."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from leadctl.compiler.parts import parts
from leadctl.compiler.rulebook import load_rules, meaning_hash
from leadctl.compiler.score_sql import Scoring
from leadctl.compiler.tree import Dimension, Group, Rule, Rules
from leadctl.config import Settings
from leadctl.errors import NotFound, Place, UsageError
from leadctl.services.rules.versions import rules_of_revision, rules_that_ran, rules_with
from leadctl.store import comparing as store
from leadctl.store.database import Database
from leadctl.store.scores import last_run

CROSSED = ("grade", "lifecycle", "temperature", "persona", "qualified")
_BATCH = 5_000  # moved leads whose rules are looked at together
_MOST_KNOWN = 50_000  # findings of a group that are kept, with what it makes of them
_JSON = json.JSONEncoder(ensure_ascii=False).encode


@dataclass(frozen=True)
class Sides:
    """The rules of before and of after, each with how notes call it. `same`: why both are the same rules on purpose."""

    before: Rules
    after: Rules
    before_called: str
    after_called: str
    same: str | None = None


@dataclass
class Comparison:
    """What would move. `crossings`: mark -> (before, after, leads), the most frequent first. `by_rule`: rule or limit -> how
    many leads it moves and by how many points in sum. `moved` is closed by `compare` at the end of its block."""

    sides: Sides
    today: str
    leads: int
    moved: store.Moved
    up: int = 0
    down: int = 0
    points: int = 0
    crossings: dict[str, list[tuple[str | None, str | None, int]]] = field(default_factory=dict)
    by_rule: dict[str, list[int]] = field(default_factory=dict)


def choose_sides(database: Database, settings: Settings, rules: Rules, here: Path, wanted: str | None) -> Sides:
    """Which rules are compared. `wanted` is a folder or a file, the change that is thought of, or a revision of git that the
    workspace's `rules` are compared with; None: they are compared with the rules of the last scoring.

    Raises NotFound where there is no such thing, RuleError for rules with mistakes.
    """
    if wanted is None:
        last = last_run(database.connection)
        if last is None:
            raise NotFound(
                "nothing has been scored yet, so there are no earlier rules to compare with",
                hint="`leadctl score` scores; or name a file, a folder or a revision such as HEAD~1",
            )
        ran = rules_that_ran(database, last.ruleset)
        return Sides(ran, rules, f"of the last scoring, {last.today}", "as they are now")
    if not wanted:
        raise UsageError("the name of a file, a folder or a revision is empty")
    path, mine = here / wanted, settings.rules.resolve()
    there = _there(path)
    if there is None:
        return Sides(rules_of_revision(settings.rules, wanted), rules, f"of {wanted}", "as they are now")
    own = "these are the workspace's own rules: without a name they are compared with the last scoring"
    if there == "folder":
        same = own if path.resolve() == mine else None
        return Sides(
            rules, load_rules(path, shown_as=wanted.rstrip("/") or "/"), "as they are now", f"of {wanted}", same
        )
    same = own if path.resolve().parent == mine else None
    changed = rules_with(path, settings.rules, rules, wanted)
    return Sides(rules, changed, "as they are now", f"with {wanted}", same)


def _there(path: Path) -> str | None:
    try:
        return "folder" if path.is_dir() else "file" if path.exists() else None
    except (OSError, ValueError):  # no name that a file could have
        return None


@contextmanager
def compare(
    database: Database,
    settings: Settings,
    sides: Sides,
    *,
    now: datetime,
    command: str,
    progress: Callable[[int], None] | None = None,
) -> Iterator[Comparison]:
    """Every lead by both rules, as of now. What moved can be read within the block, when the database is free again.
    `progress` is told how many of the moved leads have been looked at."""
    today = now.astimezone(settings.zone).date()
    with closing(store.Moved()) as moved:
        found = Comparison(sides, today.isoformat(), store.count_leads(database.connection), moved)
        if meaning_hash(sides.before) != meaning_hash(sides.after):
            _work_out(database, found, today, settings.zone, command, now, progress)
        yield found


def _work_out(
    database: Database,
    found: Comparison,
    today: date,
    zone: ZoneInfo,
    command: str,
    now: datetime,
    progress: Callable[[int], None] | None,
) -> None:
    rules = found.sides.before, found.sides.after
    with store.tried(database, rules, zone, command, now) as connection:
        before, after = (Scoring(each, today, zone) for each in rules)
        store.score_before(connection, before, today)
        names = store.find_moved(connection, after, rules[0], today)
        found.up, found.down, found.points = store.counts(connection)
        found.crossings = {name: store.crossings(connection, name) for name in CROSSED}
        reasons = _Reasons(connection, before, after)
        for query, rows in store.batches(connection, names, _BATCH):
            why = reasons.of(query)
            found.moved.add([_moved(names, row, why.get(row[0], {}), found.by_rule) for row in rows])
            if progress is not None:
                progress(len(found.moved))


def _moved(names: list[str], row: store.Row, because: dict[str, int], by_rule: dict[str, list[int]]) -> store.Row:
    """A moved lead as it is kept, its reasons counted under `by_rule`."""
    before, after = dict(zip(names, row[2::2], strict=True)), dict(zip(names, row[3::2], strict=True))
    change = after["total"] - before["total"]
    rest = change - sum(because.values())
    if rest:  # groups that are alike on both sides give the same points: what is left is the dimensions' ranges
        because["range"] = rest
    for rule, points in because.items():
        sums = by_rule.setdefault(rule, [0, 0])
        sums[0] += 1
        sums[1] += points
    shown = [side[name] for side in (before, after) for name in ("total", "grade", "lifecycle")]
    return (row[0], change, row[1], *shown, _JSON(because), _also(before, after))


def _also(before: dict[str, Any], after: dict[str, Any]) -> str:
    """What moved besides total, grade and lifecycle and does not follow from them, for people."""
    told = {"total", "grade", "lifecycle"}
    if before["grade"] != after["grade"]:
        told.add("temperature")
    if before["total"] != after["total"]:
        told |= before.keys() - {*store.MARKS}
    return ", ".join(
        f"{name} {or_none(was)} -> {or_none(after[name])}"
        for name, was in before.items()
        if was != after[name] and name not in told
    )


def or_none(value: object) -> str:
    """A mark as notes call it."""
    return "none" if value is None else str(value)


class _Reasons:
    """Which rules and limits move leads, and by how much. Groups that are alike on both sides move nothing."""

    def __init__(self, connection: sqlite3.Connection, before: Scoring, after: Scoring) -> None:
        self.connection = connection
        self.before, self.after = before, after
        own = [
            {
                (dimension.name, group.name): group
                for dimension in scoring.rules.dimensions
                for group in dimension.groups
            }
            for scoring in (before, after)
        ]
        alike = _alike(before.rules, after.rules)
        self.pairs: list[_Pair] = []
        self.rules: tuple[list[Rule], list[Rule]] = ([], [])  # of before and of after, as the pairs ask for them
        for name in dict.fromkeys((*own[1], *own[0])):
            if name not in alike:
                groups = own[0].get(name, _NO_GROUP), own[1].get(name, _NO_GROUP)
                self.pairs.append(_Pair(groups, (len(self.rules[0]), len(self.rules[1]))))
                for listed, group in zip(self.rules, groups, strict=True):
                    listed += group.rules

    def of(self, leads: str) -> dict[int, dict[str, int]]:
        """Lead -> rule or limit -> points moved, for the leads of a query; the limits of dimensions are not among them."""
        if not self.pairs:
            return {}
        before = store.values(self.connection, self.before, "before", self.rules[0], leads)
        after = store.values(self.connection, self.after, "after", self.rules[1], leads)
        return {old[0]: self._moves(old, new) for old, new in zip(before, after, strict=True)}

    def _moves(self, before: store.Row, after: store.Row) -> dict[str, int]:
        moved: dict[str, int] = {}
        for pair in self.pairs:
            for name, points in pair.moves(before, after):
                moved[name] = moved.get(name, 0) + points
        return {name: points for name, points in moved.items() if points}


class _Pair:
    """A group on both sides, and at which of the rules asked about its own begin. What it makes of the same findings is worked
    out once: few leads are the only ones of their kind."""

    def __init__(self, groups: tuple[Group, Group], starts: tuple[int, int]) -> None:
        self.alone = [replace(_ALONE, groups=(group,)) for group in groups]
        self.ids = [tuple(rule.id for rule in group.rules) for group in groups]
        self.before, self.after = (
            slice(1 + start, 1 + start + len(group.rules)) for start, group in zip(starts, groups, strict=True)
        )
        self.known: dict[tuple[store.Row, store.Row], list[tuple[str, int]]] = {}

    def moves(self, before: store.Row, after: store.Row) -> list[tuple[str, int]]:
        """Points moved by rule or limit, from the rows (lead, what each rule found) of both sides."""
        found = before[self.before], after[self.after]
        moved = self.known.get(found)
        if moved is None:
            if len(self.known) >= _MOST_KNOWN:
                self.known.clear()
            moved = self.known[found] = self._work_out(found)
        return moved

    def _work_out(self, found: tuple[store.Row, store.Row]) -> list[tuple[str, int]]:
        moved: dict[str, int] = {}
        for side, sign in ((1, 1), (0, -1)):
            for part in parts(self.alone[side], dict(zip(self.ids[side], found[side], strict=True))):
                moved[part.name] = moved.get(part.name, 0) + sign * part.points
        return [each for each in moved.items() if each[1]]


_NOWHERE = Place("")
_NO_GROUP = Group("", (), False, None, _NOWHERE)
_ALONE = Dimension("", -(10**15), 10**15, (), _NOWHERE)  # of a range that no sum of points leaves


def _alike(before: Rules, after: Rules) -> set[tuple[str, str]]:
    """The groups, by dimension and name, that find the same in every lead and make the same of it."""
    rest = [
        meaning_hash(Rules(activities=rules.activities, segments=rules.segments, personas=rules.personas))
        for rules in (before, after)
    ]
    if rest[0] != rest[1]:
        return set()
    meanings = [
        {
            (dimension.name, group.name): meaning_hash(Rules(dimensions=(replace(_ALONE, groups=(group,)),)))
            for dimension in rules.dimensions
            for group in dimension.groups
        }
        for rules in (before, after)
    ]
    return {name for name, _ in meanings[0].items() & meanings[1].items()}
