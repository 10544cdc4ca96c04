"""Which column of a file fills which field: by hand, by its mapping, else by name and alias."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from leadctl.compiler.catalogue import Field
from leadctl.compiler.findings import nearest
from leadctl.errors import Place, UsageError
from leadctl.intake.mapping.contact_headers import EMAIL, PHONE, VISITOR, label_columns, read_header
from leadctl.intake.mapping.plan import ANY_COLUMN, FileMapping, Origin, Plan, Point, plain
from leadctl.intake.rejects import OWN_COLUMNS
from leadctl.intake.values.consent import OPT_IN, OPT_OUT, told_of_consent
from leadctl.intake.values.told import Told
from leadctl.intake.values.touches import told_of_touches


def plan(
    header: tuple[str, ...],
    fields: Sequence[Field],
    mapping: FileMapping | None,
    by_hand: Mapping[str, str],
    constants: Mapping[str, str],
    file: str,
    *,
    tells: bool = False,
) -> Plan:
    """Which column fills which field. `by_hand` is `--map-column`: header -> field. `tells`: rows are of leads, so they may
    tell of activities and of several e-mails and phones. Raises UsageError."""
    given = {each.name: each for each in fields}
    named = _Named(header, mapping, file)
    origins = _by_hand(named, by_hand, given)
    for target, origin in (mapping.fields if mapping else {}).items():
        found = named.columns(origin) if target not in origins else ()
        if found:
            origins[target] = replace(origin, columns=found)
    kept = named.there(mapping.keep if mapping else ())
    taken = {column for origin in origins.values() for column in origin.columns} | (kept - named.by_hand)
    for column, target in _matched_by_name(header, given.values(), taken).items():
        if target not in origins:
            origins[target] = Origin((column,))
            taken.add(column)
    more = _points(header, origins, taken) if tells else None
    columns: dict[str, str | None] = dict.fromkeys(header)
    for target, origin in origins.items():
        columns.update(dict.fromkeys(origin.columns, target))
    for kind, points in (more or {}).items():
        columns.update({each.column: columns[each.column] or kind for each in points})
    told = named.told()
    if tells:
        said = {column for each in told for part, column in each.columns.items() if part in ("on", "if")}
        told += told_of_touches(header) + told_of_consent(header, said)
    return Plan(
        origins,
        columns,
        {**(mapping.constants if mapping else {}), **constants},
        mapping.missing if mapping else frozenset(),
        mapping.name if mapping else None,
        told,
        more,
        named.leave_out(),
        mapping.system if mapping else None,
        frozenset(kept - named.by_hand),
        named.dates(),
        mapping.footer if mapping else (),
        frozenset(named.by_hand),
    )


class _Named:
    """The columns that a mapping names, as the file spells them."""

    def __init__(self, header: tuple[str, ...], mapping: FileMapping | None, file: str) -> None:
        self.header = header
        self.known = {plain(name): name for name in reversed(header)}
        self.mapping = mapping
        self.file = file
        self.by_hand: set[str] = set()

    def find(self, name: str) -> str | None:
        return name if name in self.header else self.known.get(plain(name))

    def column(self, name: str, who: str) -> str:
        found = self.find(name)
        if found is not None:
            return found
        raise UsageError(
            f"{who} needs the column '{name}', which the file does not have",
            place=Place(self.file),
            hint=nearest(name, self.header),
        )

    def any_of(self, names: Sequence[str]) -> str | None:
        """The first of these names that the file has."""
        return next((found for name in names if (found := self.find(name)) is not None), None)

    def columns(self, origin: Origin) -> tuple[str, ...]:
        """The columns of an origin of the mapping; fewer, or none, where it may do without."""
        assert self.mapping is not None
        if not self.mapping.optional and not origin.first:
            return tuple(self.column(name, self.who) for name in origin.columns)
        found = dict.fromkeys(each for name in origin.columns if (each := self.find(name)) is not None)
        if not found and not self.mapping.optional:
            self.column(origin.columns[0], self.who)
        return tuple(found)

    @property
    def who(self) -> str:
        return f"the mapping '{self.mapping.name}'" if self.mapping else "--map-column"

    def there(self, names: Iterable[str]) -> set[str]:
        """Those of these columns that the file has."""
        return {found for name in names if (found := self.find(name)) is not None}

    def told(self) -> tuple[Told, ...]:
        """The mapping's activities. One of which a column is lacking tells nothing, where the mapping may do without."""
        result: list[Told] = []
        for each in self.mapping.told if self.mapping else ():
            there = {part: self.any_of((name, *each.others.get(part, ()))) for part, name in each.columns.items()}
            if self.mapping is not None and self.mapping.optional:
                if any(there[part] is None for part in ("on", "times", "if") if part in there):
                    continue
                found = {part: name for part, name in there.items() if name is not None}
            else:
                found = {part: there[part] or self.column(name, self.who) for part, name in each.columns.items()}
            # What programs write there is read as generously as a column that is known by its name alone.
            lenient = self.mapping is not None and self.mapping.packaged and each.type in (OPT_IN, OPT_OUT)
            result.append(replace(each, columns=found, lenient=lenient))
        return tuple(result)

    def dates(self) -> dict[str, str]:
        """Header -> the form of the dates that are kept of it."""
        dates = self.mapping.dates if self.mapping else {}
        return {found: form for name, form in dates.items() if (found := self.find(name)) is not None}

    def leave_out(self) -> dict[str, tuple[str, ...]]:
        """Header -> how test leads begin there."""
        result: dict[str, tuple[str, ...]] = {}
        for name, texts in (self.mapping.leave_out if self.mapping else {}).items():
            optional = self.mapping is not None and self.mapping.optional
            found = name if name == ANY_COLUMN else self.find(name) if optional else self.column(name, self.who)
            if found is not None:
                result[found] = texts
        return result


