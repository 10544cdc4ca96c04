"""import"""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, BinaryIO

import typer

from leadctl.cli.messages import message_lines
from leadctl.cli.run import Run, of, tell
from leadctl.errors import LeadctlError, RuleError, UsageError

if TYPE_CHECKING:
    from leadctl.services.importing.ledger import Ledger

app = typer.Typer(rich_markup_mode=None)
SHOWN_REJECTS = 5
ROWS = {"leads": "lead", "activities": "activity", "companies": "company", "spend": "amount"}  # what each row is


@app.command("import")
def import_(
    context: typer.Context,
    files: Annotated[
        list[str] | None, typer.Argument(metavar="FILE...", help="CSV, TSV, JSON or JSON Lines; - is standard input.")
    ] = None,
    kind: Annotated[
        str | None,
        typer.Option(
            "--as", metavar="KIND", help="leads, activities, companies or spend; else by the header, or leads."
        ),
    ] = None,
    mapping: Annotated[
        str | None,
        typer.Option("--map", metavar="NAME-or-FILE", help="How columns become fields: a mapping by name or file."),
    ] = None,
    maps: Annotated[bool, typer.Option("--maps", help="List the mappings that there are; import nothing.")] = False,
    map_column: Annotated[
        list[str] | None,
        typer.Option("--map-column", metavar="HEADER=FIELD", help="One column's field; may be repeated."),
    ] = None,
    source: Annotated[str | None, typer.Option("--source", help="The source of rows that name none.")] = None,
    campaign: Annotated[str | None, typer.Option("--campaign", help="The campaign of rows that name none.")] = None,
    type_: Annotated[
        str | None, typer.Option("--type", metavar="TYPE", help="The type of activities that name none.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would happen; write nothing.")] = False,
    rejects: Annotated[
        Path | None,
        typer.Option("--rejects", metavar="FILE", help="Where refused rows go, to be mended and imported again."),
    ] = None,
    on_match: Annotated[
        str, typer.Option("--on-match", metavar="WHAT", help="A lead that is there: update, skip or new.")
    ] = "update",
    encoding: Annotated[str | None, typer.Option("--encoding", help="The file's encoding, such as cp1252.")] = None,
    delimiter: Annotated[str | None, typer.Option("--delimiter", help="The sign between values: , ; | or tab.")] = None,
    date_order: Annotated[
        str | None, typer.Option("--date-order", metavar="ORDER", help="How 10/11/2026 is read: dmy, mdy or ymd.")
    ] = None,
) -> None:
    """\b
    leadctl import leads.csv
    some-export | leadctl import - --source "trade fair"
    leadctl import export.csv --map-column "Telefon 2=phone" --dry-run
    leadctl import visits.csv --as activities --type page_view
    leadctl import --maps

    Import leads, what they did, or companies. Every row is accounted for; refused ones go to a file to be mended.
    """
    from leadctl.services.importing.files import ImportOptions, Incoming, import_file

    run = of(context)
    if maps:
        from leadctl.services.importing.mapping_list import mapping_list

        run.show(mapping_list(run.settings, run.rules))
        return
    if not files:
        raise UsageError("no file is named", hint="leadctl import FILE, or - for standard input")
    if kind is not None and kind not in ROWS:
        raise UsageError(f"--as cannot be '{kind}'", hint=", ".join(ROWS))
    kind = _kind(kind, type_, on_match)
    if on_match not in ("update", "skip", "new"):
        raise UsageError(f"--on-match cannot be '{on_match}'", hint="update, skip or new")
    if date_order not in (None, "dmy", "mdy", "ymd"):
        raise UsageError(f"--date-order cannot be '{date_order}'", hint="dmy, mdy or ymd")
    if rejects is not None and len(files) > 1:
        raise UsageError("--rejects names one file, and several are imported", hint="import them one by one")
    for path in (rejects, run.output):
        if path is not None:
            run.refuse_own(path, *files)
    constants = {name: text for name, text in (("source", source), ("campaign", campaign), ("type", type_)) if text}
    options = ImportOptions(
        mapping,
        pairs_of(map_column or []),
        constants,
        encoding,
        delimiter,
        date_order,
        on_match,
        rejects,
        dry_run,
        run.progress("rows"),
    )
    # What mended rows must be read with: the flags that said how this file is to be read.
    given = {"--map": mapping, "--source": source, "--campaign": campaign, "--type": type_, "--date-order": date_order}
    again_with = [word for flag, value in given.items() if value for word in (flag, value)]
    again_with += [word for each in map_column or [] for word in ("--map-column", each)]
    stream = standard_input() if "-" in files else None
    ledgers: list[Ledger] = []
    failed: list[LeadctlError] = []
    with run.database(create=True) as database:
        for file in files:
            try:
                incoming = Incoming(
                    database,
                    run.settings,
                    run.rules,
                    file,
                    options,
                    run.now,
                    run.command_about(file, files),
                    run.here,
                    stream if file == "-" else None,
                )
                ledger = import_file(incoming, kind)
            except LeadctlError as error:
                if len(files) == 1 or isinstance(error, RuleError):
                    raise
                failed.append(error)  # each file stands for itself: the others are imported
                tell("\n".join(message_lines(error)))
                continue
            ledgers.append(ledger)
            _tell(run, ledger, again_with)
    _tell_next(run, ledgers)
    if ledgers:
        _show(run, ledgers)
    if failed:
        raise typer.Exit(failed[0].exit_code)
    if any(ledger.rejected for ledger in ledgers):
        raise typer.Exit(1)


