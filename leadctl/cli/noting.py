"""log, note"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from leadctl.cli.leads import LEAD
from leadctl.cli.run import Run, of
from leadctl.errors import UsageError

if TYPE_CHECKING:
    from leadctl.services.noting import Noted

app = typer.Typer(rich_markup_mode=None)


@app.command("log")
def log(
    context: typer.Context,
    lead: Annotated[str, typer.Argument(help=LEAD)],
    type_: Annotated[str, typer.Argument(metavar="TYPE", help="What was done: call, meeting, reply, ...")],
    note: Annotated[list[str] | None, typer.Argument(help="What there is to say of it.")] = None,
    on: Annotated[
        str | None, typer.Option("--on", metavar="DATE", help="When it happened: a day or a time; now if not given.")
    ] = None,
    outcome: Annotated[str | None, typer.Option("--outcome", metavar="TEXT", help="What came of it.")] = None,
    topic: Annotated[str | None, typer.Option("--topic", metavar="TEXT", help="What it was about.")] = None,
    path: Annotated[str | None, typer.Option("--path", metavar="TEXT", help="The page or place.")] = None,
    next_: Annotated[str | None, typer.Option("--next", metavar="DATE", help="Also plan the next action.")] = None,
) -> None:
    """\b
    leadctl log 42 call no answer, try again --next fri
    leadctl log kari@fjord.no meeting --on yesterday --outcome "wants an offer"

    Log what a lead did, or what you did for it.
    """
    run = of(context)
    content = {"note": " ".join(note or []) or None, "outcome": outcome, "topic": topic, "path": path}
    _show(run, _note(run, lead, type_, content, on=on, due=next_))


@app.command("note")
def note(
    context: typer.Context,
    lead: Annotated[str, typer.Argument(help=LEAD)],
    text: Annotated[list[str], typer.Argument(help="What is worth remembering.")],
) -> None:
    """\b
    leadctl note 42 prefers to be called after four

    Write a note about a lead.
    """
    run = of(context)
    words = " ".join(text)
    if not words.strip():
        raise UsageError("the note is empty")
    _show(run, _note(run, lead, "note", {"note": words}, on=None, due=None))


def _note(
    run: Run, lead: str, type_name: str, content: dict[str, str | None], *, on: str | None, due: str | None
) -> Noted:
    from leadctl.services.finding import find_lead
    from leadctl.services.noting import note_activity

    day = run.day(due) if due is not None else None
    with run.database() as database:
        number = find_lead(database, run.settings, lead)
        if day is not None and day < run.today:
            run.say(f"{day} is past: it stands in the list as overdue")
        return note_activity(
            database,
            run.settings,
            run.rules,
            number,
            type_name,
            on=on,
            content=content,
            due=day,
            now=run.now,
            command=run.command,
        )


def _show(run: Run, noted: Noted) -> None:
    if run.for_a_person:
        run.say(noted.said)
        if noted.changed and noted.due is None:
            run.say(f"next: leadctl follow-up {noted.lead} DATE, or leadctl undo")
    else:
        run.show(noted.as_record())
