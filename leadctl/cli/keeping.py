"""init, demo, undo, operations, doctor, config"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from leadctl.cli.run import of
from leadctl.errors import BrokeOff

app = typer.Typer(rich_markup_mode=None)
FITS_A_SCREEN = 40


@app.command("init")
def init(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(metavar="[DIR]", help="The folder; this one if not given.")] = Path(),
    timezone: Annotated[str | None, typer.Option("--timezone", metavar="ZONE", help="Such as Europe/Vienna.")] = None,
) -> None:
    """\b
    leadctl init sales && cd sales

    Make a workspace: settings, starter rules, an empty database.
    """
    from leadctl.config import zone_problem
    from leadctl.errors import UsageError
    from leadctl.services.keeping import make_workspace
    from leadctl.store.database import open_database

    run = of(context)
    if timezone and (problem := zone_problem(timezone)):
        raise UsageError(f"--timezone: {problem}")
    made = make_workspace(run.here / folder.expanduser(), timezone or "UTC")
    run.workspace = made.folder
    open_database(run.settings.database, create=True, wait=run.wait).close()
    run.say(f"made {', '.join(made.made)} in {made.folder}" if made.made else f"{made.folder} is a workspace already")
    if made.kept:
        run.say(f"left as they were: {', '.join(made.kept)}")
    if timezone is None and made.made:
        run.say("days are counted in UTC: set `timezone` in leadctl.yaml")
    run.say("next: leadctl import FILE")


@app.command("undo")
def undo(
    context: typer.Context,
    operation: Annotated[
        int | None, typer.Argument(metavar="[OPERATION]", help="Its number; the newest if not given.")
    ] = None,
) -> None:
    """\b
    leadctl undo
    leadctl undo 7

    Take back an operation whole: an import (updates too), a scoring, a routing, a move.
    """
    from leadctl.services.undoing import undo as take_back

    run = of(context)
    with run.database() as database:
        found = take_back(database, operation, now=run.now, command=run.command)
    if run.for_a_person:
        for line in found.said:
            run.say(line)
    else:
        run.show(found.as_record())


@app.command("operations")
def operations(
    context: typer.Context,
    limit: Annotated[int | None, typer.Option("--limit", min=0, max=10**9, help="At most so many.")] = None,
) -> None:
    """\b
    leadctl operations

    Every command that was carried out on the data, newest first.
    """
    from leadctl.services.undoing import operations_report

    run = of(context)
    if limit is None and run.on_a_terminal:
        limit = FITS_A_SCREEN
    with run.database() as database:
        run.show(operations_report(database, limit))


@app.command("doctor")
def doctor(context: typer.Context) -> None:
    """\b
    leadctl doctor

    Look over the database, the rules and the settings. Exit 1 where something is wrong.
    """
    from leadctl.services.keeping import look_over

    run = of(context)
    with run.database() as database:
        found = look_over(database, run.settings, run.rules, run.now)
        run.show(found)
    if any(row[1] == "error" for row in found.rows):
        raise BrokeOff("something is wrong; see above")


@app.command("config")
def config(context: typer.Context) -> None:
    """\b
    leadctl config

    Each setting with where it came from.
    """
    from leadctl.services.keeping import settings_report

    run = of(context)
    run.show(settings_report(run.settings))


@app.command("demo")
def demo(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(metavar="[DIR]", help="The folder; demo if not given.")] = Path("demo"),
) -> None:
    """\b
    leadctl demo

    A workspace filled from the packaged example: import, score, route, explain and the reports, each command shown.
    """
    from leadctl.cli.demo import play

    play(of(context), folder)
