"""A mapping: which columns of a file become which fields, as a file in `rules/mappings/` says it."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from leadctl.compiler import load
from leadctl.compiler.catalogue import Field
from leadctl.compiler.findings import Findings
from leadctl.compiler.load import LoadError, Node, Scalar
from leadctl.errors import Place, RuleError
from leadctl.intake.values.told import Told, check_told
from leadctl.model.text import fold

OTHERWISE = "*"
ANY_COLUMN = "*"
LIST = "list"
FORMS = ("text", "money", "number", LIST)
LEADS, ACTIVITIES, SPEND = "leads", "activities", "spend"


@dataclass(frozen=True)
class Origin:
    """Where a field's value comes from: one or several columns (joined with a space, or the `first` that has a value), and
    how it is read."""

    columns: tuple[str, ...]
    values: Mapping[str, str] = field(default_factory=dict)  # spelling in the file -> value; "*" any other
    form: str | None = None  # a date's form such as DD-MM-YYYY, or money, number, text; list: the first of a JSON list
    remove_prefix: str | None = None
    first: bool = False


@dataclass(frozen=True)
class FileMapping:
    """A checked mapping file. `kind`: what the rows are, leads or activities. `packaged`: it came with leadctl."""

    name: str
    title: str | None = None
    kind: str = LEADS
    system: str | None = None  # where ids are from; the name, where the mapping does not say
    headers: tuple[tuple[str, ...], ...] = ()  # of each, one name must be there
    optional: bool = False
    missing: frozenset[str] = frozenset()
    skip_lines: int = 0
    date_order: str | None = None
    constants: Mapping[str, str] = field(default_factory=dict)
    fields: Mapping[str, Origin] = field(default_factory=dict)
    keep: tuple[str, ...] = ()
    dates: Mapping[str, str] = field(default_factory=dict)  # header -> the form of the dates that are kept of it
    leave_out: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    footer: tuple[str, ...] = ()  # how lines below the data begin that are no rows
    told: tuple[Told, ...] = ()
    packaged: bool = False

    def fits(self, header: Collection[str]) -> bool:
        """Whether it is for a file with these headers, given as `plain` makes them."""
        return bool(self.headers) and all(any(plain(name) in header for name in names) for names in self.headers)

    def names(self, header: Collection[str]) -> int:
        """How many of its headers stand in this one."""
        return len({plain(name) for names in self.headers for name in names}.intersection(header))


@dataclass(frozen=True)
class Point:
    """A column of addresses, numbers or visitors. What they are called (work, home) is known, or another column says it."""

    column: str
    label: str | None = None
    label_column: str | None = None


@dataclass(frozen=True)
class Plan:
    """What one file's columns become. `columns`: header -> field or None (kept with the lead under its header)."""

    origins: Mapping[str, Origin]
    columns: Mapping[str, str | None]
    constants: Mapping[str, str]
    missing: frozenset[str]
    mapping: str | None
    told: tuple[Told, ...] = ()  # the activities that a row tells of, besides
    # Kind (email, phone, visitor) -> its columns: of e-mails and phones the origin's first. None: not for rows of leads.
    more: Mapping[str, tuple[Point, ...]] | None = None
    leave_out: Mapping[str, tuple[str, ...]] = field(
        default_factory=dict
    )  # header or "*" -> how test leads begin there
    system: str | None = None  # which system the ids are from, where that is known
    kept: frozenset[str] = frozenset()  # columns that are kept under their header even where a field takes them
    dates: Mapping[str, str] = field(default_factory=dict)  # header -> the form of the dates that are kept of it
    footer: tuple[str, ...] = ()
    by_hand: frozenset[str] = frozenset()  # the columns that --map-column names


def parse_mapping(path: Path, shown_as: str) -> load.Mapping | None:
    """The text of one mapping file as a tree; None where nothing stands in it. Raises RuleError."""
    try:
        return load.load_file(path, shown_as)
    except LoadError as error:
        raise RuleError([error.mistake], "in the mapping") from error


