"""Placing the rows of a file: each is about a new lead, or about one that is known. Within the import's transaction."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from leadctl.compiler.sql import rule_conditions, texts_compared
from leadctl.compiler.tree import Rules
from leadctl.intake.ahead import ahead
from leadctl.intake.batch import Reading
from leadctl.intake.rejects import RejectFile
from leadctl.intake.values.convert import Converter, Values
from leadctl.services.importing.filling import STAGE, fill, unless_set_aside
from leadctl.services.importing.identity import (
    KINDS,
    STORED,
    KeysSeen,
    Known,
    Match,
    Person,
    stored_person,
    who_of,
    wiser,
)
from leadctl.services.importing.leaving_out import LeavingOut
from leadctl.services.importing.ledger import Ledger
from leadctl.services.importing.more_contacts import MoreContacts
from leadctl.services.importing.receiving import account
from leadctl.services.importing.telling import Telling
from leadctl.store import leads
from leadctl.store.activities import adopt
from leadctl.store.arrivals import Arrived
from leadctl.store.database import Operation, utc_text
from leadctl.store.mail_lists import keep_mail_lists
from leadctl.store.merging import set_aside
from leadctl.store.migrations import drop_key_indexes, make_key_indexes
from leadctl.store.origins import BY_DEFAULT, changed_parts
from leadctl.store.privacy.consent import keep_consent
from leadctl.store.wordings import source_of, word_fields, worded_fields

_SEEN, _WRITTEN = 1, 2  # what this file has done with a lead
MOST_WAITING = 50_000  # rows; beyond this the indexes are made at once
SHOWN_FLAGS = 5
LARGE_FILE = 8_000_000  # bytes; smaller ones are read before another process has started


class Placing:
    """The work on one file within its transaction."""

    def __init__(
        self,
        connection: sqlite3.Connection,
        rules: Rules,
        converter: Converter,
        ledger: Ledger,
        operation: Operation,
        on_match: str,
        now: datetime,
        today: date,
    ) -> None:
        self.connection = connection
        self.converter = converter
        self.ledger = ledger
        self.operation = operation
        self.on_match = on_match
        self.first_stage = next(stage.name for stage in rules.pipeline if stage.kind == "open")
        self.captured_at = utc_text(now)
        self.today = today.isoformat()
        word_fields(connection, texts_compared(rule_conditions(rules), rules))
        self.lists = rules.lists
        self.worded = worded_fields(connection)
        self.known_texts: dict[str, set[str]] = {name: set() for name in self.worded}
        self.next_id = leads.last_id(connection) + 1
        self.first_id = self.next_id
        self.adopted = 0
        self.telling: Telling | None = None  # where rows tell of activities too
        self.told: Arrived | None = None
        self.touched = bytearray(self.next_id)  # by lead id: seen in this file, written by this file
        self.changed_leads = 0
        self.nuls = 0
        self.progress: Callable[[int], None] | None = None
        self.unusable = {"email": 0, "phone": 0}
        self.flags: list[str] = []  # the first rows that were flagged, in words
        self.seen: KeysSeen | None = None
        self.waiting: list[Values] = []
        self.more = MoreContacts(connection, operation)
        self.leaving_out = LeavingOut(connection, ledger, converter.plan, converter.header, converter.country)
        self.header = {name: place for place, name in enumerate(converter.plan.columns)}
        # First and last names that were split off whole ones.
        self.derived = ("first_name", "last_name") if converter.splits_names else ()

    def run(self, reading: Reading, rejects: RejectFile) -> None:
        def converted() -> Iterator[tuple[Values, int]]:
            for batch in reading.batches():
                yield self.converter.convert(batch), reading.nul_count

        ledger = self.ledger
        large = reading.size > LARGE_FILE
        self.begin(large=large)
        for values, nuls in ahead(converted, large=large):
            self.nuls = nuls
            self.leaving_out.refused(values)
            account(ledger, values, rejects)
            if values.count:
                self.take(values)
            if self.progress is not None:
                self.progress(ledger.read)
        self.finish()

    def finish(self) -> None:
        """What remains to be done when the last row was taken."""
        self.settle()
        self.ledger.unchanged += self.ledger.forgotten
        keep_mail_lists(self.connection, self.lists, new_leads=True)
        self.adopted = adopt(self.connection, self.operation.id, self.first_id)
        if self.telling is not None:
            if self.adopted:  # what their activities say of consent comes before a yes of no day
                keep_consent(self.connection, self.operation.id)
            self.told = self.telling.settle(self.operation.id)
        keep_consent(self.connection, self.operation.id, changed=bool(self.adopted or self.told))

    @property
    def concerned(self) -> int:
        changed = self.ledger.created + self.changed_leads
        return changed if self.told is None else max(changed, self.told.leads)

    def notes(self) -> Iterator[str]:
        """What a person should know of the file, beside the figures."""
        yield from self.leaving_out.notes()
        if self.nuls:
            yield f"{self.nuls} NUL character{'s were' if self.nuls > 1 else ' was'} taken out"
        if self.told is not None and self.told.made:
            yield f"{self.told.made:,} activit{'ies' if self.told.made > 1 else 'y'} of leads that the rows tell of: kept with them"
        if self.adopted:
            yield (
                f"{self.adopted:,} activit{'ies' if self.adopted > 1 else 'y'} of people who were no leads "
                f"belong{'' if self.adopted > 1 else 's'} to leads now"
            )
        yield from self.flags
        if self.ledger.flagged > SHOWN_FLAGS:
            yield f"and {self.ledger.flagged - SHOWN_FLAGS:,} more: leadctl duplicates lists them"
        for contact, name in (("email", "e-mail address"), ("phone", "phone number")):
            count = self.unusable[contact]
            if count:
                yield (
                    f"{count:,} {name}{'es' if count > 1 and contact == 'email' else 's' if count > 1 else ''} cannot be right "
                    f"(masked, made up or misspelt): kept, but nobody is known by {'them' if count > 1 else 'it'}"
                )

    def begin(self, *, large: bool) -> None:
        """A large first import needs no look-ups: a row whose keys nobody had before is somebody new. The indexes are made at
        the end, and rows that may be about a lead of this file wait until then, in their order."""
        if large and self.next_id == 1:
            self.seen = KeysSeen()
            drop_key_indexes(self.connection)

    def take(self, values: Values) -> None:
        if "external_id" in values.columns and "id_system" not in values.columns:
            system = self.converter.plan.system
            values.columns["id_system"] = [None if each is None else system for each in values.columns["external_id"]]
        values = self.leaving_out.leads(values, who_of(values))
        if not values.count:
            return
        for contact in self.unusable:
            self.unusable[contact] += values.columns.get(f"{contact}_state", []).count("invalid")
        self.remember_texts(values)
        who = who_of(values)
        if self.seen is None:
            self.place(values, who)
            return
        doubtful = self.seen.met(who)
        if doubtful:
            self.waiting.append(values.part(doubtful))
            taken = set(doubtful)
            values = values.part([number for number in range(values.count) if number not in taken])
            who = who_of(values)
        self.add(values, who)
        if sum(part.count for part in self.waiting) > MOST_WAITING:
            self.settle()

    def known(self, values: Values) -> int | None:
        """The lead that the only row is about, where it is there already."""
        known = Known()
        candidates = known.look_up(self.connection, who_of(values))
        self.more.look_up(candidates)
        aside = set_aside(self.connection, candidates)
        for lead, held in leads.rows_by_id(self.connection, candidates, STORED).items():
            known.add(lead, self.person(lead, held, aside))
        return known.find(next(map(Person, *who_of(values).values()))).lead

    def person(self, lead: int, held: Sequence[Any], aside: Mapping[int, Mapping[str, Sequence[Any]]]) -> Person:
        """Who a stored lead is. `aside`: of leads that others were merged into, what they do not show."""
        return stored_person(held, self.more.keys(lead), aside.get(lead, {}))

    def settle(self) -> None:
        """Makes the indexes and places the rows that waited for them."""
        if self.seen is not None:
            self.seen = None
            make_key_indexes(self.connection)
            for values in self.waiting:
                self.place(values, who_of(values))
            self.waiting.clear()

    def place(self, values: Values, who: dict[str, Sequence[Any]]) -> None:
        """Rows of leads that may be known already."""
        known = Known()
        candidates = known.look_up(self.connection, who)
        if self.on_match == "new" or (not candidates and _all_different(who)):
            self.add(values, who)
        else:
            found = self.match(values, list(map(Person, *who.values())), known, candidates)
            if self.telling is not None:
                self.telling.take(values, found)

    def add(self, values: Values, who: dict[str, Sequence[Any]]) -> None:
        """Rows that are all of new leads."""
        held = {name: column for name, column in values.columns.items() if any(each is not None for each in column)}
        if any(each is not None for each in values.extra):
            held["extra"] = values.extra
        rows = list(zip(*held.values(), strict=True)) if held else [()] * values.count
        first = self.next_id
        self.create(list(held), rows, who["fingerprint"], values.lines)
        if values.contacts is not None:
            self.more.add(zip(range(first, self.next_id), values.contacts, values.lines, strict=True))
            self.more.write()
        self.touched.extend(bytes((_SEEN | _WRITTEN,)) * values.count)
        self.ledger.created += values.count
        if self.telling is not None:
            self.telling.take(values, range(self.next_id - values.count, self.next_id))

    def create(
        self,
        columns: Sequence[str],
        rows: Sequence[Sequence[Any]],
        prints: Sequence[int | None],
        lines: Sequence[int],
    ) -> None:
        """Inserts new leads under the next ids, with the defaults of a new lead. `lines`: where in the file they stand."""
        first = self.next_id
        fixed: dict[str, str | int] = {"created_by": self.operation.id}
        if "stage" not in columns:
            fixed["stage"] = self.first_stage
        if "captured_at" not in columns:
            fixed["captured_at"] = self.captured_at
        always = sum(mark for name, mark in BY_DEFAULT.items() if name in fixed)
        empty = [(columns.index(name), mark) for name, mark in BY_DEFAULT.items() if name in columns]
        ids = range(first, first + len(rows))
        own: dict[str, Sequence[Any]] = {"id": ids}
        if any(row[at] is None for at, _ in empty for row in rows):
            own["by_default"] = [always + sum(mark for at, mark in empty if row[at] is None) for row in rows]
        elif always:
            fixed["by_default"] = always
        rows = self.with_defaults(columns, rows)
        if self.operation.file is not None:
            own["created_line"] = lines
        if any(mark is not None for mark in prints):
            own["fingerprint"] = prints
        numbered = ((*head, *row) for head, row in zip(zip(*own.values(), strict=True), rows, strict=True))
        leads.insert(self.connection, [*own, *columns], numbered, fixed)
        self.next_id = first + len(rows)

    def with_defaults(self, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> Sequence[Sequence[Any]]:
        """Fills an empty stage and an empty day of capture."""
        for name, default in (("stage", self.first_stage), ("captured_at", self.captured_at)):
            if name in columns:
                at = columns.index(name)
                if any(row[at] is None for row in rows):
                    rows = [row if row[at] is not None else (*row[:at], default, *row[at + 1 :]) for row in rows]
        return rows

    def match(self, values: Values, people: Sequence[Person], known: Known, candidates: list[int]) -> list[int | None]:
        """Row by row in the file's order: each is a new lead, or about one that is there. Each row's lead; None where it
        is to be left alone."""
        columns = [*values.columns, "extra"]
        leads_of_rows: list[int | None] = []
        found = leads.rows_by_id(self.connection, candidates, [*columns, *STORED])
        self.more.look_up(candidates)
        aside = set_aside(self.connection, candidates)
        stored = {lead: held[: len(columns)] for lead, held in found.items()}
        for lead, held in found.items():
            known.add(lead, self.person(lead, held[len(columns) :], aside))
        by_hand = leads.set_by_hand(self.connection, candidates)
        new_rows: list[list[Any]] = []
        new_lines: list[int] = []
        new_people: list[Person] = []
        first_new = self.next_id
        changes: dict[int, dict[str, Any]] = {}
        doubts: list[tuple[int, int | None, str, int]] = []
        moves: list[tuple[Any, ...]] = []
        origins: list[tuple[int, int, int, str]] = []
        stages = {lead: held[columns.index("stage")] for lead, held in stored.items()} if "stage" in columns else {}
        rows = zip(*values.columns.values(), values.extra, strict=True)
        more_of_rows = values.contacts or [()] * values.count
        for row, person, more, line in zip(rows, people, more_of_rows, values.lines, strict=True):
            match = known.find(person)
            if match.lead is None:
                lead = first_new + len(new_rows)
                new_rows.append(list(row))
                new_people.append(person)
                new_lines.append(line)
                known.add(lead, person)
                self.more.add([(lead, more, line)])
                self.touched.append(_SEEN | _WRITTEN)
                self.ledger.created += 1
                self.doubt(lead, match, doubts)
                leads_of_rows.append(lead)
                continue
            lead = match.lead
            new = lead >= first_new
            held = new_rows[lead - first_new] if new else stored[lead]
            changed: list[str] = []
            if self.on_match != "skip":
                again, same = bool(self.touched[lead] & _SEEN), match.kind == "external_id"
                before = list(held)
                given = self.more.without(lead, columns, row, held)
                changed = fill(
                    columns,
                    unless_set_aside(columns, given, held, aside[lead]) if lead in aside else given,
                    held,
                    again=again or match.further,
                    same_record=same and not match.further,
                    by_hand=by_hand.get(lead, set()),
                    today=self.today,
                    derived=self.derived,
                )
                if self.more.fill(lead, columns, row, before, held, more, line):
                    changed.append("contact")
            if "stage" in changed and not new:
                moves.append(
                    (lead, stages.get(lead), *(held[columns.index(name)] for name in STAGE), self.operation.id)
                )
            self.count(lead, bool(changed))
            leads_of_rows.append(lead if new or self.on_match != "skip" else None)
            if changed:
                if self.operation.file is not None:
                    parts = changed_parts(before[-1], held[-1], self.header) if "extra" in changed else []
                    origins.append((self.operation.id, lead, line, f",{','.join((*changed, *parts))},"))
                if not new:
                    own = {name: held[columns.index(name)] for name in changed if name != "contact"}
                    if own:
                        changes.setdefault(lead, {}).update(own)
                known.change(lead, wiser(known.people[lead], person, changed, self.more.keys(lead)))
        self.create(columns, new_rows, [person.fingerprint for person in new_people], new_lines)
        leads.update(self.connection, changes)
        self.more.write()
        leads.note_doubts(self.connection, doubts)
        leads.note_moves(self.connection, moves)
        leads.note_source_rows(self.connection, origins)
        return leads_of_rows

    def doubt(self, lead: int, match: Match, doubts: list[tuple[int, int | None, str, int]]) -> None:
        if match.reason is not None:
            doubts.append((lead, match.doubt, match.reason, self.operation.id))
            self.ledger.flagged += 1
            if self.ledger.flagged <= SHOWN_FLAGS:
                self.flags.append(f"lead {lead} may be lead {match.doubt}: {match.reason}")

    def count(self, lead: int, changed: bool) -> None:
        """The ledger's word for a row about a lead that is there."""
        state = self.touched[lead]
        if state & _WRITTEN:
            self.ledger.duplicate += 1
        elif changed:
            self.ledger.updated += 1
            self.changed_leads += 1
        else:
            self.ledger.unchanged += 1
        self.touched[lead] = state | _SEEN | (_WRITTEN if changed else 0)

    def remember_texts(self, values: Values) -> None:
        """Texts that rules compare, noted the first time that this file shows them."""
        for key in self.worded:
            table, name = source_of(key)
            if table == "lead" and name in values.columns:
                fresh = set(values.columns[name]) - self.known_texts[key] - {None}
                if fresh:
                    leads.add_wordings(self.connection, key, fresh)
                    self.known_texts[key] |= fresh


def _all_different(who: Mapping[str, Sequence[Any]]) -> bool:
    """Whether no two rows share a key."""
    if any(who["more"]):
        return False
    return all(len(set(who[kind]) - {None}) == len(who[kind]) - who[kind].count(None) for kind in KINDS)
