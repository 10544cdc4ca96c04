"""The parts of a score: from what each rule found to whole points, every limit a part of its own, so that they add up."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from leadctl.compiler.fading import whole_points
from leadctl.compiler.tree import Dimension, Group, Marks, Rule, Rules


class Part(NamedTuple):
    """Points by a rule, or taken by a limit (`rule` is None then, and `why` says which)."""

    name: str
    points: int
    rule: Rule | None = None
    why: str = ""


def parts(dimension: Dimension, found: Mapping[str, int]) -> list[Part]:
    """The parts of a dimension. `found` is what `Scoring.values` gives for each rule, by its id."""
    result: list[Part] = []
    total = 0
    for group in dimension.groups:
        own = _of_group(group, found)
        points = sum(part.points for part in own)
        if group.most is not None and points > group.most:
            why = f"the group never adds more than {group.most}"
            own.append(Part(f"{group.name} cap", group.most - points, None, why))
            points = group.most
        result += own
        total += points
    within = max(dimension.lowest, min(dimension.highest, total))
    if within != total:
        result.append(Part("range", within - total, None, f"the range is {dimension.lowest} to {dimension.highest}"))
    return result


def part_names(rules: Rules) -> tuple[str, ...]:
    """What the parts of a score can be called; a limit also by its dimension: `range` of them all, `fit range` of one."""
    names: list[str] = []
    for dimension in rules.dimensions:
        for group in dimension.groups:
            for rule in group.rules:
                names += [rule.id] if rule.most is None else [rule.id, f"{rule.id} cap"]
            names += [] if group.most is None else [f"{group.name} cap", f"{dimension.name} {group.name} cap"]
        names.append(f"{dimension.name} range")
    return (*dict.fromkeys(names), "range")


def _of_group(group: Group, found: Mapping[str, int]) -> list[Part]:
    result: list[Part] = []
    for rule in group.rules:
        if found[rule.id] <= 0:
            continue
        points = rule.points if rule.when is not None else whole_points(rule.points * found[rule.id])
        result.append(Part(rule.id, points, rule))
        if rule.most is not None and points > rule.most:
            result.append(
                Part(f"{rule.id} cap", rule.most - points, None, f"the rule never adds more than {rule.most}")
            )
        if group.pick_first:
            break
    return result


def grade(rules: Rules, scores: Mapping[str, int]) -> str | None:
    """The grade that these scores earn."""
    return "".join(_mark(marks, scores) for marks in (rules.letter, rules.number) if marks is not None) or None


def _mark(marks: Marks, scores: Mapping[str, int]) -> str:
    return next((name for name, least in marks.marks if scores[marks.of] >= least), "")
