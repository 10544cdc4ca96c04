"""merge"""

from __future__ import annotations

from typing import Annotated

import typer

from leadctl.cli.leads import LEAD
from leadctl.cli.run import of

app = typer.Typer(rich_markup_mode=None)


@app.command("merge")
def merge(
    context: typer.Context,
    lead: Annotated[str, typer.Argument(help=f"The lead that stays. {LEAD}")],
    others: Annotated[list[str], typer.Argument(metavar="LEAD...", help="Those that become part of it.")],
) -> None:
    """\b
    leadctl merge 42 57
    leadctl merge kari@fjord.no k.nordmann@gmail.com

    Make two leads one. Nothing is lost: values that differ, addresses, activities and history are all kept with the first.
    """
    from leadctl.services.duplicates.merging import merge_leads
    from leadctl.services.finding import find_lead

    run = of(context)
    with run.database() as database:
        keep, *gone = (find_lead(database, run.settings, each) for each in (lead, *others))
        found = merge_leads(
            database, run.rules, keep, gone, why="by hand", now=run.now, command=run.command, even_distinct=run.yes
        )
    if run.for_a_person:
        run.say(found.said)
        if found.operation is not None:
            run.say(f"next: leadctl show {found.lead}, or leadctl undo")
    else:
        run.show(found.as_record())
