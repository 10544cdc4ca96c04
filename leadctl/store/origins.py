"""Where each value of a lead came from, and when: the file with its line and column, the rule, the program or the hand that
set it."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from leadctl.store import contacts

BY_DEFAULT = {"stage": 1, "captured_at": 2}
"""What a new lead gets where nobody gives it, as marks of `lead.by_default`."""

# Every change that still stands, oldest first. What an undone operation did, and the undoing itself, cancel each other.
_CHANGED = """
SELECT field, change.operation, before, after FROM change LEFT JOIN operation ON operation.id = change.operation
WHERE noun = 'lead' AND row = ? AND field IS NOT NULL AND operation.undone_at IS NULL AND operation.kind IS NOT 'undo'
ORDER BY change.id
"""
_STORED = "SELECT * FROM lead WHERE id = ?"
_GONE = "SELECT before FROM change WHERE noun = 'lead' AND row = ? AND field IS NULL ORDER BY id DESC LIMIT 1"
_ROWS = "SELECT operation, line, fields FROM source_row WHERE lead = ? ORDER BY line"
_PARTS = "SELECT created_by, gone FROM merge WHERE lead = ? ORDER BY id DESC"
_OPERATION = "SELECT id, kind, command, file, columns, started_at FROM operation WHERE id = ?"
_RULE = "SELECT rule FROM offer WHERE lead = ? AND created_by = ? ORDER BY id DESC LIMIT 1"
_SCORE = """
SELECT run.operation, run.ruleset, run.id FROM score JOIN run ON run.id = score.run WHERE score.lead = ?
"""
_ALSO = "also"

Path = tuple[str, ...]  # of a value in `extra`: its column, or `also` and what is kept under it


class Origin(NamedTuple):
    """Where one value came from. `by`: file, constant (given for all rows of a file), default (nobody gave it), hand, rule,
    merge, program or command; `line` of the file where its row begins, and the `column`; `rule`: the route, or the hash of
    the rules that scored; `part`: the lead that was merged and had the value; `run`: the scoring."""

    by: str
    at: str | None = None
    operation: int | None = None
    command: str | None = None
    file: str | None = None
    line: int | None = None
    column: str | None = None
    rule: str | None = None
    run: int | None = None
    part: int | None = None


@dataclass
class Origins:
    """Of one lead. `fields`: field -> origin, under `""` that of all which are not named; `was`: field and a value that it no
    longer has -> the origin of that; `extra`: of each value in it; `contacts`: in the order of `contacts.listed`."""

    fields: dict[str, Origin] = field(default_factory=dict)
    was: dict[tuple[str, Any], Origin] = field(default_factory=dict)
    extra: dict[Path, Origin] = field(default_factory=dict)
    contacts: list[Origin] = field(default_factory=list)

    def of(self, name: str) -> Origin | None:
        return self.fields.get(name, self.fields.get(""))


_BY_HAND = ("add", "edit", "move", "qualify", "log")
_BY_FILE = ("import", "enrich")


def origins(connection: sqlite3.Connection, lead: int) -> Origins:
    """Where everything that a lead has came from."""
    finder = _Finder(connection)
    found = finder.of(lead)
    found.contacts = list(finder.contacts(lead, found))
    return found


def score_origin(connection: sqlite3.Connection, lead: int) -> Origin | None:
    """Where the score came from; None where there is none."""
    row = connection.execute(_SCORE, (lead,)).fetchone()
    if row is None:
        return None
    found = _Finder(connection).operation(row[0])
    return Origin("rule", found["started_at"], row[0], found["command"], rule=row[1], run=row[2])


def changed_parts(before: str | None, after: str | None, header: Mapping[str, int]) -> list[str]:
    """What of `extra` (JSON) a row of a file changed, as `source_row.fields` notes it: a column by its place in the header,
    because its name may be anything."""
    old, new = _paths(before), _paths(after)
    return [_noted(path, header) for path, value in new.items() if path not in old or old[path] != value]


def _noted(path: Path, header: Mapping[str, int]) -> str:
    *above, name = path
    return "/".join(("extra", *above, str(header[name]) if name in header else name.replace(",", " ")))


def _paths(extra: str | None) -> dict[Path, Any]:
    """Everything in `extra`, one by one."""
    found: dict[Path, Any] = {}
    for name, value in (json.loads(extra) if extra else {}).items():
        if name == _ALSO and isinstance(value, dict):
            found |= {(_ALSO, each): kept for each, kept in value.items()}
        else:
            found[name,] = value
    return found


class _Finder:
    """Follows the log of changes of a lead, and of the leads that are part of it. Each is looked at once."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection
        self.known: dict[int, Origins] = {}
        self.operations: dict[int, dict[str, Any]] = {}
        self.held: dict[int, dict[str, Any]] = {}
        self.rows: dict[int, dict[int, list[tuple[int, str]]]] = {}

    def operation(self, number: int) -> dict[str, Any]:
        if number not in self.operations:
            found = self._row(_OPERATION, number)
            found["columns"] = json.loads(found["columns"]) if found["columns"] else {}
            self.operations[number] = found
        return self.operations[number]

    def lead(self, lead: int) -> dict[str, Any]:
        """The lead's row; of one that is part of another one now, as it was last."""
        if lead not in self.held:
            found = self._row(_STORED, lead)
            if not found:
                gone = self.connection.execute(_GONE, (lead,)).fetchone()
                found = json.loads(gone[0]) if gone is not None else {}
            self.held[lead] = found
        return self.held[lead]

    def _row(self, query: str, number: int) -> dict[str, Any]:
        cursor = self.connection.execute(query, (number,))
        row = cursor.fetchone()
        return dict(zip((each[0] for each in cursor.description), row, strict=True)) if row is not None else {}

    def of(self, lead: int) -> Origins:
        """Its fields, and what it had before, and what no field took."""
        if lead in self.known:
            return self.known[lead]
        found = self.known[lead] = Origins()  # no lead is part of itself
        rows = self.rows.setdefault(lead, {})
        for operation, line, fields in self.connection.execute(_ROWS, (lead,)):
            rows.setdefault(operation, []).append((line, fields))
        changes = self.connection.execute(_CHANGED, (lead,)).fetchall()
        self._made(lead, found, changes)
        parts = self.parts(lead)
        for name, operation, before, after in changes:
            if before is not None and (had := found.of(name)) is not None:
                found.was[name, before] = had
            if name == "extra":
                old, new = _paths(before), _paths(after)
                for path in new:
                    if path not in old or old[path] != new[path]:
                        found.extra[path] = self._of_part(parts, operation, path, new[path]) or self.kept(
                            lead, operation, path
                        )
            found.fields[name] = self._of_part(parts, operation, (name,), after, of_field=True) or self.origin(
                lead, operation, name, self.line(lead, operation, name), after
            )
        there = _paths(self.lead(lead).get("extra"))
        found.extra = {path: found.extra[path] for path in there if path in found.extra}
        return found

    def parts(self, lead: int) -> dict[int | None, list[int]]:
        """Operation -> the leads that became part of this one then."""
        found: dict[int | None, list[int]] = {}
        for operation, part in self.connection.execute(_PARTS, (lead,)):
            found.setdefault(operation, []).append(part)
        return found

    def _made(self, lead: int, found: Origins, changes: Sequence[tuple[Any, ...]]) -> None:
        """What the lead was made with."""
        held = self.lead(lead)
        operation, line = held.get("created_by"), held.get("created_line")
        if operation is None:
            return
        first = dict(held)
        for name, _, before, _ in reversed(changes):
            first[name] = before
        found.fields = {
            name: self.origin(lead, operation, name, self.line(lead, operation, name) or line, value)
            for name, value in first.items()
            if value is not None
        }
        found.fields[""] = self.origin(lead, operation, "", line)
        for name, mark in BY_DEFAULT.items():
            if (held.get("by_default") or 0) & mark:
                found.fields[name] = found.fields[""]._replace(by="default", file=None, line=None)
        for path in _paths(first.get("extra")):
            found.extra[path] = self.kept(lead, operation, path, line)

    def line(self, lead: int, operation: int | None, name: str) -> int | None:
        """On which line the row of a file begins that changed something of a lead which was there: the last such row."""
        rows = self.rows[lead].get(operation, []) if operation is not None else []
        return next((line for line, fields in reversed(rows) if f",{name}," in fields), None)

    def kept(self, lead: int, operation: int | None, path: Path, made: int | None = None) -> Origin:
        """The origin of a value in `extra`. `made`: the line of the row that the lead was made from."""
        header: list[str] = [] if operation is None else self.operation(operation)["columns"].get("header", [])
        noted = _noted(path, {name: place for place, name in enumerate(header)})
        line = self.line(lead, operation, noted)
        line = line or made or self.line(lead, operation, "extra")
        found = self.origin(lead, operation, "", line)
        return found._replace(column=path[-1]) if path[-1] in header and found.by == "file" else found

    def origin(self, lead: int, operation: int | None, name: str, line: int | None = None, value: Any = None) -> Origin:
        """The origin of a field that an operation gave this value."""
        if operation is None:
            return Origin("program")
        found = self.operation(operation)
        kind, file, columns = found["kind"], found["file"], found["columns"]
        column = rule = None
        by = "merge" if kind in ("merge", "duplicates") else "hand" if kind in _BY_HAND else "command"
        if kind in _BY_FILE and file is not None:
            by, column = "file", columns.get("columns", {}).get(name)
            constant = columns.get("constants", {}).get(name)
            if constant is not None and (column is None or value == constant):
                by, line, column = "constant", None, None
        if kind in ("route", "nightly"):
            offer = self.connection.execute(_RULE, (lead, operation)).fetchone()
            by, rule = ("rule", offer[0]) if offer is not None else (by, None)
        return Origin(by, found["started_at"], operation, found["command"], file, line, column, rule)

    def _of_part(
        self,
        parts: Mapping[int | None, list[int]],
        operation: int | None,
        path: Path,
        value: Any,
        *,
        of_field: bool = False,
    ) -> Origin | None:
        """The origin that a value had in the lead that brought it by merging."""
        for part in parts.get(operation, ()):
            its, held = self.of(part), self.lead(part)
            if of_field:
                had = its.of(path[0]) if held.get(path[0]) == value else None
            else:
                had = its.extra.get(path) if _paths(held.get("extra")).get(path) == value else None
            if had is not None:
                return had._replace(part=part)
        return None

    def contacts(self, lead: int, found: Origins) -> Iterator[Origin]:
        """The origins of what else a lead is known by."""
        parts = self.parts(lead)
        for _, kind, value, _, _, operation, line in contacts.listed(self.connection, lead):
            had = None
            if line is None:  # no row gave it: it stood in first place before
                had = self._of_part(parts, operation, (kind,), value, of_field=True) or found.was.get((kind, value))
            yield had or self.origin(lead, operation, kind, line)
