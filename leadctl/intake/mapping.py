"""How a file's columns become fields: a mapping from `rules/mappings/`, or headers matched by name and alias."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from leadctl.compiler import load
from leadctl.compiler.catalogue import Field
from leadctl.compiler.findings import Findings, nearest
from leadctl.compiler.load import LoadError, Node, Scalar
from leadctl.errors import NotFound, Place, RuleError, UsageError
from leadctl.intake.consent import told_of_consent
from leadctl.intake.rejects import OWN_COLUMNS
from leadctl.intake.told import Told, check_told
from leadctl.intake.touches import told_of_touches
from leadctl.model.text import fold

OTHERWISE = "*"
FORMS = ("text", "money", "number")


@dataclass(frozen=True)
class Origin:
    """Where a field's value comes from: one or several columns (joined with a space), and how it is read."""

    columns: tuple[str, ...]
    values: Mapping[str, str] = field(default_factory=dict)  # spelling in the file -> value; "*" any other
    form: str | None = None  # a date's form such as DD-MM-YYYY, or money, number, text
    remove_prefix: str | None = None


@dataclass(frozen=True)
class FileMapping:
    """A checked mapping file."""

    name: str
    headers: tuple[str, ...] = ()
    missing: frozenset[str] = frozenset()
    skip_lines: int = 0
    date_order: str | None = None
    constants: Mapping[str, str] = field(default_factory=dict)
    fields: Mapping[str, Origin] = field(default_factory=dict)
    told: tuple[Told, ...] = ()


@dataclass(frozen=True)
class Plan:
    """What one file's columns become. `columns`: header -> field or None (kept with the lead under its header)."""

    origins: Mapping[str, Origin]
    columns: Mapping[str, str | None]
    constants: Mapping[str, str]
    missing: frozenset[str]
    mapping: str | None
    told: tuple[Told, ...] = ()  # the activities that a row tells of, besides


def load_mapping(
    path: Path, fields: Sequence[Field], shown_as: str, activities: Collection[str] | None = None
) -> FileMapping:
    """Reads and checks one mapping onto these fields. `activities`: the types that it may tell of (None: it may not).
    Raises RuleError with all mistakes."""
    findings = Findings()
    try:
        content = load.load_file(path, shown_as)
    except LoadError as error:
        raise RuleError([error.mistake], "in the mapping") from error
    node = content.get("mapping") if content is not None else None
    for key, _ in content.entries if content is not None else ():
        if key.text != "mapping":
            findings.unknown(key, "part of a mapping file", ("mapping",))
    if node is None:
        findings.error(Place(shown_as), "a mapping file has one key: `mapping:`")
        raise RuleError(findings.mistakes, "in the mapping")
    mapping = _check(findings, node, path.stem, {each.name: each for each in fields}, activities)
    if findings.errors:
        raise RuleError(findings.mistakes, "in the mapping")
    return mapping


def find_mapping(
    name: str, folder: Path, fields: Sequence[Field], here: Path, activities: Collection[str] | None = None
) -> FileMapping:
    """The mapping that `--map` names: a file, or NAME for `rules/mappings/NAME.yaml`."""
    for path in (here / Path(name).expanduser(), folder / "mappings" / f"{name}.yaml"):
        if path.is_file():
            return load_mapping(path, fields, name if "/" in name else f"rules/mappings/{path.name}", activities)
    there = sorted(each.stem for each in (folder / "mappings").glob("*.yaml"))
    raise NotFound(
        f"there is no mapping called '{name}'", hint=nearest(name, there) if there else "rules/mappings/ is empty"
    )