def check_mapping(
    content: load.Mapping | None,
    name: str,
    shown_as: str,
    kinds: Mapping[str, Sequence[Field]],
    activities: Collection[str],
    *,
    wanted: str = LEADS,
    only: bool = False,
) -> FileMapping | None:
    """Checks one mapping. `kinds`: what files hold -> the fields of their rows; a mapping that does not say for
    which it is, is for the `wanted` ones where it can be. `activities`: the types that one for leads may tell of. `only`:
    None where it is for others than the wanted ones; such a one is not looked at any further.

    Raises RuleError with all mistakes.
    """
    findings = Findings()
    node = content.get("mapping") if content is not None else None
    for key, _ in content.entries if content is not None else ():
        if key.text != "mapping":
            findings.unknown(key, "part of a mapping file", ("mapping",))
    if node is None:
        findings.error(Place(shown_as), "a mapping file has one key: `mapping:`")
        raise RuleError(findings.mistakes, "in the mapping")
    kind = _kind(findings, node, kinds, wanted)
    if only and kind != wanted:
        return None
    mapping = _check(findings, node, name, kind, {each.name: each for each in kinds[kind]}, activities)
    if findings.errors:
        raise RuleError(findings.mistakes, "in the mapping")
    return mapping


def plain(header: str) -> str:
    """A header without regard to case, accents' spelling, punctuation and spaces: `E-Mail_Address` is `e mail address`."""
    return " ".join(re.sub(r"[\W_]+", " ", fold(header) or "").split()) or header


_PARTS = (
    *(
        "title",
        "as",
        "system",
        "headers",
        "optional",
        "missing",
        "skip_lines",
        "date_order",
        "constants",
        "fields",
        "keep",
        "dates",
    ),
    "leave_out",
    "footer",
)


def _kind(findings: Findings, node: Node, kinds: Mapping[str, Sequence[Field]], wanted: str) -> str:
    """What the mapping is for: as it says, else what has all of the fields that it names."""
    if not isinstance(node, load.Mapping):
        return wanted
    said = node.get("as")
    if said is not None:
        return findings.choice(said, "`as`", kinds) or wanted
    fields = node.get("fields")
    names = {key.text for key, _ in fields.entries} if isinstance(fields, load.Mapping) else set()
    for kind in (wanted, *kinds):
        if names <= {each.name for each in kinds[kind]}:
            return kind
    return wanted


def _check(
    findings: Findings, node: Node, name: str, kind: str, given: Mapping[str, Field], activities: Collection[str]
) -> FileMapping:
    found = findings.mapping(node, "`mapping`")
    if found is None:
        return FileMapping(name)
    parts = findings.keys(found, "a mapping", (*_PARTS, "activities") if kind == LEADS else _PARTS)
    skip = findings.whole(parts["skip_lines"], "`skip_lines`") if "skip_lines" in parts else 0
    if skip is not None and skip < 0:
        findings.error(parts["skip_lines"].place, "`skip_lines` cannot be negative")
    told = check_told(findings, parts["activities"], activities) if "activities" in parts else ()
    return FileMapping(
        name,
        title=findings.text(parts["title"], "`title`") if "title" in parts else None,
        kind=kind,
        system=findings.text(parts["system"], "`system`") if "system" in parts else name,
        headers=_headers(findings, parts["headers"]) if "headers" in parts else (),
        optional=bool(findings.yes_no(parts["optional"], "`optional`")) if "optional" in parts else False,
        missing=frozenset(each.text.strip() for each in findings.texts(parts["missing"], "a word for no value"))
        if "missing" in parts
        else frozenset(),
        skip_lines=skip or 0,
        date_order=findings.choice(parts["date_order"], "`date_order`", ("dmy", "mdy", "ymd"))
        if "date_order" in parts
        else None,
        constants=_texts(findings, parts["constants"], "constants", "the constant", given)
        if "constants" in parts
        else {},
        fields=_origins(findings, parts["fields"], given) if "fields" in parts else {},
        keep=tuple(each.text for each in findings.texts(parts["keep"], "a column to keep")) if "keep" in parts else (),
        dates=_texts(findings, parts["dates"], "dates", "the form of the dates of") if "dates" in parts else {},
        leave_out=_leave_out(findings, parts["leave_out"]) if "leave_out" in parts else {},
        footer=tuple(
            each.text.casefold() for each in findings.texts(parts["footer"], "how a line of the footer begins")
        )
        if "footer" in parts
        else (),
        # An activity is the same one in files that lack other columns, so each keeps its place.
        told=tuple(replace(each, key=each.key or str(number)) for number, each in enumerate(told)),
    )


