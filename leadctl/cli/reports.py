"""report pipeline, report follow-up, report conversion, report spend"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from leadctl.cli.help import Group
from leadctl.cli.run import Run, of
from leadctl.errors import NeedsAttention, UsageError

if TYPE_CHECKING:
    from leadctl.services.reporting import Question

app = typer.Typer(rich_markup_mode=None)
report_app = typer.Typer(
    cls=Group, no_args_is_help=True, help="Pipeline, follow-up, conversion and spend.", rich_markup_mode=None
)
app.add_typer(report_app, name="report")
FITS_A_SCREEN = 40

Where = Annotated[str | None, typer.Option("--where", metavar="COND", help="Only leads for which this holds.")]
From = Annotated[str | None, typer.Option("--from", metavar="DATE", help="Only leads captured on this day or later.")]
To = Annotated[str | None, typer.Option("--to", metavar="DATE", help="Only leads captured on this day or earlier.")]


@report_app.command("pipeline")
def pipeline(context: typer.Context, where: Where = None, from_: From = None, to: To = None) -> None:
    """\b
    leadctl report pipeline
    leadctl report pipeline --where 'owner: ana' --format csv

    Leads, value and weighted value by stage; age, and what is stuck.
    """
    from leadctl.services import reporting

    run = of(context)
    with run.database() as database:
        run.show(reporting.pipeline(database, run.settings, run.rules, _question(run, where, from_, to), run.today))


@report_app.command("follow-up")
def follow_up(
    context: typer.Context,
    where: Where = None,
    from_: From = None,
    to: To = None,
    limit: Annotated[int | None, typer.Option("--limit", min=0, max=10**9, help="At most so many.")] = None,
    fail_if_overdue: Annotated[
        bool, typer.Option("--fail-if-overdue", help="Exit 10 where something is overdue.")
    ] = False,
    fail_if_empty: Annotated[
        bool, typer.Option("--fail-if-empty", help="Exit 10 where there is nothing to do.")
    ] = False,
) -> None:
    """\b
    leadctl report follow-up
    leadctl report follow-up --where 'owner: ana' --fail-if-overdue

    What is due, what is overdue, and whom nobody has touched.
    """
    from leadctl.model.report import Report
    from leadctl.services import reporting

    run = of(context)
    with run.database() as database:
        found = reporting.follow_up(database, run.settings, run.rules, _question(run, where, from_, to), run.today)
    if limit is None and run.on_a_terminal:
        limit = FITS_A_SCREEN
    shown = (
        found if limit is None else Report(found.title, found.columns, found.rows[:limit], found.notes, len(found.rows))
    )
    run.show(shown)
    if fail_if_overdue and any(row[4] in ("overdue", "breached") for row in found.rows):
        raise NeedsAttention("some follow-ups are overdue")
    if fail_if_empty and not found.rows:
        raise NeedsAttention("there is nothing to follow up")


@report_app.command("conversion")
def conversion(
    context: typer.Context,
    by: Annotated[
        str,
        typer.Option(
            "--by", metavar="FIELD", help="source, campaign, owner, grade, country, month, segment or any field."
        ),
    ] = "source",
    where: Where = None,
    from_: From = None,
    to: To = None,
) -> None:
    """\b
    leadctl report conversion --by source
    leadctl report conversion --by month --from 2026-01-01

    How many of the leads captured in each group were won.
    """
    from leadctl.services import reporting

    run = of(context)
    with run.database() as database:
        question = _question(run, where, from_, to)
        run.show(reporting.conversion(database, run.settings, run.rules, question, run.today, by))


@report_app.command("spend")
def spend(
    context: typer.Context,
    by: Annotated[str, typer.Option("--by", metavar="WHAT", help="source, campaign or month.")] = "source",
    where: Where = None,
    from_: Annotated[str | None, typer.Option("--from", metavar="DATE", help="From this day on.")] = None,
    to: Annotated[str | None, typer.Option("--to", metavar="DATE", help="Up to this day.")] = None,
) -> None:
    """\b
    leadctl report spend
    leadctl report spend --by month --from 2026-01-01 --format csv

    What sources and campaigns cost, and what a lead from there cost.
    """
    from leadctl.services import reporting

    run = of(context)
    with run.database() as database:
        question = _question(run, where, from_, to)
        run.show(reporting.spend(database, run.settings, run.rules, question, by, run.today))


def _question(run: Run, where: str | None, first: str | None, last: str | None) -> Question:
    from leadctl.compiler.rulebook import check_where
    from leadctl.model.dates import parse_day
    from leadctl.services.reporting import Question

    try:
        start, end = (
            parse_day(text, run.today, run.settings.date_order) if text is not None else None for text in (first, last)
        )
    except ValueError as error:
        raise UsageError(str(error)) from error
    if start is not None and end is not None and start > end:
        raise UsageError(f"--from {start} is after --to {end}")
    return Question(check_where(where, run.rules) if where else None, start, end)
