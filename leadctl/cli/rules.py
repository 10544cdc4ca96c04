"""rules check, test, sql, schema, diff"""

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


@rules_app.command("check")
def check(context: typer.Context) -> None:
    """\b
    leadctl rules check

    Every mistake in the rules and their tests, with its place and how to mend it; and what the data speaks against.
    """
    from leadctl.cli.messages import mistake_lines
    from leadctl.model.report import Column, Report, Unit
    from leadctl.services.rules.checking import check_rules

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
    from leadctl.services.rules.covering import Coverage, coverage_report
    from leadctl.services.rules.testing import difference_report, files_of_tests, load_tests, outcome_report, run_tests

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
    from leadctl.services.rules.checking import rules_sql

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
    from leadctl.services.rules.schema_file import NAME, schema_text, write_schema

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
    from leadctl.services.rules.comparing import choose_sides, compare
    from leadctl.services.rules.movements import form_for, moved_report, summary_record, summary_report

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