def _headers(findings: Findings, node: Node) -> tuple[tuple[str, ...], ...]:
    items = node.items if isinstance(node, load.Sequence) else (node,)
    found = [tuple(each.text for each in findings.texts(item, "a header")) for item in items]
    return tuple(names for names in found if names)


def _leave_out(findings: Findings, node: Node) -> dict[str, tuple[str, ...]]:
    found = findings.mapping(node, "`leave_out`")
    result: dict[str, tuple[str, ...]] = {}
    for key, value in found.entries if found else ():
        result[key.text] = tuple(
            each.text for each in findings.texts(value, f"what begins '{key.text}' of a test lead")
        )
    return result


def _texts(
    findings: Findings, node: Node, part: str, what: str, known: Mapping[str, Field] | None = None
) -> dict[str, str]:
    """A map of names to texts; `known`: the fields that the names must be."""
    found = findings.mapping(node, f"`{part}`")
    result: dict[str, str] = {}
    for key, value in found.entries if found else ():
        if known is not None and key.text not in known:
            findings.unknown(key, "field", known)
        text = findings.text(value, f"{what} '{key.text}'")
        if text is not None:
            result[key.text] = text
    return result


def _origins(findings: Findings, node: Node, given: Mapping[str, Field]) -> dict[str, Origin]:
    found = findings.mapping(node, "`fields`")
    result: dict[str, Origin] = {}
    for key, value in found.entries if found else ():
        if key.text not in given:
            findings.unknown(key, "field", given)
            continue
        origin = _origin(findings, key, value, given[key.text])
        if origin is not None:
            result[key.text] = origin
    return result


def _origin(findings: Findings, key: Scalar, node: Node, target: Field) -> Origin | None:
    if isinstance(node, Scalar):
        column = findings.text(node, f"the column for '{key.text}'")
        return Origin((column,)) if column is not None else None
    found = findings.mapping(node, f"the source of '{key.text}'")
    if found is None:
        return None
    parts = findings.keys(found, "a column's map", ("from", "first", "values", "as", "remove_prefix"))
    which = "first" if "first" in parts else "from"
    if which not in parts:
        findings.error(node.place, f"'{key.text}' does not say `from` which column")
        return None
    if {"from", "first"} <= parts.keys():
        findings.error(parts["first"].place, f"'{key.text}' says both `from` and `first`", "give one of the two")
    columns = tuple(each.text for each in findings.texts(parts[which], f"`{which}`"))
    if which == "from" and len(columns) > 1 and target.type != "text":
        findings.error(
            parts["from"].place,
            f"only text can be joined from several columns, and '{key.text}' is a {target.type}",
            "`first` takes the first of them that has a value",
        )
    values: dict[str, str] = {}
    held = findings.mapping(parts["values"], "`values`") if "values" in parts else None
    for spelling, value in held.entries if held else ():
        text = findings.text(value, f"the value for '{spelling.text}'")
        if text is not None:
            values[spelling.text.strip()] = text
    form = findings.text(parts["as"], "`as`") if "as" in parts else None
    if form is not None and target.type not in ("date", "time") and form not in FORMS:
        findings.error(parts["as"].place, f"'{key.text}' is a {target.type}: `as` cannot be '{form}'")
    prefix = findings.text(parts["remove_prefix"], "`remove_prefix`") if "remove_prefix" in parts else None
    return Origin(columns, values, form, prefix, which == "first") if columns else None
