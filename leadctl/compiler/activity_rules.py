"""The key `activities`: nodes -> the types of activity, the built-in ones and your own."""

from __future__ import annotations

from collections.abc import Mapping as MappingOf

from leadctl.compiler.catalogue import ACTIVITY_FIELDS, BUILT_IN_ACTIVITIES, LEAD, US, Catalogue, Field, Phase
from leadctl.compiler.conditions import ConditionChecker
from leadctl.compiler.findings import Findings
from leadctl.compiler.load import Node
from leadctl.compiler.names import check_name
from leadctl.compiler.tree import ActivityType

TYPE = Field("type", "choice", table="activity")


def built_in() -> dict[str, ActivityType]:
    return {name: ActivityType(name, by) for name, by in BUILT_IN_ACTIVITIES.items()}


def check_activities(
    findings: Findings, node: Node, lists: MappingOf[str, tuple[str, ...]], used_lists: set[str]
) -> dict[str, ActivityType]:
    """All types by name. One may be a kind of a type that stands above it, so there are no circles."""
    types = built_in()
    fields = {each.name: each for each in (*ACTIVITY_FIELDS, TYPE)}
    checker = ConditionChecker(findings, Catalogue(fields), lists, {}, choices={"type": types})
    found = findings.mapping(node, "`activities`")
    for key, value in found.entries if found else ():
        if not check_name(findings, key, "type of activity"):
            continue
        if key.text in types:
            findings.error(key.place, f"there is an activity called '{key.text}' already", "name yours differently")
            continue
        held = findings.mapping(value, f"the activity '{key.text}'")
        parts = findings.keys(held, f"the activity '{key.text}'", ("by", "topic", "when")) if held else {}
        by = findings.choice(parts["by"], "`by`", (LEAD, US)) if "by" in parts else None
        if held and "by" not in parts:
            findings.error(key.place, f"the activity '{key.text}' does not say `by` whom", "`by: lead` or `by: us`")
        topic = findings.text(parts["topic"], "`topic`") if "topic" in parts else None
        when = checker.check(parts["when"], Phase.FIELDS) if "when" in parts else None
        types[key.text] = ActivityType(key.text, by or LEAD, topic, when)
    used_lists |= checker.used_lists
    return types
