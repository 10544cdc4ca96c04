"""score, explain, rules"""

from __future__ import annotations

from typing import Annotated

import typer

from leadctl.cli.help import Group
from leadctl.cli.run import of, tell
from leadctl.errors import RuleError

app = typer.Typer(rich_markup_mode=None)
rules_app = typer.Typer(cls=Group, no_args_is_help=True, help="Look at the rules themselves.", rich_markup_mode=None)
app.add_typer(rules_app, name="rules")


@app.command("score")
def score(
    context: typer.Context,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would change; write nothing.")] = False,
    full: Annotated[bool, typer.Option("--full", help="Score every lead anew (this version always does).")] = False,
) -> None:
    """\b
    leadctl score

    Score every lead by the rules.
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
        found = score_leads(database, run.settings, rules, now=run.now, command=run.command, dry_run=dry_run)
    if run.for_a_person:
        run.say(f"scored {found.scored:,} leads by the rules {found.rules}: {found.changed:,} are new or different")
        run.say("a dry run: nothing was written" if dry_run else "next: leadctl route, or leadctl list")
    else:
        run.show(found.as_record())


@app.command("explain")
def explain(
    context: typer.Context,
    lead: Annotated[
        str, typer.Argument(help="An id, an e-mail, a phone, an external id, or words that fit one lead only.")
    ],
) -> None:
    """\b
    leadctl explain 42

    Every point of a lead's score, and why.
    """
    from leadctl.services.explaining import explain_lead, explanation_record, explanation_report
    from leadctl.services.finding import find_lead

    run = of(context)
    with run.database() as database:
        number = find_lead(database, run.settings, lead)
        found = explain_lead(database, run.settings, run.rules, number, today=run.today)
    run.show(explanation_report(found) if run.for_a_person else explanation_record(found))


@rules_app.command("check")
def check(context: typer.Context) -> None:
    """\b
    leadctl rules check

    Every mistake in the rules, with its place and how to mend it.
    """
    from leadctl.cli.messages import mistake_lines
    from leadctl.model.report import Column, Report, Unit
    from leadctl.services.checking import check_rules

    run = of(context)
    mistakes = check_rules(run.settings)
    if run.for_a_person:
        for mistake in mistakes:
            typer.echo("\n".join(mistake_lines(mistake)))
        errors = sum(each.level == "error" for each in mistakes)
        run.say(f"errors: {errors}, warnings: {len(mistakes) - errors}" if mistakes else "the rules are in order")
    else:
        columns = (
            Column("file"),
            Column("line", Unit.COUNT),
            Column("column", Unit.COUNT),
            Column("level"),
            Column("message"),
            Column("hint"),
        )
        rows = [(m.place.file, m.place.line, m.place.column, m.level, m.message, m.hint) for m in mistakes]
        run.show(Report("Rules", columns, rows))
    if any(each.level == "error" for each in mistakes):
        raise typer.Exit(RuleError.exit_code)


@rules_app.command("sql")
def sql(context: typer.Context) -> None:
    """\b
    leadctl rules sql

    The statement that the scoring rules become, with the values bound to it.
    """
    from leadctl.services.checking import rules_sql

    run = of(context)
    typer.echo(rules_sql(run.settings, run.rules, run.today))
