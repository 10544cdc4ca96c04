"""A folder of rule files -> `Rules`, or every mistake in them at once."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path

from leadctl.compiler import activity_rules, field_rules, lifecycle_rules, sales_rules, scoring_rules
from leadctl.compiler.catalogue import Catalogue, Phase, dimension_field
from leadctl.compiler.conditions import ConditionChecker
from leadctl.compiler.findings import Findings
from leadctl.compiler.lint import lint
from leadctl.compiler.load import LoadError, Mapping, Node, Scalar, load_file, load_text
from leadctl.compiler.sql import dids_of, score_conditions
from leadctl.compiler.tree import Condition, Routing, Rules
from leadctl.errors import Mistake, Place, RuleError
from leadctl.model.titles import DEPARTMENTS, SENIORITIES

KEYS = (
    *("fields", "activities", "lists", "segments", "personas", "score", "grade", "temperature"),
    *("qualify", "lifecycle", "pipeline", "owners", "route"),
)
LATER_KEYS = ("follow_up",)
MOST_QUESTIONS = 1_800
WORKED_OUT = {"seniority": SENIORITIES, "department": DEPARTMENTS}  # what these fields can be
ELSEWHERE = ("mapping", "tests")  # keys of files in rules/mappings/ and rules/tests/


def load_rules(folder: Path, *, shown_as: str | None = None) -> Rules:
    """The checked rules of every `*.yaml` in `folder`, not below it. `shown_as` is how messages call the folder.

    Raises RuleError with all mistakes. Warnings come with the rules.
    """
    findings = Findings()
    name = shown_as or folder.name
    if not folder.is_dir():
        findings.error(
            Place(str(folder)), "there is no such folder of rules", "`leadctl init` makes one with starter rules"
        )
        raise RuleError(findings.mistakes)
    nodes: dict[str, tuple[Scalar, Node]] = {}
    text: dict[str, str] = {}
    unread: list[Mistake] = []
    for path in sorted([*folder.glob("*.yaml"), *folder.glob("*.yml")]):
        label = f"{name}/{path.name}"
        try:
            content = load_file(path, label)
        except LoadError as error:
            findings.mistakes.append(error.mistake)
            unread.append(error.mistake)
            continue
        text[path.name] = path.read_text(encoding="utf-8-sig")
        if content is not None:
            _sort_keys(findings, content, nodes)
    rules = _check(findings, {key: value for key, (_, value) in nodes.items()}, folder, text)
    if "pipeline" not in nodes and not unread:
        findings.error(Place(name), "the rules have no `pipeline`: leads have no stages", "the starter rules show one")
    if findings.errors:

        def importance(each: Mistake) -> tuple[bool, bool, str, int, int]:
            """What keeps a file from being read comes last, where it is seen: others may be missed for want of that file."""
            place = each.place
            return each.level == "error", each in unread, place.file, place.line or 0, place.column or 0

        order = sorted(findings.mistakes, key=importance)
        raise RuleError(order)
    return rules


def check_where(text: str, rules: Rules) -> Condition:
    """The condition after `--where`: YAML flow text. Raises RuleError."""
    findings = Findings()
    try:
        node = load_text("{" + text + "}", "--where")
    except LoadError as error:
        raise RuleError([_without_braces(error.mistake, text)], "in the condition") from error
    checker = ConditionChecker(
        findings, rules.catalogue, rules.lists, dict(rules.segments), rules.activities, {**WORKED_OUT, **rules.choices}
    )
    checker.marks = rules.marks
    condition = checker.check(node, Phase.QUESTION) if node is not None else None
    if condition is None or findings.errors:
        raise RuleError([_without_braces(each, text) for each in findings.mistakes], "in the condition")
    return condition


def _without_braces(mistake: Mistake, text: str) -> Mistake:
    """The mistake with its place in the text as it was typed."""
    place = mistake.place
    if place.line != 1 or place.column is None:
        return mistake
    return mistake._replace(place=place._replace(column=max(1, place.column - 1), text=text.split("\n")[0]))


def meaning_hash(rules: Rules) -> str:
    """A hash of what the rules mean, not of their spelling: places and comments do not count. 16 hexadecimal digits."""

    def plain(value: object) -> object:
        if isinstance(value, Place):
            return None
        if isinstance(value, (str, int, float, bool)) or value is None:
            return value
        if isinstance(value, (tuple, list)):
            return [plain(each) for each in value]
        if isinstance(value, dict):
            return {str(key): plain(each) for key, each in value.items()}
        kept = {name: plain(each) for name, each in vars(value).items() if not isinstance(each, Place)}
        return {"is": type(value).__name__, **kept}

    parts = [
        rules.catalogue.custom_fields,
        dict(rules.lists),
        dict(rules.activities),
        dict(rules.segments),
        rules.personas,
        rules.dimensions,
        rules.letter,
        rules.number,
        rules.temperature,
        rules.qualify,
        rules.lifecycle,
        rules.pipeline,
        dict(rules.owners),
        rules.routing,
    ]
    return hashlib.sha256(json.dumps(plain(parts), sort_keys=True).encode()).hexdigest()[:16]


def _sort_keys(findings: Findings, content: Mapping, nodes: dict[str, tuple[Scalar, Node]]) -> None:
    for key, value in content.entries:
        if key.text in nodes:
            first = nodes[key.text][0].place
            findings.error(
                key.place,
                f"`{key.text}` stands in {first.file} already (line {first.line}): a key stands in one file only",
            )
        elif key.text in KEYS:
            nodes[key.text] = (key, value)
        elif key.text in LATER_KEYS:
            findings.warning(key.place, f"`{key.text}` is not part of this version yet; it is not looked at")
        elif key.text in ELSEWHERE:
            findings.error(key.place, f"`{key.text}` belongs into a file of its own in rules/{key.text}s/")
        else:
            findings.unknown(key, "part of the rules", (*KEYS, *LATER_KEYS))


def _check(findings: Findings, nodes: dict[str, Node], folder: Path, text: dict[str, str]) -> Rules:
    """Phase by phase: what a later one names, an earlier one has made."""
    catalogue = Catalogue()
    if "fields" in nodes:
        catalogue = catalogue.with_fields(field_rules.check_fields(findings, nodes["fields"], catalogue))
    dimensions = scoring_rules.dimension_names(findings, nodes["score"], catalogue) if "score" in nodes else []
    catalogue = catalogue.with_fields(dimension_field(name) for name in dimensions)
    lists = field_rules.check_lists(findings, nodes["lists"], folder, text) if "lists" in nodes else {}
    segments: dict[str, Condition | None] = {}
    used_lists: set[str] = set()
    activities = activity_rules.built_in()
    if "activities" in nodes:
        activities = activity_rules.check_activities(findings, nodes["activities"], lists, used_lists)
    pipeline = sales_rules.check_pipeline(findings, nodes["pipeline"]) if "pipeline" in nodes else ()
    checker = ConditionChecker(findings, catalogue, lists, segments, activities)
    checker.used_lists = used_lists
    checker.choices |= {
        "stage": [stage.name for stage in pipeline],
        "seniority": SENIORITIES,
        "department": DEPARTMENTS,
    }
    if "segments" in nodes:
        segments.update(_segments(findings, nodes["segments"], checker))
    personas = lifecycle_rules.check_personas(findings, nodes["personas"], checker) if "personas" in nodes else ()
    checker.choices["persona"] = [persona.name for persona in personas]
    scored = scoring_rules.check_score(findings, nodes["score"], checker) if "score" in nodes else ()
    letter, number = scoring_rules.check_marks(findings, nodes["grade"], scored) if "grade" in nodes else (None, None)
    temperature = (
        scoring_rules.check_temperature(findings, nodes["temperature"], letter, number)
        if "temperature" in nodes
        else ()
    )
    checker.marks = {name for marks in (letter, number) if marks is not None for name, _ in marks.marks}
    checker.choices["temperature"] = [name for name, _ in temperature]
    qualify = lifecycle_rules.check_qualify(findings, nodes["qualify"], checker) if "qualify" in nodes else ()
    checker.choices["qualified"] = lifecycle_rules.RESULTS if qualify else ()
    checker.choices["lifecycle"] = lifecycle_rules.rung_names(nodes["lifecycle"]) if "lifecycle" in nodes else ()
    lifecycle = lifecycle_rules.check_lifecycle(findings, nodes["lifecycle"], checker) if "lifecycle" in nodes else ()
    owners = sales_rules.check_owners(findings, nodes["owners"]) if "owners" in nodes else {}
    routing = sales_rules.check_route(findings, nodes["route"], checker, owners) if "route" in nodes else None
    rules = Rules(
        catalogue=catalogue,
        lists=lists,
        activities=activities,
        segments={name: each for name, each in segments.items() if each is not None},
        personas=personas,
        dimensions=scored,
        letter=letter,
        number=number,
        temperature=temperature,
        qualify=qualify,
        lifecycle=lifecycle,
        pipeline=pipeline,
        owners=owners,
        routing=routing or Routing(),
        text=text,
    )
    if not findings.errors:
        _too_many_questions(findings, rules)
        lint(findings, rules, checker, nodes)
    return replace(rules, warnings=tuple(each for each in findings.mistakes if each.level == "warning"))


def _too_many_questions(findings: Findings, rules: Rules) -> None:
    """What rules ask of activities are columns of one table, of which SQLite allows 2,000."""
    asked: dict[object, Place] = {}
    for rule in rules.all_rules:
        if rule.when is None:
            asked.setdefault((rule.counts, rule.events, rule.half_life), rule.place)
    for did in dids_of(score_conditions(rules), rules):
        asked.setdefault((did.events, did.where, did.within), did.place)
    if len(asked) > MOST_QUESTIONS:
        message = f"the rules ask {len(asked):,} different things of what leads did; {MOST_QUESTIONS:,} is the most"
        findings.error(list(asked.values())[MOST_QUESTIONS], message, "let rules share events, `where` and windows")


def _segments(findings: Findings, node: Node, checker: ConditionChecker) -> dict[str, Condition | None]:
    held = findings.mapping(node, "`segments`")
    segments: dict[str, Condition | None] = {}
    for key, value in held.entries if held else ():
        found = findings.mapping(value, f"the segment '{key.text}'")
        parts = findings.keys(found, f"the segment '{key.text}'", ("when",)) if found else {}
        if found and "when" not in parts:
            findings.error(key.place, f"the segment '{key.text}' has no `when`")
        segments[key.text] = checker.check(parts["when"], Phase.SEGMENTS) if "when" in parts else None
    return segments
