"""Which lead a person means: an id, an e-mail, a phone, an external id, or words that fit one lead only."""

from __future__ import annotations

from leadctl.compiler.fragment import Sql
from leadctl.config import Settings
from leadctl.errors import Conflict, NotFound
from leadctl.model.email import judge
from leadctl.model.phone import normalise
from leadctl.store import listing
from leadctl.store.database import Database
from leadctl.store.merging import part_of

_SHOWN = 10


def find_lead(database: Database, settings: Settings, text: str) -> int:
    """The id of the lead meant; of one that is part of another now, that one's.

    Raises NotFound, and Conflict with the list where several fit."""
    bare = text.strip()
    if bare.isascii() and bare.isdigit() and len(bare) <= 18:
        for number in (int(bare), part_of(database.connection, int(bare)) or 0):
            found = _ids(database, Sql("lead.id = ?", (number,)))
            if found:
                return found[0]
    exact: list[tuple[str, str]] = [("external_id", bare)]
    if "@" in bare:
        exact.append(("email", judge(bare)[0]))
    if sum(sign.isdigit() for sign in bare) >= 5:
        exact.append(("phone", normalise(bare, settings.country)[0]))
    exact.append(("external_id COLLATE NOCASE", bare))
    for column, value in exact:
        found = _ids(database, Sql(f"lead.{column} = ?", (value,)))
        if not found and column in ("external_id", "email", "phone"):
            further = "lead.id IN (SELECT lead FROM contact WHERE kind = ? AND value = ?)"
            found = _ids(database, Sql(further, (column, value)))
        if found:
            return _only(database, text, found)
    found = _ids(database, condition) if (condition := listing.search(bare.split())) is not None else []
    if not found:
        raise NotFound(f"there is no lead '{text}'", hint="leadctl list WORDS searches names, e-mails and companies")
    return _only(database, text, found)


def _ids(database: Database, condition: Sql) -> list[int]:
    query = "SELECT lead.id FROM lead WHERE " + condition + f" ORDER BY lead.id LIMIT {_SHOWN + 1}"
    return [row[0] for row in database.connection.execute(query.text, query.values)]


def _only(database: Database, text: str, found: list[int]) -> int:
    if len(found) == 1:
        return found[0]
    lines = []
    for lead in found[:_SHOWN]:
        name, company, email = database.connection.execute(
            "SELECT name, company, email FROM lead WHERE id = ?", (lead,)
        ).fetchone()
        lines.append(f"{lead}: {', '.join(part for part in (name, company, email) if part)}")
    more = ["…"] if len(found) > _SHOWN else []
    raise Conflict(
        f"several leads fit '{text}'", hint="say which by name, e-mail or id:\n  " + "\n  ".join([*lines, *more])
    )
