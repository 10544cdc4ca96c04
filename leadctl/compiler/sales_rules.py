"""The keys `pipeline`, `owners` and `route`: nodes -> checked stages, owners and routes."""

from __future__ import annotations

from collections.abc import Mapping as MappingOf

from leadctl.compiler.catalogue import Phase
from leadctl.compiler.conditions import ConditionChecker, span_in_days
from leadctl.compiler.findings import Findings
from leadctl.compiler.load import Mapping, Node, Sequence
from leadctl.compiler.tree import Condition, Owner, Route, Routing, Stage
from leadctl.errors import Place

KINDS = ("open", "on_hold", "won", "lost")
# Parts of the language whose work comes with later versions: their form is not looked at, and a warning says so.
_LATER_OF_OWNERS = ("share", "open_limit", "away", "skills", "kind", "fee")
_LATER_OF_ROUTE = ("accept_within", "if_not_accepted")


def check_pipeline(findings: Findings, node: Node) -> tuple[Stage, ...]:
    held = findings.sequence(node, "`pipeline`")
    stages: list[Stage] = []
    for item in held.items if held else ():
        stage = _stage(findings, item)
        if stage is None:
            continue
        if any(each.name == stage.name for each in stages):
            findings.error(item.place, f"the stage '{stage.name}' stands twice")
        stages.append(stage)
    if held is not None and not any(stage.kind == "open" for stage in stages):
        findings.error(node.place, "the pipeline has no stage of kind open: new leads have nowhere to begin")
    return tuple(stages)


def _stage(findings: Findings, node: Node) -> Stage | None:
    found = findings.mapping(node, "a stage")
    if found is None:
        return None
    parts = findings.keys(found, "a stage", ("stage", "kind", "probability", "stuck_after", "reasons"))
    for needed in ("stage", "kind"):
        if needed not in parts:
            findings.error(node.place, f"the stage has no `{needed}`")
            return None
    name = findings.text(parts["stage"], "`stage`")
    kind = findings.choice(parts["kind"], "`kind`", KINDS)
    probability = findings.whole(parts["probability"], "`probability`") if "probability" in parts else None
    if probability is not None and not 0 <= probability <= 100:
        findings.error(parts["probability"].place, "`probability` is a percentage, 0 to 100")
    stuck: int | None = None
    if "stuck_after" in parts:
        text = findings.text(parts["stuck_after"], "`stuck_after`")
        stuck = span_in_days(text) if text else None
        if text and stuck is None:
            findings.error(parts["stuck_after"].place, f"'{text}' is no span of days", "write 7d or 2w")
    reasons = tuple(each.text for each in findings.texts(parts["reasons"], "a reason")) if "reasons" in parts else ()
    if name is None or kind is None:
        return None
    usual = {"won": 100, "lost": 0}.get(kind, 0)
    return Stage(name, kind, usual if probability is None else probability, stuck, reasons, found.place)


def check_owners(findings: Findings, node: Node) -> dict[str, Owner]:
    found = findings.mapping(node, "`owners`")
    owners: dict[str, Owner] = {}
    for key, value in found.entries if found else ():
        owners[key.text] = Owner(key.text, key.place)
        if isinstance(value, Mapping):
            parts = findings.keys(value, f"the owner '{key.text}'", _LATER_OF_OWNERS)
            _later(findings, parts, "not used by this version yet: turns are plain")
        elif getattr(value, "text", None) != "":
            findings.mapping(value, f"the owner '{key.text}'")
    return owners


def check_route(findings: Findings, node: Node, conditions: ConditionChecker, owners: MappingOf[str, Owner]) -> Routing:
    found = findings.mapping(node, "`route`")
    if found is None:
        return Routing()
    parts = findings.keys(found, "`route`", ("for", "keep_company_together", "rules", *_LATER_OF_ROUTE))
    _later(
        findings, {key: value for key, value in parts.items() if key in _LATER_OF_ROUTE}, "not used by this version yet"
    )
    only = conditions.check(parts["for"], Phase.ROUTE) if "for" in parts else None
    together = "keep_company_together" in parts and findings.yes_no(
        parts["keep_company_together"], "`keep_company_together`"
    )
    routes: list[Route] = []
    held = findings.sequence(parts["rules"], "`rules`") if "rules" in parts else None
    if "rules" not in parts:
        findings.error(node.place, "`route` has no `rules`")
    for item in held.items if held else ():
        route = _route(findings, item, conditions, owners)
        if route is None:
            continue
        if any(each.id == route.id for each in routes):
            findings.error(item.place, f"the route id '{route.id}' is taken")
        if any(each.when is None for each in routes):
            findings.warning(item.place, f"'{route.id}' never matches: it stands after `otherwise`")
        routes.append(route)
    if routes and all(each.when is not None for each in routes):
        findings.warning(
            node.place,
            "no route says `otherwise: yes`",
            "leads that no route matches stay without an owner: end with a queue",
        )
    return Routing(tuple(routes), only, bool(together))


def _route(findings: Findings, node: Node, conditions: ConditionChecker, owners: MappingOf[str, Owner]) -> Route | None:
    found = findings.mapping(node, "a route")
    if found is None:
        return None
    parts = findings.keys(found, "a route", ("id", "when", "otherwise", "to", "balance", "queue", "tell"))
    name = findings.text(parts.get("id"), "`id`")
    if "id" not in parts:
        findings.error(node.place, "the route has no `id`")
    when, matches = _when(findings, parts, node.place, conditions)
    to: list[str] = []
    for each in findings.texts(parts["to"], "an owner") if "to" in parts else ():
        if each.text not in owners:
            findings.unknown(each, "owner", owners)
        elif each.text in to:
            findings.error(each.place, f"'{each.text}' stands twice")
        else:
            to.append(each.text)
    queue = findings.text(parts.get("queue"), "`queue`")
    if ("to" in parts) == ("queue" in parts):
        findings.error(node.place, "a route gives leads either `to` owners or to a `queue`")
    if "balance" in parts:
        if isinstance(parts["balance"], Sequence):
            findings.error(parts["balance"].place, "`balance` is one word")
        balance = findings.choice(parts["balance"], "`balance`", ("turns", "open", "best"))
        if balance in ("open", "best"):
            findings.warning(
                parts["balance"].place, f"`balance: {balance}` is not part of this version yet: turns are taken"
            )
    tell = findings.text(parts.get("tell"), "`tell`")
    if name is None or not matches:
        return None
    return Route(name, when, tuple(to), queue, tell, found.place)


def _when(
    findings: Findings, parts: MappingOf[str, Node], place: Place, conditions: ConditionChecker
) -> tuple[Condition | None, bool]:
    """The condition of a route (None: otherwise), and whether it could be read."""
    if ("when" in parts) == ("otherwise" in parts):
        findings.error(place, "a route has either `when` or `otherwise: yes`")
        return None, False
    if "when" in parts:
        when = conditions.check(parts["when"], Phase.ROUTE)
        return when, when is not None
    if findings.yes_no(parts["otherwise"], "`otherwise`") is False:
        findings.error(parts["otherwise"].place, "`otherwise` can only be yes")
        return None, False
    return None, True


def _later(findings: Findings, parts: MappingOf[str, Node], why: str) -> None:
    for key, value in parts.items():
        findings.warning(value.place, f"`{key}` is {why}")
