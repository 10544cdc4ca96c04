"""Forgetting a person on request: erased wherever it stands, kept out of later imports, and proven by a search of the files.

In this order: rows and history in one transaction, with the files of refused rows rewritten just before it is committed;
then the database file is written anew and its log emptied; then the bytes of all these files are searched.
"""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from leadctl.compiler.tree import Rules
from leadctl.config import Settings
from leadctl.errors import Conflict, DatabaseError, NotFound, Place
from leadctl.model.email import EmailState, judge
from leadctl.model.phone import PhoneState, normalise
from leadctl.model.report import Column, Record, Report, Unit
from leadctl.model.text import fold
from leadctl.services.finding import find_lead
from leadctl.services.importing.sameness import content_identity, mark_of
from leadctl.services.privacy import proving, rejected_rows
from leadctl.services.privacy.proving import Proof
from leadctl.services.privacy.rejected_rows import Known
from leadctl.store import contacts
from leadctl.store.activities import Days, add
from leadctl.store.database import Database, Operation, utc_text
from leadctl.store.merging import part_of
from leadctl.store.privacy.consent import stands
from leadctl.store.privacy.forgetting import Going, own_texts
from leadctl.store.privacy.forgotten import Forgotten, lift, name_key, remember_as_forgotten
from leadctl.store.privacy.mentions import take_out, take_out_of_commands
from leadctl.store.privacy.own_texts import Text
from leadctl.store.privacy.spread import by_whom

_SHOWN = "SELECT name, company, email, phone, external_id FROM lead WHERE id = ?"
COMMAND = "leadctl forget [forgotten]"  # what is kept of the command: it names whom


@dataclass(frozen=True)
class Chosen:
    """Whom the words of a command mean: `leads`, and words of people who were forgotten `before`."""

    leads: tuple[int, ...]
    named: tuple[str, ...]
    before: tuple[Text, ...]


@dataclass(frozen=True)
class Forgetting:
    """What was erased. `rows`: table -> how many; `rejects`: file -> how many rows; `mentions`: rows of others that named the
    person; `alike`: leads that share an address or number and stay; `before`: words of people who were forgotten already. No
    operation: nothing was changed."""

    operation: int | None
    leads: tuple[int, ...]
    dry_run: bool = False
    rows: Mapping[str, int] = field(default_factory=dict)
    mentions: int = 0
    rejects: Mapping[str, int] = field(default_factory=dict)
    backups: tuple[str, ...] = ()
    deleted: tuple[str, ...] = ()
    files: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    unread: tuple[str, ...] = ()
    alike: tuple[int, ...] = ()
    before: tuple[str, ...] = ()
    proof: Proof | None = None

    @property
    def is_proven(self) -> bool:
        return self.proof is not None and self.proof.holds and not self.backups

    def as_record(self) -> Record:
        values = {
            "operation": self.operation,
            "leads": list(self.leads),
            "dry_run": self.dry_run,
            "rows": dict(self.rows),
            "mentions": self.mentions,
            "rejects": dict(self.rejects),
            "backups": list(self.backups),
            "deleted": list(self.deleted),
            "files": {file: list(what) for file, what in self.files.items()},
            "unread": list(self.unread),
            "alike": list(self.alike),
            "before": list(self.before),
            "proof": self.proof.as_values() if self.proof is not None else None,
        }
        return Record("Forget", values, {name: Unit.JSON for name in values if name not in ("operation", "mentions")})

    def lines(self) -> Iterator[str]:
        """What there is to say of it, for reading."""
        for word in self.before:
            yield f"{word}: forgotten before; nothing was changed"
        for lead in self.alike:
            yield f"lead {lead} has the same address, number or id and stays: is it the same person?"
        for file in self.deleted:
            yield f"{file}: deleted"
        for file in self.backups:
            yield f"{file}: a backup that holds them; --backups deletes it"
        for file, what in self.files.items():
            yield f"{file}: holds the {', '.join(what)}; take it out there, or delete the file"
        if self.unread:
            yield f"cannot be looked into: {', '.join(self.unread)}"
        if self.dry_run:
            yield "nothing was written; without --dry-run all this goes"
        if self.proof is not None:
            yield from self.proof.lines()

    def as_report(self) -> Report:
        """What went, for reading: where and how many rows."""
        rows = [(_IN_WORDS.get(table, table), count) for table, count in self.rows.items()]
        rows += [("mentions in other rows", self.mentions)] if self.mentions else []
        rows += [(f"rows of {file}", count) for file, count in self.rejects.items()]
        return Report("Forgotten", (Column("what", whole=True), Column("erased", Unit.COUNT)), rows)


_IN_WORDS = {"change": "entries of the history", "command": "commands that named it", "visits": "visits"}


