"""Forgetting: everything about some leads goes, whichever table it stands in. Within one transaction of the caller.

What hangs on a lead is found by the columns that name leads, so that no table can be left out by mistake.
"""

from __future__ import annotations

import json
import shlex
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from typing import Any, NamedTuple

from leadctl.model.email import EmailState, judge
from leadctl.model.phone import PhoneState, normalise
from leadctl.model.text import fold
from leadctl.store import leads as stored_leads
from leadctl.store.privacy.forgotten import mailbox
from leadctl.store.privacy.mentions import columns, tables
from leadctl.store.privacy.own_texts import Text, others_have, texts_of
from leadctl.store.wordings import keys_of

_TABLES = (
    "CREATE TEMP TABLE going (lead INTEGER PRIMARY KEY, person INTEGER NOT NULL)",
    "CREATE TEMP TABLE going_who (who TEXT PRIMARY KEY)",
    "CREATE TEMP TABLE going_row (noun TEXT, row INTEGER, PRIMARY KEY (noun, row)) WITHOUT ROWID",
)
_NAMES_LEADS = ("lead", "other", "gone")
_MERGED = """
INSERT OR IGNORE INTO going WITH RECURSIVE part (lead, person) AS (
  SELECT value, value FROM json_each(?) UNION SELECT merge.gone, part.person FROM part JOIN merge ON merge.lead = part.lead)
SELECT lead, person FROM part
"""
# A lead that another program deleted is somebody's all the same.
_DELETED = """
INSERT OR IGNORE INTO going SELECT change.row, mine.value ->> 'person' FROM json_each(:keys) AS mine
JOIN change ON change.noun = 'lead' AND change.field IS NULL AND change.before ->> (mine.value ->> 'kind') = mine.value ->> 'key'
WHERE NOT EXISTS (SELECT 1 FROM lead WHERE lead.id = change.row) AND NOT EXISTS (SELECT 1 FROM merge WHERE merge.gone = change.row)
"""
_KEYS = """
SELECT going.person, external_id, email, phone, name, fingerprint FROM going JOIN lead ON lead.id = going.lead
"""
_FURTHER = "SELECT going.person, kind, value FROM going JOIN contact ON contact.lead = going.lead"
_FORMER = """
SELECT going.person, change.field, change.before, change.after FROM going
JOIN change ON change.noun = 'lead' AND change.row = going.lead
WHERE change.field IS NULL OR change.field IN ('external_id', 'email', 'phone', 'name')
"""
_DELETED_ROWS = """
INSERT OR IGNORE INTO going_row SELECT noun, row FROM change WHERE field IS NULL AND noun <> 'lead' AND (
  before ->> 'lead' IN (SELECT lead FROM going) OR before ->> 'other' IN (SELECT lead FROM going)
  OR before ->> 'who' IN (SELECT who FROM going_who))
"""
_VISITS = """
INSERT OR IGNORE INTO going_row SELECT 'visits', visits.id FROM visits WHERE visitor IN (
  SELECT value FROM contact WHERE kind = 'visitor' AND lead IN (SELECT lead FROM going)
  EXCEPT SELECT value FROM contact WHERE kind = 'visitor' AND lead NOT IN (SELECT lead FROM going))
"""
_OF_ROWS = "(noun, row) IN (SELECT noun, row FROM going_row)"
_CHANGES = f"SELECT noun, field, before, after FROM change WHERE {_OF_ROWS}"
_DELETE_CHANGES = f"DELETE FROM change WHERE {_OF_ROWS}"
# Rows of others that were once the lead's, or became it: an undo must not give them back.
_DELETE_MOVES = f"""
DELETE FROM change WHERE field IN {_NAMES_LEADS}
  AND (before IN (SELECT lead FROM going) OR after IN (SELECT lead FROM going))
"""
_OPERATIONS = f"""
SELECT DISTINCT operation FROM change WHERE {_OF_ROWS} AND operation IS NOT NULL
"""
# Commands about many leads name nobody but by what `mentions` finds; those of the others are about this person, and nothing is
# left that could be taken back.
_ABOUT_MANY = "('import', 'enrich', 'score', 'route', 'nightly', 'follow', 'undo', 'forget', 'remember')"
_REDACT = f"""
UPDATE operation SET command = 'leadctl ' || kind || ' [forgotten]', leads = 0 WHERE id IN (SELECT value FROM json_each(?))
  AND kind NOT IN {_ABOUT_MANY} AND leads <= 2
"""
# Nothing but the words of an undone command tells whom it was about: what it made is gone.
_UNDONE = f"""
SELECT id, command FROM operation WHERE undone_at IS NOT NULL AND kind NOT IN {_ABOUT_MANY} AND leads <= 2
"""
_COUNT = """
INSERT INTO forgotten (forgotten_on, captured_in, source, campaign, stage_kind, grade, created_by)
SELECT :today, substr(lead.captured_at, 1, 7), lead.source, lead.campaign,
       (SELECT value ->> 'kind' FROM json_each(:stages) WHERE value ->> 'stage' = lead.stage), score.grade, :operation
FROM going JOIN lead ON lead.id = going.lead LEFT JOIN score ON score.lead = lead.id WHERE going.lead = going.person
"""


