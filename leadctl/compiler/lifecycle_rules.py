"""The keys `personas`, `qualify` and `lifecycle`: nodes -> checked personas, criteria and rungs."""

from __future__ import annotations

from leadctl.compiler.catalogue import Phase
from leadctl.compiler.conditions import ConditionChecker
from leadctl.compiler.findings import Findings
from leadctl.compiler.load import Mapping, Node
from leadctl.compiler.tree import Criterion, Persona, Rung
from leadctl.model.text import fold

FIRST_RUNG, LAST_RUNG = "lead", "customer"  # what every lead is, and who has bought
RESULTS = ("go", "no_go", "ask")


def check_personas(findings: Findings, node: Node, conditions: ConditionChecker) -> tuple[Persona, ...]:
    held = findings.sequence(node, "`personas`")
    personas: list[Persona] = []
    for item in held.items if held else ():
        found = findings.mapping(item, "a persona")
        parts = findings.keys(found, "a persona", ("name", "when")) if found else {}
        if found and len(parts) < 2:
            findings.error(item.place, "a persona has a `name` and a `when`")
            continue
        name = findings.text(parts.get("name"), "`name`")
        if any(fold(each.name) == fold(name) for each in personas):
            findings.error(parts["name"].place, f"the persona '{name}' stands twice")
        when = conditions.check(parts["when"], Phase.PERSONAS) if "when" in parts else None
        if name is not None and when is not None:
            personas.append(Persona(name, when, parts["name"].place))
    return tuple(personas)


def check_qualify(findings: Findings, node: Node, conditions: ConditionChecker) -> tuple[Criterion, ...]:
    found = findings.mapping(node, "`qualify`")
    criteria: list[Criterion] = []
    for key, value in found.entries if found else ():
        held = findings.mapping(value, f"the criterion '{key.text}'")
        parts = findings.keys(held, f"the criterion '{key.text}'", ("when", "ask")) if held else {}
        if held and "when" not in parts:
            findings.error(key.place, f"the criterion '{key.text}' has no `when`")
        when = conditions.check(parts["when"], Phase.QUALIFY) if "when" in parts else None
        ask = findings.text(parts["ask"], "`ask`") if "ask" in parts else None
        if when is not None:
            criteria.append(Criterion(key.text, when, ask or f"{key.text}?", key.place))
    return tuple(criteria)


def rung_names(node: Node) -> tuple[str, ...]:
    """What the lifecycle can be: `lead`, the rungs in order, `customer`."""
    own = tuple(key.text for key, _ in node.entries) if isinstance(node, Mapping) else ()
    return (FIRST_RUNG, *own, LAST_RUNG)


def check_lifecycle(findings: Findings, node: Node, conditions: ConditionChecker) -> tuple[Rung, ...]:
    """The ladder, lowest rung first. A rung's conditions may name the rungs below it."""
    found = findings.mapping(node, "`lifecycle`")
    rungs: list[Rung] = []
    for key, value in found.entries if found else ():
        if fold(key.text) in (FIRST_RUNG, LAST_RUNG):
            hint = "every lead begins as `lead`, and who is in a stage of kind won is `customer`"
            findings.error(key.place, f"the rung '{key.text}' is there already", hint)
            continue
        if "," in key.text or not key.text.strip():  # the rungs held are kept with commas between them
            findings.error(key.place, f"a rung cannot be called '{key.text}'", "a name without commas, such as mql")
            continue
        held = findings.mapping(value, f"the rung '{key.text}'")
        parts = findings.keys(held, f"the rung '{key.text}'", ("enter", "stay")) if held else {}
        if held and "enter" not in parts:
            findings.error(key.place, f"the rung '{key.text}' has no `enter`")
        conditions.rungs = (FIRST_RUNG, *(rung.name for rung in rungs))
        enter = conditions.check(parts["enter"], Phase.LIFECYCLE) if "enter" in parts else None
        stay = conditions.check(parts["stay"], Phase.LIFECYCLE) if "stay" in parts else None
        conditions.rungs = None
        if enter is not None:
            rungs.append(Rung(key.text, enter, stay, key.place))
    return tuple(rungs)
