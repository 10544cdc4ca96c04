"""score, explain, rules"""

from __future__ import annotations

from typing import Annotated

import typer

from leadctl.cli.help import Group
from leadctl.cli.run import of, tell
from leadctl.errors import BrokeOff, NeedsAttention, RuleError, UsageError

app = typer.Typer(rich_markup_mode=None)
FITS_A_SCREEN = 40
rules_app = typer.Typer(cls=Group, no_args_is_help=True, help="Look at the rules themselves.", rich_markup_mode=None)
app.add_typer(rules_app, name="rules")


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
    lead: Annotated[
        str, typer.Argument(help="An id, an e-mail, a phone, an external id, or words that fit one lead only.")
    ],
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
    lead: Annotated[
        str, typer.Argument(help="An id, an e-mail, a phone, an external id, or words that fit one lead only.")
    ],
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


@rules_app.command("check")
def check(context: typer.Context) -> None:
    """\b
    leadctl rules check

    Every mistake in the rules and their tests, with its place and how to mend it; and what the data speaks against.
    """
    from leadctl.cli.messages import mistake_lines
    from leadctl.model.report import Column, Report, Unit
    from leadctl.services.checking import check_rules

    run = of(context)
    mistakes = check_rules(run.settings, run.today, run.wait)
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


@rules_app.command("test")
def test(
    context: typer.Context,
    files: Annotated[
        list[str] | None, typer.Argument(metavar="[FILE]...", help="Files of tests; all of rules/tests/ if not given.")
    ] = None,
    coverage: Annotated[
        bool, typer.Option("--coverage", help="For each rule: how many leads match, in the tests and in the data.")
    ] = False,
) -> None:
    """\b
    leadctl rules test
    leadctl rules test rules/tests/scoring.yaml
    leadctl rules test --coverage

    Run the tests of the rules. Exit 1 where something came out otherwise.
    """
    from leadctl.cli.messages import mistake_lines
    from leadctl.services.covering import Coverage, coverage_report
    from leadctl.services.testing import difference_report, files_of_tests, load_tests, outcome_report, run_tests

    run = of(context)
    tests, warnings = load_tests(run.settings, run.rules, files_of_tests(run.settings, files or (), run.here))
    for warning in warnings:
        run.say("\n".join(mistake_lines(warning)))
    counted = Coverage(run.settings, run.rules) if coverage else None
    outcomes = run_tests(run.settings, run.rules, tests, today=run.today, also=counted.look if counted else None)
    failed = sum(not each.passed for each in outcomes)
    if counted is not None:
        run.show(coverage_report(counted.result(run.today, run.wait)))
        if counted.note is not None:
            run.say(f"the data was not looked at: {counted.note}")
    elif not run.for_a_person:
        run.show(outcome_report(outcomes))
    elif failed:
        run.show(difference_report(outcomes))
    if failed:
        hint = "; leadctl rules test shows how" if coverage else ""
        run.say(f"{failed:,} of {len(outcomes):,} tests failed{hint}")
        raise typer.Exit(BrokeOff.exit_code)
    passed = f"{len(outcomes):,} test{'s' if len(outcomes) != 1 else ''} passed"
    run.say(passed if outcomes else "there are no tests yet: write some into rules/tests/")


@rules_app.command("sql")
def sql(context: typer.Context) -> None:
    """\b
    leadctl rules sql

    The statement that the scoring rules become, with the values bound to it.
    """
    from leadctl.services.checking import rules_sql

    run = of(context)
    typer.echo(rules_sql(run.settings, run.rules, run.today))


@rules_app.command("schema")
def schema(
    context: typer.Context,
    stdout: Annotated[bool, typer.Option("--stdout", help="Print it; write no file.")] = False,
) -> None:
    """\b
    leadctl rules schema
    leadctl rules schema --stdout

    For your editor: which fields, operators and names may stand in the rules. Run it again when you have added some.
    """
    from leadctl.services.schema_file import NAME, schema_text, write_schema

    run = of(context)
    if run.format not in (None, "table", "json"):
        raise UsageError(f"a schema is JSON, not {run.format}")
    if run.output is None and (stdout or run.format == "json"):
        typer.echo(schema_text(run.rules, for_reading=True))
        return
    if run.output is not None:
        run.refuse_own(run.output)
    elif run.settings.workspace is not None:
        run.refuse_own(run.settings.workspace / NAME)  # it can be a link
    made = write_schema(run.settings, run.rules, run.here / run.output.expanduser() if run.output else None)
    run.say(f"{made.state}: {made.path}")
    for place, line in made.modelines.items():
        run.say(f"at the top of the files in {place}:  {line}")


@rules_app.command("diff")
def diff(
    context: typer.Context,
    other: Annotated[
        str | None,
        typer.Argument(
            metavar="[FILE|FOLDER|REVISION]",
            help="Changed rules, or a revision of git to compare with; without: the rules of the last scoring.",
        ),
    ] = None,
    limit: Annotated[int | None, typer.Option("--limit", min=0, max=10**9, help="At most so many leads.")] = None,
    summary: Annotated[bool, typer.Option("--summary", help="What moves in sum, without the leads.")] = False,
    fail_if_moved: Annotated[bool, typer.Option("--fail-if-moved", help="Exit 10 where a lead moves.")] = False,
) -> None:
    """\b
    leadctl rules diff                        the rules as they are, against the last scoring's
    leadctl rules diff drafts/scoring.yaml    with this file in place of the one of the same name
    leadctl rules diff HEAD~1                 since a commit, a branch or a tag
    leadctl rules diff HEAD --summary --fail-if-moved

    What a change of the rules would do to every lead, and why. Nothing is written.
    """
    from leadctl.cli.messages import mistake_lines
    from leadctl.render.output import format_for
    from leadctl.services.comparing import choose_sides, compare
    from leadctl.services.movements import form_for, moved_report, summary_record, summary_report

    run = of(context)
    format = format_for(run.format, run.output)
    limit = FITS_A_SCREEN if limit is None and run.on_a_terminal else limit
    with run.database() as database:
        sides = choose_sides(database, run.settings, run.rules, run.here, other)
        if sides.after.warnings:
            run.say(
                f"warnings in the rules of after: {len(sides.after.warnings)}{'' if run.verbose else '; -v shows them'}"
            )
        for warning in sides.after.warnings if run.verbose else ():
            tell("\n".join(mistake_lines(warning)))
        progress = run.progress("leads that move")
        with compare(database, run.settings, sides, now=run.now, command=run.command, progress=progress) as found:
            if progress is not None:
                tell(" " * 40, end="\r")  # the result takes the place of what was told on the way
            if summary:
                run.show(summary_record(found) if format in ("json", "jsonl") else summary_report(found))
            elif run.for_a_person:
                run.show(summary_report(found, whole=False))
                if found.moved:
                    typer.echo()
                    run.show(moved_report(found, form="drawn", limit=limit))
            else:
                run.show(moved_report(found, form=form_for(format), limit=limit))
            if fail_if_moved and found.moved:
                raise NeedsAttention(f"{len(found.moved):,} leads would move")
