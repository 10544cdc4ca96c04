"""The keys `score`, `grade` and `temperature`: nodes -> checked dimensions and marks."""

from __future__ import annotations

import re

from leadctl.compiler.catalogue import RESERVED, Catalogue, Phase
from leadctl.compiler.conditions import ConditionChecker
from leadctl.compiler.findings import Findings
from leadctl.compiler.load import Mapping, Node, Scalar
from leadctl.compiler.names import check_name
from leadctl.compiler.tree import Dimension, Group, Marks, Rule

MOST_POINTS = 1_000_000
MOST_HALF_LIVES = 50  # different ones: each is a column that every day has
LONGEST_HALF_LIFE = 3_650  # days; ten years


def dimension_names(findings: Findings, node: Node, catalogue: Catalogue) -> list[str]:
    """The names of the dimensions, so that fields and grades can be checked against them."""
    found = findings.mapping(node, "`score`")
    names: list[str] = []
    for key, _ in found.entries if found else ():
        if not check_name(findings, key, "dimension"):
            continue
        if key.text in (*RESERVED, "type") or key.text in catalogue.fields:
            findings.error(key.place, f"a dimension cannot be called '{key.text}': a field has that name")
        else:
            names.append(key.text)
    return names


def check_score(findings: Findings, node: Node, conditions: ConditionChecker) -> tuple[Dimension, ...]:
    if not isinstance(node, Mapping):
        return ()
    seen: dict[str, Rule] = {}
    dimensions = tuple(_dimension(findings, key, value, conditions, seen) for key, value in node.entries)
    half_lives = {rule.half_life: rule for rule in seen.values() if rule.half_life is not None}
    if len(half_lives) > MOST_HALF_LIVES:
        message = f"more than {MOST_HALF_LIVES} different half-lives"
        findings.error(list(half_lives.values())[MOST_HALF_LIVES].place, message, "let rules share some: 30d, 60d, 90d")
    return dimensions


def _dimension(
    findings: Findings, name: Scalar, node: Node, conditions: ConditionChecker, seen: dict[str, Rule]
) -> Dimension:
    found = findings.mapping(node, f"the dimension '{name.text}'")
    parts = findings.keys(found, f"the dimension '{name.text}'", ("range", "groups", "half_life")) if found else {}
    lowest, highest = _range(findings, parts["range"]) if "range" in parts else (-MOST_POINTS, MOST_POINTS)
    half_life = _half_life(findings, parts["half_life"], conditions) if "half_life" in parts else None
    groups: list[Group] = []
    if "groups" not in parts:
        findings.error(name.place, f"the dimension '{name.text}' has no `groups`")
    else:
        held = findings.mapping(parts["groups"], "`groups`")
        for key, value in held.entries if held else ():
            group = _group(findings, key, value, conditions, seen, half_life)
            if group is not None:
                groups.append(group)
    return Dimension(name.text, lowest, highest, tuple(groups), name.place)


def _range(findings: Findings, node: Node) -> tuple[int, int]:
    ends = findings.sequence(node, "`range`")
    values = [findings.whole(item, "`range`") for item in ends.items] if ends else []
    if len(values) == 2 and values[0] is not None and values[1] is not None:
        if values[0] < values[1]:
            return values[0], values[1]
        findings.error(node.place, "`range` must go from low to high, such as [0, 100]")
    elif ends is not None and len(values) != 2:
        findings.error(node.place, "`range` takes two numbers: [0, 100]")
    return 0, 100


def _group(
    findings: Findings,
    name: Scalar,
    node: Node,
    conditions: ConditionChecker,
    seen: dict[str, Rule],
    half_life: int | None,
) -> Group | None:
    found = findings.mapping(node, f"the group '{name.text}'")
    if found is None:
        return None
    parts = findings.keys(found, f"the group '{name.text}'", ("pick", "max", "rules"))
    pick_first = "pick" in parts and findings.choice(parts["pick"], "`pick`", ("first",)) == "first"
    most = findings.whole(parts["max"], "`max`") if "max" in parts else None
    rules: list[Rule] = []
    if "rules" not in parts:
        findings.error(name.place, f"the group '{name.text}' has no `rules`")
    else:
        held = findings.sequence(parts["rules"], "`rules`")
        for item in held.items if held else ():
            rule = _rule(findings, item, conditions, seen, half_life)
            if rule is not None:
                rules.append(rule)
    return Group(name.text, tuple(rules), pick_first, most, name.place)


def _half_life(findings: Findings, node: Node, conditions: ConditionChecker) -> int | None:
    """In days; None for `none`, and where it could not be read."""
    if isinstance(node, Scalar) and node.text == "none":
        return None
    days = conditions.days(node, "`half_life`")
    if days is not None and not 1 <= days <= LONGEST_HALF_LIFE:
        findings.error(node.place, "a half-life is 1 day or more, up to ten years", "`none`: it never fades")
        return None
    return days


