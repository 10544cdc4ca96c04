"""Settings: flag, environment, `leadctl.yaml` of the workspace, `~/.config/leadctl/config.yaml`, default; in this order."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from leadctl.errors import NotFound, Place, UsageError

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

SETTINGS_FILE = "leadctl.yaml"
LARGEST_SETTINGS_FILE = 64 * 1024

# name -> (default, what it is). The table checks, documents and orders the settings.
KNOWN: dict[str, tuple[str, str]] = {
    "timezone": ("UTC", "civil days are days of this time zone, such as Europe/Vienna"),
    "currency": ("EUR", "the currency of values, three letters"),
    "country": ("", "two letters; for phone numbers that name no country"),
    "database": ("leads.db", "the database, beside leadctl.yaml"),
    "rules": ("rules", "the folder of the rules, beside leadctl.yaml"),
    "date_order": ("", "dmy, mdy or ymd: how dates such as 10/11/2026 are read; without it they are refused"),
}


class Setting(NamedTuple):
    """One setting, and where its value came from."""

    name: str
    value: str
    origin: str


@dataclass(frozen=True)
class Settings:
    """Everything that is set, gathered once a run."""

    workspace: Path | None
    database: Path
    rules: Path
    timezone: str
    currency: str
    country: str | None
    date_order: str | None
    all: tuple[Setting, ...]

    @property
    def zone(self) -> ZoneInfo:
        """The workspace's time zone. Looked up when it is needed: most listings do not. Raises UsageError."""
        from zoneinfo import ZoneInfo

        problem = zone_problem(self.timezone)
        if problem:
            origin = next(each.origin for each in self.all if each.name == "timezone")
            raise UsageError(f"timezone, from {origin}: {problem}")
        return ZoneInfo(self.timezone)


def packaged(name: str) -> Path:
    """The folder `rules` or `examples` that came with the program: inside the wheel, or beside a source checkout."""
    here = Path(__file__).resolve().parent
    return here / "packaged" / name if (here / "packaged").is_dir() else here.parent / name


def find_workspace(start: Path) -> Path | None:
    """The nearest folder upwards from `start` that has a `leadctl.yaml`."""
    for folder in (start, *start.parents):
        if (folder / SETTINGS_FILE).is_file():
            return folder
    return None


def gather(
    *,
    workspace: Path | None = None,
    database: Path | None = None,
    environment: Mapping[str, str],
    folder: Path,
) -> Settings:
    """Settings for a run started in `folder`. `workspace` and `database` are the flags -C and --db.

    Raises UsageError for a setting that is wrong and NotFound where there is no workspace.
    """
    if workspace is None and environment.get("LEADCTL_WORKSPACE"):
        workspace = Path(environment["LEADCTL_WORKSPACE"])
    if database is None and environment.get("LEADCTL_DB"):
        database = Path(environment["LEADCTL_DB"])
    if workspace is not None:
        workspace = folder / workspace.expanduser()
        if not (workspace / SETTINGS_FILE).is_file():
            raise NotFound(
                f"{workspace} is not a workspace: it has no {SETTINGS_FILE}",
                hint=f"`leadctl init {workspace}` makes it one",
            )
    else:
        workspace = find_workspace(folder)
    if workspace is None and database is None:
        raise NotFound(
            f"there is no workspace here: neither {folder} nor a folder above it has a {SETTINGS_FILE}",
            hint="`leadctl init` makes one here; -C DIR names one elsewhere",
        )
    values = _layers(workspace, environment)
    base = workspace or folder
    chosen = base / Path(values["database"].value).expanduser() if database is None else folder / database.expanduser()
    if database is not None:
        values["database"] = Setting("database", str(chosen), "--db or LEADCTL_DB")
    rules = base / Path(values["rules"].value).expanduser() if workspace is not None else packaged("rules")
    return Settings(
        workspace=workspace,
        database=chosen,
        rules=rules,
        timezone=values["timezone"].value,
        currency=values["currency"].value,
        country=values["country"].value or None,
        date_order=values["date_order"].value or None,
        all=tuple(values[name] for name in KNOWN),
    )


def _layers(workspace: Path | None, environment: Mapping[str, str]) -> dict[str, Setting]:
    values = {name: Setting(name, default, "default") for name, (default, _) in KNOWN.items()}
    home = environment.get("XDG_CONFIG_HOME") or (
        str(Path(environment["HOME"]) / ".config") if environment.get("HOME") else None
    )
    files = [Path(home) / "leadctl" / "config.yaml"] if home else []
    if workspace is not None:
        files.append(workspace / SETTINGS_FILE)
    for file in files:
        if file.is_file():
            for name, value in read_settings(file).items():
                values[name] = Setting(name, value, str(file))
    for name in KNOWN:
        variable = f"LEADCTL_{name.upper()}"
        if environment.get(variable):
            problem = _problem(name, environment[variable])
            if problem:
                raise UsageError(f"{variable}={environment[variable]}: {problem}")
            values[name] = Setting(name, environment[variable], variable)
    return values


