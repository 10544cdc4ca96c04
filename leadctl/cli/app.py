"""The program: global options, the one clock reading, and the one place where errors become messages and exit codes."""

from __future__ import annotations

import errno
import importlib
import os
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, TextIO

import typer

from leadctl.cli.commands import COMMANDS, SECTIONS
from leadctl.cli.help import Group
from leadctl.cli.run import Run, tell
from leadctl.errors import BrokeOff, LeadctlError, UsageError

# Global options are accepted anywhere on the line: they are moved to its front before it is read.
_FLAGS = {"-q": "--quiet", "-v": "--verbose"}
_SWITCHES = ("--quiet", "--verbose", "--debug", "--no-color", "--yes", "--no-input", "--json", "--version")
_WITH_VALUE = ("-C", "--db", "--now", "--wait", "--format", "-o", "--output")


def to_the_front(words: list[str]) -> list[str]:
    """The same command line with the global options first. Nothing after `--` is touched."""
    front: list[str] = []
    rest: list[str] = []
    index = 0
    while index < len(words):
        word = words[index]
        name = word.split("=", 1)[0]
        if word == "--":
            rest += words[index:]
            break
        if word in _FLAGS or word in _SWITCHES:
            front.append(_FLAGS.get(word, word))
        elif name in _WITH_VALUE and name != word:
            front += [word] if name.startswith("--") else [name, word[len(name) + 1 :]]
        elif word[:2] in ("-C", "-o") and len(word) > 2:
            front += [word[:2], word[2:]]
        elif word in ("-qv", "-vq"):
            front += ["--quiet", "--verbose"]
        elif word in _WITH_VALUE and index + 1 < len(words):
            front += [word, words[index + 1]]
            index += 1
        else:
            rest.append(word)
        index += 1
    return front + rest


class Program(Group):
    """Builds only the command that is called: a command's module is imported when its name is on the line."""

    def sections(self, ctx: Any) -> dict[str, list[str]]:
        return {section: list(names) for section, names in SECTIONS.items()}

    def list_commands(self, ctx: Any) -> list[str]:
        return list(COMMANDS)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        if args and not args[0].startswith("-") and args[0] not in COMMANDS:
            from leadctl.compiler.findings import nearest

            raise UsageError(f"there is no command '{args[0]}'", hint=nearest(args[0], COMMANDS))
        return super().resolve_command(ctx, args)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        home = COMMANDS.get(cmd_name)
        if home is None:
            return None
        if cmd_name not in self.commands:
            module = importlib.import_module(f"leadctl.cli.{home}")
            for name, command in typer.main.get_group(module.app).commands.items():
                self.commands.setdefault(name, command)
        return self.commands[cmd_name]

    def invoke(self, ctx: Any) -> Any:
        try:
            result = super().invoke(ctx)
            if sys.stdout is not None:
                sys.stdout.flush()
            return result
        except (typer.Exit, typer.Abort):
            raise
        except BrokenPipeError:
            _close_quietly(sys.stdout)
            raise typer.Exit(0) from None
        except KeyboardInterrupt:
            tell("interrupted; what was not finished was not written")
            raise typer.Exit(130) from None
        except LeadctlError as error:
            report(error)
            raise typer.Exit(error.exit_code) from None
        except Exception as error:
            if hasattr(error, "format_message"):  # a mistake in the command line: Typer says it, with exit code 2
                raise
            raise typer.Exit(_unexpected(error, ctx.obj)) from None


