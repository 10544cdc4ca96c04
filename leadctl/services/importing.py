"""Import: a file of leads into the database, in one transaction, every row accounted for.

Rows are about leads by `identity`. A later file updates what it gives; what it leaves empty stays. Within one file the
first row about a lead wins, later ones fill what is empty, and what they say differently is kept in `extra` under `also`:
so a second import of the same file finds nothing to change.
"""

from __future__ import annotations

import gc
import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

from leadctl.compiler.sql import fields_by_wording, rule_conditions
from leadctl.compiler.tree import Rules
from leadctl.config import Settings
from leadctl.errors import BrokeOff, UsageError
from leadctl.intake import open_reading
from leadctl.intake.batch import BadRow, Layout, Reading
from leadctl.intake.convert import Converter, Values
from leadctl.intake.mapping import FileMapping, Plan, find_mapping, fitting_mapping, plan
from leadctl.intake.rejects import RejectFile
from leadctl.model.date_reader import DateReader
from leadctl.model.email import EmailState
from leadctl.model.report import Column, Record, Report, Unit
from leadctl.services.identity import KINDS, Known, Match, Person, fingerprint
from leadctl.store import leads
from leadctl.store.database import Database, Operation, utc_text, word_fields, worded_fields

FIRST_WINS_QUIETLY = ("stage", "stage_on", "stage_reason")  # not kept under `also`: where a lead stands is one thing
_SEEN, _WRITTEN = 1, 2


@dataclass(frozen=True)
class ImportOptions:
    """What the flags of `leadctl import` say."""

    mapping: str | None = None
    columns: dict[str, str] = field(default_factory=dict)
    constants: dict[str, str] = field(default_factory=dict)
    encoding: str | None = None
    delimiter: str | None = None
    date_order: str | None = None
    on_match: str = "update"
    rejects: Path | None = None
    dry_run: bool = False


@dataclass
class Ledger:
    """What became of each row. `read` is the sum of the six after it; `flagged` rows are among these."""

    operation: int | None
    file: str
    kind: str = "leads"
    read: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    duplicate: int = 0
    rejected: int = 0
    blank: int = 0
    flagged: int = 0
    columns: dict[str, str | None] = field(default_factory=dict)
    encoding: str | None = None
    delimiter: str | None = None
    rejects: list[BadRow] = field(default_factory=list)
    reject_file: Path | None = None
    mapping: str | None = None
    notes: list[str] = field(default_factory=list)
    dry_run: bool = False

    @property
    def balanced(self) -> bool:
        parts = (self.created, self.updated, self.unchanged, self.duplicate, self.rejected, self.blank)
        return self.read == sum(parts)


def import_leads(
    database: Database,
    settings: Settings,
    rules: Rules,
    file: str,
    options: ImportOptions,
    *,
    now: datetime,
    command: str,
    here: Path,
    stdin: BinaryIO | None = None,
) -> Ledger:
    """Imports one file ("-": `stdin`). Raises UsageError for a file or mapping that cannot be read at all."""
    database.fit_columns(rules.catalogue, [each.name for each in rules.dimensions])
    path = file if file == "-" else str(here / Path(file).expanduser())
    named = find_mapping(options.mapping, settings.rules, rules.catalogue, here) if options.mapping else None
    with _open(path, stdin, options, named.skip_lines if named else 0) as reading:
        layout = reading.layout
        mapping = named or fitting_mapping(layout.header, settings.rules, rules.catalogue)
        if mapping is not None and named is None and mapping.skip_lines:
            mapping = FileMapping(**{**vars(mapping), "skip_lines": 0})
        chosen = plan(layout.header, rules.catalogue, mapping, options.columns, options.constants, file)
        order = options.date_order or (mapping.date_order if mapping else None) or settings.date_order
        converter = _converter(chosen, layout, rules, settings, order, file)
        with _no_garbage_collection(), database.operation("import", command, now, dry_run=options.dry_run) as operation:
            ledger = _start(operation, file, layout, chosen)
            rejects = RejectFile(_reject_path(file, options, settings, here, operation.id), layout.header)
            try:
                work = _Import(database.connection, rules, converter, ledger, operation, options.on_match, now)
                work.run(reading, rejects)
            except BaseException:
                rejects.discard()
                raise
            if options.dry_run:
                rejects.discard()
            else:
                rejects.close()
                ledger.reject_file = rejects.path if rejects.count else None
            operation.leads = ledger.created + work.changed_leads
    _finish(ledger, reading, options)
    return ledger


