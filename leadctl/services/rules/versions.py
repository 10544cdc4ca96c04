"""Other rules than those that lie in the workspace now: those that a scoring ran with, which are kept in the database with it,
those of a revision in git, and those with one file changed."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath

from leadctl.compiler.field_rules import LARGEST_LIST_FILE
from leadctl.compiler.load import LoadError, load_text
from leadctl.compiler.load import Mapping as MapNode
from leadctl.compiler.load import Scalar as ScalarNode
from leadctl.compiler.rulebook import load_rules
from leadctl.compiler.tree import Rules
from leadctl.errors import NotFound, RuleError, UsageError
from leadctl.services.rules.revisions import Revision
from leadctl.store.database import Database

_FILES = "SELECT files FROM ruleset WHERE hash = ?"
_ENDINGS = (".yaml", ".yml")


def rules_that_ran(database: Database, ruleset: str) -> Rules:
    """The rules kept under a hash. Raises RuleError where this version can no longer read them."""
    (text,) = database.connection.execute(_FILES, (ruleset,)).fetchone()
    return rules_from_texts(json.loads(text), f"rules {ruleset}")


def rules_from_texts(files: Mapping[str, str], shown_as: str) -> Rules:
    """Rules from the texts of their files: name within the folder -> text."""
    return rules_from_files({name: text.encode() for name, text in files.items()}, shown_as)


def rules_from_files(files: Mapping[str, bytes], shown_as: str) -> Rules:
    """Rules from the contents of their files: name within the folder -> bytes. Names that lead out of it are left out."""
    with tempfile.TemporaryDirectory(prefix="leadctl-") as home:
        folder = Path(home).resolve() / "rules"
        folder.mkdir()
        for name, content in files.items():
            path = folder / name
            if not path.resolve().is_relative_to(folder):
                continue
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        return load_rules(folder, shown_as=shown_as)


def rules_of_revision(folder: Path, revision: str) -> Rules:
    """The rules as they stood in this folder in a revision of git: a branch, a tag, a hash, `HEAD~1`.

    Raises NotFound where there is no such revision, or the folder is not kept in git.
    """
    found = Revision(folder, revision)
    own = [name for name in found.names() if name.endswith(_ENDINGS)]
    if not own:
        raise NotFound(f"in {revision} there are no rules in {folder.name}/")
    files = found.contents(own)
    files |= found.contents([name for name in _list_files(files.values()) if name not in files])
    return rules_from_files(files, f"{revision}:{folder.name}")


def rules_with(file: Path, folder: Path, rules: Rules, shown_as: str) -> Rules:
    """The rules of a folder with this file in place of the one of the same name, or added to them.

    `rules` are the folder's own; `shown_as` is how messages call the file. A file that is no YAML is a list's.
    """
    content = _read(file, shown_as)
    files = {name: text.encode() for name, text in rules.text.items()}
    if file.name.endswith(_ENDINGS):
        files[file.name] = content
        for name in _list_files([content]):
            found = [each / name for each in (folder, file.parent) if _lies_in(each, name)]
            if name not in files and found:
                files[name] = found[0].read_bytes()
    else:
        files[_list_named(file.name, rules)] = content
    try:
        return rules_from_files(files, folder.name)
    except RuleError as error:
        own = f"{folder.name}/{file.name}"
        raise RuleError([
            each._replace(place=each.place._replace(file=shown_as)) if each.place.file == own else each
            for each in error.mistakes
        ]) from error  # fmt: skip


def _read(file: Path, shown_as: str) -> bytes:
    if not file.is_file():
        raise UsageError(f"{shown_as} is no ordinary file")
    if file.stat().st_size > LARGEST_LIST_FILE:
        raise UsageError(f"{shown_as} is larger than 10 MB")
    return file.read_bytes()


def _lies_in(folder: Path, name: str) -> bool:
    """Whether a folder holds a list's file of this name, of a size that will be read."""
    path = folder / name
    if not path.resolve().is_relative_to(folder.resolve()) or not path.is_file():
        return False
    return path.stat().st_size <= LARGEST_LIST_FILE


def _list_named(name: str, rules: Rules) -> str:
    """What the rules call the list's file of this name. Raises UsageError where no list, or more than one, has it."""
    lists = [each for each in rules.text if not each.endswith(_ENDINGS)]
    alike = [each for each in lists if PurePosixPath(each).name == name]
    if name in lists:
        return name
    if len(alike) != 1:
        raise UsageError(
            f"{len(alike) or 'no'} list{'s' if len(alike) > 1 else ''} of the rules "
            f"{'are' if len(alike) > 1 else 'is'} read from a file called '{name}'",
            hint=f"the files of lists: {', '.join(lists)}" if lists else "a file of rules ends in .yaml",
        )
    return alike[0]


def _list_files(contents: Iterable[bytes]) -> list[str]:
    """The names of the files that the lists in these rule files are read from. What is wrong with them shows later."""
    names: list[str] = []
    for content in contents:
        try:
            top = load_text(content.decode("utf-8-sig"), "")
        except (LoadError, UnicodeDecodeError):
            continue
        lists = top.get("lists") if top is not None else None
        for _, value in lists.entries if isinstance(lists, MapNode) else ():
            file = value.get("file") if isinstance(value, MapNode) else None
            if isinstance(file, ScalarNode) and file.text:
                names.append(file.text)
    return list(dict.fromkeys(names))
