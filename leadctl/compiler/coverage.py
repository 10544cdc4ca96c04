"""What in the rules can match a lead, and for how many leads each does: all of it counted in one pass."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from leadctl.compiler.fragment import Sql, joined
from leadctl.compiler.score_sql import rule_matches
from leadctl.compiler.sums import SumsSql
from leadctl.compiler.tree import All, Condition, InSegment, Not, Route, Rule, Rules


class Asked(NamedTuple):
    """Something that matches a lead or does not: a rule of a score, a condition, a rung that is held. None of them: it
    always matches."""

    name: str
    rule: Rule | None = None
    condition: Condition | None = None
    rung: str | None = None


def all_asked(rules: Rules) -> list[Asked]:
    """Every rule of a score, then segments, personas, criteria, rungs and routes, named so that no two are alike."""
    found = [Asked(rule.id, rule) for rule in rules.all_rules]
    found += [Asked(f"segment {name}", condition=each) for name, each in rules.segments.items()]
    found += [Asked(f"persona {each.name}", condition=each.when) for each in rules.personas]
    found += [Asked(f"qualify {each.name}", condition=each.when) for each in rules.qualify]
    found += [Asked(f"lifecycle {each.name}", condition=each.enter, rung=each.name) for each in rules.lifecycle]
    earlier: list[Route] = []
    for route in rules.routing.routes:
        found.append(Asked(f"route {route.id}", condition=_of_route(route, earlier, rules.routing.only)))
        earlier.append(route)
    return found


def _of_route(route: Route, earlier: Sequence[Route], only: Condition | None) -> Condition | None:
    """Whom a route is for: `otherwise` is for those that no earlier one matches."""
    parts = [only] if only is not None else []
    if route.when is not None:
        parts.append(route.when)
    else:
        parts += [Not(each.when) for each in earlier if each.when is not None]
    return All(tuple(parts)) if len(parts) > 1 else parts[0] if parts else None


def matches(asked: Asked, sums: SumsSql) -> Sql:
    """Whether it matches, as an expression on `lead`, `did` and `score`."""
    if asked.rung is not None:
        return Sql("instr(score.rungs, ?) > 0", (f",{asked.rung},",))
    if asked.rule is not None:
        return rule_matches(asked.rule, sums)
    return Sql("1") if asked.condition is None else sums.holds(asked.condition)


def counts(expressions: Sequence[Sql], sums: SumsSql) -> Sql:
    """`SELECT <how many leads there are>, <for how many each expression holds>`."""
    columns = ("total(CASE WHEN " + each + " THEN 1 ELSE 0 END)" for each in expressions)
    did = " LEFT JOIN did ON did.lead = lead.id" if sums.columns else ""
    listed = joined(",\n  ", (Sql("count(*)"), *columns))
    return "SELECT " + listed + f"\nFROM lead LEFT JOIN score ON score.lead = lead.id{did}"


def steps(condition: Condition, rules: Rules) -> Iterator[Condition]:
    """The parts of a condition that must all hold, in order; a segment's too."""
    if isinstance(condition, All):
        for part in condition.parts:
            yield from steps(part, rules)
    elif isinstance(condition, InSegment):
        yield from steps(rules.segments[condition.name], rules)
    else:
        yield condition
