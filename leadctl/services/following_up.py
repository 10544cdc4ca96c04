"""What people do with a lead: move it through the pipeline, plan the next action, tick it off."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from leadctl.compiler.findings import nearest
from leadctl.compiler.tree import Rules, Stage
from leadctl.errors import Conflict, NotFound, UsageError
from leadctl.model.report import Record, Unit
from leadctl.model.text import fold
from leadctl.store.database import Database, Operation, utc_text
from leadctl.store.privacy import consent

_NOW = "SELECT stage, stage_on, stage_reason, value FROM lead WHERE id = ?"
_MOVE = "UPDATE lead SET stage = ?, stage_on = ?, stage_reason = ?, value = ? WHERE id = ?"
_LOG_MOVE = "INSERT INTO stage_change (lead, from_stage, stage, moved_on, reason, value, created_by) VALUES (?, ?, ?, ?, ?, ?, ?)"
_PLAN = "INSERT INTO follow_up (lead, due_on, note, created_by) VALUES (?, ?, ?, ?)"
_SAME_PLAN = "SELECT id FROM follow_up WHERE lead = ? AND due_on = ? AND note IS ? AND done_at IS NULL"
_NEXT = "SELECT id, due_on, note FROM follow_up WHERE lead = ? AND done_at IS NULL ORDER BY due_on, id LIMIT 1"
_DONE = "UPDATE follow_up SET done_at = ? WHERE id = ?"


@dataclass(frozen=True)
class Step:
    """What was done: `changed` is false where everything stood so already."""

    operation: int | None
    lead: int
    changed: bool
    said: str
    stage: str | None = None
    due: str | None = None
    warning: str | None = None

    def as_record(self) -> Record:
        values = {
            "operation": self.operation,
            "lead": self.lead,
            "changed": self.changed,
            "stage": self.stage,
            "due": self.due,
            "said": self.said,
        }
        return Record("Lead", values, {"changed": Unit.YES_NO, "due": Unit.DATE})


def move(
    database: Database,
    rules: Rules,
    lead: int,
    stage_name: str,
    *,
    on: date | None,
    today: date,
    reason: str | None,
    value: float | None,
    now: datetime,
    command: str,
) -> Step:
    """Moves a lead to a stage. A stage of kind lost that lists reasons wants one of them."""
    stage = _stage(rules, stage_name)
    reason = _reason(stage, reason)
    with database.operation("move", command, now) as operation:
        before = database.connection.execute(_NOW, (lead,)).fetchone()
        amount = before[3] if value is None else value
        day = (on or today).isoformat() if before[0] != stage.name or on is not None else before[1]
        if (before[0], before[1], before[3]) == (stage.name, day, amount) and reason in (None, before[2]):
            operation.keep = False
            return Step(None, lead, False, f"lead {lead} is in {stage.name} already", stage=stage.name)
        database.connection.execute(_MOVE, (stage.name, day, reason or _kept(before, stage), amount, lead))
        if before[0] != stage.name:
            database.connection.execute(_LOG_MOVE, (lead, before[0], stage.name, day, reason, amount, operation.id))
        operation.leads = 1
    said = (
        f"{before[0]} -> {stage.name}"
        if before[0] != stage.name
        else f"{stage.name}, since {day}, value {amount or 0:,.10g}"
    )
    return Step(operation.id, lead, True, f"lead {lead}: {said}", stage=stage.name)


def _kept(before: tuple[str, str, str | None, float | None], stage: Stage) -> str | None:
    return before[2] if before[0] == stage.name else None


def _stage(rules: Rules, name: str) -> Stage:
    for stage in rules.pipeline:
        if fold(stage.name) == fold(name):
            return stage
    raise UsageError(f"the pipeline has no stage '{name}'", hint=nearest(name, rules.stages))


def _reason(stage: Stage, reason: str | None) -> str | None:
    if not stage.reasons:
        return reason
    known = {fold(each): each for each in stage.reasons}
    if reason is None:
        raise UsageError(f"moving a lead to {stage.name} wants a --reason", hint=f"one of: {', '.join(stage.reasons)}")
    if fold(reason) not in known:
        raise UsageError(f"'{reason}' is no reason for {stage.name}", hint=nearest(reason, stage.reasons))
    return known[fold(reason)]


def plan_follow_up(database: Database, lead: int, due: date, note: str | None, *, now: datetime, command: str) -> Step:
    """Plans a dated next action. The same one twice is planned once. Of who opted out there is a `warning`."""
    warning = consent.warning(database.connection, lead)
    with database.operation("follow-up", command, now) as operation:
        if not planned(database, operation, lead, due, note):
            operation.keep = False
            return Step(
                None, lead, False, f"lead {lead}: that is planned already", due=due.isoformat(), warning=warning
            )
        operation.leads = 1
    said = f"lead {lead}: follow-up on {due.isoformat()}"
    return Step(operation.id, lead, True, said, due=due.isoformat(), warning=warning)


def planned(database: Database, operation: Operation, lead: int, due: date, note: str | None) -> bool:
    """Plans a next action within an operation; false where it is planned already."""
    if database.connection.execute(_SAME_PLAN, (lead, due.isoformat(), note)).fetchone():
        return False
    database.connection.execute(_PLAN, (lead, due.isoformat(), note, operation.id))
    return True


def tick_off(database: Database, lead: int, *, now: datetime, command: str) -> Step:
    """Ticks off the lead's next planned action, the earliest. Raises NotFound where nothing is planned."""
    with database.operation("done", command, now) as operation:
        found = database.connection.execute(_NEXT, (lead,)).fetchone()
        if found is None:
            raise NotFound(f"nothing is planned for lead {lead}", hint=f"leadctl follow-up {lead} tomorrow 'call back'")
        database.connection.execute(_DONE, (utc_text(now), found[0]))
        operation.leads = 1
    said = f"lead {lead}: done: {found[2] or 'follow-up'} (was due {found[1]})"
    return Step(operation.id, lead, True, said, due=found[1])


def refuse_future(day: date, today: date) -> None:
    """A move cannot have happened tomorrow."""
    if day > today:
        raise Conflict(
            f"{day.isoformat()} is still to come: a lead is moved when it has happened",
            hint="plan it: leadctl follow-up",
        )
