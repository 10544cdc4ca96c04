"""The table `wording`: each distinct text of a field once, in the form that rules compare.

A key names what is compared: a field of leads (`title`), a fact worked out from one (`seniority`, from the title), or a
field of activities (`activity.path`). Triggers note texts that change; what new rows bring is looked up when it is needed.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable
from functools import cache

from leadctl.compiler.catalogue import BUILT_IN
from leadctl.model.text import words

_COMPLETE = "UPDATE wording SET words = coalesce(compared(field, text), '') WHERE words IS NULL"
_TO_DO = "SELECT 1 FROM wording WHERE words IS NULL LIMIT 1"
_ADD = (
    "INSERT OR IGNORE INTO wording (field, text, words) SELECT ?1, text, coalesce(compared(?1, text), '') FROM "
    '(SELECT DISTINCT "{1}" AS text FROM {0} WHERE id > ?2 AND "{1}" IS NOT NULL)'
)
_LAST_KNOWN = "SELECT ifnull(max(last_lead), 0) FROM operation"
_LAST = "SELECT ifnull(max(id), 0) FROM {0}"
DERIVED = {
    field.name: field.derived_from for field in BUILT_IN.values() if field.derived_from and not field.identifying
}


def keys_of(column: str) -> tuple[str, ...]:
    """What is compared of a lead's column: itself, and what is worked out from it."""
    return (column, *(name for name, source in DERIVED.items() if source == column))


def source_of(key: str) -> tuple[str, str]:
    """The table and the column that hold a key's texts."""
    if key.startswith("activity."):
        return "activity", key.removeprefix("activity.")
    return "lead", DERIVED.get(key) or key


def compared(key: str, text: str | None) -> str | None:
    """The form of a text that rules compare."""
    if text is None or key not in DERIVED:
        return words(text)
    from leadctl.model.derived import derive

    return words(derive(key, text))


def register(connection: sqlite3.Connection) -> None:
    """Makes `compared` and `phone_country` known to the connection."""
    connection.create_function("compared", 2, compared, deterministic=True)
    connection.create_function("phone_country", 1, lambda number: _country_reader()(number), deterministic=True)


@cache
def _country_reader() -> Callable[[str], str | None]:
    from leadctl.model.phone import country_of_valid  # only what asks for it needs it

    return country_of_valid


def complete_wordings(connection: sqlite3.Connection) -> None:
    """Works out the compared form of the texts that triggers have noted."""
    connection.execute(_COMPLETE)


def word_fields(connection: sqlite3.Connection, keys: set[str]) -> None:
    """Makes sure that `wording` holds every text of these keys; from then on it is kept up to date."""
    there = worded_fields(connection)
    for key in sorted(keys - there):
        add_wordings(connection, key, 0)
        connection.execute("INSERT INTO worded (field, last_row) VALUES (?, ?)", (key, _last(connection, "activity")))
    known = connection.execute(_LAST_KNOWN).fetchone()[0]
    if _last(connection, "lead") > known:  # another program has added leads
        for key in there:
            if source_of(key)[0] == "lead":
                add_wordings(connection, key, known)
    for key, since in _behind(connection, there):
        add_wordings(connection, key, since)
        connection.execute("UPDATE worded SET last_row = ? WHERE field = ?", (_last(connection, "activity"), key))
    complete_wordings(connection)


def is_worded(connection: sqlite3.Connection, keys: set[str]) -> bool:
    """Whether `wording` holds every text of these keys already."""
    more = _last(connection, "lead") > connection.execute(_LAST_KNOWN).fetchone()[0]
    if not keys <= worded_fields(connection) or more:
        return False
    return not _behind(connection, keys) and not connection.execute(_TO_DO).fetchone()


def ready_to_compare(connection: sqlite3.Connection, keys: set[str]) -> None:
    """Like `word_fields`, for reading: in a transaction of its own, and only where something is missing."""
    if is_worded(connection, keys):
        return
    if connection.in_transaction:
        word_fields(connection, keys)
        return
    try:
        connection.execute("BEGIN IMMEDIATE")
    except sqlite3.OperationalError:  # somebody is writing: a copy of one's own serves as well
        word_apart(connection, keys)
        return
    try:
        word_fields(connection, keys)
    except sqlite3.OperationalError:  # nothing may be written
        connection.rollback()
        word_apart(connection, keys)
        return
    except BaseException:
        connection.rollback()
        raise
    connection.commit()


def word_apart(connection: sqlite3.Connection, keys: set[str]) -> None:
    """Like `word_fields`, without writing to the database: where something is missing, a temporary table of these keys alone
    stands before the real one."""
    if is_worded(connection, keys):
        return
    connection.execute("DROP TABLE IF EXISTS temp.wording")
    connection.execute("CREATE TEMP TABLE wording (field, text, words, PRIMARY KEY (field, text)) WITHOUT ROWID")
    for key in keys:
        add_wordings(connection, key, 0, "temp.wording")


def _behind(connection: sqlite3.Connection, keys: Iterable[str]) -> list[tuple[str, int]]:
    """The keys of activities of which newer ones have not been looked at, and since which."""
    found = connection.execute(
        "SELECT field, last_row FROM worded WHERE field LIKE 'activity.%' AND last_row < (SELECT ifnull(max(id), 0) FROM activity)"
    )
    return [(key, since) for key, since in found if key in keys]


def add_wordings(connection: sqlite3.Connection, key: str, since: int, into: str = "wording") -> None:
    table, column = source_of(key)
    connection.execute(_ADD.format(table, column).replace("INTO wording", f"INTO {into}"), (key, since))


def _last(connection: sqlite3.Connection, table: str) -> int:
    return int(connection.execute(_LAST.format(table)).fetchone()[0])


def worded_fields(connection: sqlite3.Connection) -> set[str]:
    return {row[0] for row in connection.execute("SELECT field FROM worded")}
