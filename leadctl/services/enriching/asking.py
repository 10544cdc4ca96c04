"""Enrich by a program: leads go out to it as JSON Lines, its answers come back the same way.

The program runs while the database is open for others; only then are the answers, each judged for itself, written in one
transaction, into what is still empty. What came before a program failed is kept: an answer is whole or it is refused.
"""

from __future__ import annotations

import io
import json
import shlex
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, TextIO

from leadctl.compiler.findings import nearest
from leadctl.compiler.fragment import Sql
from leadctl.compiler.tree import Rules
from leadctl.config import Settings
from leadctl.errors import BrokeOff, UsageError
from leadctl.intake.batch import BadRow, Batch, Layout
from leadctl.intake.mapping.columns import plan
from leadctl.intake.rejects import RejectFile
from leadctl.intake.values.fact_rows import KEYS, FactConverter, complete, facts
from leadctl.model.date_reader import DateReader
from leadctl.model.report import Report
from leadctl.services.enriching.conversing import Conversation, Heard
from leadctl.services.enriching.facts import Enriching
from leadctl.services.importing.ledger import Ledger
from leadctl.services.importing.receiving import ImportOptions, account, reject_path, start_ledger
from leadctl.services.listing import list_leads, stored_catalogue
from leadctl.store import enrichment, listing
from leadctl.store.database import Database

SILENT_FOR = 60.0  # seconds
_AT_ONCE = 500  # leads read from the database together
_SHOWN = 40
_LONGEST_WHOLE = 2000  # characters of a refused answer that are kept


@dataclass(frozen=True)
class Asking:
    """Which program is asked about which leads. `fields`: what it is told of each (None: everything); `silent_for`: how many
    seconds it may neither read nor write; `write` writes a report as JSON Lines."""

    program: str
    condition: Sql | None
    fields: Sequence[str] | None
    silent_for: float
    write: Callable[[Report, TextIO], None]


@dataclass
class Asked:
    """What came of it. `trouble`: why the program did not end well; its answers up to then were kept."""

    ledger: Ledger
    leads: int
    trouble: BrokeOff | None


@dataclass
class _Answers:
    """Answers that can be read: their lines, and their texts under the header; and those that cannot."""

    header: tuple[str, ...]
    lines: list[int] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)
    bad: list[BadRow] = field(default_factory=list)
    blank: int = 0


def enrich_from_program(
    database: Database,
    settings: Settings,
    rules: Rules,
    asking: Asking,
    options: ImportOptions,
    *,
    now: datetime,
    command: str,
    here: Path,
) -> Asked:
    """Asks the program and fills leads with its answers. Raises UsageError for a command line that names none, BrokeOff for
    a program that cannot be started."""
    words = _words(asking.program)
    database.fit_columns(rules.catalogue, [each.name for each in rules.dimensions])
    connection = database.connection
    ids = enrichment.asked_about(connection, asking.condition)
    told = _told(database, asking, ids, now)
    conversation = Conversation(words, here, asking.silent_for, most=len(ids), progress=options.progress)
    heard = conversation.hold(told) if next(told) else Heard()
    fields = [KEYS["id"], *facts(rules.catalogue.given_fields, "id")]
    header = tuple(each.name for each in fields)
    sent = set(listing.lead_columns(*stored_catalogue(database)))
    answers = _read(heard, header, sent, set(ids))
    chosen = complete(plan(header, fields, None, {}, {}, "answers"))
    fields_there, zone = rules.catalogue.fields, settings.zone
    converter = FactConverter(
        chosen, header, fields_there, lambda form: DateReader("ymd", form, zone), settings.country, "id"
    )
    with database.operation("enrich", command, now, dry_run=options.dry_run) as operation:
        given = [name for at, name in enumerate(header) if any(row[at] for row in answers.rows)]
        layout = Layout("jsonl", "utf-8", None, tuple(given), 0)
        ledger = start_ledger(operation, words[0], layout, chosen, "answers")
        ledger.columns = {name: name for name in given}
        work = Enriching(connection, rules, "id", ledger, operation, overwrite=False)
        with RejectFile(reject_path(settings, options, here, "answers", operation.id), ("answer",)) as rejects:
            _take(work, converter, answers, rejects)
            work.settle()
            if not ledger.balanced:
                raise BrokeOff("the ledger of the answers does not balance: a bug of leadctl; nothing was written")
            operation.leads = work.concerned
            operation.keep = operation.keep and bool(work.concerned or ledger.rejected)
            if options.dry_run:
                rejects.discard()
            elif rejects.count:
                ledger.reject_file = rejects.path
    if not operation.keep:
        ledger.operation = None
    ledger.notes += _notes(heard, len(ids), ledger)
    ledger.notes += work.notes()
    return Asked(ledger, len(ids), _trouble(heard, words[0], kept=operation.keep and bool(ledger.updated)))


def _words(program: str) -> list[str]:
    try:
        words = shlex.split(program)
    except ValueError as error:
        raise UsageError(
            f"--exec cannot be read: {error}", hint="quote it as in a shell: --exec 'PROGRAM ARGS'"
        ) from error
    if not words or not words[0]:
        raise UsageError("--exec names no program")
    return words


