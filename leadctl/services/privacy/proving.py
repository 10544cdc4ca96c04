"""Proving that a person is forgotten: the files of the database, the refused rows and the backups are searched byte by byte."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from leadctl.config import Settings
from leadctl.store.privacy.mentions import place_of
from leadctl.store.privacy.own_texts import Text, can_be_searched
from leadctl.store.privacy.remains import Remain, search

_MOST = 100  # texts that are looked for, besides addresses, numbers and names
_MOST_WORK = 60_000_000_000  # bytes to compare, the size of the files times the texts
_PASSED_OVER = frozenset((".git", ".venv", "node_modules", "__pycache__"))
_PACKED = frozenset((".gz", ".zip", ".xlsx", ".xls", ".ods", ".7z", ".bz2", ".xz", ".zst", ".parquet", ".pdf", ".docx"))
_SHOWN = 60


@dataclass(frozen=True)
class Files:
    """Where a workspace may hold something of a person. `own`: the database and its log; `others`: what people put there."""

    own: tuple[Path, ...]
    rejects: tuple[Path, ...]
    backups: tuple[Path, ...]
    others: tuple[Path, ...]
    folder: Path


@dataclass(frozen=True)
class Proof:
    """`searched`: the files; `texts`: how many texts were looked for, `shared` that others have too, `short` too short to
    tell anything; `free_pages` and `log_bytes`: what could hold deleted rows; `remains`: (file, what, text, where)."""

    searched: tuple[str, ...]
    texts: int
    shared: int
    short: int
    left_out: int
    free_pages: int
    log_bytes: int
    remains: tuple[tuple[str, str, str, str], ...]

    @property
    def holds(self) -> bool:
        """Whether nothing is left, and nothing in which something could be left."""
        return not self.remains and not self.free_pages and not self.log_bytes

    def as_values(self) -> dict[str, Any]:
        remains = [
            {"file": file, "what": what, "text": text, "where": where} for file, what, text, where in self.remains
        ]
        return {**{name: getattr(self, name) for name in _COUNTS}, "searched": list(self.searched), "remains": remains}

    def lines(self) -> Iterator[str]:
        """The proof in words."""
        yield f"searched: {', '.join(self.searched)}; {self.free_pages} free pages, {self.log_bytes} bytes of log"
        if not self.texts and not self.remains:
            yield "there was no text to look for: named by e-mail or phone, they are looked for by that"
            return
        left = f", {self.left_out:,} less telling ones not" if self.left_out else ""
        yield (
            f"for {self.texts:,} texts of theirs alone{left}; "
            f"{self.shared:,} that others have too and {self.short:,} too short to tell were not"
        )
        if self.holds:
            yield "nothing of them was found"
        for file, what, text, where in self.remains:
            yield f"LEFT: {file}: the {what} '{text}' {where}"


_COUNTS = ("texts", "shared", "short", "left_out", "free_pages", "log_bytes")


def reject_files(settings: Settings) -> list[Path]:
    """Every file in the workspace's folder of refused rows, also one that a killed import left behind."""
    folder = settings.workspace / "rejects" if settings.workspace is not None else None
    return sorted(each for each in folder.iterdir() if each.is_file()) if folder is not None and folder.is_dir() else []


def files_of(database: Path, settings: Settings) -> Files:
    beside = sorted(each for each in database.parent.glob(f"{_literally(database.name)}*") if each.is_file())
    own = tuple(each for each in beside if each.name.removeprefix(database.name) in ("", "-wal", "-shm", "-journal"))
    backups = tuple(each for each in beside if each.name.startswith(f"{database.name}.before-"))
    rejects = tuple(reject_files(settings))
    folder = settings.workspace if settings.workspace is not None else database.parent
    taken = {each.resolve() for each in (*own, *backups, *rejects)}
    others = (
        tuple(each for each in _walk(folder) if each.resolve() not in taken) if settings.workspace is not None else ()
    )
    return Files(own, rejects, backups, others, folder)


def _literally(name: str) -> str:
    return "".join(f"[{sign}]" if sign in "*?[" else sign for sign in name)


