"""enrich"""

from __future__ import annotations

import os
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from leadctl.cli.importing import SHOWN_REJECTS, pairs_of, standard_input
from leadctl.cli.run import Run, of
from leadctl.errors import UsageError

if TYPE_CHECKING:
    from leadctl.services.importing.ledger import Ledger
    from leadctl.services.importing.receiving import ImportOptions

app = typer.Typer(rich_markup_mode=None)


@app.command("enrich")
def enrich(
    context: typer.Context,
    file: Annotated[
        str | None,
        typer.Argument(
            metavar="[FILE]", help="CSV, JSON or JSON Lines; - is standard input; none: the known companies."
        ),
    ] = None,
    by: Annotated[
        str | None, typer.Option("--by", metavar="KEY", help="id, external_id, email, phone, domain or company.")
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace values too, but those set by hand.")] = False,
    program: Annotated[
        str | None, typer.Option("--exec", metavar="'PROGRAM ARGS'", help="Ask a program: leads out, answers in.")
    ] = None,
    where: Annotated[
        str | None, typer.Option("--where", metavar="COND", help="Which leads the program is asked about.")
    ] = None,
    fields: Annotated[
        str | None, typer.Option("--fields", metavar="A,B,...", help="What the program is told of a lead.")
    ] = None,
    timeout: Annotated[
        float | None,
        typer.Option("--timeout", metavar="SECONDS", min=0.1, help="How long the program may be silent; 60."),
    ] = None,
    map_column: Annotated[
        list[str] | None,
        typer.Option("--map-column", metavar="HEADER=FIELD", help="One column's field; may be repeated."),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would happen; write nothing.")] = False,
    rejects: Annotated[Path | None, typer.Option("--rejects", metavar="FILE", help="Where refused rows go.")] = None,
    encoding: Annotated[str | None, typer.Option("--encoding", help="The file's encoding, such as cp1252.")] = None,
    delimiter: Annotated[str | None, typer.Option("--delimiter", help="The sign between values: , ; | or tab.")] = None,
    date_order: Annotated[
        str | None, typer.Option("--date-order", metavar="ORDER", help="How 10/11/2026 is read: dmy, mdy or ymd.")
    ] = None,
) -> None:
    """\b
    leadctl enrich facts.csv
    leadctl enrich firms.csv --by domain --dry-run
    leadctl enrich --exec 'python3 look_up.py' --where 'industry: {present: no}'
    leadctl enrich

    Fill what is empty in leads: from a file of facts, from a program, or from the companies that are known.
    """
    from leadctl.services.importing.receiving import ImportOptions

    run = of(context)
    if date_order not in (None, "dmy", "mdy", "ymd"):
        raise UsageError(f"--date-order cannot be '{date_order}'", hint="dmy, mdy or ymd")
    for flag, given, needs in (
        ("--where", where, "--exec"),
        ("--fields", fields, "--exec"),
        ("--timeout", timeout, "--exec"),
    ):
        if given is not None and program is None:
            raise UsageError(f"{flag} goes with {needs}")
    given_to_file = {"--by": by, "--map-column": map_column, "--encoding": encoding, "--delimiter": delimiter}
    for flag, value in given_to_file.items():
        if value and file is None:
            raise UsageError(f"{flag} is for a file of facts", hint="leadctl enrich FILE")
    if overwrite and file is None:
        raise UsageError(
            "--overwrite is for a file of facts", hint="a program and the known companies fill what is empty"
        )
    for path in (rejects, run.output):
        if path is not None:
            run.refuse_own(path, *([file] if file is not None else []))
    options = ImportOptions(
        columns=pairs_of(map_column or []),
        encoding=encoding,
        delimiter=delimiter,
        date_order=date_order,
        rejects=rejects,
        dry_run=dry_run,
        progress=run.progress("rows"),
    )
    if program is not None and file is not None:
        raise UsageError("a file or a program, not both")
    if program is not None:
        _from_program(run, program, where, fields, timeout, options)
    elif file is not None:
        _from_file(run, file, by, overwrite, options)
    else:
        _from_companies(run, dry_run)


def _from_file(run: Run, file: str, by: str | None, overwrite: bool, options: ImportOptions) -> None:
    from leadctl.services.enriching.facts import enrich_from_file
    from leadctl.services.importing.receiving import Incoming

    stream = standard_input() if file == "-" else None
    with run.database() as database:
        incoming = Incoming(database, run.settings, run.rules, file, options, run.now, run.command, run.here, stream)
        ledger = enrich_from_file(incoming, by, overwrite=overwrite)
    again = [
        word for flag, value in (("--by", by), ("--date-order", options.date_order)) if value for word in (flag, value)
    ]
    again += ["--overwrite"] if overwrite else []
    again += [word for pair in options.columns.items() for word in ("--map-column", "=".join(pair))]
    _show(run, ledger, "standard input" if file == "-" else file, again)
    _exit(ledger)


def _from_companies(run: Run, dry_run: bool) -> None:
    from leadctl.services.enriching.facts import enrich_from_companies

    with run.database() as database:
        done = enrich_from_companies(database, now=run.now, command=run.command, dry_run=dry_run)
    if not done.companies:
        run.say(
            "no companies are known: leadctl import FILE --as companies brings some, leadctl enrich FILE takes facts"
        )
    elif dry_run:
        run.say("a dry run: nothing was written")
    elif done.leads:
        run.say("next: leadctl score && leadctl route")
    run.show(done.as_record())


def _from_program(
    run: Run, program: str, where: str | None, fields: str | None, timeout: float | None, options: ImportOptions
) -> None:
    from leadctl.cli.leads import condition_of
    from leadctl.render.jsons import write_lines
    from leadctl.services.enriching.asking import SILENT_FOR, Asking, enrich_from_program

    names = [each.strip() for each in fields.split(",") if each.strip()] if fields is not None else None
    with run.database() as database:
        asking = Asking(program, condition_of(run, database, where), names, timeout or SILENT_FOR, write_lines)
        asked = enrich_from_program(
            database, run.settings, run.rules, asking, options, now=run.now, command=run.command, here=run.here
        )
    _show(run, asked.ledger, "answers", None)
    if asked.trouble is not None:
        raise asked.trouble
    _exit(asked.ledger)


def _show(run: Run, ledger: Ledger, name: str, again: list[str] | None) -> None:
    """The figures on standard output, the rest on standard error."""
    from dataclasses import replace

    from leadctl.services.importing.ledger import ledger_record

    for note in ledger.notes:
        run.say(f"{name}: {note}")
    for bad in ledger.rejects[:SHOWN_REJECTS]:
        run.say(f"{name}:{bad.line}: " + (f"{bad.column}: " if bad.column else "") + bad.reason)
    if len(ledger.rejects) > SHOWN_REJECTS:
        run.say(f"{name}: … and {len(ledger.rejects) - SHOWN_REJECTS} more were refused")
    if ledger.reject_file is not None:
        path = os.path.relpath(ledger.reject_file, run.here)
        mended = f"; mend them and: {shlex.join(['leadctl', 'enrich', path, *again])}" if again is not None else ""
        run.say(f"refused rows are in {path}{mended}")
    if ledger.dry_run:
        run.say("a dry run: nothing was written")
    elif ledger.updated:
        run.say("next: leadctl score && leadctl route")
    run.show(replace(ledger_record(ledger, whole=not run.for_a_person), title="Enrich"))


def _exit(ledger: Ledger) -> None:
    if ledger.rejected:
        raise typer.Exit(1)