def _by_hand(named: _Named, by_hand: Mapping[str, str], given: Mapping[str, Field]) -> dict[str, Origin]:
    origins: dict[str, Origin] = {}
    for column, target in by_hand.items():
        if target not in given:
            raise UsageError(f"--map-column: there is no field called '{target}'", hint=nearest(target, given))
        found = named.column(column, "--map-column")
        named.by_hand.add(found)
        before = origins.get(target)
        if before is None or target not in (EMAIL, PHONE):
            origins[target] = Origin((found,))
        else:
            origins[target] = Origin((*before.columns, found), first=True)
    return origins


def _matched_by_name(header: tuple[str, ...], fields: Iterable[Field], taken: Collection[str] = ()) -> dict[str, str]:
    """Header -> field: a field's own name before its aliases, the first header before later ones."""
    names = {column: plain(column) for column in header if column not in OWN_COLUMNS and column not in taken}
    matched: dict[str, str] = {}
    for field_ in fields:
        wanted = [plain(field_.name), *(plain(alias) for alias in field_.aliases)]
        for word in wanted:
            column = next((each for each, name in names.items() if name == word and each not in matched), None)
            if column is not None:
                matched[column] = field_.name
                break
    return matched


def _points(header: tuple[str, ...], origins: dict[str, Origin], taken: set[str]) -> dict[str, tuple[Point, ...]]:
    """The columns of addresses, numbers and visitors by kind. Where a kind's first is nobody's yet it is the field's."""
    labels = label_columns(header)
    found: dict[str, list[Point]] = {}
    for kind in (EMAIL, PHONE):
        if kind in origins:
            found[kind] = [_point(column, labels) for column in origins[kind].columns]
    for column in header:
        what, label = read_header(column)
        if what is None or column in taken or column in OWN_COLUMNS:
            continue
        taken.add(column)
        found.setdefault(what, []).append(Point(column, label, labels.get(column)))
        if what != VISITOR and what not in origins:
            origins[what] = Origin((column,))
    return {kind: tuple(points) for kind, points in found.items()}


def _point(column: str, labels: Mapping[str, str]) -> Point:
    return Point(column, read_header(column)[1], labels.get(column))
