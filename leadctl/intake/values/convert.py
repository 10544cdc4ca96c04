"""Rows of text -> columns of values, each with its field's type. Worked through column by column, which is what makes a
million rows quick; a column with an odd value is gone through again, value by value, to say which row it is in."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from leadctl.compiler.catalogue import Field
from leadctl.compiler.findings import nearest
from leadctl.intake.batch import BadRow, Batch
from leadctl.intake.mapping.plan import LIST, OTHERWISE, Origin, Plan
from leadctl.intake.rejects import OWN_COLUMNS
from leadctl.intake.values import consent
from leadctl.intake.values.cells import (
    EDGES,
    Remembered,
    address,
    exactly,
    first_of_list,
    is_no_value,
    times,
    trimmed,
    unless_missing,
)
from leadctl.intake.values.contact_points import Contact, ContactPoints
from leadctl.intake.values.converted import Values, fingerprint
from leadctl.intake.values.footers import without_footer
from leadctl.intake.values.leftovers import Leftovers, date_kept, says_something
from leadctl.intake.values.no_leads import about_nobody, marks_of_tests, without_tests
from leadctl.intake.values.told import CONTENT, Tale, Told
from leadctl.model import money, names
from leadctl.model.countries import country_code
from leadctl.model.date_reader import DateReader
from leadctl.model.name_parts import split
from leadctl.model.phone import PhoneState, normalise
from leadctl.model.text import fold

__all__ = ["Converter", "Values", "fingerprint"]


class Converter:
    """Converts the batches of one file. `stages` are the pipeline's; `closing`: what other systems call the ends of theirs
    (won, lost) -> the stage that is this one's, empty for none; `country` helps national phone numbers. `somebody`: a row that
    does not say who it is about is refused."""

    def __init__(
        self,
        plan: Plan,
        header: tuple[str, ...],
        fields: Mapping[str, Field],
        dates: Callable[[str | None], DateReader],
        country: str | None,
        stages: Sequence[str],
        *,
        closing: Mapping[str, str] | None = None,
        somebody: bool = False,
    ) -> None:
        self.plan = plan
        self.somebody = somebody
        # Whether first and last name are split off whole names, because nothing else tells them.
        self.splits_names = "name" in plan.origins and not (
            {"first_name", "last_name"} & (plan.origins.keys() | plan.constants.keys())
        )
        self.parts_of = Remembered(lambda name: split(name) or (None, None))
        self.country = country
        self.header = header
        self.stages = {fold(word): stage for word, stage in (closing or {}).items()}
        self.stages.update((fold(stage), stage) for stage in stages)
        position = {name: index for index, name in enumerate(header)}
        self.dates = dates
        self.readers: list[tuple[str, tuple[int, ...], Callable[[str], Any], bool, Origin]] = []
        for name, origin in plan.origins.items():
            field = fields[name]
            read = self.reader(field, origin)
            places = tuple(position[column] for column in origin.columns)
            self.readers.append((name, places, read, not field.identifying, origin))
        self.readers.sort(key=lambda each: each[0] == "phone")  # it is read with the country
        self.points = ContactPoints(plan.more, position) if plan.more is not None else None
        self.constants = {name: self.reader(fields[name], Origin(()))(text) for name, text in plan.constants.items()}
        if self.constants.get("country"):
            self.country = country_code(self.constants["country"]) or self.country
        # Whether a row's country is known, which is where its numbers are from.
        self.by_country = {"country", "phone"} <= plan.origins.keys() and self.typed(
            fields["phone"], None
        ) == self.phone
        # Columns of which only the first with a value fills the field.
        spare = [
            origin.columns
            for name, _, _, _, origin in self.readers
            if origin.first and not (self.points is not None and name in ("email", "phone"))
        ]
        by_shape = dates(None)
        dated = {name: date_kept(dates(form), by_shape) for name, form in plan.dates.items()}
        self.leftovers = Leftovers(plan, header, spare, dated)
        self.tests = marks_of_tests(plan, position)
        self.remembered = {
            name: Remembered(read) for name, _, read, again, _ in self.readers if again and read is not trimmed
        }
        self.tellers = [
            (each, {part: (position[column], self.told_reader(part, each)) for part, column in each.columns.items()})
            for each in plan.told
        ]

    def convert(self, batch: Batch) -> Values:
        bad: dict[int, BadRow] = {}
        columns: dict[str, list[Any]] = {}
        batch, footer = without_footer(batch, self.plan.footer)
        batch, left_out = without_tests(batch, self.tests)
        texts = list(zip(*batch.rows, strict=True)) if batch.rows else []
        for name, places, read, _, origin in self.readers:
            if not texts:
                columns[name] = []
                continue
            given = self.given(texts, places, origin, several=self.points is not None and name in ("email", "phone"))
            if name == "phone" and self.by_country:
                columns[name] = self.phones(given, columns["country"], origin)
            else:
                columns[name] = self.column(name, given, read, batch, bad, origin)
        extra = self.leftovers.of(texts, len(batch.rows))
        contacts = self.contacts(columns, texts) if self.points is not None and texts else None
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
        if self.somebody:  # before constants are filled in: what the row says itself
            for index, reason in about_nobody(self.plan, columns, len(batch.rows)):
                if index not in empty:
                    bad.setdefault(index, BadRow(batch.lines[index], None, None, reason, batch.rows[index]))
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
            contacts = [contacts[index] for index in keep] if contacts is not None else None
            lines = [lines[index] for index in keep]
        refused = sorted([*batch.bad, *bad.values()], key=lambda each: each.line)
        blank = batch.blank + len(empty - bad.keys()) + left_out + footer
        return Values(len(extra), columns, extra, prints, refused, blank, told, lines, contacts, left_out, footer)

    def given(
        self, texts: Sequence[Sequence[str]], places: tuple[int, ...], origin: Origin, *, several: bool
    ) -> Sequence[str]:
        """The texts of a field's columns as one: joined, or the first that there is. `several`: of the first column only,
        the others are further contact points."""
        if len(places) == 1 or several:
            return texts[places[0]]
        one = self.first if origin.first else self.joined
        return [one(parts) for parts in zip(*(texts[place] for place in places), strict=True)]

    def contacts(
        self, columns: dict[str, list[Any]], texts: Sequence[Sequence[str]]
    ) -> list[tuple[Contact, ...]] | None:
        """What each row's lead is known by besides; the best of a row takes the first place."""
        assert self.points is not None
        mail = self.reader_as(self.plan.origins.get("email", Origin(())), address)
        prepared = self.prepared(self.plan.origins.get("phone", Origin(()))) or str
        countries = columns.get("country")

        def phone(text: str, number: int) -> tuple[str, str] | None:
            country = country_code(countries[number]) if countries is not None else None
            return self.phone(prepared(text), country)

        return self.points.settle(columns, texts, {"email": lambda text, _: mail(text), "phone": phone})

    def phones(self, given: Sequence[str], countries: Sequence[str | None], origin: Origin) -> list[Any]:
        """Numbers, each with the country of its row."""
        prepared = self.prepared(origin)
        texts = map(prepared, given) if prepared is not None else given
        return list(map(self.phone, texts, map(country_code, countries)))

    def told_reader(self, part: str, told: Told) -> Callable[[str], Any]:
        """How a cell of a column that tells of activities is read."""
        if told.lenient and part == "on":
            return consent.moment(self.reader(Field("on", "time"), Origin((), form=told.form)))
        if told.lenient and part == "if":
            return self.reader_of(unless_missing(consent.says(told.type)))
        if part == "on":
            return self.reader(Field("on", "time"), Origin((), form=told.form))
        if part == "times":
            return self.reader_of(unless_missing(times))
        if part == "if":
            return self.reader_as(Origin((), told.said), unless_missing(money.yes_no))
        return self.reader_as(Origin((), remove_prefix=told.prefixes.get(part)), trimmed)

    def reader_of(self, read: Callable[[str], Any]) -> Callable[[str], Any]:
        return self.reader_as(Origin(()), read)

    def reader_as(self, origin: Origin, read: Callable[[str], Any]) -> Callable[[str], Any]:
        prepared = self.prepared(origin)
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
            if told.note is not None:
                found["note"] = [told.note] * len(batch.rows)
            moments, counts, conditions = (found.get(part, nothing) for part in ("on", "times", "if"))
            content: list[Any] = list(zip(*(found.get(name, nothing) for name in CONTENT), strict=True))
            extras: list[Any] = nothing
            if told.refine is not None:
                found["if"] = conditions = list(
                    map(told.refine, zip(*(found[part] for part in told.columns), strict=True))
                )
                content, extras = ([each and each[at] for each in conditions] for at in (0, 1))
            for number, tales in enumerate(result):
                if "if" in found and not conditions[number]:
                    continue
                once = int("if" in found or moments[number] is not None)
                often = (counts[number] or 0) if "times" in found else once
                if often:
                    tales.append(
                        Tale(told.key or position, told.type, moments[number], often, content[number], extras[number])
                    )
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
                    if (bare := text.strip(EDGES)).isprintable() and bare != "" and not bare.isspace()
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

    def first(self, parts: Sequence[str]) -> str:
        return next((each for each in parts if says_something(each, self.plan.missing)), "")

    def reader(self, field: Field, origin: Origin) -> Callable[[str], Any]:
        """How one text becomes this field's value. The reader raises ValueError, saying why, for what it cannot read."""
        return self.reader_as(origin, self.typed(field, origin.form))

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
            return address
        if field.name == "phone":
            return self.phone
        if field.name == "name":
            return exactly
        if field.type == "text":
            return trimmed if form != LIST else lambda text: trimmed(first_of_list(text))
        if field.type in ("date", "time"):
            dates = self.dates(form)
            return unless_missing(dates.read if field.type == "time" else dates.read_day)
        if field.type == "yes_no":
            return unless_missing(lambda text: int(money.yes_no(text)))
        if field.type == "money" or form == "money":
            return unless_missing(lambda text: round(float(money.parse_money(text)), 2))
        return unless_missing(lambda text: float(money.parse_number(text, whole=field.whole)))

    def stage(self, text: str) -> str | None:
        if not text.strip():
            return None
        found = self.stages.get(fold(text))
        if found is None:
            raise ValueError(
                f"the pipeline has no stage '{text.strip()[:40]}'; {nearest(text, set(self.stages.values()) - {''})}"
            )
        return found or None

    def phone(self, text: str, country: str | None = None) -> tuple[str, str] | None:
        """A number and its state; `country` is the lead's."""
        if not text or (text[0] != "+" and not trimmed(text)):
            return None
        value, state, _ = normalise(text, country or self.country)
        return (value, state) if state == PhoneState.VALID or not is_no_value(text) else None

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
        if "stage" in columns:  # where a lead stands is one thing: without a stage no day and no reason
            stages = columns["stage"]
            for name in ("stage_on", "stage_reason"):
                held = columns.get(name)
                if held is None or self.constants.get("stage") is not None:
                    columns.setdefault(name, [None] * count)
                else:
                    columns[name] = [None if stage is None else each for stage, each in zip(stages, held, strict=True)]
        if self.splits_names:
            parts = list(map(self.parts_of.__getitem__, columns["name"]))
            columns["first_name"], columns["last_name"] = map(list, zip(*parts, strict=True)) if parts else ([], [])
        elif "first_name" in columns or "last_name" in columns:
            absent = [None] * count
            first, last = columns.get("first_name", absent), columns.get("last_name", absent)
            whole = columns.get("name", absent)
            columns["name"] = [
                n if n is not None else names.join(f, s) for n, f, s in zip(whole, first, last, strict=True)
            ]
