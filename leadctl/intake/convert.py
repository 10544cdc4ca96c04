"""Rows of text -> columns of values, each with its field's type. Worked through column by column, which is what makes a
million rows quick; a column with an odd value is gone through again, value by value, to say which row it is in."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any

from leadctl.compiler.catalogue import Field
from leadctl.compiler.findings import nearest
from leadctl.intake.batch import BadRow, Batch
from leadctl.intake.mapping import OTHERWISE, Origin, Plan
from leadctl.intake.rejects import OWN_COLUMNS
from leadctl.intake.told import CONTENT, Tale, Told
from leadctl.model import money, names
from leadctl.model.date_reader import DateReader
from leadctl.model.email import EmailState, contact
from leadctl.model.phone import normalise
from leadctl.model.text import fold

# Words that are no number, no date and no yes or no in anybody's file; for text they stay what they are.
NO_VALUE = frozenset(
    ("", "-", "--", "?", "n/a", "na", "null", "none", "nan", "#n/a", "#value!", "unknown", "undefined")
)
MOST_REMEMBERED = 50_000
MOST_TIMES = 10_000  # that one row may say something happened
_EDGES = " \t\r\n\xa0"


@dataclass
class Values:
    """The rows of a batch that could be read, as columns: field -> values, `count` of them; and what became of the others.

    `blank` counts rows in which nothing stands, or nothing but words for "no value".
    """

    count: int
    columns: dict[str, list[Any]]
    extra: list[str | None]
    prints: list[int | None]  # fingerprints of the rows that have no key to be known by
    bad: list[BadRow]
    blank: int
    told: list[tuple[Tale, ...]] | None = None  # the activities that each row tells of
    lines: list[int] = field(default_factory=list)  # on which line of the file each row begins

    def part(self, numbers: Sequence[int]) -> Values:
        """Only these rows; what became of the others stays with the whole."""
        columns = {name: [column[number] for number in numbers] for name, column in self.columns.items()}
        extra = [self.extra[number] for number in numbers]
        told = [self.told[number] for number in numbers] if self.told is not None else None
        lines = [self.lines[number] for number in numbers]
        return Values(len(numbers), columns, extra, [self.prints[number] for number in numbers], [], 0, told, lines)


class Remembered(dict[str, Any]):
    """Text -> value, worked out once for each distinct text; forgets everything when it grows too large."""

    def __init__(self, read: Callable[[str], Any]) -> None:
        super().__init__()
        self.read = read

    def __missing__(self, text: str) -> Any:
        if len(self) >= MOST_REMEMBERED:
            self.clear()
        value = self[text] = self.read(text)
        return value


class Converter:
    """Converts the batches of one file. `stages` are the pipeline's; `country` helps national phone numbers."""

    def __init__(
        self,
        plan: Plan,
        header: tuple[str, ...],
        fields: Mapping[str, Field],
        dates: Callable[[str | None], DateReader],
        country: str | None,
        stages: Sequence[str],
    ) -> None:
        self.plan = plan
        self.country = country
        self.header = header
        self.stages = {fold(stage): stage for stage in stages}
        position = {name: index for index, name in enumerate(header)}
        self.dates = dates
        self.readers: list[tuple[str, tuple[int, ...], Callable[[str], Any], bool, Origin]] = []
        for name, origin in plan.origins.items():
            field = fields[name]
            read = self.reader(field, origin)
            places = tuple(position[column] for column in origin.columns)
            self.readers.append((name, places, read, not field.identifying, origin))
        self.rest = [
            (index, name)
            for index, name in enumerate(header)
            if plan.columns.get(name) is None and name not in OWN_COLUMNS
        ]
        self.constants = {name: self.reader(fields[name], Origin(()))(text) for name, text in plan.constants.items()}
        self.remembered = {
            name: Remembered(read) for name, _, read, again, _ in self.readers if again and read is not trimmed
        }
        self.tellers = [
            (each, {part: (position[column], self.told_reader(part, each)) for part, column in each.columns.items()})
            for each in plan.told
        ]
        self.encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode

    def convert(self, batch: Batch) -> Values:
        bad: dict[int, BadRow] = {}
        columns: dict[str, list[Any]] = {}
        texts = list(zip(*batch.rows, strict=True)) if batch.rows else []
        for name, places, read, _, origin in self.readers:
            if not texts:
                columns[name] = []
                continue
            given = (
                texts[places[0]]
                if len(places) == 1
                else [self.joined(parts) for parts in zip(*(texts[p] for p in places), strict=True)]
            )
            columns[name] = self.column(name, given, read, batch, bad, origin)
        extra = self.extra(texts, len(batch.rows))
        self.derive(columns, len(batch.rows))
        empty = (
            {
                index
                for index, values in enumerate(zip(*columns.values(), extra, strict=True))
                if values.count(None) == len(values)
            }
            if batch.rows and (not columns or None in next(iter(columns.values())))
            else set()
        )
        prints = self.prints(columns, batch.rows)
        for name, value in self.constants.items():
            held = columns.get(name)
            columns[name] = (
                [value] * len(batch.rows) if held is None else [value if each is None else each for each in held]
            )
        self.check(columns, batch, bad, empty)
        told = self.tell(texts, batch, bad) if self.tellers and texts else None
        lines = batch.lines
        if bad or empty:
            keep = [index for index in range(len(batch.rows)) if index not in bad and index not in empty]
            columns = {name: [values[index] for index in keep] for name, values in columns.items()}
            extra, prints = [extra[index] for index in keep], [prints[index] for index in keep]
            told = [told[index] for index in keep] if told is not None else None
            lines = [lines[index] for index in keep]
        refused = sorted([*batch.bad, *bad.values()], key=lambda each: each.line)
        blank = batch.blank + len(empty - bad.keys())
        return Values(len(extra), columns, extra, prints, refused, blank, told, lines)

    def told_reader(self, part: str, told: Told) -> Callable[[str], Any]:
        """How a cell of a column that tells of activities is read."""
        if part == "on":
            return self.reader(Field("on", "time"), Origin((), form=told.form))
        if part == "times":
            return self.reader_of(unless_missing(times))
        if part == "if":
            return self.reader_of(unless_missing(money.yes_no))
        return self.reader_of(trimmed)

    def reader_of(self, read: Callable[[str], Any]) -> Callable[[str], Any]:
        prepared = self.prepared(Origin(()))
        return read if prepared is None else lambda text: read(prepared(text))

    def tell(self, texts: Sequence[Sequence[str]], batch: Batch, bad: dict[int, BadRow]) -> list[tuple[Tale, ...]]:
        """The activities that each row tells of."""
        result: list[list[Tale]] = [[] for _ in batch.rows]
        for position, (told, readers) in enumerate(self.tellers):
            found = {
                part: self.column("", texts[place], read, batch, bad, Origin((told.columns[part],)))
                for part, (place, read) in readers.items()
            }
            nothing = [None] * len(batch.rows)
            moments, counts, conditions = (found.get(part, nothing) for part in ("on", "times", "if"))
            content = list(zip(*(found.get(name, nothing) for name in CONTENT), strict=True))
            for number, tales in enumerate(result):
                if "if" in found and not conditions[number]:
                    continue
                once = int("if" in found or moments[number] is not None)
                often = (counts[number] or 0) if "times" in found else once
                if often:
                    tales.append(Tale(position, told.type, moments[number], often, content[number]))
        return list(map(tuple, result))

    def check(self, columns: dict[str, list[Any]], batch: Batch, bad: dict[int, BadRow], empty: set[int]) -> None:
        """What a row needs as a whole; `empty` are the rows in which nothing stands. A lead needs nothing."""

    def prints(self, columns: dict[str, list[Any]], rows: Sequence[Sequence[str]]) -> list[int | None]:
        """The fingerprints of the rows that have neither an external id nor a usable e-mail or phone."""
        ids = columns.get("external_id", ())
        keyed = {number for number, value in enumerate(ids) if value is not None} if ids else set()
        if len(keyed) < len(rows):
            keyed |= {
                number for number, state in enumerate(columns.get("email_state", ())) if state not in (None, "invalid")
            }
        if len(keyed) < len(rows):
            keyed |= {number for number, state in enumerate(columns.get("phone_state", ())) if state == "valid"}
        if len(keyed) == len(rows):
            return [None] * len(rows)
        own = [index for index, name in enumerate(self.header) if name not in OWN_COLUMNS]
        names = [self.header[index] for index in own]
        return [
            None if number in keyed else fingerprint(names, [row[index] for index in own])
            for number, row in enumerate(rows)
        ]

    def column(
        self,
        name: str,
        given: Sequence[str],
        read: Callable[[str], Any],
        batch: Batch,
        bad: dict[int, BadRow],
        origin: Origin,
    ) -> list[Any]:
        quick: Callable[[str], Any] = self.remembered[name].__getitem__ if name in self.remembered else read
        try:
            if read is trimmed:
                # The usual case without a call for each; what is not plainly printed is looked at more closely.
                return [
                    bare
                    if (bare := text.strip(_EDGES)).isprintable() and bare != "" and not bare.isspace()
                    else trimmed(text)
                    for text in given
                ]
            return list(map(quick, given))
        except ValueError:
            pass
        values: list[Any] = []
        for index, text in enumerate(given):
            try:
                values.append(quick(text))
            except ValueError as error:
                values.append(None)
                bad.setdefault(
                    index, BadRow(batch.lines[index], origin.columns[0], text, str(error), batch.rows[index])
                )
        return values

    def joined(self, parts: Sequence[str]) -> str:
        missing = self.plan.missing
        return " ".join(part for part in (each.strip() for each in parts) if part and part not in missing)

    def extra(self, texts: Sequence[Sequence[str]], count: int) -> list[str | None]:
        """What no field took, as JSON: header -> text. Words for "no value" are left out."""
        if not self.rest or not texts:
            return [None] * count
        heads = [name for _, name in self.rest]
        missing, encode = self.plan.missing, self.encode
        result: list[str | None] = []
        for cells in zip(*(texts[index] for index, _ in self.rest), strict=True):
            held = {head: cell for head, cell in zip(heads, cells, strict=True) if cell and cell not in missing}
            result.append(encode(held) if held else None)
        return result

    def reader(self, field: Field, origin: Origin) -> Callable[[str], Any]:
        """How one text becomes this field's value. The reader raises ValueError, saying why, for what it cannot read."""
        prepared = self.prepared(origin)
        read = self.typed(field, origin.form)
        if prepared is None:
            return read
        return lambda text: read(prepared(text))

    def prepared(self, origin: Origin) -> Callable[[str], str] | None:
        """What the mapping does to a text before it is read, or None where it does nothing."""
        missing, values, prefix = self.plan.missing, origin.values, origin.remove_prefix
        if not missing and not values and not prefix:
            return None

        def prepare(text: str) -> str:
            bare = text.strip()
            if prefix:
                bare = bare.removeprefix(prefix)
                text = bare
            if bare in missing:
                return ""
            if bare in values:
                return values[bare]
            return values.get(OTHERWISE, text) if bare else text

        return prepare

    def typed(self, field: Field, form: str | None) -> Callable[[str], Any]:
        if field.name == "stage":
            return self.stage
        if field.name == "email":
            return _email
        if field.name == "phone":
            return self.phone
        if field.name == "name":
            return _exactly
        if field.type == "text":
            return trimmed
        if field.type in ("date", "time"):
            dates = self.dates(form)
            return unless_missing(dates.read if field.type == "time" else dates.read_day)
        if field.type == "yes_no":
            return unless_missing(lambda text: int(money.yes_no(text)))
        if field.type == "money" or form == "money":
            return unless_missing(lambda text: round(float(money.parse_money(text)), 2))
        return unless_missing(lambda text: float(money.parse_number(text)))

    def stage(self, text: str) -> str | None:
        if not text.strip():
            return None
        found = self.stages.get(fold(text))
        if found is None:
            raise ValueError(f"the pipeline has no stage '{text.strip()[:40]}'; {nearest(text, self.stages.values())}")
        return found

    def phone(self, text: str) -> tuple[str, str] | None:
        if not text or (text[0] != "+" and not trimmed(text)):
            return None
        value, state, _ = normalise(text, self.country)
        return value, state

    def derive(self, columns: dict[str, list[Any]], count: int) -> None:
        """What follows from the values: states and kinds of contact points, a name from its parts."""
        if "email" in columns:
            judged = columns["email"]
            for place, name in enumerate(("email", "email_state", "email_kind")):
                columns[name] = [each and each[place] for each in judged]
        if "phone" in columns:
            numbers = columns["phone"]
            columns["phone"] = [each and each[0] for each in numbers]
            columns["phone_state"] = [each and each[1] for each in numbers]
        if "stage" in columns:  # where a lead stands is one thing
            for name in ("stage_on", "stage_reason"):
                columns.setdefault(name, [None] * count)
        if "first_name" in columns or "last_name" in columns:
            absent = [None] * count
            first, last = columns.get("first_name", absent), columns.get("last_name", absent)
            whole = columns.get("name", absent)
            columns["name"] = [
                n if n is not None else names.join(f, s) for n, f, s in zip(whole, first, last, strict=True)
            ]


