"""route"""

from __future__ import annotations

from typing import Annotated

import typer

from leadctl.cli.run import of

app = typer.Typer(rich_markup_mode=None)
FITS_A_SCREEN = 40


@app.command("route")
def route(
    context: typer.Context,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show who would get what, and why; write nothing.")
    ] = False,
) -> None:
    """\b
    leadctl route --dry-run
    leadctl route

    Give leads that are ready to their owners, by the first rule that matches.
    """
    from leadctl.services.routing import decision_report, route_leads, route_record, share_report

    run = of(context)
    with run.database() as database:
        found = route_leads(database, run.settings, run.rules, now=run.now, command=run.command, dry_run=dry_run)
    if not run.for_a_person:
        run.show(route_record(found))
    elif dry_run:
        run.show(decision_report(found, FITS_A_SCREEN if run.on_a_terminal else None))
        run.say("a dry run: nothing was written")
    else:
        run.show(share_report(found))
        if found.offered:
            run.say("next: leadctl list --where 'owner: NAME', or leadctl report follow-up")