def _walk(folder: Path) -> Iterator[Path]:
    for at, folders, names in os.walk(folder):
        folders[:] = sorted(set(folders) - _PASSED_OVER)
        for name in sorted(names):
            path = Path(at) / name
            if path.is_file() and not path.is_symlink():
                yield path


def holds(backup: Path, leads: Sequence[int], texts: Sequence[Text]) -> bool:
    """Whether a backup holds a person: it is an older state of the same database, so the lead has the same id there."""
    try:
        with closing(sqlite3.connect(f"{backup.resolve().as_uri()}?immutable=1", uri=True)) as connection:
            listed = ", ".join(map(str, leads)) or "NULL"
            if connection.execute(f"SELECT 1 FROM lead WHERE id IN ({listed})").fetchone():
                return True
    except sqlite3.Error:
        pass  # not to be read as a database: its bytes tell
    return bool(search([backup], [text for text in texts if text.sure]))


def delete_backup(backup: Path) -> None:
    for end in ("", "-wal", "-shm", "-journal"):
        backup.with_name(backup.name + end).unlink(missing_ok=True)


def elsewhere(files: Files, texts: Sequence[Text]) -> tuple[dict[str, tuple[str, ...]], tuple[str, ...]]:
    """Other files of the workspace that hold the person's addresses, numbers or name, with what they hold; and those that
    cannot be looked into."""
    unread = [each for each in files.others if each.suffix.lower() in _PACKED]
    wanted = [text for text in texts if text.sure]
    found: dict[str, list[str]] = {}
    for file in files.others:
        if file in unread:
            continue
        try:
            for remain in search([file], wanted, whole=True):
                found.setdefault(_shown(file, files.folder), []).append(remain.text.what)
        except OSError:
            unread.append(file)
    return {file: tuple(dict.fromkeys(what)) for file, what in found.items()}, tuple(
        _shown(each, files.folder) for each in unread
    )


def prove(connection: sqlite3.Connection, files: Files, texts: Sequence[Text], shared: int) -> Proof:
    """Searches the files for every text that was the person's alone."""
    files = replace(files, own=_there(files.own), rejects=_there(files.rejects))
    places = (*files.own, *files.rejects)
    able = [text for text in texts if can_be_searched(text)]
    size = max(1, sum(each.stat().st_size for each in places))
    sure = [text for text in able if text.sure]
    others = sorted((text for text in able if not text.sure), key=lambda text: (-len(text.text), text.text))
    most = max(0, min(_MOST, _MOST_WORK // size - len(sure)))
    wanted = [*sure, *others[:most]]
    remains: list[tuple[str, str, str, str]] = []
    for remain in [*search(files.own, wanted), *search(files.rejects, wanted, whole=True)]:
        where = _where(connection, remain, files)
        if where is None:
            shared += 1
        else:
            short = " ".join(remain.text.text.split())[:_SHOWN]
            remains.append((_shown(remain.file, files.folder), remain.text.what, short, where))
    free = connection.execute("PRAGMA freelist_count").fetchone()[0]
    log = sum(each.stat().st_size for each in files.own if each.name.endswith("-wal") and each.is_file())
    searched = tuple(_shown(each, files.folder) for each in places)
    return Proof(
        searched,
        len(wanted),
        shared,
        len(texts) - len(able),
        len(others) - len(others[:most]),
        free,
        log,
        tuple(remains),
    )


def _there(files: Sequence[Path]) -> tuple[Path, ...]:
    return tuple(each for each in files if each.is_file())


def _where(connection: sqlite3.Connection, remain: Remain, files: Files) -> str | None:
    """Where in a file a text is left; None where it is in a row of somebody else, who has the same text."""
    if remain.file not in files.own:  # what is left there are rows of others, who may share all but these
        return "in the file" if remain.text.what in ("email", "phone") else None
    place = place_of(connection, remain.text)
    if place is None:
        return "in bytes that belong to no row"
    named = remain.text.sure or remain.text.what == "external_id" or "@" in remain.text.text
    # A title or a stage is a word of the rules too; an address is not.
    return "in the rules that ran" if named and place.startswith("ruleset") else None


def _shown(file: Path, folder: Path) -> str:
    try:
        return str(file.resolve().relative_to(folder.resolve()))
    except ValueError:
        return str(file)
