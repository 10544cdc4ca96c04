"""Import of what leads and we did: a file of activities, each counted once however often it is told.

An activity that has an id of its own is known by it and its system; else by its whole content. Those of people who are no
leads are kept until they are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import repeat
from typing import Any

from leadctl.compiler.tree import ActivityType
from leadctl.errors import Place, UsageError
from leadctl.intake.ahead import ahead
from leadctl.intake.batch import Layout, Reading
from leadctl.intake.mapping.columns import plan
from leadctl.intake.mapping.plan import ACTIVITIES, FileMapping, Plan
from leadctl.intake.rejects import RejectFile
from leadctl.intake.values.activity_rows import CONTENT, FIELDS, WHO, ActivityConverter, type_named, with_clock
from leadctl.intake.values.convert import Values
from leadctl.model.addresses import TOKEN
from leadctl.services.importing.leaving_out import LeavingOut
from leadctl.services.importing.ledger import Ledger
from leadctl.services.importing.logs import told_of_joined
from leadctl.services.importing.placing import LARGE_FILE
from leadctl.services.importing.receiving import Incoming, account
from leadctl.services.importing.sameness import content_identity, mark_of, own_identity
from leadctl.services.importing.whose import Whose, with_more
from leadctl.store.activities import Days, adopt, keep_calendar, keep_types
from leadctl.store.arrivals import concerned, enter, name_visitors, open_arrivals, put_aside
from leadctl.store.database import Operation
from leadctl.store.leads import last_id
from leadctl.store.privacy.consent import keep_consent


def activities_of(incoming: Incoming, layout: Layout, mapping: FileMapping | None) -> Callable[[Operation], Arriving]:
    """What makes the work on a file of activities. Raises UsageError for one in which nothing says who, what or when."""
    options, rules = incoming.options, incoming.rules
    if "type" in options.constants:
        try:
            type_named(options.constants["type"], rules.activities)
        except ValueError as error:
            raise UsageError(f"--type: {error}") from error
    chosen = with_clock(plan(layout.header, FIELDS, mapping, options.columns, options.constants, incoming.file))
    _complete(chosen, incoming.file)
    with incoming.constants_read():
        country = incoming.settings.country
        converter = ActivityConverter(chosen, layout.header, incoming.dates(mapping), country, rules.activities)

    def begin(operation: Operation) -> Arriving:
        return Arriving(incoming, converter, incoming.ledger(operation, layout, chosen, ACTIVITIES), operation)

    return begin


def _complete(chosen: Plan, file: str) -> None:
    """Raises UsageError where no column says who, what or when: then no row could be imported."""
    given = chosen.origins.keys() | chosen.constants.keys()
    likely = next((header for header, field in chosen.columns.items() if field is None), "HEADER")[:60]
    missing = (
        (
            given.isdisjoint(WHO),
            "who did it",
            f"--map-column '{likely}=lead' (or email, phone, external_id) says which",
        ),
        (
            "type" not in given,
            "what was done",
            f"--map-column '{likely}=type' says which, or --type page_view for all rows",
        ),
        ("occurred_at" not in given, "when it happened", f"--map-column '{likely}=occurred_at' says which"),
    )
    for lacks, what, hint in missing:
        if lacks:
            raise UsageError(f"no column was recognised that says {what}", place=Place(file), hint=hint)


class Arriving:
    """The work on one file of activities within its transaction."""

    def __init__(self, incoming: Incoming, converter: ActivityConverter, ledger: Ledger, operation: Operation) -> None:
        connection, settings = incoming.database.connection, incoming.settings
        self.connection = connection
        self.settings = settings
        self.types = incoming.rules.activities
        self.converter = converter
        self.ledger = ledger
        self.operation = operation
        self.progress = incoming.options.progress
        self.whose = Whose(connection, settings.country)
        self.leaving_out = LeavingOut(connection, ledger, converter.plan, converter.header, settings.country)
        self.concerned = self.joined = 0
        self.nothing = self.nuls = 0
        self.visitors = False  # whether rows say which visitor of the site it was

    def run(self, reading: Reading, rejects: RejectFile) -> None:
        def converted() -> Iterator[tuple[Values, int]]:
            days = Days(self.settings.zone)
            for batch in reading.batches():
                values = self.converter.convert(batch)
                finish(values, days, self.types)
                yield values, reading.nul_count

        ledger = self.ledger
        keep_calendar(self.connection, self.settings.zone)
        keep_types(self.connection, ((each.name, each.by) for each in self.types.values()))
        open_arrivals(self.connection)
        own_ids = several = False
        for values, nuls in ahead(converted, large=reading.size > LARGE_FILE):
            self.nuls = nuls
            self.leaving_out.refused(values)
            account(ledger, values, rejects)
            if values.count:
                own_ids = own_ids or "own_id" in values.columns
                several = several or "times" in values.columns
                self.visitors = self.visitors or "visitor" in values.columns
                self.take(values)
            if self.progress is not None:
                self.progress(ledger.read)
        self.settle(own_ids=own_ids, several=several)

    def take(self, values: Values) -> None:
        """Puts the activities of a batch aside, each with its lead, or with how somebody who is none is known."""
        values = self.leaving_out.activities(values, self.whose)
        columns = dict(values.columns)
        found = self.whose.leads(columns)
        if None in found:
            columns["who"] = [None] * values.count
            extra = list(values.extra)
            for number, lead in enumerate(found):
                if lead is None:
                    columns["who"][number], more = self.whose.stranger(columns, number)
                    extra[number] = with_more(extra[number], more)
            columns["extra"] = extra
        elif any(each is not None for each in values.extra):
            columns["extra"] = values.extra
        columns["lead"] = found
        for name in ("external_id", "email", "phone", "token"):
            columns.pop(name, None)
        if "times" not in columns:
            put_aside(self.connection, list(columns), zip(*columns.values(), strict=True))
            return
        times, marks = columns.pop("times"), columns.pop("mark")
        self.nothing += times.count(0)
        first = self.ledger.read - values.count  # higher than any row's before
        rows = zip(range(first, first + values.count), *columns.values(), strict=True)
        put_aside(
            self.connection,
            ["row", *columns, "mark"],
            ((*row, mark) for row, own in zip(rows, marks, strict=True) for mark in own),
        )

    def settle(self, *, own_ids: bool, several: bool) -> None:
        ledger = self.ledger
        if self.visitors:
            name_visitors(self.connection, self.operation.id)
        arrived = enter(self.connection, self.operation.id, own_ids=own_ids, several=several)
        ledger.created, ledger.updated, ledger.unchanged = arrived.created, arrived.updated, arrived.unchanged
        ledger.unchanged += ledger.forgotten
        ledger.flagged = arrived.unknown
        ledger.blank += self.nothing
        done = (ledger.created, ledger.updated, ledger.unchanged, ledger.rejected, ledger.blank)
        ledger.duplicate = ledger.read - sum(done)
        self.concerned = arrived.leads
        if self.visitors:
            self.joined = adopt(self.connection, self.operation.id, last_id(self.connection) + 1)
            self.concerned = concerned(self.connection, self.operation.id)
        keep_consent(self.connection, self.operation.id, changed=arrived.updated > 0 or self.joined > 0)

    def notes(self) -> Iterator[str]:
        """What a person should know of the file, beside the figures."""
        yield from self.leaving_out.notes()
        if self.nuls:
            yield f"{self.nuls} NUL character{'s were' if self.nuls > 1 else ' was'} taken out"
        if self.nothing:
            yield f"{self.nothing:,} row{'s say' if self.nothing > 1 else ' says'} that it happened 0 times: counted as blank"
        if self.ledger.flagged:
            one = self.ledger.flagged == 1
            yield (
                f"{self.ledger.flagged:,} {'activity is' if one else 'activities are'} of people who are no leads yet: "
                "kept until they are"
            )
        if self.joined:
            yield told_of_joined(self.joined)
        if self.whose.ambiguous:
            yield (
                f"{self.whose.ambiguous:,} of the numbers are the id of one lead and the external id of another, and were read "
                "as ids; --map-column 'HEADER=external_id' reads them the other way"
            )


def finish(values: Values, days: Days, types: Mapping[str, ActivityType]) -> None:
    """Adds what follows from an activity's values: the day that it counts as, its mark (a list of them where the file says
    how often it happened), and the topic that goes with its type."""
    columns = values.columns
    columns["day"] = [days[moment[:16]] for moment in columns["occurred_at"]]
    texts = _identities(columns, values.count)
    if "times" in columns:
        columns["times"] = [1 if each is None else each for each in columns["times"]]
        columns["mark"] = [
            [mark_of(text, number) for number in range(each)]
            for text, each in zip(texts, columns["times"], strict=True)
        ]
    else:
        columns["mark"] = list(map(mark_of, texts))
    if "token" in columns:
        tokens = columns["token"]
        values.extra = [with_more(each, {TOKEN: t} if t else {}) for each, t in zip(values.extra, tokens, strict=True)]
    topics = {name: each.topic for name, each in types.items() if each.topic is not None}
    if not topics.keys().isdisjoint(columns["type"]):
        given = columns.get("topic", repeat(None))
        columns["topic"] = [topic or topics.get(name) for topic, name in zip(given, columns["type"], strict=False)]


def _identities(columns: Mapping[str, list[Any]], count: int) -> list[str]:
    """What makes each activity of a batch the same one when it is told again."""
    parts = [_texts(columns[name]) if name in columns else [""] * count for name in ("occurred_at", *CONTENT)]
    found = list(map(content_identity, zip(*parts, strict=True)))
    if "own_id" in columns:
        systems = columns.get("system", [None] * count)
        for number, (own, system, kind) in enumerate(zip(columns["own_id"], systems, columns["type"], strict=True)):
            if own is not None:
                found[number] = own_identity(system, own, kind)
    return found


def _texts(column: list[Any]) -> list[str]:
    return [each or "" for each in column] if None in column else column