def choose(database: Database, settings: Settings, words: Sequence[str]) -> Chosen:
    """Whom the words mean: only what names a lead exactly, for a part of a name could be somebody else's.

    Raises NotFound and Conflict as `find_lead`, but not for who was forgotten before.
    """
    leads: dict[int, str] = {}
    before: list[Text] = []
    forgotten = Forgotten(database.connection)
    for word in words:
        kind, key = _meant(word, settings.country, forgotten)
        try:
            lead = find_lead(database, settings, word)
            _refuse_parts(database, settings, word, lead)
        except (NotFound, Conflict):
            if kind is None:
                raise
            before.append(Text(kind, key, sure=kind in ("email", "phone")))
            continue
        row = database.connection.execute(_SHOWN, (lead,)).fetchone()
        leads[lead] = f"{lead}: {', '.join(part for part in row if part) or 'without a name'}"
    return Chosen(tuple(leads), tuple(leads.values()), tuple(before))


def _refuse_parts(database: Database, settings: Settings, word: str, lead: int) -> None:
    """Raises Conflict where a word is not the lead's whole id, name, address, number or external id."""
    connection, bare = database.connection, word.strip()
    if bare.isascii() and bare.isdigit() and lead in (int(bare), part_of(connection, int(bare))):
        return
    name, _, email, phone, external_id = connection.execute(_SHOWN, (lead,)).fetchone() or (None,) * 5
    own = [name, email, phone, external_id, *(row[2] for row in contacts.listed(connection, lead))]
    meant = {fold(bare), fold(judge(bare)[0]), fold(normalise(bare, settings.country)[0])}
    if meant.isdisjoint({fold(each) for each in own if each} - {None}):
        raise Conflict(
            f"'{word}' is only a part of what lead {lead} is known by", hint=f"if it is meant: leadctl forget {lead}"
        )


def _meant(word: str, country: str | None, forgotten: Forgotten) -> tuple[str | None, str]:
    """By what kind of key somebody was forgotten, and the key; no kind: nobody was."""
    bare = word.strip()
    address, state, _ = judge(bare)
    if state != EmailState.INVALID and forgotten.has("email", address):
        return "email", address
    number, certainty, _ = normalise(bare, country)
    if certainty == PhoneState.VALID and forgotten.has("phone", number):
        return "phone", number
    kind = next((kind for kind in ("external_id", "lead") if forgotten.has(kind, bare)), None)
    return kind, bare


def forget(
    database: Database,
    settings: Settings,
    rules: Rules,
    chosen: Chosen,
    *,
    now: datetime,
    dry_run: bool = False,
    delete_backups: bool = False,
) -> Forgetting:
    """Erases people and proves it; or goes on where that broke off. `Forgetting.is_proven` says whether nothing is left.

    Raises NotFound for a lead that is gone meanwhile, DatabaseError where the file cannot be written anew.
    """
    connection = database.connection
    connection.execute("PRAGMA temp_store = MEMORY")
    connection.execute("PRAGMA secure_delete = ON")
    if not dry_run:
        rejected_rows.tidy(proving.reject_files(settings))
    found = Forgetting(None, chosen.leads, dry_run, before=tuple(text.text for text in chosen.before))
    texts: list[Text] = list(chosen.before)
    shared = 0
    if chosen.leads:
        with database.operation("forget", COMMAND, now, dry_run=dry_run) as operation:
            erased, own, shared = _erase(database, settings, rules, chosen, operation, now)
            found = replace(erased, before=found.before)
            texts += own
    files = proving.files_of(database.path, settings)
    ids = [*chosen.leads, *(int(text.text) for text in chosen.before if text.what == "lead" and text.text.isdigit())]
    backups = [file for file in files.backups if proving.holds(file, ids, texts)]
    elsewhere, unread = proving.elsewhere(files, texts)
    found = replace(found, files=elsewhere, unread=unread)
    if dry_run:
        return replace(found, backups=tuple(map(str, backups)))
    if delete_backups:
        for file in backups:
            proving.delete_backup(file)
        found, backups = replace(found, deleted=tuple(map(str, backups))), []
    _write_anew(database)
    proof = proving.prove(connection, files, texts, shared)
    found = replace(found, backups=tuple(map(str, backups)), proof=proof)
    if found.is_proven:
        connection.execute("UPDATE forgotten SET proven_at = ? WHERE proven_at IS NULL", (utc_text(now),))
    return found


def unfinished(database: Database) -> int:
    """How many people are erased of whom that is not proven yet."""
    return int(database.connection.execute("SELECT count(*) FROM forgotten WHERE proven_at IS NULL").fetchone()[0])


