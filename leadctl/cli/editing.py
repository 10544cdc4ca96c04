"""add, edit"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from leadctl.cli.leads import LEAD
from leadctl.cli.run import Run, of

if TYPE_CHECKING:
    from leadctl.services.editing import Edited

app = typer.Typer(rich_markup_mode=None)


@app.command("add")
def add(
    context: typer.Context,
    values: Annotated[list[str], typer.Argument(metavar="FIELD=VALUE...", help="What is known of the lead.")],
) -> None:
    """\b
    leadctl add name="Kari Nordmann" email=kari@fjord.no title="VP Sales" source=referral

    Add one lead by hand.
    """
    from leadctl.services.editing import add_lead
    from leadctl.services.setting import read_pairs

    run = of(context)
    texts = read_pairs(values)
    with run.database(create=True) as database:
        _show(run, add_lead(database, run.settings, run.rules, texts, now=run.now, command=run.command))


@app.command("edit")
def edit(
    context: typer.Context,
    lead: Annotated[str, typer.Argument(help=LEAD)],
    values: Annotated[list[str], typer.Argument(metavar="FIELD=VALUE...", help="FIELD= takes a value away.")],
) -> None:
    """\b
    leadctl edit 42 title="Head of Sales" employees=120
    leadctl edit kari@fjord.no phone=

    Set fields of a lead by hand; no import sets them back.
    """
    from leadctl.services.editing import edit_lead
    from leadctl.services.finding import find_lead
    from leadctl.services.setting import read_pairs

    run = of(context)
    texts = read_pairs(values)
    with run.database() as database:
        number = find_lead(database, run.settings, lead)
        _show(run, edit_lead(database, run.settings, run.rules, number, texts, now=run.now, command=run.command))


def _show(run: Run, edited: Edited) -> None:
    if run.for_a_person:
        run.say(edited.said)
        if edited.operation is not None:
            run.say("next: leadctl score, or leadctl undo")
    else:
        run.show(edited.as_record())
