"""What can go wrong, each with its exit code. Only `cli/app.py` turns these into messages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple


class Place(NamedTuple):
    """Where something stands: a file, and in it a line and a column (both counted from 1), with the text of that line."""

    file: str
    line: int | None = None
    column: int | None = None
    width: int = 1
    text: str | None = None

    def __str__(self) -> str:
        return ":".join(str(part) for part in (self.file, self.line, self.column) if part is not None)


class LeadctlError(Exception):
    """What went wrong, where, and how to mend it."""

    exit_code = 1

    def __init__(self, message: str, *, place: Place | None = None, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.place = place
        self.hint = hint


class BrokeOff(LeadctlError):
    """It broke on the way; nothing is half-written."""


class UsageError(LeadctlError):
    """The command line, a date, a setting, a file's form or a mapping is wrong."""

    exit_code = 2


class NotFound(LeadctlError):
    """There is no such lead, file or operation."""

    exit_code = 3


class Conflict(LeadctlError):
    """Several leads fit, or one thing stands in the way of another."""

    exit_code = 4


class DatabaseError(LeadctlError):
    """The database is busy, damaged, newer than this program, or not ours."""

    exit_code = 5


class NeedsAttention(LeadctlError):
    """Asked for with `--fail-if-…`: there is something to look at."""

    exit_code = 10


class Mistake(NamedTuple):
    """One thing wrong in a rule file: `level` is "error" (stops a run) or "warning"."""

    place: Place
    message: str
    hint: str | None = None
    level: str = "error"


class RuleError(UsageError):
    """All that is wrong with the rules, at once, in the order of their places."""

    def __init__(self, mistakes: Sequence[Mistake], where: str = "in the rules") -> None:
        count = len(mistakes)
        super().__init__(f"{count} mistake{'s' if count != 1 else ''} {where}; nothing was done")
        self.mistakes = tuple(mistakes)
