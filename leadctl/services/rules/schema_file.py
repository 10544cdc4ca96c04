"""The file that tells an editor what may stand in the rules of this workspace."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path

from leadctl.compiler.schema import rules_schema
from leadctl.compiler.tree import Rules
from leadctl.config import Settings
from leadctl.errors import BrokeOff, UsageError
from leadctl.intake.values.activity_rows import FIELDS

NAME = ".leadctl/rules.schema.json"  # beside leadctl.yaml
MODELINE = "# yaml-language-server: $schema="


@dataclass(frozen=True)
class SchemaFile:
    """What was written: `state` is made, renewed or unchanged. `modelines`: where the workspace's rule files lie -> what
    stands at their top."""

    path: Path
    state: str
    modelines: dict[str, str]


def schema_text(rules: Rules, *, for_reading: bool = False) -> str:
    """The schema as JSON in ASCII: without blanks, or `for_reading` with a line for each part."""
    found = rules_schema(rules, [each.name for each in FIELDS])
    return json.dumps(found, indent=2) if for_reading else json.dumps(found, separators=(",", ":"))


def write_schema(settings: Settings, rules: Rules, path: Path | None = None) -> SchemaFile:
    """Writes the schema to its place in the workspace, or to `path`; whole, and only where it says something new.

    Raises UsageError where there is no workspace and no `path`, BrokeOff where it cannot be written.
    """
    if path is None and settings.workspace is None:
        raise UsageError("there is no workspace to keep the schema in", hint="-o FILE writes it elsewhere")
    target = path if path is not None else (settings.workspace or Path()) / NAME
    text = schema_text(rules) + "\n"
    try:
        known = target.read_bytes() if target.is_file() else None
        if known != text.encode():
            if path is None:
                target.parent.mkdir(exist_ok=True)
            _write(target, text)
    except OSError as error:
        raise BrokeOff(
            f"cannot write {target}: {error.strerror or error}", hint="-o FILE writes it elsewhere"
        ) from error
    state = "made" if known is None else "unchanged" if known == text.encode() else "renewed"
    folder = settings.rules.name
    places = {f"{folder}/": settings.rules, f"{folder}/tests/ and {folder}/mappings/": settings.rules / "tests"}
    own = places if settings.workspace is not None else {}  # the packaged rules are not for editing
    return SchemaFile(target, state, {shown: _modeline(target, place) for shown, place in own.items()})


def _write(target: Path, text: str) -> None:
    if target.exists() and not target.is_file():
        if target.is_dir():
            raise IsADirectoryError(None, "it is a folder")
        target.write_text(text, encoding="ascii")  # a device or a pipe cannot be replaced
        return
    target = target.resolve()  # through links, so that a link stays one
    beside = target.with_name(f".leadctl-{os.urandom(6).hex()}.part")
    try:
        beside.write_text(text, encoding="ascii", newline="\n")
        beside.replace(target)
    finally:
        beside.unlink(missing_ok=True)


def _modeline(target: Path, folder: Path) -> str:
    return MODELINE + Path(os.path.relpath(target.resolve(), folder.resolve())).as_posix()
