"""Mentions: where texts stand in the rows of the database, whichever table; found, and taken out."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator, Sequence
from functools import lru_cache

from leadctl.store.privacy.own_texts import Text, forms_of, may_tell, numbers_in, some_of_number, spellings
from leadctl.store.wordings import source_of

FORGOTTEN = "[forgotten]"
_WORD = re.compile(r"[^\W_]+")
_APART = r"(?:[\s,]|\\[nrt])+"  # what stands between the words of a name, also as JSON writes it
_AT_ONCE = 50  # texts that one statement looks for
_HOLDS, _FITS = "instr(lower({}), ?{})", "{} GLOB ?{}"
# What holds no texts of people, or must stay as it was: the rules that ran explain scores.
_LEFT = frozenset(("ruleset", "salt", "forgotten", "forgotten_key", "wording", "worded", "calendar", "activity_type"))

# What another lead is, and is known by: that it holds the same letters says nothing of the person.
_KEPT = {
    "lead": (
        "external_id",
        "name",
        "first_name",
        "last_name",
        "email",
        "phone",
        "company",
        "title",
        "website",
        "owner",
    ),
    "contact": ("kind", "value", "state"),
    "company": ("key", "name", "domain", "website"),
    "activity": ("type", "who"),
    "spend": ("source", "campaign"),
    "operation": ("kind",),
}
_RULED = {
    "lead": "VALUES (?)",
    "activity": "SELECT lead FROM activity WHERE id = ? AND lead IS NOT NULL",
}


def tables(connection: sqlite3.Connection) -> list[str]:
    """Every table that stores something, in the order of their names."""
    query = "SELECT name FROM main.sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name"
    return [row[0] for row in connection.execute(query)]


def columns(connection: sqlite3.Connection, table: str) -> dict[str, str]:
    """Column -> its type; generated ones are left out."""
    return {row[1]: row[2] for row in connection.execute(f'PRAGMA table_info("{table}")')}


def take_out(connection: sqlite3.Connection, texts: Sequence[Text]) -> int:
    """Puts `[forgotten]` in the place of texts wherever rows mention them; in how many rows. What another lead is or is known
    by stays. A row that cannot be without its text, because another one says the same, goes."""
    count = 0
    whole = re.compile("|".join(map(pattern_of, texts)), re.IGNORECASE)
    wanted = list(dict.fromkeys(test for each in texts for test in _tests(each)))
    for at in range(0, len(wanted), _AT_ONCE):
        tests = [test for test, _ in wanted[at : at + _AT_ONCE]]
        part = [value for _, value in wanted[at : at + _AT_ONCE]]
        for table, names in _with_texts(connection, own=False):
            found = connection.execute(f'SELECT rowid FROM "{table}" WHERE {_any(names, tests)}', part).fetchall()
            count += sum(_replace(connection, table, names, number, whole) for (number,) in found)
        _forget_wordings(connection, tests, part, whole)
    return count


def _tests(text: Text) -> list[tuple[str, str]]:
    """What SQLite looks for to find rows that may mention a text: a test, and its value. Of a name its longest word."""
    if text.what == "phone":
        return [(_FITS, some_of_number(text.text))]
    forms = spellings(max(text.text.split(), key=len)) if text.what == "name" else forms_of(text)
    return [(_HOLDS, form) for form in forms]


def _replace(
    connection: sqlite3.Connection, table: str, names: Sequence[str], number: int, whole: re.Pattern[str]
) -> bool:
    """Takes the texts out of one row; whether there were any, and not only parts of another address, number or name."""
    listed, settings = ", ".join(f'"{name}"' for name in names), ", ".join(f'"{name}" = ?' for name in names)
    held = connection.execute(f'SELECT {listed} FROM "{table}" WHERE rowid = ?', (number,)).fetchone()
    new = [whole.sub(FORGOTTEN, value) if isinstance(value, str) else value for value in held]
    if new == list(held):
        return False
    query = f'UPDATE OR IGNORE "{table}" SET {settings} WHERE rowid = ?'
    if not connection.execute(query, (*new, number)).rowcount:
        connection.execute(f'DELETE FROM "{table}" WHERE rowid = ?', (number,))
    elif table in _RULED:  # what rules read of it has changed
        connection.execute(f"INSERT OR IGNORE INTO to_score {_RULED[table]}", (number,))
    return True


def _forget_wordings(
    connection: sqlite3.Connection, tests: Sequence[str], part: Sequence[str], whole: re.Pattern[str]
) -> None:
    """The compared forms of texts that rows mentioned; those of other leads' own facts stay."""
    query = f"SELECT field, text FROM wording WHERE {_any(['text'], tests)}"
    for field, text in connection.execute(query, part).fetchall():
        if whole.search(text) and source_of(field)[1] not in _KEPT["lead"]:
            connection.execute("DELETE FROM wording WHERE field = ? AND text = ?", (field, text))