def _open(path: str, stdin: BinaryIO | None, options: ImportOptions, skip_lines: int) -> Reading:
    return open_reading(
        path, stdin=stdin, encoding=options.encoding, delimiter=options.delimiter, skip_lines=skip_lines
    )


def _converter(
    chosen: Plan, layout: Layout, rules: Rules, settings: Settings, order: str | None, file: str
) -> Converter:
    zone = settings.zone
    try:
        return Converter(
            chosen,
            layout.header,
            rules.catalogue,
            lambda form: DateReader(order, form, zone),
            settings.country,
            [stage.name for stage in rules.pipeline],
        )
    except ValueError as error:
        raise UsageError(f"{file}: a constant, or the form of a date, cannot be read: {error}") from error


def _start(operation: Operation, file: str, layout: Layout, chosen: Plan) -> Ledger:
    ledger = Ledger(
        operation.id if operation.keep else None,
        file,
        columns=dict(chosen.columns),
        encoding=layout.encoding,
        delimiter=layout.delimiter,
        mapping=chosen.mapping,
        notes=list(layout.notes),
        dry_run=not operation.keep,
    )
    if not chosen.origins:
        ledger.notes.append(
            "no column was recognised as a name, an e-mail, a phone or a company: rows are kept with what they say; "
            "--map-column 'HEADER=name' tells which column is which"
        )
    return ledger


def _finish(ledger: Ledger, reading: Reading, options: ImportOptions) -> None:
    if reading.nul_count:
        ledger.notes.append(f"{reading.nul_count} NUL characters were taken out")
    if not ledger.balanced:
        raise BrokeOff(f"the ledger of {ledger.file} does not balance; this is a bug of leadctl")


def _reject_path(file: str, options: ImportOptions, settings: Settings, here: Path, operation: int) -> Path:
    if options.rejects is not None:
        return here / options.rejects.expanduser()
    stem = "stdin" if file == "-" else Path(file).stem
    folder = settings.workspace / "rejects" if settings.workspace is not None else here
    folder.mkdir(exist_ok=True)
    return folder / f"{stem}-{operation}.csv"


@contextmanager
def _no_garbage_collection() -> Iterator[None]:
    """A million rows make no circles; looking for them takes a fifth of the time."""
    on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if on:
            gc.enable()