def fitting_mapping(
    header: Iterable[str], folder: Path, fields: Sequence[Field], activities: Collection[str] | None = None
) -> FileMapping | None:
    """The mapping whose `headers` all stand in the header; of several the one that names most."""
    names = {plain(each) for each in header}
    fitting: list[FileMapping] = []
    for path in sorted((folder / "mappings").glob("*.yaml")):
        mapping = load_mapping(path, fields, f"rules/mappings/{path.name}", activities)
        if mapping.headers and all(plain(each) in names for each in mapping.headers):
            fitting.append(mapping)
    return max(fitting, key=lambda each: len(each.headers), default=None)


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
    """Which column fills which field. `by_hand` is `--map-column`: header -> field. `tells`: rows may tell of activities.
    Raises UsageError."""
    known = {plain(name): name for name in reversed(header)}
    given = {each.name: each for each in fields}
    origins: dict[str, Origin] = {}
    for column, target in by_hand.items():
        if target not in given:
            raise UsageError(f"--map-column: there is no field called '{target}'", hint=nearest(target, given))
        origins[target] = Origin((_column(column, known, header, "--map-column", file),))
    for target, origin in (mapping.fields if mapping else {}).items():
        if target not in origins and mapping is not None:
            found = tuple(_column(each, known, header, _called(mapping), file) for each in origin.columns)
            origins[target] = Origin(found, origin.values, origin.form, origin.remove_prefix)
    taken = {column for origin in origins.values() for column in origin.columns}
    for column, target in _matched_by_name(header, given.values()).items():
        if target not in origins and column not in taken:
            origins[target] = Origin((column,))
            taken.add(column)
    columns: dict[str, str | None] = dict.fromkeys(header)
    for target, origin in origins.items():
        for column in origin.columns:
            columns[column] = target
    fixed = {**(mapping.constants if mapping else {}), **constants}
    missing = mapping.missing if mapping else frozenset()
    told = tuple(
        replace(
            each,
            columns={part: _column(name, known, header, _called(mapping), file) for part, name in each.columns.items()},
        )
        for each in (mapping.told if mapping else ())
    )
    if tells:
        told += told_of_touches(header) + told_of_consent(header)
    return Plan(origins, columns, fixed, missing, mapping.name if mapping else None, told)


def _called(mapping: FileMapping | None) -> str:
    return f"the mapping '{mapping.name}'" if mapping else "--map-column"


def _column(name: str, known: Mapping[str, str], header: tuple[str, ...], who: str, file: str) -> str:
    if name in header:
        return name
    if plain(name) in known:
        return known[plain(name)]
    raise UsageError(
        f"{who} needs the column '{name}', which the file does not have", place=Place(file), hint=nearest(name, header)
    )


def _matched_by_name(header: tuple[str, ...], fields: Iterable[Field]) -> dict[str, str]:
    """Header -> field: a field's own name before its aliases, the first header before later ones."""
    names = {column: plain(column) for column in header if column not in OWN_COLUMNS}
    matched: dict[str, str] = {}
    for field_ in fields:
        wanted = [plain(field_.name), *(plain(alias) for alias in field_.aliases)]
        for word in wanted:
            column = next((each for each, name in names.items() if name == word and each not in matched), None)
            if column is not None:
                matched[column] = field_.name
                break
    return matched


def plain(header: str) -> str:
    """A header without regard to case, accents' spelling, punctuation and spaces: `E-Mail_Address` is `e mail address`."""
    return " ".join(re.sub(r"[\W_]+", " ", fold(header) or "").split()) or header


def _check(
    findings: Findings, node: Node, name: str, given: Mapping[str, Field], activities: Collection[str] | None
) -> FileMapping:
    found = findings.mapping(node, "`mapping`")
    if found is None:
        return FileMapping(name)
    allowed = ("headers", "missing", "skip_lines", "date_order", "constants", "fields")
    parts = findings.keys(found, "a mapping", (*allowed, "activities") if activities is not None else allowed)
    skip = findings.whole(parts["skip_lines"], "`skip_lines`") if "skip_lines" in parts else 0
    if skip is not None and skip < 0:
        findings.error(parts["skip_lines"].place, "`skip_lines` cannot be negative")
    return FileMapping(
        name,
        headers=tuple(each.text for each in findings.texts(parts["headers"], "a header")) if "headers" in parts else (),
        missing=frozenset(each.text.strip() for each in findings.texts(parts["missing"], "a word for no value"))
        if "missing" in parts
        else frozenset(),
        skip_lines=skip or 0,
        date_order=findings.choice(parts["date_order"], "`date_order`", ("dmy", "mdy", "ymd"))
        if "date_order" in parts
        else None,
        constants=_constants(findings, parts["constants"], given) if "constants" in parts else {},
        fields=_origins(findings, parts["fields"], given) if "fields" in parts else {},
        told=check_told(findings, parts["activities"], activities or ()) if "activities" in parts else (),
    )


def _constants(findings: Findings, node: Node, given: Mapping[str, Field]) -> dict[str, str]:
    found = findings.mapping(node, "`constants`")
    result: dict[str, str] = {}
    for key, value in found.entries if found else ():
        if key.text not in given:
            findings.unknown(key, "field", given)
        text = findings.text(value, f"the constant '{key.text}'")
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
    parts = findings.keys(found, "a column's map", ("from", "values", "as", "remove_prefix"))
    if "from" not in parts:
        findings.error(node.place, f"'{key.text}' does not say `from` which column")
        return None
    columns = tuple(each.text for each in findings.texts(parts["from"], "`from`"))
    if len(columns) > 1 and target.type != "text":
        findings.error(
            parts["from"].place, f"only text can be joined from several columns, and '{key.text}' is a {target.type}"
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
    return Origin(columns, values, form, prefix) if columns else None
