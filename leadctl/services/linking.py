"""Linking: tagged addresses for mails and posts, so that who follows one is known by where it was sent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from leadctl.compiler.fragment import Sql
from leadctl.errors import UsageError
from leadctl.model.report import Column, Record, Report, Unit
from leadctl.model.tagging import TAGS, check_address, tagged
from leadctl.store import links
from leadctl.store.database import Database
from leadctl.store.privacy import consent

_LONGEST_TAG = 200


@dataclass(frozen=True)
class Link:
    """A link that was asked for: `changed` is false where it had been handed out before."""

    operation: int | None
    url: str
    token: str
    lead: int | None
    tags: Mapping[str, str | None]
    changed: bool
    warning: str | None = None  # of a lead that opted out

    def as_record(self) -> Record:
        tags = {name: self.tags.get(name) for name in TAGS}
        values = {"operation": self.operation, "url": self.url, "token": self.token, "lead": self.lead, **tags}
        return Record("Link", {**values, "changed": self.changed}, {"changed": Unit.YES_NO})


@dataclass(frozen=True)
class Links:
    """A link for each of many leads; `made` of them are new. `mute`: of these leads, those without a usable e-mail; `out`: left
    out, because they opted out."""

    operation: int | None
    report: Report
    made: int
    mute: int
    out: int


def give_link(
    database: Database,
    url: str,
    lead: int | None,
    tags: Mapping[str, str | None],
    *,
    now: datetime,
    command: str,
) -> Link:
    """The tagged address for a lead, a campaign or both; the same one where it was handed out before. `tags`: names of
    `TAGS` -> values. Raises UsageError for what is no web address, or for nobody."""
    address, given = _checked(url, tags)
    if lead is None and given["campaign"] is None:
        raise UsageError("the link is for nobody", hint="say for whom: --lead LEAD, --campaign NAME, or both")
    before, after = tagged(address, given)
    with database.operation("link", command, now) as operation:
        links.register(database.connection)
        token, new = links.give(database.connection, address, lead, given, operation.id)
        operation.keep = new
        operation.leads = int(lead is not None)
    warning = consent.warning(database.connection, lead) if lead is not None else None
    return Link(operation.id if new else None, f"{before}{token}{after}", token, lead, given, new, warning)


def give_links(
    database: Database,
    url: str,
    condition: Sql,
    tags: Mapping[str, str | None],
    *,
    now: datetime,
    command: str,
) -> Links:
    """A tagged address for each lead for which the condition holds, for a mail merge; not for one who opted out. Raises
    UsageError."""
    address, given = _checked(url, tags)
    with database.operation("link", command, now) as operation:
        links.register(database.connection)
        parts = tagged(address, given)
        rows, made, out = links.give_each(database.connection, address, condition, given, parts, operation.id)
        operation.keep = made > 0
        operation.leads = made
    columns = (Column("lead", Unit.COUNT), Column("name"), Column("email"), Column("url", whole=True))
    report = Report("Links", columns, rows)
    mute = sum(row[2] is None for row in rows)
    return Links(operation.id if made else None, report, made, mute, out)


def link_report(database: Database, limit: int | None) -> Report:
    """Links that were handed out, the newest first, with how often they were followed."""
    columns = (
        Column("id", Unit.COUNT),
        Column("url"),
        Column("lead", Unit.COUNT),
        Column("name"),
        *map(Column, TAGS),
        Column("handed_out_at", Unit.TIME, "handed out"),
        Column("followed", Unit.COUNT),
        Column("last_followed_at", Unit.TIME, "last followed"),
    )
    rows = []
    for number, url, token, lead, name, *rest in links.listed(database.connection, limit):
        tags = rest[: len(TAGS)]
        before, after = tagged(url, dict(zip(TAGS, tags, strict=True)))
        rows.append((number, f"{before}{token}{after}", lead, name, *rest))
    total = links.count(database.connection) if limit is not None and len(rows) == limit else None
    return Report("Links", columns, rows, total=total)


def _checked(url: str, tags: Mapping[str, str | None]) -> tuple[str, dict[str, str | None]]:
    try:
        address = check_address(url)
    except ValueError as error:
        raise UsageError(str(error), hint="such as https://example.org/offer") from error
    given: dict[str, str | None] = {}
    for name in TAGS:
        value = tags.get(name)
        given[name] = value.strip() if value is not None else None
        if value is None:
            continue
        if not value.strip():
            raise UsageError(f"--{name} is empty")
        if not value.strip().isprintable() or len(value) > _LONGEST_TAG:
            raise UsageError(f"--{name} is no name: at most {_LONGEST_TAG} printable characters")
    return address, given