class _Import:
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
    ) -> None:
        self.connection = connection
        self.converter = converter
        self.ledger = ledger
        self.operation = operation
        self.on_match = on_match
        self.first_stage = next(stage.name for stage in rules.pipeline if stage.kind == "open")
        self.captured_at = utc_text(now)
        word_fields(connection, fields_by_wording(rule_conditions(rules), rules))
        self.worded = worded_fields(connection)
        self.known_texts: dict[str, set[str]] = {name: set() for name in self.worded}
        self.next_id = leads.last_id(connection) + 1
        self.touched = bytearray(self.next_id)  # by lead id: seen in this file, written by this file
        self.changed_leads = 0

    def run(self, reading: Reading, rejects: RejectFile) -> None:
        for batch in reading.batches():
            values = self.converter.convert(batch)
            ledger = self.ledger
            ledger.read += len(values.rows) + len(values.bad) + batch.blank + values.empty
            ledger.blank += batch.blank + values.empty
            ledger.rejected += len(values.bad)
            ledger.rejects.extend(values.bad)
            for bad in values.bad:
                rejects.add(bad)
            if values.rows:
                self.take(values)

    def take(self, values: Values) -> None:
        who = self.who(values)
        known = Known()
        candidates = known.look_up(self.connection, who)
        columns = [*values.columns, "extra"]
        rows = list(zip(*values.columns.values(), values.extra, strict=True))
        if self.on_match == "new" or (not candidates and _all_different(who)):
            self.create(columns, rows, who["fingerprint"])
            self.touched.extend(bytes((_SEEN | _WRITTEN,)) * len(rows))
            self.ledger.created += len(rows)
        else:
            self.match(columns, rows, list(map(Person, *who.values())), known, candidates)
        self.remember_texts(values)

    def who(self, values: Values) -> dict[str, Sequence[Any]]:
        """Who each row is about: the parts of a `Person`, as columns."""
        nothing: list[Any] = [None] * len(values.rows)
        held = values.columns
        mails = held.get("email", nothing)
        if "email" in held:
            states = held["email_state"]
            mails = [None if s == EmailState.INVALID else mail for mail, s in zip(mails, states, strict=True)]
        phones = held.get("phone", nothing)
        if "phone" in held:
            phones = [n if state == "valid" else None for n, state in zip(phones, held["phone_state"], strict=True)]
        ids = held.get("external_id", nothing)
        prints = nothing
        keyless = [
            i
            for i, (x, e, p) in enumerate(zip(ids, mails, phones, strict=True))
            if x is None and e is None and p is None
        ]
        if keyless:
            prints = list(nothing)
            names = sorted(held)
            for i in keyless:
                content = [[name, held[name][i]] for name in names if held[name][i] is not None]
                prints[i] = fingerprint([content, values.extra[i]])
        return {
            "external_id": ids,
            "email": mails,
            "phone": phones,
            "fingerprint": prints,
            "name": held.get("name", nothing),
            "company": held.get("company", nothing),
        }

    def create(self, columns: Sequence[str], rows: Sequence[Sequence[Any]], prints: Sequence[int | None]) -> None:
        """Inserts new leads under the next ids, with the defaults of a new lead."""
        first = self.next_id
        fixed: dict[str, Any] = {"created_by": self.operation.id}
        if "stage" not in columns:
            fixed["stage"] = self.first_stage
        if "captured_at" not in columns:
            fixed["captured_at"] = self.captured_at
        names = ["id", *columns, "fingerprint", *fixed]
        tail = tuple(fixed.values())
        rows = self.with_defaults(columns, rows)
        leads.insert(
            self.connection,
            names,
            (
                (id_, *row, mark, *tail)
                for id_, row, mark in zip(range(first, first + len(rows)), rows, prints, strict=True)
            ),
        )
        self.next_id = first + len(rows)

    def with_defaults(self, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> Sequence[Sequence[Any]]:
        """Fills an empty stage and an empty day of capture."""
        for name, default in (("stage", self.first_stage), ("captured_at", self.captured_at)):
            if name in columns:
                at = columns.index(name)
                if any(row[at] is None for row in rows):
                    rows = [row if row[at] is not None else (*row[:at], default, *row[at + 1 :]) for row in rows]
        return rows

    def match(
        self,
        columns: list[str],
        rows: Sequence[Sequence[Any]],
        people: Sequence[Person],
        known: Known,
        candidates: list[int],
    ) -> None:
        """Row by row in the file's order: each is a new lead, or about one that is there."""
        stored = leads.rows_by_id(self.connection, candidates, columns)
        for lead, person in self.stored_people(candidates).items():
            known.add(lead, person)
        moved = leads.moved_by_hand(self.connection, candidates)
        new_rows: list[list[Any]] = []
        new_people: list[Person] = []
        first_new = self.next_id
        changes: dict[int, dict[str, Any]] = {}
        doubts: list[tuple[int, int | None, str, int]] = []
        for row, person in zip(rows, people, strict=True):
            found = known.find(person)
            if found.lead is None:
                lead = first_new + len(new_rows)
                new_rows.append(list(row))
                new_people.append(person)
                known.add(lead, person)
                self.touched.append(_SEEN | _WRITTEN)
                self.ledger.created += 1
                self.doubt(lead, found, doubts)
                continue
            lead = found.lead
            new = lead >= first_new
            held = new_rows[lead - first_new] if new else stored[lead]
            changed = self.merge(columns, row, held, again=bool(self.touched[lead] & _SEEN), keep_stage=lead in moved)
            self.count(lead, bool(changed))
            if changed:
                if not new:
                    changes.setdefault(lead, {}).update({name: held[columns.index(name)] for name in changed})
                known.add(lead, _wiser(known.people[lead], person))
        self.create(columns, new_rows, [person.fingerprint for person in new_people])
        leads.update(self.connection, changes)
        leads.note_doubts(self.connection, doubts)

    def doubt(self, lead: int, found: Match, doubts: list[tuple[int, int | None, str, int]]) -> None:
        if found.reason is not None:
            doubts.append((lead, found.doubt, found.reason, self.operation.id))
            self.ledger.flagged += 1

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

    def merge(
        self, columns: Sequence[str], row: Sequence[Any], held: list[Any], *, again: bool, keep_stage: bool
    ) -> list[str]:
        """Brings a row's values into a lead's; the columns that changed. `again`: an earlier row of this file was about it."""
        if self.on_match == "skip":
            return []
        changed: list[str] = []
        also: dict[str, Any] = {}
        for at, (name, value) in enumerate(zip(columns, row, strict=True)):
            if value is None or value == held[at] or name == "extra" or (keep_stage and name in FIRST_WINS_QUIETLY):
                continue
            if held[at] is None or (not again and not _worse(name, value, columns, row, held)):
                held[at] = value
                changed.append(name)
            elif again and name not in FIRST_WINS_QUIETLY and not name.endswith(("_state", "_kind", "_domain")):
                also[name] = value
        at = len(columns) - 1
        extra = _merged_extra(held[at], row[at], also, again=again)
        if extra != held[at]:
            held[at] = extra
            changed.append("extra")
        return changed

    def stored_people(self, ids: Iterable[int]) -> dict[int, Person]:
        columns = ("external_id", "email", "email_state", "phone", "phone_state", "fingerprint", "name", "company")
        found = leads.rows_by_id(self.connection, ids, columns)
        return {
            lead: Person(x, None if es == EmailState.INVALID else e, p if ps == "valid" else None, mark, name, company)
            for lead, (x, e, es, p, ps, mark, name, company) in found.items()
        }

    def remember_texts(self, values: Values) -> None:
        """Texts that rules compare, noted the first time that this file shows them."""
        for name in self.worded & values.columns.keys():
            fresh = set(values.columns[name]) - self.known_texts[name] - {None}
            if fresh:
                leads.add_wordings(self.connection, name, fresh)
                self.known_texts[name] |= fresh


def _all_different(who: Mapping[str, Sequence[Any]]) -> bool:
    """Whether no two rows share a key."""
    return all(len(set(who[kind]) - {None}) == len(who[kind]) - who[kind].count(None) for kind in KINDS)


def _wiser(lead: Person, row: Person) -> Person:
    """What is known of a lead after a row about it."""
    return Person(
        lead.external_id or row.external_id,
        row.email or lead.email,
        row.phone or lead.phone,
        lead.fingerprint,
        lead.name or row.name,
        lead.company or row.company,
    )


def _worse(name: str, value: Any, columns: Sequence[str], row: Sequence[Any], held: Sequence[Any]) -> bool:
    """An invalid address never takes the place of a good one."""
    for kind, bad in (("email", "invalid"), ("phone", "invalid")):
        if name.startswith(kind) and f"{kind}_state" in columns:
            at = columns.index(f"{kind}_state")
            if row[at] == bad and held[at] not in (None, bad):
                return True
    return False


def _merged_extra(held: str | None, given: str | None, also: dict[str, Any], *, again: bool) -> str | None:
    """`extra` with what a row adds. Nothing is lost: what differs within one file is listed under `also`."""
    if given is None and not also:
        return held
    if given == held and not also:
        return held
    merged: dict[str, Any] = json.loads(held) if held else {}
    before = json.dumps(merged, sort_keys=True)
    for key, value in (json.loads(given) if given else {}).items():
        if again and key in merged and merged[key] != value:
            also[key] = value
        else:
            merged[key] = value
    if also:
        kept = merged.setdefault("also", {})
        for key, value in also.items():
            others = kept.setdefault(key, [])
            if value not in others:
                others.append(value)
    if json.dumps(merged, sort_keys=True) == before:
        return held
    return json.dumps(merged, ensure_ascii=False, separators=(",", ":"))


_COUNTS = ("read", "created", "updated", "unchanged", "duplicate", "rejected", "blank", "flagged")


def ledger_record(ledger: Ledger) -> Record:
    """One import as one thing."""
    return Record("Import", _whole(ledger))


def ledger_report(ledgers: Sequence[Ledger], *, whole: bool) -> Report:
    """Imports as rows; `whole` adds what only programs want."""
    columns = [Column("operation", Unit.COUNT), Column("file"), *(Column(name, Unit.COUNT) for name in _COUNTS)]
    if whole:
        columns += [
            Column("kind"),
            Column("encoding"),
            Column("delimiter"),
            Column("columns", Unit.JSON),
            Column("rejects", Unit.JSON),
        ]
    rows = [[_whole(ledger)[column.name] for column in columns] for ledger in ledgers]
    return Report("Import", tuple(columns), rows)


def _whole(ledger: Ledger) -> dict[str, Any]:
    return {
        "operation": ledger.operation,
        "file": ledger.file,
        "kind": ledger.kind,
        **{name: getattr(ledger, name) for name in _COUNTS},
        "columns": ledger.columns,
        "encoding": ledger.encoding,
        "delimiter": ledger.delimiter,
        "rejects": [
            {"line": bad.line, "column": bad.column, "value": bad.value, "reason": bad.reason} for bad in ledger.rejects
        ],
    }
