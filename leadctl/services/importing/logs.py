"""Import of an access log: page views of people who are leads, of people who are none yet, and what is neither.

A visitor becomes a lead by a link with a token, also one in a later log; whatever was seen before joins then.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from itertools import pairwise

from leadctl.compiler.tree import Rules
from leadctl.config import Settings
from leadctl.errors import BrokeOff, UsageError
from leadctl.intake.ahead import ahead
from leadctl.intake.batch import BadRow
from leadctl.intake.logs.access_log import LogReader, Viewed
from leadctl.intake.logs.file import LogFile
from leadctl.intake.logs.page_views import count_views, views_of
from leadctl.model.addresses import parse_address
from leadctl.services.importing.ledger import Ledger
from leadctl.services.importing.placing import LARGE_FILE
from leadctl.services.importing.receiving import Incoming, without_garbage_collection
from leadctl.store import activities, leads, visits
from leadctl.store.activities import Days, keep_calendar, keep_types
from leadctl.store.arrivals import concerned, enter, open_arrivals, put_aside
from leadctl.store.database import Operation
from leadctl.store.privacy.consent import keep_consent
from leadctl.store.privacy.forgotten import Forgotten
from leadctl.store.salt import salt

PART = 64_000_000  # bytes that are read before what they showed is put together
MOST_VIEWS = 400_000  # that are held at a time


def import_log(incoming: Incoming, log: LogFile) -> Ledger:
    """Imports one access log. Raises UsageError for flags that are about columns, BrokeOff where it cannot be read."""
    options, file = incoming.options, incoming.file
    for flag, given in (
        ("--map", options.mapping),
        ("--map-column", options.columns),
        *((f"--{name}", name in options.constants) for name in ("type", "source", "campaign")),
        ("--encoding", options.encoding),
        ("--delimiter", options.delimiter),
        ("--date-order", options.date_order),
    ):
        if given:
            raise UsageError(f"{flag} is not for an access log: it has no columns", hint="leave it out")
    database = incoming.database
    with (
        without_garbage_collection(),
        database.operation("import", incoming.command, incoming.now, dry_run=options.dry_run) as operation,
    ):
        operation.file = file
        work = Visiting(database.connection, incoming.settings, incoming.rules, file, operation)
        work.run(log, options.progress)
        if not work.ledger.balanced:
            raise BrokeOff(f"the ledger of {file} does not balance: a bug of leadctl; nothing was written")
        operation.leads = work.concerned
    work.ledger.notes += work.notes()
    return work.ledger


class Visiting:
    """The work on one access log within its transaction."""

    def __init__(
        self, connection: sqlite3.Connection, settings: Settings, rules: Rules, file: str, operation: Operation
    ) -> None:
        self.connection = connection
        self.operation = operation
        self.zone = settings.zone
        self.types = rules.activities
        self.days = Days(settings.zone)
        dry_run = not operation.keep
        self.ledger = Ledger(None if dry_run else operation.id, file, "activities", dry_run=dry_run)
        self.seen = Viewed()  # everything but the visitors
        self.own: set[str] = set()
        self.strange_tokens: set[str] = set()
        self.concerned = self.joined = self.kept = 0
        self.forgotten = Forgotten(connection)

    def run(self, log: LogFile, progress: Callable[[int], None] | None) -> None:
        connection = self.connection
        keep_calendar(connection, self.zone)
        keep_types(connection, ((each.name, each.by) for each in self.types.values()))
        open_arrivals(connection)
        self.own = log.hosts() | {
            host for url in visits.link_addresses(connection) if (host := parse_address(url).host) is not None
        }
        held = Viewed()
        for part in _parts(log, salt(connection), self.own):
            if held.views and held.views + part.views > MOST_VIEWS:
                self.take(held)
                held = Viewed()
            held.add(part)
            if progress is not None:
                progress(self.seen.lines + held.lines)
        self.take(held)
        self.settle()

    def take(self, part: Viewed) -> None:
        """What a part of the log showed: whose it is, and where it goes."""
        connection, ledger = self.connection, self.ledger
        ledger.duplicate += part.again
        leads_of = visits.linked_leads(connection, {token for _, token in part.followed})
        if self.forgotten:
            self.leave_out(part, leads_of)
        self.strange_tokens |= visits.of_no_link(connection, {token for _, token in part.followed} - leads_of.keys())
        visits.tie(
            connection,
            {(visitor, leads_of[token]) for visitor, token in part.followed if token in leads_of},
            self.operation.id,
        )
        unknown = part.views
        for visitor, its_leads in visits.known(connection, part.visitors).items():
            packed = part.visitors.pop(visitor)
            rest = self.take_known(visitor, its_leads, views_of(packed), leads_of)
            unknown -= count_views(packed) - count_views(rest)
            if rest:
                part.visitors[visitor] = rest
        there = visits.keep(connection, part.visitors, self.operation.id)
        ledger.created += unknown - there
        ledger.unchanged += there
        self.kept += unknown - there
        part.visitors = {}
        self.seen.add(part)

    def leave_out(self, part: Viewed, leads_of: dict[str, int]) -> None:
        """Takes out what visitors did who were forgotten, and what anybody did by a link that was theirs. A visitor that is
        a lead, or becomes one now, is somebody else by now."""
        tokens = {token for _, token in part.followed if self.forgotten.has("token", token)}
        by_link = {visitor for visitor, token in part.followed if token in tokens}
        gone = {visitor for visitor in part.visitors if self.forgotten.has("visitor", visitor)}
        gone -= visits.known(self.connection, gone).keys() | {who for who, token in part.followed if token in leads_of}
        before = part.views
        for visitor in by_link | gone:
            packed = part.visitors.pop(visitor, "")
            rest = "" if visitor in gone else _not_by(tokens, packed)
            part.views -= count_views(packed) - count_views(rest)
            if rest:
                part.visitors[visitor] = rest
        part.followed = {(who, token) for who, token in part.followed if token not in tokens and who not in gone}
        self.ledger.forgotten += before - part.views

    def take_known(self, visitor: str, its_leads: list[int], views: dict[str, str], leads_of: dict[str, int]) -> str:
        """Puts the views of somebody known aside; what stays is no lead's. Of a machine that people share only views by a
        token, and such as are known already, are a lead's."""
        rows: list[tuple[object, ...]] = []
        rest: list[str] = []
        for view, sent in views.items():
            said = json.loads(f"[{view}{sent}]")
            lead = its_leads[0] if len(its_leads) == 1 else leads_of.get(visits.token_of(said) or "")
            row = visits.activity_of(said, view, lead, visitor, self.days)
            if lead is None:
                lead = self.whose_already(row, its_leads)
                row = (lead, *row[1:])
            if lead is None:
                rest.append(f"[{view}{sent}]")
            else:
                rows.append(row)
        put_aside(self.connection, visits.COLUMNS, rows)
        return ",".join(rest)

    def whose_already(self, row: tuple[object, ...], its_leads: Iterable[int]) -> int | None:
        """The lead of a shared machine under whom a view is kept already."""
        held = dict(zip(visits.COLUMNS, row, strict=True))
        day, mark = held["day"], held["mark"]
        assert isinstance(day, int)
        assert isinstance(mark, int)
        there = (lead for lead in its_leads if activities.find(self.connection, lead, day, visits.PAGE_VIEW, mark))
        return next(there, None)

    def settle(self) -> None:
        ledger, connection, operation = self.ledger, self.connection, self.operation.id
        waiting = connection.execute("SELECT count(*) FROM arriving").fetchone()[0]
        arrived = enter(connection, operation, own_ids=False, several=False)
        self.joined = activities.adopt(connection, operation, leads.last_id(connection) + 1)
        ledger.read = self.seen.lines
        ledger.unchanged += ledger.forgotten
        ledger.created += arrived.made
        ledger.unchanged += arrived.unchanged
        ledger.duplicate += waiting - arrived.made - arrived.unchanged
        ledger.flagged = self.kept
        ledger.blank = sum(self.seen.left_out.values())
        ledger.rejected = len(self.seen.bad)
        ledger.rejects = [BadRow(line, None, None, reason, []) for line, reason in self.seen.bad]
        self.concerned = concerned(connection, operation)
        if self.joined:
            keep_consent(connection, operation, changed=True)

    def notes(self) -> Iterator[str]:
        """What a person should know of the log, beside the figures."""
        ledger = self.ledger
        if ledger.forgotten:
            one = ledger.forgotten == 1
            yield f"{ledger.forgotten:,} page view{' is' if one else 's are'} of people who asked to be forgotten: left out"
        if ledger.blank:
            reasons = sorted(self.seen.left_out.items(), key=lambda each: (-each[1], each[0]))
            said = ", ".join(f"{why} {count:,}" for why, count in reasons)
            yield f"{ledger.blank:,} of {ledger.read:,} lines are no page views: {said}"
        if self.kept:
            yield (
                f"{self.kept:,} page view{'s are' if self.kept > 1 else ' is'} of visitors who are nobody yet: "
                "kept until a link with a token, or a file, says who they are"
            )
        if self.joined:
            yield told_of_joined(self.joined)
        if self.strange_tokens:
            count = len(self.strange_tokens)
            one = count == 1
            yield f"{count:,} token{'' if one else 's'} of requests {'is' if one else 'are'} of no link that was made"
        if self.own:
            listed = ", ".join(sorted(self.own)[:5]) + (", …" if len(self.own) > 5 else "")
            yield f"pages of {listed} are your own: not kept as where somebody came from"
        if self.seen.unnamed:
            yield (
                "the log does not name browsers: bots are not told apart, and people behind one address are one visitor; "
                "the format `combined` names them"
            )