_TOKENS = "SELECT going.person, link.token FROM going JOIN link ON link.lead = going.lead"
_VISITORS = """
SELECT going.person, contact.value FROM going JOIN contact ON contact.lead = going.lead AND contact.kind = 'visitor'
WHERE NOT EXISTS (SELECT 1 FROM contact AS other WHERE other.kind = 'visitor' AND other.value = contact.value
  AND other.lead NOT IN (SELECT lead FROM going))
"""
# From the tag's + to the next sign: all addresses that begin so. One of them, or the plain one, may be somebody else's.
_OTHERS_WITH_MAILBOX = """
SELECT email FROM lead WHERE (email = :mailbox OR (email >= :local || '+' AND email < :local || ','))
  AND email_state <> 'invalid' AND id NOT IN (SELECT lead FROM going)
UNION ALL SELECT value FROM contact
WHERE kind = 'email' AND (value = :mailbox OR (value >= :local || '+' AND value < :local || ','))
  AND state <> 'invalid' AND lead NOT IN (SELECT lead FROM going)
"""


class Key(NamedTuple):
    """What a person is or was known by."""

    person: int
    kind: str  # email, phone, external_id, fingerprint, name or visitor
    value: Any


class Going:
    """The leads that go, with all that hangs on them."""

    def __init__(self, connection: sqlite3.Connection, people: Sequence[int]) -> None:
        self.connection = connection
        self.people = people
        self.linked = {
            table: [name for name in columns(connection, table) if name in _NAMES_LEADS] for table in tables(connection)
        }
        for statement in _TABLES:
            connection.execute(statement)
        connection.execute(_MERGED, (json.dumps(list(people)),))
        self.keys = self._keys()
        self.shared, self.alike = self._of_others()
        # A key that another lead has as well is not theirs alone: it does not keep that one's rows out.
        self.own_keys = [key for key in self.keys if key.kind != "name" and (key.kind, key.value) not in self.shared]
        deleted = [
            {"person": key.person, "kind": key.kind, "key": key.value}
            for key in self.own_keys
            if key.kind in ("email", "phone")
        ]
        if deleted:
            connection.execute(_DELETED, {"keys": json.dumps(deleted)})
        self._find_rows()

    def close(self) -> None:
        for table in ("going", "going_who", "going_row"):
            self.connection.execute(f"DROP TABLE IF EXISTS temp.{table}")

    def _keys(self) -> list[Key]:
        found: list[Key] = []
        for person, external_id, email, phone, name, mark in self.connection.execute(_KEYS):
            found += _usable(person, {"external_id": external_id, "email": email, "phone": phone, "name": name})
            if mark is not None:
                found.append(Key(person, "fingerprint", mark))
        for person, kind, value in self.connection.execute(_FURTHER):
            found += _usable(person, {kind: value})
        for person, field, before, after in self.connection.execute(_FORMER):
            for held in (json.loads(before),) if field is None else ({field: before}, {field: after}):
                found += _usable(person, held)
        return list(dict.fromkeys(found))

    def _of_others(self) -> tuple[set[tuple[str, Any]], tuple[int, ...]]:
        """Keys (kind, value) that leads have that stay, and those leads."""
        mine = {row[0] for row in self.connection.execute("SELECT lead FROM going")}
        shared: set[tuple[str, Any]] = set()
        alike: set[int] = set()
        for kind in ("external_id", "email", "phone"):
            wanted = [key.value for key in self.keys if key.kind == kind]
            for value, ids in stored_leads.ids_by_key(self.connection, kind, wanted).items():
                others = set(ids) - mine
                if others:
                    shared.add((kind, value))
                    alike |= others
        return shared, tuple(sorted(alike))

    def traces(self) -> Iterator[Key]:
        """By what else their visits are known: the tokens of their links, and visitors that nobody else is."""
        for kind, query in (("token", _TOKENS), ("visitor", _VISITORS)):
            for person, value in self.connection.execute(query):
                yield Key(person, kind, value)

    def mailboxes(self) -> Iterator[Key]:
        """Their addresses without tags, where no lead that stays has one with another tag."""
        for key in self.own_keys:
            if key.kind == "email":
                plain = mailbox(key.value)
                local, _, domain = plain.rpartition("@")
                others = self.connection.execute(_OTHERS_WITH_MAILBOX, {"mailbox": plain, "local": local})
                if not any(address.endswith(f"@{domain}") for (address,) in others):
                    yield key._replace(kind="mailbox", value=plain)

    def leads_of(self, person: int) -> list[int]:
        """The leads that a person is or was, before merges."""
        return [row[0] for row in self.connection.execute("SELECT lead FROM going WHERE person = ?", (person,))]

    def _find_rows(self) -> None:
        connection = self.connection
        whos = [f"{'id' if key.kind == 'external_id' else key.kind}:{key.value}" for key in self.own_keys]
        connection.executemany("INSERT OR IGNORE INTO going_who VALUES (?)", ((who,) for who in whos))
        connection.execute("INSERT INTO going_row SELECT 'lead', lead FROM going")
        connection.execute("INSERT INTO going_row SELECT 'score', lead FROM going")
        for table, names in self.linked.items():
            for name in names if "id" in columns(connection, table) else ():
                connection.execute(
                    f'INSERT OR IGNORE INTO going_row SELECT ?, id FROM "{table}" WHERE "{name}" IN (SELECT lead FROM going)',
                    (table,),
                )
        connection.execute(
            "INSERT OR IGNORE INTO going_row SELECT 'activity', id FROM activity "
            "WHERE lead IS NULL AND who IN (SELECT who FROM going_who)"
        )
        connection.execute(_VISITS)
        connection.execute(_DELETED_ROWS)

    def texts(self) -> Iterator[Text]:
        """Every text that stands in what goes, or stood there."""
        for table in self.linked.keys() | {"lead", "visits"}:
            if "id" in columns(self.connection, table):
                yield from self._texts_of(table)
        for noun, field, before, after in self.connection.execute(_CHANGES):
            if field is None or field == "*":
                yield from texts_of(noun, json.loads(before))
            else:
                yield from texts_of(noun, {field: before})
                yield from texts_of(noun, {field: after})
        for key in self.keys:
            yield from texts_of("lead", {key.kind: key.value})

    def _texts_of(self, table: str) -> Iterator[Text]:
        names = list(columns(self.connection, table))
        listed = ", ".join(f'"{name}"' for name in names)
        mine = f"SELECT row FROM going_row WHERE noun = '{table}'"
        for row in self.connection.execute(f'SELECT {listed} FROM "{table}" WHERE id IN ({mine})'):
            yield from texts_of(table, dict(zip(names, row, strict=True)))

    def count_in(self, operation: int, today: str, stages: Mapping[str, str]) -> None:
        """Keeps that there was somebody: month, source, campaign, kind of stage (of `stages`: stage -> kind), grade."""
        listed = json.dumps([{"stage": stage, "kind": kind} for stage, kind in stages.items()])
        self.connection.execute(_COUNT, {"today": today, "stages": listed, "operation": operation})

    def operations(self) -> set[int]:
        """The operations that made or changed what goes."""
        found = {row[0] for row in self.connection.execute(_OPERATIONS)}
        for table in [*self.linked, "lead"]:
            names = columns(self.connection, table)
            if "created_by" in names and "id" in names:
                mine = f"SELECT row FROM going_row WHERE noun = '{table}'"
                query = f'SELECT DISTINCT created_by FROM "{table}" WHERE id IN ({mine})'
                found |= {row[0] for row in self.connection.execute(query)}
        return found | set(self._undone())

    def _undone(self) -> Iterator[int]:
        """The undone operations that a word of their command says were about these people."""
        known = {str(lead) for person in self.people for lead in self.leads_of(person)}
        known |= {text for key in self.keys if isinstance(key.value, str) and (text := fold(key.value))}
        names = [fold(key.value) or "" for key in self.keys if key.kind == "name"]
        for number, command in self.connection.execute(_UNDONE):
            for word in map(fold, _words(command)[2:]):
                if word is not None and (word in known or any(len(word) > 2 and word in name for name in names)):
                    yield number
                    break

    def erase(self, operation: int) -> dict[str, int]:
        """Deletes it all, with its history; table -> how many rows. `operation`: the one that is running."""
        connection = self.connection
        gone: dict[str, int] = {}
        redacted = connection.execute(_REDACT, (json.dumps(sorted(self.operations())),)).rowcount
        changes = connection.execute(_DELETE_CHANGES).rowcount + connection.execute(_DELETE_MOVES).rowcount
        for table, names in self.linked.items():
            if table == "lead":
                continue
            condition = " OR ".join(f'"{name}" IN (SELECT lead FROM going)' for name in names)
            own = (
                f"id IN (SELECT row FROM going_row WHERE noun = '{table}')"
                if "id" in columns(connection, table)
                else ""
            )
            either = " OR ".join(part for part in (condition, own) if part)
            if names or table == "visits":
                gone[table] = connection.execute(f'DELETE FROM "{table}" WHERE {either}').rowcount
        gone["lead"] = connection.execute("DELETE FROM lead WHERE id IN (SELECT lead FROM going)").rowcount
        connection.execute(
            "UPDATE activity SET who = NULL WHERE lead IS NOT NULL AND who IN (SELECT who FROM going_who)"
        )
        connection.execute("DELETE FROM change WHERE operation = ?", (operation,))
        return {**{table: count for table, count in gone.items() if count}, "change": changes, "command": redacted}