def _erase(
    database: Database, settings: Settings, rules: Rules, chosen: Chosen, operation: Operation, now: datetime
) -> tuple[Forgetting, list[Text], int]:
    connection = database.connection
    listed = ", ".join(map(str, chosen.leads))
    there = {row[0] for row in connection.execute(f"SELECT id FROM lead WHERE id IN ({listed})")}
    for lead in chosen.leads:
        if lead not in there:
            raise NotFound(f"lead {lead} is gone already")
    going = Going(connection, chosen.leads)
    try:
        texts = list(dict.fromkeys(going.texts()))
        today = now.astimezone(settings.zone).date().isoformat()
        going.count_in(operation.id, today, {stage.name: stage.kind for stage in rules.pipeline})
        _keep_keys(connection, going)
        _keep_opt_outs(connection, settings, going, operation)
        rows = going.erase(operation.id)
        own, shared = own_texts(connection, texts, going.shared)
        mentions = take_out(connection, [text for text in own if text.sure])
        take_out_of_commands(connection, [text.text for text in own if text.what == "name" and text.sure])
        connection.execute("DELETE FROM change WHERE operation = ?", (operation.id,))
        known = _known(going)
        operation.leads = len(chosen.leads)
        rejects = _clean_rejects(settings, known, keep=not operation.keep)
    finally:
        going.close()
    number = operation.id if operation.keep else None
    found = Forgetting(number, chosen.leads, not operation.keep, rows, mentions, rejects, alike=going.alike)
    return found, own, shared


def _keep_keys(connection: sqlite3.Connection, going: Going) -> None:
    """Leaves the hashes that keep later imports from bringing these people back."""
    further = [*going.traces(), *going.mailboxes()]
    for person in going.people:
        mine = [key for key in going.own_keys if key.person == person]
        names = {
            known
            for key in going.keys
            if key.person == person and key.kind == "name" and (known := name_key(key.value))
        }
        keys: list[tuple[Any, ...]] = [
            (key.kind, key.value) for key in mine if key.kind in ("email", "phone", "external_id")
        ]
        # Known by the whole content of its row: it had no other key then.
        keys += [(key.kind, key.value) for key in mine if key.kind == "fingerprint"]
        keys += [
            (f"{key.kind}+name", key.value, name)
            for key in mine
            if key.kind in ("phone", "external_id")
            for name in names
        ]
        keys += [("lead", lead) for lead in going.leads_of(person)]
        keys += [(key.kind, key.value) for key in further if key.person == person]
        remember_as_forgotten(connection, keys, secrets.token_bytes(8))


def _keep_opt_outs(connection: sqlite3.Connection, settings: Settings, going: Going, operation: Operation) -> None:
    """Who is out only because somebody with the same address said so, who goes now, is out by a row of its own."""
    days = Days(settings.zone)
    for lead in going.alike:
        opted, since = stands(connection, lead)
        if opted == "out" and since is not None and by_whom(connection, lead, since) is not None:
            note = "said of the same address"
            mark = mark_of(content_identity((since, note)))
            add(connection, lead, days[since], "opt_out", mark, since, {"note": note}, operation.id)


def _known(going: Going) -> Known:
    known = Known(leads={str(lead) for person in going.people for lead in going.leads_of(person)})
    places = {"email": known.emails, "phone": known.phones, "external_id": known.external_ids}
    for key in going.own_keys:
        if key.kind in places:
            places[key.kind].add(key.value)
    names = (name_key(key.value) for key in going.keys if key.kind == "name")
    known.names.update(name for name in names if name is not None and " " in name)
    return known


def _clean_rejects(settings: Settings, known: Known, *, keep: bool) -> dict[str, int]:
    """Takes the people's rows out of the files of refused rows; file -> how many. `keep`: only counts them."""
    found: dict[str, int] = {}
    for file in proving.reject_files(settings):
        cleaned = rejected_rows.without(file, known, settings.country)
        if cleaned is not None:
            text, count = cleaned
            found[f"rejects/{file.name}"] = count
            if not keep:
                rejected_rows.replace(file, text)
    return found


def _write_anew(database: Database) -> None:
    """Writes the database file anew, so that nothing of what was deleted, now or long ago, is left in it."""
    connection = database.connection
    connection.execute("PRAGMA temp_store = DEFAULT")
    try:
        connection.execute("VACUUM")
        busy = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
    except sqlite3.Error as error:
        if "locked" in str(error) or "busy" in str(error):
            busy = 1
        else:
            raise DatabaseError(
                f"the rows are erased, but the file could not be written anew ({error}): it may still hold old bytes",
                place=Place(str(database.path)),
                hint="make room for a copy of the database beside it, then: leadctl forget",
            ) from error
    if busy:
        raise DatabaseError(
            "the rows are erased, but another program is reading: the file still holds old bytes",
            place=Place(str(database.path)),
            hint="when it is done: leadctl forget",
        )


def remember(database: Database, settings: Settings, word: str, *, now: datetime) -> int | None:
    """Lets imports bring a person in again who was forgotten; the operation, None where nobody was known by this."""
    forgotten = Forgotten(database.connection)
    kind, key = _meant(word, settings.country, forgotten)
    if kind is None:
        return None
    with database.operation("remember", "leadctl remember [forgotten]", now) as operation:
        operation.keep = lift(database.connection, kind, key)
    return operation.id if operation.keep else None


def remembered_record(operation: int | None) -> Record:
    return Record("Remember", {"operation": operation, "changed": operation is not None}, {"changed": Unit.YES_NO})
