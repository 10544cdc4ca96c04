"""list, show, move, follow-up, done"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from leadctl.cli.run import Run, of
from leadctl.errors import NeedsAttention, UsageError

if TYPE_CHECKING:
    from leadctl.compiler.fragment import Sql
    from leadctl.services.following_up import Step
    from leadctl.store.database import Database

app = typer.Typer(rich_markup_mode=None)
FITS_A_SCREEN = 40
LEAD = "An id, an e-mail, a phone, an external id, or words that fit one lead only."


@app.command("list")
def list_(
    context: typer.Context,
    words: Annotated[list[str] | None, typer.Argument(help="Words in the name, the e-mail or the company.")] = None,
    where: Annotated[
        str | None, typer.Option("--where", metavar="COND", help="A condition in the language of the rules.")
    ] = None,
    sort: Annotated[str | None, typer.Option("--sort", metavar="FIELD", help="-FIELD: the highest first.")] = None,
    fields: Annotated[str | None, typer.Option("--fields", metavar="A,B,...", help="Which fields.")] = None,
    limit: Annotated[int | None, typer.Option("--limit", min=0, max=10**9, help="At most so many.")] = None,
    fail_if_empty: Annotated[bool, typer.Option("--fail-if-empty", help="Exit 10 where nothing is found.")] = False,
) -> None:
    """\b
    leadctl list --where 'grade: A, country: [DE, AT]'
    leadctl list nordmann
    leadctl list --sort -value --fields id,name,value --format csv > best.csv

    List leads, best first.
    """
    from leadctl.services.listing import list_leads, stored_catalogue
    from leadctl.store.listing import SHORT

    run = of(context)
    chosen = [each.strip() for each in fields.split(",") if each.strip()] if fields else None
    if chosen is None and run.for_a_person:
        chosen = list(SHORT)
    if limit is None and run.on_a_terminal:
        limit = FITS_A_SCREEN
    with run.database() as database:
        condition = condition_of(run, database, where)
        catalogue, dimensions = stored_catalogue(database)
        found = list_leads(
            database,
            catalogue,
            dimensions,
            condition=condition,
            words=words or [],
            sort=sort,
            fields=chosen,
            limit=limit,
            now=run.now,
        )
        run.show(found)
    if fail_if_empty and not found.rows:
        raise NeedsAttention("no lead was found")


def condition_of(run: Run, database: Database, where: str | None) -> Sql | None:
    """`--where` as SQL; only then are the rules read."""
    if where is None:
        return None
    from leadctl.compiler.rulebook import check_where
    from leadctl.services.choosing import where_sql

    return where_sql(database, run.settings, run.rules, check_where(where, run.rules), run.today)


@app.command("show")
def show(context: typer.Context, lead: Annotated[str, typer.Argument(help=LEAD)]) -> None:
    """\b
    leadctl show 42
    leadctl show kari@fjord.no --json

    One lead: facts and where each came from, score, what happened.
    """
    from leadctl.services.finding import find_lead
    from leadctl.services.listing import stored_catalogue
    from leadctl.services.showing import history_report, known_facts, lead_record, missing_decider

    run = of(context)
    with run.database() as database:
        catalogue, dimensions = stored_catalogue(database)
        number = find_lead(database, run.settings, lead)
        found = lead_record(database, catalogue, dimensions, number, run.now)
        if run.for_a_person:
            run.show(known_facts(found, run.today, run.settings.zone, notes=missing_decider(database, number)))
            typer.echo()
            run.show(history_report(database, number))
        else:
            run.show(found)


@app.command("move")
def move(
    context: typer.Context,
    lead: Annotated[str, typer.Argument(help=LEAD)],
    stage: Annotated[str, typer.Argument(help="A stage of the pipeline.")],
    reason: Annotated[str | None, typer.Option("--reason", help="Why; wanted where the stage lists reasons.")] = None,
    value: Annotated[str | None, typer.Option("--value", metavar="AMOUNT", help="What the deal is worth.")] = None,
    on: Annotated[
        str | None, typer.Option("--on", metavar="DATE", help="When it happened; today if not given.")
    ] = None,
) -> None:
    """\b
    leadctl move 42 proposal --value 5000
    leadctl move 42 lost --reason price --on yesterday

    Move a lead through the pipeline; its history is kept.
    """
    from leadctl.model.money import parse_money
    from leadctl.services import following_up
    from leadctl.services.finding import find_lead

    run = of(context)
    day = run.day(on) if on is not None else None
    if day is not None:
        following_up.refuse_future(day, run.today)
    try:
        amount = round(float(parse_money(value)), 2) if value is not None else None
    except ValueError as error:
        raise UsageError(f"--value: {error}") from error
    if amount is not None and amount < 0:
        raise UsageError(f"--value: a deal cannot be worth {value}", hint="0 or more")
    with run.database() as database:
        number = find_lead(database, run.settings, lead)
        _done(
            run,
            following_up.move(
                database,
                run.rules,
                number,
                stage,
                on=day,
                today=run.today,
                reason=reason,
                value=amount,
                now=run.now,
                command=run.command,
            ),
        )


@app.command("follow-up")
def follow_up(
    context: typer.Context,
    lead: Annotated[str, typer.Argument(help=LEAD)],
    when: Annotated[str, typer.Argument(metavar="DATE", help="tomorrow, fri, 2w, eom, 2026-11-22.")],
    note: Annotated[list[str] | None, typer.Argument(help="What to do.")] = None,
) -> None:
    """\b
    leadctl follow-up 42 fri call back about the offer

    Plan a lead's next action.
    """
    from leadctl.services import following_up
    from leadctl.services.finding import find_lead

    run = of(context)
    day = run.day(when)
    with run.database() as database:
        number = find_lead(database, run.settings, lead)
        text = " ".join(note or []) or None
        if day < run.today:
            run.say(f"{day} is past: it stands in the list as overdue")
        step = following_up.plan_follow_up(database, number, day, text, now=run.now, command=run.command)
    _done(run, step)
    if step.warning is not None:
        run.say(step.warning)


@app.command("done")
def done(context: typer.Context, lead: Annotated[str, typer.Argument(help=LEAD)]) -> None:
    """\b
    leadctl done 42

    Tick off a lead's next planned action.
    """
    from leadctl.services import following_up
    from leadctl.services.finding import find_lead

    run = of(context)
    with run.database() as database:
        number = find_lead(database, run.settings, lead)
        _done(run, following_up.tick_off(database, number, now=run.now, command=run.command))


def _done(run: Run, step: Step) -> None:
    if run.for_a_person:
        run.say(step.said)
        if step.changed and step.stage is not None:
            run.say(f"next: leadctl follow-up {step.lead} DATE, or leadctl undo")
    else:
        run.show(step.as_record())
