"""Links: tagged addresses that were handed out, each once, and who followed them."""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Mapping, Sequence
from typing import Any

from leadctl.compiler.fragment import Sql
from leadctl.model.addresses import TOKEN
from leadctl.model.tagging import TAGS, TOKEN_LENGTH, TOKEN_SIGNS
from leadctl.store.privacy.consent import MAY_BE_CONTACTED

_SAME = "link.url = :url AND " + " AND ".join(f"link.{name} IS :{name}" for name in TAGS)
_FIND = f"SELECT token FROM link WHERE lead IS :lead AND {_SAME} ORDER BY id LIMIT 1"
_ADD = f"""
INSERT OR IGNORE INTO link (token, url, lead, {", ".join(TAGS)}, created_by)
VALUES (new_token(), :url, :lead, {", ".join(f":{name}" for name in TAGS)}, :operation) RETURNING token
"""
# A token that is there already by chance is left out; the next round makes another one.
_ADD_EACH = f"""
INSERT OR IGNORE INTO link (token, url, lead, {", ".join(TAGS)}, created_by)
SELECT new_token(), :url, receiver.lead, {", ".join(f":{name}" for name in TAGS)}, :operation FROM temp.receiver
WHERE NOT EXISTS (SELECT 1 FROM link WHERE link.lead = receiver.lead AND {_SAME}) ORDER BY receiver.lead
"""
_CHOOSE = (
    f"CREATE TEMP TABLE receiver AS SELECT lead.id AS lead, {MAY_BE_CONTACTED} AS welcome "
    "FROM lead LEFT JOIN score ON score.lead = lead.id WHERE "
)
_LEAVE_OUT = "DELETE FROM temp.receiver WHERE NOT welcome"
_EACH = f"""
SELECT lead.id, lead.name, CASE WHEN lead.email_state <> 'invalid' THEN lead.email END,
       (SELECT :before || link.token || :after FROM link WHERE link.lead = lead.id AND {_SAME} ORDER BY link.id LIMIT 1)
FROM temp.receiver JOIN lead ON lead.id = receiver.lead ORDER BY lead.id
"""
# Activities keep the token that their address had in `extra`, under the name that it has there.
_FOLLOWED = f"""
followed AS MATERIALIZED (
  SELECT token, count(*) AS times, max(occurred_at) AS last FROM (
    SELECT json_extract(extra, '$.{TOKEN}') AS token, occurred_at FROM activity
    WHERE instr(extra, '"{TOKEN}":') > 0 AND json_valid(extra))
  WHERE token IS NOT NULL GROUP BY token)
"""
_LISTED = f"""
WITH {_FOLLOWED}
SELECT link.id, link.url, link.token, link.lead, lead.name, {", ".join(f"link.{name}" for name in TAGS)},
       operation.started_at, ifnull(followed.times, 0), followed.last
FROM link LEFT JOIN lead ON lead.id = link.lead LEFT JOIN operation ON operation.id = link.created_by
LEFT JOIN followed ON followed.token = link.token ORDER BY link.id DESC
"""


def register(connection: sqlite3.Connection) -> None:
    """Makes known how a token is made: by chance, so that nobody can guess the one of somebody else."""

    def new_token() -> str:
        return "".join(secrets.choice(TOKEN_SIGNS) for _ in range(TOKEN_LENGTH))

    connection.create_function("new_token", 0, new_token)


def give(
    connection: sqlite3.Connection, url: str, lead: int | None, tags: Mapping[str, str | None], operation: int
) -> tuple[str, bool]:
    """The token of this very link, and whether it is new."""
    values = {"url": url, "lead": lead, "operation": operation, **{name: tags.get(name) for name in TAGS}}
    found = connection.execute(_FIND, values).fetchone()
    if found is not None:
        return str(found[0]), False
    while found is None:
        found = connection.execute(_ADD, values).fetchone()
    return str(found[0]), True


def give_each(
    connection: sqlite3.Connection,
    url: str,
    condition: Sql,
    tags: Mapping[str, str | None],
    parts: Sequence[str],
    operation: int,
) -> tuple[list[tuple[Any, ...]], int, int]:
    """A link for each lead for which the condition holds: lead, name, usable e-mail, address; how many are new; and how many
    leads are left out, because they opted out. `parts`: the address before the token and behind it."""
    query = _CHOOSE + condition
    connection.execute(query.text, query.values)
    out = connection.execute(_LEAVE_OUT).rowcount
    values = {"url": url, "operation": operation, **{name: tags.get(name) for name in TAGS}}
    made = 0
    while new := connection.execute(_ADD_EACH, values).rowcount:
        made += new
    rows = connection.execute(_EACH, {**values, "before": parts[0], "after": parts[1]}).fetchall()
    connection.execute("DROP TABLE temp.receiver")
    return rows, made, out


def listed(connection: sqlite3.Connection, limit: int | None) -> list[tuple[Any, ...]]:
    """Links that were handed out, the newest first: id, url, token, lead, its name, the tags, when; how often
    it was followed, and when last."""
    query = _LISTED + (f" LIMIT {int(limit)}" if limit is not None else "")
    return connection.execute(query).fetchall()


def count(connection: sqlite3.Connection) -> int:
    return int(connection.execute("SELECT count(*) FROM link").fetchone()[0])