def read_settings(file: Path) -> dict[str, str]:
    """The settings that a file gives, each mistake with its place."""
    try:
        raw = file.read_bytes()
        if len(raw) > LARGEST_SETTINGS_FILE:
            raise UsageError(f"{file} is too large for a settings file", place=Place(str(file)))
        text = raw.decode("utf-8-sig")
    except OSError as error:
        raise UsageError(f"{file} cannot be read: {error.strerror or error}", place=Place(str(file))) from error
    except UnicodeDecodeError as error:
        raise UsageError("the settings are not UTF-8 text", place=Place(str(file))) from error
    plain = _plain_lines(text)
    return _from_yaml(text, file) if plain is None else plain


_PLAIN = re.compile(r"([a-z_]+): +([A-Za-z0-9][A-Za-z0-9_./+-]*)[ \t]*(?:[ \t]#[^\x00-\x1f]*)?")


def _plain_lines(text: str) -> dict[str, str] | None:
    """The settings of a file that has only plain `name: value` lines and nothing wrong in it; else None.

    Such a file means the same as YAML. Most are like that, and loading a YAML parser takes longer than most commands.
    """
    found: dict[str, str] = {}
    for line in text.split("\n"):
        match = _PLAIN.fullmatch(line.rstrip("\r"))
        if match is None:
            if line.strip() and not line.lstrip(" ").startswith("#"):
                return None
        elif match[1] in found or match[1] not in KNOWN or _problem(match[1], match[2]):
            return None
        else:
            found[match[1]] = match[2]
    return found


def _from_yaml(text: str, file: Path) -> dict[str, str]:
    """Read from YAML's events: flat, text only."""
    import yaml

    lines = text.splitlines()

    def place(mark: Any) -> Place:
        shown = lines[mark.line] if mark.line < len(lines) else ""
        return Place(str(file), mark.line + 1, mark.column + 1, 1, shown)

    found: dict[str, str] = {}
    key: str | None = None
    depth = 0
    try:
        for event in yaml.parse(text, Loader=getattr(yaml, "CBaseLoader", yaml.BaseLoader)):
            if isinstance(event, yaml.MappingStartEvent) and depth == 0:
                depth = 1
            elif isinstance(event, yaml.ScalarEvent) and depth == 1 and not event.anchor and not event.tag:
                if key is None:
                    key = event.value
                    _refuse_key(key, found, place(event.start_mark))
                else:
                    problem = _problem(key, event.value)
                    if problem:
                        raise UsageError(f"{key}: {problem}", place=place(event.start_mark))
                    found[key], key = event.value, None
            elif isinstance(event, yaml.ScalarEvent) and depth == 0 and not event.value:
                continue  # an empty file
            elif isinstance(
                event, (yaml.MappingStartEvent, yaml.SequenceStartEvent, yaml.ScalarEvent, yaml.AliasEvent)
            ):
                raise UsageError("settings are lines of `name: value`, nothing else", place=place(event.start_mark))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        reason = getattr(error, "problem", None) or getattr(error, "reason", None) or "unreadable"
        raise UsageError(f"not YAML: {reason}", place=place(mark) if mark else Place(str(file))) from error
    return found


def _refuse_key(key: str, found: Mapping[str, str], place: Place) -> None:
    if key in found:
        raise UsageError(f"{key} is set twice", place=place)
    if key not in KNOWN:
        import difflib

        near = difflib.get_close_matches(key, KNOWN, n=1)
        hint = f"did you mean '{near[0]}'?" if near else "there are: " + ", ".join(KNOWN)
        raise UsageError(f"there is no setting called '{key}'", place=place, hint=hint)


def _problem(name: str, value: str) -> str | None:
    """What is wrong with a value, or None."""
    checks: dict[str, Callable[[str], str | None]] = {
        "currency": lambda text: None if len(text) == 3 and text.isalpha() else f"'{text}' is not three letters",
        "country": lambda text: (
            None
            if not text or (len(text) == 2 and text.isalpha() and text.isascii())
            else f"'{text}' is not two letters"
        ),
        "date_order": lambda text: None if text in ("", "dmy", "mdy", "ymd") else f"'{text}' is none of dmy, mdy, ymd",
    }
    if name in ("database", "rules") and not value:
        return "a path is needed"
    return checks[name](value) if name in checks else None


def zone_problem(text: str) -> str | None:
    from zoneinfo import ZoneInfo

    try:
        ZoneInfo(text)
    except (KeyError, ValueError, OSError):
        return f"there is no time zone called '{text}'; they are named like Europe/Vienna"
    return None


def environment() -> Mapping[str, str]:
    """The environment of this process; read here and nowhere else."""
    return os.environ