def _not_by(tokens: set[str], packed: str) -> str:
    """The views that were not found by a link with one of these tokens."""
    views = views_of(packed).items()
    return ",".join(
        f"[{view}{sent}]" for view, sent in views if visits.token_of(json.loads(f"[{view}{sent}]")) not in tokens
    )


def told_of_joined(count: int) -> str:
    """A note on what was seen of visitors before anybody knew who they are."""
    one = count == 1
    return f"{count:,} earlier activit{'y' if one else 'ies'} of visitors belong{'s' if one else ''} to leads now"


def _parts(log: LogFile, key: bytes, own: set[str]) -> Iterator[Viewed]:
    """What the log shows, part by part in its order. Of a large file every second part is read in a process of its own."""
    if not log.whole or log.size <= LARGE_FILE:
        yield from ahead(lambda: _read(key, own, log.blocks()), large=log.size > LARGE_FILE)
        return
    count = max(2, -(-log.size // PART))
    count += count % 2
    edges = [log.size * number // count for number in range(count + 1)]
    ranges = list(pairwise(edges))

    def every_second(first: int) -> Callable[[], Iterator[list[Viewed]]]:
        def work() -> Iterator[list[Viewed]]:
            for start, end in ranges[first::2]:
                yield list(_read(key, own, log.part(start, end)))

        return work

    there, here = ahead(every_second(1), large=True), every_second(0)()
    for mine, other in zip(here, there, strict=True):
        yield from mine
        yield from other


def _read(key: bytes, own: set[str], blocks: Iterable[bytes]) -> Iterator[Viewed]:
    reader = LogReader(key, own)
    for block in blocks:
        reader.take(block)
        if reader.views >= MOST_VIEWS:
            yield reader.finish()
    yield reader.finish()