def _kind(kind: str | None, type_: str | None, on_match: str) -> str | None:
    """The kind that is meant where flags are given that only one of them has. Raises UsageError where they contradict."""
    if type_ is not None and kind not in (None, "activities"):
        raise UsageError("--type is for activities", hint="--as activities")
    if on_match != "update" and (type_ is not None or kind not in (None, "leads")):
        raise UsageError("--on-match is for leads: nothing else that is there is ever there twice")
    return "activities" if type_ is not None else "leads" if on_match != "update" else kind


def standard_input() -> BinaryIO:
    """Raises UsageError where it was closed."""
    if sys.stdin is None:
        raise UsageError("there is no standard input to read")
    return sys.stdin.buffer


def pairs_of(texts: list[str]) -> dict[str, str]:
    pairs = {}
    for text in texts:
        header, sign, field = text.rpartition("=")
        if not sign or not header or not field:
            raise UsageError(
                f"--map-column '{text}' is not HEADER=FIELD", hint='such as --map-column "Telefon 2=phone"'
            )
        pairs[header] = field.strip()
    return pairs


def _tell(run: Run, ledger: Ledger, again_with: Sequence[str]) -> None:
    """What a person needs beside the figures, on standard error."""
    name = "standard input" if ledger.file == "-" else ledger.file
    for note in ledger.notes:
        run.say(f"{name}: {note}")
    if ledger.mapping:
        run.say(f"{name}: read with the mapping '{ledger.mapping}'")
    kept = [header for header, field in ledger.columns.items() if field is None and not header.startswith("leadctl_")]
    if kept and len(kept) < len(ledger.columns):
        listed = ", ".join(_short(each) for each in kept[:12]) + (", …" if len(kept) > 12 else "")
        each = ROWS[ledger.kind]
        run.say(f"{name}: kept with each {each} under their own headers: {listed}")
    for bad in ledger.rejects[:SHOWN_REJECTS]:
        where = f"{name}:{bad.line}: " + (f"{bad.column}: " if bad.column else "")
        run.say(f"{where}{bad.reason}")
    if len(ledger.rejects) > SHOWN_REJECTS:
        run.say(f"{name}: … and {len(ledger.rejects) - SHOWN_REJECTS} more rows were refused")
    if ledger.reject_file is not None:
        kind = [] if ledger.kind == "leads" else ["--as", ledger.kind]
        again = "".join(f" {shlex.quote(word)}" for word in (*kind, *again_with))
        path = os.path.relpath(ledger.reject_file, run.here)
        run.say(f"refused rows are in {path}; mend them and: leadctl import {shlex.quote(path)}{again}")


def _tell_next(run: Run, ledgers: Sequence[Ledger]) -> None:
    """What there is to do now, once for all files."""
    changed = {ledger.kind for ledger in ledgers if ledger.created or ledger.updated}
    if any(ledger.dry_run for ledger in ledgers):
        run.say("a dry run: nothing was written")
    elif changed:
        run.say("next: leadctl report spend" if changed == {"spend"} else "next: leadctl score && leadctl route")


def _short(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:59]}…"


def _show(run: Run, ledgers: list[Ledger]) -> None:
    from leadctl.services.importing.ledger import ledger_record, ledger_report

    if len(ledgers) > 1:
        run.show(ledger_report(ledgers, whole=not run.for_a_person))
    else:
        run.show(ledger_record(ledgers[0], whole=not run.for_a_person))
