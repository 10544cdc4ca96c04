"""One run of the program: what the global options said, and how a command reaches settings, rules, database and output."""

from __future__ import annotations

import contextlib
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, TextIO

import typer

from leadctl import config
from leadctl.errors import BrokeOff, UsageError

if TYPE_CHECKING:
    from leadctl.compiler.tree import Rules
    from leadctl.model.report import Record, Report
    from leadctl.store.database import Database


@dataclass
class Run:
    """What the global options said. `clock` is the one reading of the clock."""

    clock: datetime
    words: list[str] = field(default_factory=list)  # the command line, for the log of operations
    workspace: Path | None = None
    database_file: Path | None = None
    now_text: str | None = None
    quiet: bool = False
    verbose: bool = False
    debug: bool = False
    colour: bool = True
    yes: bool = False
    no_input: bool = False
    wait: float = 10.0
    format: str | None = None
    output: Path | None = None

    @cached_property
    def here(self) -> Path:
        return Path.cwd()

    @cached_property
    def settings(self) -> config.Settings:
        return config.gather(
            workspace=self.workspace,
            database=self.database_file,
            environment=config.environment(),
            folder=self.here,
        )

    @cached_property
    def now(self) -> datetime:
        """The moment that this run takes for now: `--now`, or the clock."""
        found = self.given_now
        if found is None:
            return self.clock
        return found if found.tzinfo is not None else found.replace(tzinfo=self.settings.zone)

    @cached_property
    def given_now(self) -> datetime | None:
        """What `--now` or LEADCTL_NOW says. Raises UsageError."""
        text = self.now_text or config.environment().get("LEADCTL_NOW")
        try:
            found = datetime.fromisoformat(text.strip()) if text else None
        except ValueError:
            hint = "write 2026-11-22 or 2026-11-22T09:30"
            raise UsageError(f"--now: '{text}' is no day or time", hint=hint) from None
        if found is not None and not 1900 <= found.year <= 2200:
            raise UsageError(f"--now: '{text}' is outside the years 1900 to 2200")
        return found

    @property
    def today(self) -> date:
        """The civil day of `now` in the workspace's time zone."""
        return self.now.astimezone(self.settings.zone).date()

    def day(self, text: str) -> date:
        """A day as people type it. Raises UsageError."""
        from leadctl.model.dates import parse_day

        try:
            return parse_day(text, self.today, self.settings.date_order)
        except ValueError as error:
            raise UsageError(str(error)) from error

    @cached_property
    def rules(self) -> Rules:
        from leadctl.compiler.rulebook import load_rules

        return load_rules(self.settings.rules)

    @property
    def command(self) -> str:
        """The command as a person would type it again."""
        return _joined(self.words)

    def command_about(self, word: str, others: Sequence[str]) -> str:
        """The command as for one of several things that were named, so that each operation says what it was about."""
        rest = Counter(others)
        rest[word] -= 1
        words = []
        for each in self.words:
            if rest[each] > 0:
                rest[each] -= 1
            else:
                words.append(each)
        return _joined(words)

    @contextmanager
    def database(self, *, create: bool = False) -> Iterator[Database]:
        """The open database; closed at the end."""
        from leadctl.store.database import open_database

        # In a workspace the database may not be there yet (a fresh clone holds the rules alone); with --db it is a typo.
        may_create = create or (self.settings.workspace is not None and self.database_file is None)
        found = open_database(self.settings.database, create=may_create, wait=self.wait)
        try:
            yield found
        finally:
            found.close()

    def show(self, result: Report | Record) -> None:
        """The result, to standard output or the file of -o, in the format asked for."""
        from leadctl.render import output

        if sys.stdout is None and self.output is None:
            raise BrokeOff("there is no standard output to write to", hint="-o FILE writes the result to a file")
        format = output.format_for(self.format, self.output)
        if self.output is not None:
            self.refuse_own(self.output)
            output.write_file(result, self.output, format, self.settings_zone)
            self.say(f"written to {self.output}")
            return
        output.write(
            result,
            format=format,
            stream=sys.stdout,
            is_terminal=sys.stdout.isatty(),
            width=None,
            colour=self.colour,
            zone=self.settings_zone,
        )

    def progress(self, what: str) -> Callable[[int], None] | None:
        """Shows how far long work has come, from its second second on; on a terminal only."""
        if self.quiet or sys.stderr is None or not sys.stderr.isatty():
            return None
        began = shown = monotonic()

        def show(count: int) -> None:
            nonlocal shown
            if monotonic() - began > 1 and monotonic() - shown > 0.2:
                shown = monotonic()
                tell(f"{count:,} {what}", end="\r")

        return show

    def refuse_own(self, path: Path, *others: str) -> None:
        """A result never takes the place of the workspace's own files, or of the files being read (`others`)."""
        target = (self.here / path.expanduser()).resolve()
        database = self.settings.database.resolve()
        own = [database, *(database.with_name(database.name + end) for end in ("-wal", "-shm"))]
        if self.settings.workspace is not None:
            own.append((self.settings.workspace / config.SETTINGS_FILE).resolve())
        own += [(self.here / other).resolve() for other in others]
        if target in own or target.is_relative_to(self.settings.rules.resolve()):
            raise UsageError(f"{path} is needed as it is; nothing was written", hint="name another file")

    @property
    def settings_zone(self) -> str | None:
        try:
            return self.settings.timezone
        except Exception:
            return None

    @property
    def for_a_person(self) -> bool:
        """Whether the result is drawn as a table for reading."""
        return self.format in (None, "table") and self.output is None

    @property
    def for_a_program(self) -> bool:
        """Whether the result is JSON, which holds what no table can."""
        from leadctl.render.output import format_for

        return format_for(self.format, self.output) in ("json", "jsonl")

    @property
    def on_a_terminal(self) -> bool:
        return self.for_a_person and sys.stdout is not None and sys.stdout.isatty()

    def say(self, text: str) -> None:
        """A line on standard error, unless -q."""
        if not self.quiet:
            if sys.stdout is not None:
                sys.stdout.flush()  # in one pipe, what was shown before stands before
            tell(text)


def tell(text: str, *, end: str = "\n", stream: TextIO | None = None) -> None:
    """Writes to standard error; control characters of user text are made visible."""
    from leadctl.render.safe import visible

    target = stream or sys.stderr
    safe = "\n".join(visible(line) for line in text.split("\n"))
    encoding = target.encoding or "utf-8"
    with contextlib.suppress(OSError):  # nobody reads it, or the disk is full: no reason to break off the work
        target.write(safe.encode(encoding, "backslashreplace").decode(encoding) + end)
        target.flush()


def of(context: typer.Context) -> Run:
    """The run that a command belongs to."""
    run = context.find_object(Run)
    if run is None:
        raise RuntimeError("the command was called without its program")
    return run


def _joined(words: Sequence[str]) -> str:
    import shlex

    return shlex.join(words).encode("utf-8", "backslashreplace").decode()
