"""Route: every lead that is ready and nobody's goes to an owner, by the first rule that matches."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from leadctl.compiler.fragment import Sql
from leadctl.compiler.sql import ConditionSql
from leadctl.compiler.tree import Rules
from leadctl.compiler.wording import because
from leadctl.config import Settings
from leadctl.errors import UsageError
from leadctl.model.report import Column, Record, Report, Unit
from leadctl.services.scoring import make_ready
from leadctl.store import offers
from leadctl.store.database import Database, Operation, utc_text


@dataclass(frozen=True)
class Decision:
    """`owner` is None for a lead that waits in `queue`."""

    lead: int
    name: str | None
    rule: str
    owner: str | None
    queue: str | None
    why: str
    tell: str | None


@dataclass(frozen=True)
class RouteResult:
    """considered = offered + kept + queued: given to an owner now, left where they were, put into a queue now."""

    operation: int | None
    considered: int
    offered: int
    kept: int
    queued: int
    decisions: tuple[Decision, ...]


def route_leads(
    database: Database, settings: Settings, rules: Rules, *, now: datetime, command: str, dry_run: bool = False
) -> RouteResult:
    """Routes the open leads that `route: for` holds for. Turns go on where the last run left them.

    Raises UsageError where the rules have no routes.
    """
    if not rules.routing.routes:
        raise UsageError("the rules have no `route`", hint="rules/routing.yaml says who gets which lead")
    database.fit_columns(rules.catalogue, [each.name for each in rules.dimensions])
    with database.operation("route", command, now, dry_run=dry_run) as operation:
        make_ready(database.connection, settings, rules)
        found = route_within(database, settings, rules, operation, now=now)
        operation.leads = found.offered + found.queued
        operation.keep = operation.keep and operation.leads > 0
    return found if operation.keep else replace(found, operation=None)


def route_within(
    database: Database, settings: Settings, rules: Rules, operation: Operation, *, now: datetime
) -> RouteResult:
    """The routing as part of an operation that is under way, with everything ready that rules look up."""
    conditions = ConditionSql(rules, now.astimezone(settings.zone).date(), settings.zone)
    connection = database.connection
    routes = _routes(database, rules)
    considered = _considered(rules, conditions)
    waiting, decided = offers.decide(
        connection,
        _route_of(rules, conditions),
        considered,
        routes,
        list(rules.owners),
        rules.routing.keep_company_together,
    )
    owned = _owned(database, considered)
    offers.write(connection, routes, utc_text(now), operation.id)
    found = tuple(Decision(*row) for row in offers.offered(connection, operation.id))
    offers.forget(connection)
    given = sum(decision.owner is not None for decision in found)
    return RouteResult(
        operation.id if operation.keep else None,
        waiting + owned,
        given,
        waiting - decided + owned,
        decided - given,
        found,
    )


def _routes(database: Database, rules: Rules) -> list[dict[str, Any]]:
    routes = []
    for number, route in enumerate(rules.routing.routes):
        why = "nothing else matched" if route.when is None else because(route.when, None, rules)
        routes.append(
            {
                "route": number,
                "id": route.id,
                "owners": list(route.to),
                "queue": route.queue,
                "tell": route.tell,
                "before": offers.turns_taken(database.connection, route.id) if len(route.to) > 1 else 0,
                "why": why,
            }
        )
    return routes


def _route_of(rules: Rules, conditions: ConditionSql) -> Sql:
    cases = Sql("CASE")
    otherwise = ""
    for number, route in enumerate(rules.routing.routes):
        if route.when is None:
            otherwise = f" ELSE {number}"
            break
        cases = cases + " WHEN " + conditions.holds(route.when) + f" THEN {number}"
    if cases.text == "CASE":
        return Sql(otherwise.removeprefix(" ELSE "))
    return cases + otherwise + " END"


def _considered(rules: Rules, conditions: ConditionSql) -> Sql:
    """Open leads that `route: for` holds for."""
    stages = rules.stage_kinds("open")
    found = Sql(f"lead.stage IN ({', '.join('?' * len(stages))})", stages)
    return found if rules.routing.only is None else found + " AND " + conditions.holds(rules.routing.only)


def _owned(database: Database, considered: Sql) -> int:
    query = (
        "SELECT count(*) FROM lead LEFT JOIN score ON score.lead = lead.id WHERE lead.owner IS NOT NULL AND "
        + considered
    )
    return int(database.connection.execute(query.text, query.values).fetchone()[0])


def route_record(result: RouteResult) -> Record:
    """For programs."""
    decisions = [{name: getattr(each, name) for name in _KEYS} for each in result.decisions]
    return Record("Route", {**vars(result), "decisions": decisions}, {"decisions": Unit.JSON})


_KEYS = ("lead", "name", "rule", "owner", "queue", "why", "tell")


def decision_report(result: RouteResult, limit: int | None = None) -> Report:
    """For people: a row a decision."""
    columns = (
        Column("lead", Unit.COUNT),
        Column("name"),
        Column("rule"),
        Column("owner"),
        Column("queue"),
        Column("why", whole=True),
        Column("tell", whole=True),
    )
    rows = [[getattr(each, name) for name in _KEYS] for each in result.decisions[:limit]]
    note = f"considered {result.considered}: given {result.offered}, queued {result.queued}, left as they were {result.kept}"
    return Report("Route", columns, rows, (note,), len(result.decisions) if limit else None)


def share_report(result: RouteResult) -> Report:
    """For people: how many leads each owner or queue was given."""
    counts: dict[tuple[str, str], int] = {}
    for each in result.decisions:
        key = (each.rule, each.owner or f"queue {each.queue}")
        counts[key] = counts.get(key, 0) + 1
    columns = (Column("rule"), Column("given to"), Column("leads", Unit.COUNT))
    rows = [[rule, to, count] for (rule, to), count in sorted(counts.items())]
    note = f"considered {result.considered}: given {result.offered}, queued {result.queued}, left as they were {result.kept}"
    return Report("Route", columns, rows, (note,))
