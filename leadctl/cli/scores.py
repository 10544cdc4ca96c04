"""score, explain, qualify, nightly"""

from __future__ import annotations

from typing import Annotated

import typer

from leadctl.cli.leads import LEAD
from leadctl.cli.run import of, tell

app = typer.Typer(rich_markup_mode=None)


@app.command("score")
def score(
    context: typer.Context,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would change; write nothing.")] = False,
    full: Annotated[
        bool, typer.Option("--full", help="Score every lead anew, whether anything changed or not.")
    ] = False,
) -> None:
    """\b
    leadctl score
    leadctl score --full

    Score leads by the rules: those that changed or fell due since the last time.
    """
    from leadctl.cli.messages import mistake_lines
    from leadctl.services.scoring import score_leads

    run = of(context)
    rules = run.rules
    if rules.warnings:
        run.say(f"warnings in the rules: {len(rules.warnings)}; leadctl rules check shows them")
        if run.verbose:
            for warning in rules.warnings:
                tell("\n".join(mistake_lines(warning)))
    with run.database() as database:
        found = score_leads(database, run.settings, rules, now=run.now, command=run.command, dry_run=dry_run, full=full)
    if run.for_a_person:
        among = "" if found.full else f" of {found.leads:,}"
        run.say(
            f"scored {found.scored:,}{among} leads by the rules {found.rules}: {found.changed:,} are new or different"
        )
        run.say("a dry run: nothing was written" if dry_run else "next: leadctl route, or leadctl list")
    else:
        run.show(found.as_record())


@app.command("explain")
def explain(
    context: typer.Context,
    lead: Annotated[str, typer.Argument(help=LEAD)],
    as_of: Annotated[
        str | None, typer.Option("--as-of", metavar="DAY", help="As it was on that day: yesterday, 2026-09-01, 3d ago.")
    ] = None,
) -> None:
    """\b
    leadctl explain 42
    leadctl explain 42 --as-of 2026-09-01

    Every point of a lead's score, and why; today or on any past day, by the rules of that day.
    """
    from leadctl.services.explaining import explain_lead, explanation_record, explanation_report
    from leadctl.services.finding import find_lead

    run = of(context)
    day = run.day(as_of) if as_of is not None else None
    with run.database() as database:
        number = find_lead(database, run.settings, lead)
        found = explain_lead(database, run.settings, run.rules, number, today=run.today, as_of=day)
    run.show(explanation_record(found) if run.for_a_program else explanation_report(found))


@app.command("qualify")
def qualify(
    context: typer.Context,
    lead: Annotated[str, typer.Argument(help=LEAD)],
    answers: Annotated[list[str] | None, typer.Argument(metavar="[FIELD=VALUE]...", help="What you found out.")] = None,
) -> None:
    """\b
    leadctl qualify 42
    leadctl qualify 42 budget=20000 decision_maker=yes

    Record answers; says go, no-go or what is still to be asked.
    """
    from leadctl.services.finding import find_lead
    from leadctl.services.qualifying import qualify_lead
    from leadctl.services.setting import read_pairs

    run = of(context)
    texts = read_pairs(answers or [])
    with run.database() as database:
        number = find_lead(database, run.settings, lead)
        found = qualify_lead(
            database, run.settings, run.rules, number, texts, today=run.today, now=run.now, command=run.command
        )
    if not run.for_a_person:
        run.show(found.as_record())
        return
    for each in found.changed:
        run.say(f"lead {found.lead}: {each}")
    run.show(found.as_report())
    if found.operation is not None:
        run.say("next: leadctl score, or leadctl undo")


@app.command("nightly")
def nightly(
    context: typer.Context,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would change; write nothing.")] = False,
    full: Annotated[bool, typer.Option("--full", help="Score every lead anew.")] = False,
) -> None:
    """\b
    leadctl nightly -v
    0 2 * * *  leadctl -C ~/sales nightly      (in crontab)

    The night's work in one transaction: score, lifecycle, route. In cron it says nothing unless something is wrong.
    """
    from leadctl.services.nightly import run_night

    run = of(context)
    with run.database() as database:
        found = run_night(
            database, run.settings, run.rules, now=run.now, command=run.command, dry_run=dry_run, full=full
        )
    if not run.for_a_person:
        run.show(found.as_record())
    elif run.verbose or dry_run or run.on_a_terminal:
        run.say(
            f"scored {found.score.scored:,} of {found.score.leads:,} leads: {found.score.changed:,} are new or different"
        )
        for rung, leads in found.lifecycle.items():
            run.say(f"now {rung}: {leads:,}")
        if found.route is not None:
            run.say(f"given {found.route.offered:,}, queued {found.route.queued:,}")
        if dry_run:
            run.say("a dry run: nothing was written")