def _told(database: Database, asking: Asking, ids: Sequence[int], now: datetime) -> Iterator[bytes]:
    """The leads as JSON Lines, some at a time; nothing holds the database in between."""
    catalogue, dimensions = stored_catalogue(database)
    fields = list(dict.fromkeys(("id", *asking.fields))) if asking.fields is not None else None
    for at in (
        0,
        *range(0, len(ids), _AT_ONCE),
    ):  # the first ones twice: wrong fields are refused before anything starts
        part = json.dumps(list(ids[at : at + _AT_ONCE]))
        condition = Sql("lead.id IN (SELECT value FROM json_each(?))", (part,))
        found = list_leads(
            database,
            catalogue,
            dimensions,
            condition=condition,
            words=(),
            sort="id",
            fields=fields,
            limit=None,
            now=now,
        )
        stream = io.StringIO()
        asking.write(found, stream)
        yield stream.getvalue().encode("utf-8", "backslashreplace")


def _read(heard: Heard, header: tuple[str, ...], sent: set[str], asked: set[int]) -> _Answers:
    """The answers, each for itself. What leadctl itself has told and cannot take back (`grade`) is passed over."""
    found = _Answers(header)
    position = {name: at for at, name in enumerate(header)}
    answered: dict[int, int] = {}
    for line, raw in enumerate(heard.lines, start=1):
        text = raw.decode("utf-8", "replace").strip("\ufeff \t\r\n")
        if not text:
            found.blank += 1
            continue
        try:
            answer = _object(text)
            lead = _lead(answer, asked)
            if lead in answered:
                raise ValueError(f"lead {lead} was answered on line {answered[lead]} already")
            answered[lead] = line
            found.rows.append(_row(answer, lead, position, sent))
            found.lines.append(line)
        except ValueError as error:
            found.bad.append(BadRow(line, None, None, str(error), [text[:_LONGEST_WHOLE]]))
    if heard.cut:
        reason = "it is cut off: the program ended within it"
        rest = heard.cut.decode("utf-8", "replace")[:_LONGEST_WHOLE]
        found.bad.append(BadRow(len(heard.lines) + 1, None, None, reason, [rest]))
    return found


def _object(text: str) -> dict[str, Any]:
    try:
        answer = json.loads(text, parse_float=_Spelt, parse_int=_Spelt, parse_constant=_Spelt)
    except RecursionError:
        raise ValueError("is nested too deeply") from None
    except ValueError as error:
        said = getattr(error, "msg", None) or str(error)
        raise ValueError(f"is no JSON: {said[:1].lower()}{said[1:]}") from None
    if not isinstance(answer, dict):
        raise ValueError('is no object such as {"id": 1, "industry": "energy"}')
    return answer


class _Spelt(str):
    """A number in its own spelling."""

    __slots__ = ()


def _lead(answer: dict[str, Any], asked: set[int]) -> int:
    if "id" not in answer:
        raise ValueError("does not say which lead it is about: it has no id")
    text = answer["id"]
    if not (isinstance(text, str) and text.isascii() and text.isdigit() and len(text) <= 18):
        raise ValueError(f"{json.dumps(text)[:_SHOWN]} is no id of a lead")
    if int(text) not in asked:
        raise ValueError(f"lead {text} was not asked about")
    return int(text)


def _row(answer: dict[str, Any], lead: int, position: dict[str, int], sent: set[str]) -> list[str]:
    row = [""] * len(position)
    row[0] = str(lead)
    for name, value in answer.items():
        if name == "id" or (name not in position and name in sent):
            continue
        if name not in position:
            raise ValueError(
                f"leads have no field called '{name[:_SHOWN]}' that can be filled; {nearest(name, position)}"
            )
        if value is None or value == "NaN":
            continue
        if isinstance(value, bool):
            value = "yes" if value else "no"
        if not isinstance(value, str):
            raise ValueError(f"{name}: a text, a number, true, false or null is wanted")
        row[position[name]] = (
            value.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace").replace("\0", "")
        )
    return row


def _take(work: Enriching, converter: FactConverter, answers: _Answers, rejects: RejectFile) -> None:
    """Reads the texts as those of a file are read."""
    for at in range(0, max(len(answers.rows), 1), _AT_ONCE):
        batch = Batch(answers.lines[at : at + _AT_ONCE], answers.rows[at : at + _AT_ONCE])
        if at == 0:
            batch.bad, batch.blank = answers.bad, answers.blank
        values = converter.convert(batch)
        for bad in values.bad:
            if len(bad.values) > 1:  # one that was read, but holds a value that cannot be
                texts = {name: text for name, text in zip(answers.header, bad.values, strict=True) if text}
                bad.values = [json.dumps(texts, ensure_ascii=False)[:_LONGEST_WHOLE]]
        account(work.ledger, values, rejects)
        work.take(values, lines=False)


def _notes(heard: Heard, asked: int, ledger: Ledger) -> list[str]:
    answered = ledger.read - ledger.blank
    return [f"{asked:,} lead{'s' if asked != 1 else ''} asked about, {answered:,} answer{'s' if answered != 1 else ''}"]


def _trouble(heard: Heard, program: str, *, kept: bool) -> BrokeOff | None:
    if heard.trouble is None:
        return None
    hint = "the answers that came before were kept; leadctl undo takes them back" if kept else "nothing was written"
    return BrokeOff(f"{program[:_SHOWN]} {heard.trouble}", hint=hint)