app = typer.Typer(
    cls=Program,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:
    if wanted:
        from leadctl import __version__

        typer.echo(f"leadctl {__version__}")
        raise typer.Exit


@app.callback()
def program(
    context: typer.Context,
    workspace: Annotated[
        Path | None,
        typer.Option("-C", metavar="DIR", help="The workspace. Else the nearest folder upwards with a leadctl.yaml."),
    ] = None,
    db: Annotated[
        Path | None, typer.Option("--db", metavar="FILE", help="Another database than the workspace's.")
    ] = None,
    now: Annotated[str | None, typer.Option("--now", metavar="TIME", help="A day or ISO time to take for now.")] = None,
    wait: Annotated[
        float, typer.Option("--wait", metavar="SECONDS", min=0, help="How long to wait while another leadctl writes.")
    ] = 10.0,
    format: Annotated[
        str | None, typer.Option("--format", metavar="FORMAT", help="table, csv, tsv, json, jsonl or md.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Short for --format json.")] = False,
    output: Annotated[
        Path | None,
        typer.Option(
            "-o", "--output", metavar="FILE", help="Write the result to a file; its ending chooses the format."
        ),
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="-q: only results and errors.")] = False,
    verbose: Annotated[bool, typer.Option("--verbose", help="-v: say more.")] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an unexpected error.")] = False,
    no_color: Annotated[bool, typer.Option("--no-color", help="No colours.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Answer yes to questions.")] = False,
    no_input: Annotated[bool, typer.Option("--no-input", help="Never ask.")] = False,
    version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="The version.")] = False,
) -> None:
    """\b
    leadctl import leads.csv              bring leads in
    leadctl score; leadctl route          work out who is worth a call, and whose it is
    leadctl list --where 'grade: A'       the best
    leadctl explain 42                    why this score
    leadctl report pipeline               where the money is

    Lead management for people who live in a terminal. The global options below may stand anywhere on the line.
    """
    run = Run(
        clock=datetime.fromtimestamp(time.time(), UTC),
        words=_called,
        workspace=workspace,
        database_file=db,
        now_text=now,
        quiet=quiet,
        verbose=verbose,
        debug=debug,
        colour=not no_color,
        yes=yes,
        no_input=no_input,
        wait=wait,
        format="json" if json else format,
        output=output,
    )
    context.obj = run
    run.given_now  # noqa: B018 - a wrong --now is refused, whether the command needs it or not


_called: list[str] = []


def run_command_line() -> None:
    """Runs the command line of this process and exits with its code."""
    _called[:] = ["leadctl", *sys.argv[1:]]
    try:
        app(args=to_the_front(sys.argv[1:]), prog_name="leadctl")
    except OSError as error:  # of the help, which Typer writes
        sys.exit(_unexpected(error, None))
    finally:
        for stream in (sys.stdout, sys.stderr):
            try:
                if stream is not None:
                    stream.flush()
            except OSError:  # at the end Python would try again, and change the exit code
                _close_quietly(stream)


def report(error: LeadctlError) -> None:
    """What, where, and how to mend it, on standard error."""
    from leadctl.cli.messages import message_lines

    tell("\n".join(message_lines(error)))


def _unexpected(error: Exception, run: Run | None) -> int:
    """An error that nobody foresaw: SQLite's in plain words, any other as a bug with the place of its record."""
    import sqlite3

    from leadctl.cli.messages import record_bug

    if run is not None and run.debug:
        import traceback

        traceback.print_exc()
    if isinstance(error, sqlite3.Error) and run is not None:
        from leadctl.store.database import explain

        known = explain(error, run.settings.database)
        report(known)
        return known.exit_code
    if isinstance(error, UnicodeEncodeError):
        report(UsageError("a word of the command line is no text in UTF-8", hint="nothing was done"))
        return UsageError.exit_code
    if isinstance(error, OSError) and error.errno == errno.ENAMETOOLONG:
        report(UsageError(f"a name of a file is too long: {str(error.filename)[:60]}…"))
        return UsageError.exit_code
    if isinstance(error, OSError):
        hint = "nothing is half-written; leadctl operations says what was done"
        report(BrokeOff(f"the system says: {error.strerror or error}", hint=hint))
        _close_quietly(sys.stdout)
        return BrokeOff.exit_code
    if isinstance(error, RecursionError | MemoryError):
        tell("leadctl: this is too large or too deeply nested to be worked on; nothing was changed")
        return 1
    tell(f"leadctl: an unexpected error, which is a bug: {type(error).__name__}: {error}")
    tell(f"  nothing was half-written; the record of it is in {record_bug(error)}, --debug shows it here")
    return 1


def _close_quietly(stream: TextIO | None) -> None:
    """The reader has gone (`| head`): what is still buffered goes nowhere, without a complaint at exit."""
    if stream is not None:
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