def _rule(
    findings: Findings, node: Node, conditions: ConditionChecker, seen: dict[str, Rule], usual_half_life: int | None
) -> Rule | None:
    found = findings.mapping(node, "a rule")
    if found is None:
        return None
    parts = findings.keys(found, "a rule", ("id", "points", "when", "each", "once", "max", "half_life"))
    mistakes = len(findings.errors)
    missing = [key for key in ("id", "points") if key not in parts]
    if missing:
        findings.error(node.place, f"the rule has no {' and no '.join(f'`{key}`' for key in missing)}")
    ways = [key for key in ("when", "each", "once") if key in parts]
    if len(ways) != 1:
        findings.error(
            node.place,
            f"the rule has {' and '.join(f'`{key}`' for key in ways)}" if ways else "the rule does not say what counts",
            "one of `when` (a condition), `each` (every time something was done) or `once` (if it ever was)",
        )
    name = findings.text(parts.get("id"), "`id`")
    points = findings.whole(parts["points"], "`points`") if "points" in parts else None
    if points is not None and abs(points) > MOST_POINTS:
        findings.error(parts["points"].place, f"points beyond {MOST_POINTS:,} make no sense")
    for key in ("max", "half_life"):
        if key in parts and "when" in parts:
            findings.error(
                parts[key].place, f"`{key}` is for what was done (`each`, `once`); `when` counts once and stays"
            )
    when = conditions.check(parts["when"], Phase.SCORES) if "when" in parts else None
    events = conditions.events(parts[ways[0]]) if len(ways) == 1 and ways[0] != "when" else ()
    most = findings.whole(parts["max"], "`max`") if "max" in parts else None
    half_life = _half_life(findings, parts["half_life"], conditions) if "half_life" in parts else usual_half_life
    if name is not None and name in seen:
        findings.error(
            parts["id"].place, f"the rule id '{name}' is taken: line {seen[name].place.line} of {seen[name].place.file}"
        )
    if name is not None and _is_clamp(name):
        findings.error(parts["id"].place, f"a rule cannot be called '{name}': explanations call the limits so")
    if name is None or points is None or len(findings.errors) > mistakes:
        return None
    counts = ways[0]
    rule = Rule(name, points, parts["id"].place, counts, when, events, None if counts == "when" else half_life, most)
    seen.setdefault(name, rule)
    return rule


def _is_clamp(name: str) -> bool:
    return name == "range" or name.endswith(" cap")


def check_marks(findings: Findings, node: Node, dimensions: tuple[Dimension, ...]) -> tuple[Marks | None, Marks | None]:
    """The key `grade`: the marks for the letter and for the number."""
    found = findings.mapping(node, "`grade`")
    parts = findings.keys(found, "`grade`", ("letter", "number")) if found else {}
    by_name = {each.name: each for each in dimensions}
    return (
        _marks(findings, parts["letter"], by_name, "letter") if "letter" in parts else None,
        _marks(findings, parts["number"], by_name, "number") if "number" in parts else None,
    )


def _marks(findings: Findings, node: Node, dimensions: dict[str, Dimension], kind: str) -> Marks | None:
    found = findings.mapping(node, f"`{kind}`")
    if found is None:
        return None
    of: str | None = None
    marks: list[tuple[str, int]] = []
    for key, value in found.entries:
        if key.text == "of":
            of = findings.choice(value, "`of`", dimensions)
            continue
        right = re.fullmatch(r"[A-Z]", key.text) if kind == "letter" else re.fullmatch(r"\d{1,2}", key.text)
        if not right:
            wanted = "one capital letter" if kind == "letter" else "a number"
            findings.error(key.place, f"'{key.text}' cannot be a mark here: {wanted} is needed")
            continue
        least = findings.whole(value, f"the least score for {key.text}")
        if least is None:
            continue
        if marks and least >= marks[-1][1]:
            findings.error(value.place, f"{key.text} needs less than {marks[-1][0]} ({marks[-1][1]}): best first")
        marks.append((key.text, least))
    if of is None:
        if found.get("of") is None:
            findings.error(node.place, f"`{kind}` does not say `of` which dimension it is")
        return None
    dimension = dimensions[of]
    if marks and marks[-1][1] > dimension.lowest:
        findings.warning(
            found.place, f"{of} below {marks[-1][1]} gets no mark", f"let the last mark begin at {dimension.lowest}"
        )
    return Marks(of, tuple(marks), found.place)


def check_temperature(
    findings: Findings, node: Node, letter: Marks | None, number: Marks | None
) -> tuple[tuple[str, tuple[str, ...]], ...]:
    found = findings.mapping(node, "`temperature`")
    grades = [a + b for a in _names(letter) for b in _names(number)]
    result: list[tuple[str, tuple[str, ...]]] = []
    taken: dict[str, str] = {}
    for key, value in found.entries if found else ():
        if isinstance(value, Scalar) and value.text == "otherwise":
            result.append((key.text, ()))
            continue
        names = findings.texts(value, "a grade")
        for name in names:
            if name.text not in grades:
                findings.unknown(name, "grade", grades)
            elif name.text in taken:
                findings.error(name.place, f"{name.text} is {taken[name.text]} already")
            taken[name.text] = key.text
        result.append((key.text, tuple(name.text for name in names)))
    return tuple(result)


def _names(marks: Marks | None) -> list[str]:
    return [name for name, _ in marks.marks] if marks else [""]
