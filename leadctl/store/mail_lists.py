"""Your own lists of mail providers: domains in the lists `free_mail` and `disposable_mail` of the rules are such providers,
beside those that leadctl knows."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence

from leadctl.model.email import email_kind

LISTS = {"free_mail": "free", "disposable_mail": "disposable"}
_DOMAIN = "substr(email, instr(email, '@') + 1)"
_KEPT = "SELECT domain, kind FROM mail_provider"
_SET = f"""
UPDATE lead SET email_kind = provider.kind FROM mail_provider AS provider
WHERE lead.email_state = 'valid' AND provider.domain = {_DOMAIN} AND lead.email_kind <> provider.kind
"""
_SET_BACK = f"""
UPDATE lead SET email_kind = email_kind(email) WHERE email_state = 'valid' AND {_DOMAIN} IN (SELECT value FROM json_each(?))
"""


def keep_mail_lists(connection: sqlite3.Connection, lists: Mapping[str, Sequence[str]], *, new_leads: bool) -> None:
    """Brings the kinds of the leads' addresses in line with the lists. `new_leads`: there may be leads that the lists have
    not been held against."""
    wanted = {
        domain.strip().lower().lstrip("@"): kind for name, kind in LISTS.items() for domain in lists.get(name, ())
    }
    kept = dict(connection.execute(_KEPT))
    if wanted != kept:
        connection.execute("DELETE FROM mail_provider")
        connection.executemany("INSERT INTO mail_provider (domain, kind) VALUES (?, ?)", wanted.items())
        gone = [domain for domain in kept if domain not in wanted]
        connection.create_function("email_kind", 1, lambda address: email_kind(address), deterministic=True)
        connection.execute(_SET_BACK, (json.dumps(gone),))
    if wanted and (new_leads or wanted != kept):
        connection.execute(_SET)
