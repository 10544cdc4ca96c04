"""The ledger of an import: what became of each row, balanced."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from leadctl.intake.batch import BadRow
from leadctl.model.report import Column, Record, Report, Unit


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
    left_out: int = 0  # test leads, deleted records and the like among the blank ones
    footer: int = 0  # lines below the data among the blank ones
    forgotten: int = 0  # about people who asked to be forgotten, among the unchanged ones
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


_COUNTS = ("read", "created", "updated", "unchanged", "duplicate", "rejected", "blank", "flagged")


def ledger_record(ledger: Ledger, *, whole: bool) -> Record:
    """One import as one thing; `whole` adds what only programs want."""
    values = _whole(ledger)
    if not whole:
        named = ("file", *_COUNTS, *(("forgotten",) if ledger.forgotten else ()))
        values = {name: values[name] for name in named}
    return Record("Import", values, dict.fromkeys((*_COUNTS, "forgotten"), Unit.COUNT))


def ledger_report(ledgers: Sequence[Ledger], *, whole: bool) -> Report:
    """Imports as rows; `whole` adds what only programs want."""
    columns = [Column("operation", Unit.COUNT), Column("file"), *(Column(name, Unit.COUNT) for name in _COUNTS)]
    if not whole:  # for reading: the file first, and of what never happened nothing
        happened = [name for name in _COUNTS if name == "read" or any(getattr(each, name) for each in ledgers)]
        columns = [Column("file", whole=True), *(Column(name, Unit.COUNT) for name in happened)]
    else:
        columns += [
            Column("kind"),
            Column("encoding"),
            Column("delimiter"),
            Column("columns", Unit.JSON),
            Column("rejects", Unit.JSON),
            Column("forgotten", Unit.COUNT),
        ]
    rows = [[_whole(ledger)[column.name] for column in columns] for ledger in ledgers]
    return Report("Import", tuple(columns), rows)


def _whole(ledger: Ledger) -> dict[str, Any]:
    return {
        "operation": ledger.operation,
        "file": ledger.file,
        "kind": ledger.kind,
        **{name: getattr(ledger, name) for name in _COUNTS},
        "forgotten": ledger.forgotten,
        "columns": ledger.columns,
        "encoding": ledger.encoding,
        "delimiter": ledger.delimiter,
        "rejects": [
            {"line": bad.line, "column": bad.column, "value": bad.value, "reason": bad.reason} for bad in ledger.rejects
        ],
    }
