"""The keys `fields` and `lists`: nodes -> your own fields and named lists of texts."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from leadctl.compiler.catalogue import CUSTOM_TYPES, RESERVED, STORED_AS, Catalogue, Field
from leadctl.compiler.findings import Findings
from leadctl.compiler.load import Mapping, Node, Scalar
from leadctl.compiler.names import check_name
from leadctl.model.text import fold

LARGEST_LIST_FILE = 10_000_000
MOST_FIELDS = 500


def check_fields(findings: Findings, node: Node, catalogue: Catalogue) -> list[Field]:
    held = findings.mapping(node, "`fields`")
    fields: list[Field] = []
    for key, value in held.entries if held else ():
        if not check_name(findings, key, "field"):
            continue
        if key.text in catalogue.fields or key.text in (*RESERVED, "fit", "engagement"):
            findings.error(key.place, f"there is a built-in field called '{key.text}' already")
            continue
        found = findings.mapping(value, f"the field '{key.text}'")
        parts = findings.keys(found, f"the field '{key.text}'", ("type", "aliases")) if found else {}
        kind = findings.choice(parts["type"], "`type`", CUSTOM_TYPES) if "type" in parts else None
        if found and "type" not in parts:
            findings.error(key.place, f"the field '{key.text}' has no `type`", f"one of {', '.join(CUSTOM_TYPES)}")
        aliases = (
            tuple(each.text for each in findings.texts(parts["aliases"], "an alias")) if "aliases" in parts else ()
        )
        if kind is not None and kind in STORED_AS:
            fields.append(Field(key.text, kind, aliases, custom=True))
    if len(fields) > MOST_FIELDS:
        findings.error(
            node.place,
            f"more than {MOST_FIELDS} fields of your own",
            "what no field takes is kept with the lead all the same",
        )
        return []
    return fields


def check_lists(findings: Findings, node: Node, folder: Path, text: dict[str, str]) -> dict[str, tuple[str, ...]]:
    held = findings.mapping(node, "`lists`")
    lists: dict[str, tuple[str, ...]] = {}
    for key, value in held.entries if held else ():
        if isinstance(value, Mapping):
            parts = findings.keys(value, f"the list '{key.text}'", ("file",))
            name = findings.scalar(parts["file"], "`file`") if "file" in parts else None
            if name is not None:
                lists[key.text] = _list_file(findings, name, folder, text)
        else:
            texts = findings.texts(value, f"the list '{key.text}'")
            for each in texts:
                if fold(each.text) is None:
                    findings.error(each.place, "an empty text matches nothing", "take it out of the list")
            lists[key.text] = tuple(each.text for each in texts if fold(each.text) is not None)
    return lists


def _list_file(findings: Findings, name: Scalar, folder: Path, text: dict[str, str]) -> tuple[str, ...]:
    """One value a line (of a CSV: the first column). The file lies within the folder of the rules, and is kept with them."""
    path = folder / name.text
    try:
        if not path.resolve().is_relative_to(folder.resolve()):
            findings.error(name.place, f"'{name.text}' lies outside the folder of the rules")
            return ()
        if path.exists() and not path.is_file():
            findings.error(name.place, f"'{name.text}' is no ordinary file")
            return ()
        if path.stat().st_size > LARGEST_LIST_FILE:
            findings.error(name.place, f"'{name.text}' is larger than 10 MB")
            return ()
        content = text[name.text] = path.read_bytes().decode("utf-8-sig")
        rows = [
            row[0].strip()
            for row in csv.reader(io.StringIO(content, newline=""))
            if row and fold(row[0]) and not row[0].startswith("#")
        ]
        return tuple(dict.fromkeys(rows))
    except (OSError, UnicodeDecodeError, ValueError, csv.Error) as error:
        why = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        findings.error(
            name.place, f"the list file '{name.text}' cannot be read: {why}", f"it is looked for in {folder.name}/"
        )
        return ()