def _words(command: str) -> list[str]:
    try:
        return shlex.split(command)
    except ValueError:
        return command.split()


def _usable(person: int, held: Mapping[str, Any]) -> Iterator[Key]:
    """What of these values somebody can be known by."""
    if (mark := held.get("fingerprint")) is not None:
        yield Key(person, "fingerprint", int(mark))
    for kind in ("external_id", "email", "phone", "name", "visitor"):
        value = held.get(kind)
        if not isinstance(value, str):
            continue
        if kind == "email":
            address, state, _ = judge(value)
            if state != EmailState.INVALID:
                yield Key(person, kind, address)
        elif kind == "phone":
            number, certainty, _ = normalise(value, None)
            if certainty == PhoneState.VALID:
                yield Key(person, kind, number)
        else:
            yield Key(person, kind, value)


def own_texts(
    connection: sqlite3.Connection, texts: Iterable[Text], keys: Set[tuple[str, Any]]
) -> tuple[list[Text], int]:
    """Of the texts of people who are gone, those that no other row has in the same column, nor another lead as one of its
    `keys`; and how many others have too. Texts that rules compare go from `wording` where nobody has them any more."""
    by_column: dict[tuple[str, str], dict[str, Text]] = {}
    for text in texts:
        by_column.setdefault((text.table, text.column), {})[text.text] = text
    own: dict[tuple[str, str], Text] = {}
    shared: set[str] = set()
    known = {table: columns(connection, table) for table in {table for table, _ in by_column}}
    for (table, column), found in by_column.items():
        whole = column in known[table] and next(iter(found.values())).what != "extra"
        others = others_have(connection, table, column, found) if whole else set()
        shared |= others
        own |= {(text.what, text.text): text for text in found.values() if text.text not in others}
        if table in ("lead", "activity"):
            worded = keys_of(column) if table == "lead" else (f"activity.{column}",)
            alone = [(key, text) for key in worded for text in found if text not in others]
            connection.executemany("DELETE FROM wording WHERE field = ? AND text = ?", alone)
    shared |= {value for _, value in keys}
    return [text for text in own.values() if text.text not in shared], len(shared)
