"""Dimensions, marks and temperature -> one statement that works them all out in a single pass over the leads.

Each layer names what the one above uses more than once. SQLite would fold the layers into one expression and work shared
parts out again and again; a LIMIT that no table reaches keeps them apart (measured: 1.5 s against 10 s for a million leads).
"""

from __future__ import annotations

from leadctl.compiler.fragment import Sql, balanced, joined
from leadctl.compiler.sql import ConditionSql
from leadctl.compiler.tree import Group, Marks, Rules

_APART = "LIMIT 9223372036854775807"


def score_columns(rules: Rules) -> list[str]:
    """The columns that `score_select` gives after `lead`."""
    return [*(dimension.name for dimension in rules.dimensions), "total", "letter", "number", "grade", "temperature"]


def score_select(rules: Rules, conditions: ConditionSql, only: Sql | None = None) -> Sql:
    """`SELECT lead, <dimension>…, total, letter, number, grade, temperature` for all leads, or those where `only` holds."""
    sums: list[Sql] = [Sql("lead.id AS lead")]
    added: dict[str, list[str]] = {dimension.name: [] for dimension in rules.dimensions}
    for dimension in rules.dimensions:
        for group in dimension.groups:
            column = f"group_{len(sums)}"
            sums.append(group_sum(group, conditions) + f" AS {column}")
            added[dimension.name].append(_at_most(column, group.most))
    inner = "SELECT " + joined(",\n         ", sums) + "\n  FROM lead"
    if only is not None:
        inner = inner + "\n  WHERE " + only
    rows = "".join(f', {" + ".join(parts) or "0"} AS "{name}"' for name, parts in added.items())
    ranged = "".join(
        f', CASE WHEN "{d.name}" < {d.lowest} THEN {d.lowest} WHEN "{d.name}" > {d.highest} THEN {d.highest} '
        f'ELSE "{d.name}" END AS "{d.name}"'
        for d in rules.dimensions
    )
    names = "".join(f', "{d.name}"' for d in rules.dimensions)
    total = " + ".join(f'"{d.name}"' for d in rules.dimensions) or "0"
    marks = f"{_mark(rules.letter)} AS letter, {_mark(rules.number)} AS number"
    grade = "CASE WHEN letter IS NULL THEN number WHEN number IS NULL THEN letter ELSE letter || number END AS grade"
    return (
        f"SELECT lead{names}, total, letter, number, grade, {_temperature(rules)} AS temperature\n"
        f"FROM (SELECT lead{names}, total, letter, number, {grade}\n"
        f"FROM (SELECT lead{names}, {total} AS total, {marks}\n"
        f"FROM (SELECT lead{ranged}\n"
        f"FROM (SELECT lead{rows}\n"
        "FROM (" + inner + f"\n  {_APART}) {_APART}) {_APART}) {_APART}) {_APART})"
    )


def group_sum(group: Group, conditions: ConditionSql) -> Sql:
    """The points of a group before its `max`."""
    if not group.rules:
        return Sql("0")
    if group.pick_first:
        cases = (" WHEN " + conditions.holds(rule.when) + f" THEN {rule.points}" for rule in group.rules)
        return "CASE" + joined("", cases) + " ELSE 0 END"
    return balanced(" + ", [rule_points(rule.points, conditions.holds(rule.when)) for rule in group.rules])


def rule_points(points: int, holds: Sql) -> Sql:
    return "CASE WHEN " + holds + f" THEN {points} ELSE 0 END"


def _at_most(column: str, most: int | None) -> str:
    return column if most is None else f"CASE WHEN {column} > {most} THEN {most} ELSE {column} END"


def _mark(marks: Marks | None) -> str:
    if marks is None or not marks.marks:
        return "NULL"
    return "CASE " + " ".join(f"WHEN \"{marks.of}\" >= {least} THEN '{name}'" for name, least in marks.marks) + " END"


def _temperature(rules: Rules) -> str:
    cases, otherwise = "", "NULL"
    for name, grades in rules.temperature:
        quoted = "'" + name.replace("'", "''") + "'"
        if grades:
            cases += f" WHEN grade IN ({', '.join(repr(grade) for grade in grades)}) THEN {quoted}"
        else:
            otherwise = quoted
    return f"CASE{cases} ELSE {otherwise} END" if cases else otherwise