@lru_cache(maxsize=256)
def pattern_of(text: Text) -> str:
    """A pattern that finds a text, but not within another address, number or name: a number however it is written, a name also
    with the last one first. Before it may stand the end of what JSON writes in place of a control character."""
    if text.what == "phone":
        return numbers_in(text.text)
    forms = "|".join(sorted((_orders if text.what == "name" else _as_it_is)(text), key=len, reverse=True))
    before, after = (r"[\w.+-]", r"[\w-]") if text.what == "email" else (r"\w", r"\w")
    return rf"(?:(?<!{before})|(?<=\\[nrtbf])|(?<=\\u00[01][0-9a-f]))(?:{forms})(?!{after})"


def _as_it_is(text: Text) -> set[str]:
    return set(map(re.escape, forms_of(text)))


def _orders(text: Text) -> set[str]:
    found = [list(map(re.escape, form.split())) for form in forms_of(text)]
    return {_APART.join(order) for words in found for order in (words, [words[-1], *words[:-1]])}


def take_out_of_commands(connection: sqlite3.Connection, names: Sequence[str]) -> None:
    """Puts `[forgotten]` in the place of names in the log of operations, as they stand in names of files as well."""
    words = [_WORD.findall(name) for name in names]
    forms = [r"[\W_]*?".join(order) for found in words if len(found) > 1 for order in (found, [found[-1], *found[:-1]])]
    if not forms:
        return
    either = re.compile(rf"(?<![^\W_])(?:{'|'.join(forms)})(?![^\W_])", re.IGNORECASE)
    for number, command, file in connection.execute("SELECT id, command, file FROM operation").fetchall():
        new = [either.sub(FORGOTTEN, text) if text is not None else None for text in (command, file)]
        if new != [command, file]:
            connection.execute("UPDATE operation SET command = ?, file = ? WHERE id = ?", (*new, number))


def place_of(connection: sqlite3.Connection, text: Text) -> str | None:
    """Where a text stands in a row in one of its forms, as words for a person. None: in no row."""
    found = (_place(connection, form) for form in forms_of(text))
    return next((place for place in found if place is not None), None)


def _place(connection: sqlite3.Connection, wanted: str) -> str | None:
    """Where a text (in lower case) stands; also where it only seems to, because two values that are stored side by side make
    it up."""
    places = [*_with_texts(connection, own=True), ("ruleset", ["files"]), ("sqlite_schema", ["name", "sql"])]
    for stored in (False, True):
        for table, names in places:
            condition = f"instr({_joined(names)}, ?1)" if stored else _any(names, [_HOLDS])
            row = connection.execute(f'SELECT rowid FROM "{table}" WHERE {condition} LIMIT 1', (wanted,)).fetchone()
            if row is not None:
                return f"{table} {row[0]}"
    query = "SELECT field FROM wording WHERE instr(lower(text), ?1) OR instr(words, ?1) LIMIT 1"
    row = connection.execute(query, (wanted,)).fetchone()
    return f"wording {row[0]}" if row is not None else None


def _with_texts(connection: sqlite3.Connection, *, own: bool) -> Iterator[tuple[str, list[str]]]:
    """Tables with rows that have a number, and their columns that may hold a text. `own`: also what somebody is known by."""
    numberless = {row[1] for row in connection.execute("PRAGMA main.table_list") if row[4]}
    first = (
        "lead" if own else "change"
    )  # where it is likeliest; what the taking out itself writes is not looked at again
    for table in sorted(tables(connection), key=lambda name: (name != first, name)):
        known = [name for name, kind in columns(connection, table).items() if kind in ("TEXT", "ANY")]
        kept = _KEPT.get(table, ())
        names = known if own else [name for name in known if name not in kept and may_tell(name)]
        if names and table not in _LEFT and table not in numberless:
            yield table, names


def _any(names: Sequence[str], tests: Sequence[str]) -> str:
    """The condition that a column passes one of the tests. Most of them are empty in most rows, which is quickly seen."""
    each = [[test.format(f'"{name}"', number) for number, test in enumerate(tests, 1)] for name in names]
    return " OR ".join(
        f'("{name}" IS NOT NULL AND ({" OR ".join(tests)}))' for name, tests in zip(names, each, strict=True)
    )


def _joined(names: Sequence[str]) -> str:
    """The values of a row side by side, as they are stored."""
    parts = " || ".join(f"coalesce(\"{name}\", '')" for name in names)
    return f"lower({parts})"
