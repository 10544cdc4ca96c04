"""export"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from leadctl.cli.leads import condition_of
from leadctl.cli.run import Run, of
from leadctl.errors import BrokeOff, UsageError

if TYPE_CHECKING:
    from leadctl.render.spreadsheet import Form
    from leadctl.services.exporting import Export

app = typer.Typer(rich_markup_mode=None)


@app.command("export")
def export(
    context: typer.Context,
    kind: Annotated[str, typer.Argument(metavar="KIND", help="leads or activities.")],
    where: Annotated[
        str | None, typer.Option("--where", metavar="COND", help="Only leads for which this holds, and what they did.")
    ] = None,
    fields: Annotated[str | None, typer.Option("--fields", metavar="A,B,...", help="Which fields; else all.")] = None,
    spreadsheet_safe: Annotated[
        bool, typer.Option("--spreadsheet-safe", help="An apostrophe before what a spreadsheet would run.")
    ] = False,
    excel: Annotated[
        bool, typer.Option("--excel", help="CSV that Excel opens by a double click; safe for spreadsheets too.")
    ] = False,
) -> None:
    """\b
    leadctl export leads -o leads.csv
    leadctl export leads --where 'grade: A' --fields name,email,phone --excel -o call.csv
    leadctl export activities --format jsonl > activities.jsonl

    All leads or activities out again, as CSV, TSV, JSON or JSON Lines; an import knows them again.
    """
    from leadctl.render import exports
    from leadctl.render.spreadsheet import Form, excel_form
    from leadctl.services.exporting import KINDS, export_activities, export_leads
    from leadctl.services.listing import stored_catalogue

    run = of(context)
    if kind not in KINDS:
        raise UsageError(f"there is no export of '{kind}'", hint=f"choose one of {' and '.join(KINDS)}")
    safe = spreadsheet_safe or excel
    format = exports.format_for(run.format, run.output, spreadsheet=safe)
    form = excel_form(run.settings.country) if excel else Form(guarded=safe)
    chosen = [each.strip() for each in fields.split(",") if each.strip()] if fields else None
    as_text = format in ("csv", "tsv")
    with run.database() as database:
        condition = condition_of(run, database, where)
        if kind == "leads":
            catalogue, dimensions = stored_catalogue(database)
            found = export_leads(
                database, catalogue, dimensions, condition=condition, fields=chosen, now=run.now, as_text=as_text, guarded=safe
            )  # fmt: skip
        else:
            found = export_activities(database, condition=condition, fields=chosen, as_text=as_text, guarded=safe)
        _write(run, kind, found, format, form)


def _write(run: Run, kind: str, found: Export, format: str, form: Form) -> None:
    from leadctl.render import exports

    if sys.stdout is None and run.output is None:
        raise BrokeOff("there is no standard output to write to", hint="-o FILE writes the result to a file")
    if run.output is not None:
        run.refuse_own(run.output)
    count = exports.write(
        found.columns,
        found.batches,
        format=format,
        form=form,
        stream=sys.stdout,
        file=run.output,
        progress=run.progress(kind),
    )
    if run.output is not None:
        one = {"leads": "lead", "activities": "activity"}[kind]
        run.say(f"{count:,} {one if count == 1 else kind} written to {run.output}")
    if found.opted_out:
        how = "the column opted says which" if found.says_who_opted_out else "add opted to --fields to see which"
        run.say(f"{found.opted_out:,} of them opted out: {how}")
