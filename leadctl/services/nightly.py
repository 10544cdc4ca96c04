"""The night's work, whole or not at all: scores with lifecycle, then routing. A second run on the same day changes nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from leadctl.compiler.tree import Rules
from leadctl.config import Settings
from leadctl.model.report import Record, Unit
from leadctl.services.routing import RouteResult, route_record, route_within
from leadctl.services.scoring import ScoreResult, score_within
from leadctl.store import scores
from leadctl.store.database import Database


@dataclass(frozen=True)
class NightResult:
    """What each phase did; `route` is None where the rules have no routes."""

    operation: int | None
    score: ScoreResult
    route: RouteResult | None
    lifecycle: dict[str, int]  # rung -> how many leads came to it

    def as_record(self) -> Record:
        route = route_record(self.route).values if self.route is not None else None
        values: dict[str, Any] = {
            "operation": self.operation,
            "score": self.score.as_record().values,
            "lifecycle": self.lifecycle,
            "route": route,
        }
        return Record("Nightly", values, dict.fromkeys(("score", "lifecycle", "route"), Unit.JSON))


def run_night(
    database: Database,
    settings: Settings,
    rules: Rules,
    *,
    now: datetime,
    command: str,
    dry_run: bool = False,
    full: bool = False,
) -> NightResult:
    """Runs all phases in one transaction. Whoever comes second waits for the first, and then finds nothing to do."""
    database.fit_columns(rules.catalogue, [each.name for each in rules.dimensions])
    with database.operation("nightly", command, now, dry_run=dry_run) as operation:
        scored = score_within(database, settings, rules, operation, now=now, full=full)
        routed = route_within(database, settings, rules, operation, now=now) if rules.routing.routes else None
        operation.leads = scores.leads_concerned(database.connection, operation.id)
        lifecycle = scores.lifecycle_counts(database.connection, operation.id)
    return NightResult(operation.id if operation.keep else None, scored, routed, lifecycle)