def _email(text: str) -> tuple[str, str, str | None] | None:
    if not text:
        return None
    found = contact(text)
    return found if found[1] != EmailState.INVALID or trimmed(text) else None


def _exactly(text: str) -> str | None:
    """A name is kept to the last character; white space alone is no name."""
    return text if text and not text.isspace() else None


def trimmed(text: str) -> str | None:
    return text.strip(_EDGES) if text and fold(text) is not None else None


def unless_missing(read: Callable[[str], Any]) -> Callable[[str], Any]:
    def reader(text: str) -> Any:
        bare = text.strip()
        return None if not bare or bare.lower() in NO_VALUE else read(bare)

    return reader


def times(text: str) -> int:
    """How often something happened. ValueError for what is no such number."""
    found = money.parse_whole(text)
    if not 0 <= found <= MOST_TIMES:
        raise ValueError(f"'{text[:40]}' times: a row stands for 0 to {MOST_TIMES:,} activities")
    return found


def fingerprint(header: Sequence[str], row: Sequence[str]) -> int:
    """A number for the content of a row without any key, whatever the mapping makes of it: 64 bits of BLAKE2b over its
    headers and texts, signed as SQLite stores it. By chance two of a million different rows would share one once in
    some 37 million imports."""
    content = sorted([name, bare] for name, text in zip(header, row, strict=True) if (bare := text.strip()))
    text = json.dumps(content, ensure_ascii=True, separators=(",", ":"))
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big", signed=True)
