"""What stood in a folder in an earlier revision of git, read by git itself and never by way of the working files."""

from __future__ import annotations

import posixpath
import re
import subprocess
from collections.abc import Sequence
from pathlib import Path

from leadctl.compiler.field_rules import LARGEST_LIST_FILE
from leadctl.config import environment
from leadctl.errors import BrokeOff, NotFound

# Set while git runs a hook; they would point it to another repository than the folder's.
_OF_HOOKS = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_COMMON_DIR")
_PATIENCE = 60  # seconds; git may have to fetch what a partial clone left out


class Revision:
    """A folder as it was in a commit. Raises NotFound where there is none, BrokeOff where git is missing or fails."""

    def __init__(self, folder: Path, revision: str) -> None:
        self.folder = folder
        prefix = self._git("rev-parse", "--show-prefix")
        if prefix is None:
            raise NotFound(
                f"there is no file or folder '{revision}', and no revision either: {folder} is not kept in git",
                hint=self._said or None,
            )
        self.prefix = prefix.decode("utf-8", "surrogateescape").removesuffix("\n")
        # With a dash in front it would be an option to git, not a revision.
        found = None
        if revision and not revision.startswith("-"):
            found = self._git("rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}")
        if found is None or not re.fullmatch(rb"[0-9a-f]{40,64}\n", found):
            raise NotFound(
                f"there is no file, folder or git revision '{revision}'",
                hint=f"`git log --oneline -- {folder.name}` lists revisions of the rules; a shallow clone has only the last ones",
            )
        self.commit = found.decode().strip()

    def names(self) -> list[str]:
        """The files that lie in the folder itself."""
        listed = self._must("ls-tree", "--name-only", "-z", self.commit)
        return [name.decode("utf-8", "surrogateescape") for name in listed.split(b"\0") if name]

    def contents(self, names: Sequence[str]) -> dict[str, bytes]:
        """Name -> content, for those that were there and are no larger than a list may be. Links within git are followed."""
        asked = [name for name in names if "\n" not in name]
        lines = "".join(f"{self.commit}:{posixpath.normpath(self.prefix + name)}\n" for name in asked)
        answers = self._must("cat-file", "--batch-check", "--follow-symlinks", given=_bytes(lines))
        found: dict[str, bytes] = {}
        for name, blob in zip(asked, _blobs(answers, len(asked)), strict=True):
            if blob is not None:
                found[name] = self._must("cat-file", "blob", blob)
        return found

    def _must(self, *words: str, given: bytes = b"") -> bytes:
        found = self._git(*words, given=given)
        if found is None:
            raise BrokeOff(f"git {words[0]} failed: {self._said}", hint="nothing was changed")
        return found

    def _git(self, *words: str, given: bytes = b"") -> bytes | None:
        """What git answers in the folder; None where it refuses, and `_said` is why."""
        kept = {name: value for name, value in environment().items() if name not in _OF_HOOKS}
        try:
            done = subprocess.run(
                ["git", "-C", str(self.folder), *words],
                input=given,
                capture_output=True,
                env=kept | {"GIT_TERMINAL_PROMPT": "0"},
                timeout=_PATIENCE,
                check=False,
            )
        except FileNotFoundError as error:
            raise BrokeOff("reading a revision needs git, and there is no program called git") from error
        except subprocess.TimeoutExpired as error:
            raise BrokeOff(f"git {words[0]} gave no answer for {_PATIENCE} seconds") from error
        self._said = done.stderr.decode("utf-8", "replace").strip().split("\n")[0]
        return done.stdout if done.returncode == 0 else None


def _blobs(answers: bytes, count: int) -> list[str | None]:
    """The object of each file that was asked about, or None, from the answers of `git cat-file --batch-check`."""
    found: list[str | None] = []
    at = 0
    for _ in range(count):
        end = answers.index(b"\n", at)
        line, at = answers[at:end], end + 1
        blob = re.fullmatch(rb"([0-9a-f]{40,64}) blob (\d+)", line)
        found.append(blob[1].decode() if blob and int(blob[2]) <= LARGEST_LIST_FILE else None)
        elsewhere = re.fullmatch(rb"(?:symlink|dangling|loop|notdir) (\d+)", line)
        if elsewhere:  # a link out of git, and where it leads on a line of its own
            at += int(elsewhere[1]) + 1
    return found


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")
