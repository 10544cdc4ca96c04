"""Rejected rows: those about some people are taken out of the files of refused rows; the others stay to the last byte."""

from __future__ import annotations

import csv
import io
import os
import re
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

from leadctl.compiler.catalogue import BUILT_IN
from leadctl.intake.mapping.plan import plain
from leadctl.intake.rejects import OWN_COLUMNS
from leadctl.model.email import EmailState, contact
from leadctl.model.phone import PhoneState, normalise
from leadctl.store.privacy.forgotten import name_key
from leadctl.store.privacy.mentions import pattern_of
from leadctl.store.privacy.own_texts import Text

_HALF = ".part"
_ID_HEADERS = frozenset(plain(each) for each in ("external_id", *BUILT_IN["external_id"].aliases))
_LEAD_HEADERS = frozenset(("lead", "leadctl id"))
_LEAST_DIGITS = 7


@dataclass
class Known:
    """By what people are known: keys as they are stored, names as `name_key` makes them."""

    emails: set[str] = field(default_factory=set)
    phones: set[str] = field(default_factory=set)
    external_ids: set[str] = field(default_factory=set)
    names: set[str] = field(default_factory=set)
    leads: set[str] = field(default_factory=set)  # their ids, as files of activities name them


def without(path: Path, known: Known, country: str | None) -> tuple[str, int] | None:
    """The text of a CSV file without the rows about these people, as Latin-1 (which keeps every byte), and how many rows
    that were; None where there is none."""
    raw = path.read_bytes()
    text, shown = raw.decode("latin-1"), _readable(raw)
    kept: list[str] = []
    gone = 0
    header: list[str] = []
    lines = io.StringIO(text, newline="")
    for number, (record, cells) in enumerate(_records(lines, _delimiter(shown))):
        decoded = [_readable(cell.encode("latin-1")) for cell in cells]
        if number == 0:
            header = [plain(cell) for cell in decoded]
        elif _about(header, decoded, known, country):
            gone += 1
            continue
        kept.append(record)
    return ("".join(kept) if len(kept) > 1 else "", gone) if gone else None


def tidy(files: Iterable[Path]) -> None:
    """Deletes what a killed `replace` left behind: the file that it was for is still whole."""
    for path in files:
        if path.name.startswith(".") and path.name.endswith(_HALF):
            path.unlink(missing_ok=True)


def replace(path: Path, text: str) -> None:
    """Puts the text (Latin-1) in the place of the file, whole or not at all; a file of which only the header would be left
    goes."""
    if not text:
        path.unlink()
        return
    handle, name = tempfile.mkstemp(prefix=f".{path.name[:100]}.", suffix=_HALF, dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(text.encode("latin-1"))
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(path.stat().st_mode & 0o777)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _records(lines: io.StringIO, delimiter: str) -> Iterator[tuple[str, list[str]]]:
    """Each record as it stands, and its cells."""
    taken: list[str] = []

    def noting() -> Iterator[str]:
        for line in lines:
            taken.append(line)
            yield line.replace("\0", "")

    before = csv.field_size_limit(1 << 31)
    try:
        for cells in csv.reader(noting(), delimiter=delimiter):
            yield "".join(taken), cells
            taken.clear()
    finally:
        csv.field_size_limit(before)


def _delimiter(text: str) -> str:
    """A file that a spreadsheet has saved may have another one."""
    header = text.partition("\n")[0]
    return max(",;\t|", key=header.count)


def _readable(raw: bytes) -> str:
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("cp1252", "replace")


def _mentions(texts: Sequence[str], what: str, key: str) -> bool:
    """Whether some of the texts hold an address or a number, and not as a part of another one."""
    pattern = re.compile(pattern_of(Text(what, key)), re.IGNORECASE)
    return any(pattern.search(text) for text in texts)


def _about(header: Sequence[str], cells: Sequence[str], known: Known, country: str | None) -> bool:
    own = len(OWN_COLUMNS) if [*header[:2]] == [plain(each) for each in OWN_COLUMNS] else 0
    texts = [cell.strip() for cell in cells[own:]]
    mails = {
        address
        for text in texts
        if "@" in text
        for address, state, _ in (contact(text),)
        if state != EmailState.INVALID
    }
    if mails & known.emails or any(_mentions(texts, "email", mail) for mail in known.emails):
        return True
    numbers = (text for text in texts if sum(sign.isdigit() for sign in text) >= _LEAST_DIGITS and len(text) < 40)
    phones = {
        number for text in numbers for number, state, _ in (normalise(text, country),) if state == PhoneState.VALID
    }
    ids = {text for name, text in zip(header, cells, strict=False) if name in _ID_HEADERS}
    if any(_mentions(texts, "phone", phone) for phone in known.phones):
        return True
    if phones & known.phones or any(text.strip() in known.external_ids for text in ids):
        return True
    if any(text.strip() in known.leads for name, text in zip(header, cells, strict=False) if name in _LEAD_HEADERS):
        return True
    if mails:  # somebody else of the same name
        return False
    pairs = pairwise(texts)
    return any(name_key(name) in known.names for name in (*texts, *(f"{one} {two}" for one, two in pairs)) if name)
