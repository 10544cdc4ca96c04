"""opt-in, opt-out, consent, forget, remember"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from leadctl.cli.leads import LEAD
from leadctl.cli.run import Run, of, tell
from leadctl.errors import BrokeOff, UsageError

if TYPE_CHECKING:
    from leadctl.services.privacy.forgetting import Forgetting

app = typer.Typer(rich_markup_mode=None)
_ON = typer.Option("--on", metavar="DATE", help="When it said so: a day or a time; now if not given.")
_ORIGIN = typer.Option("--origin", metavar="TEXT", help="How you know: by phone, a signed form, ...")


@app.command("opt-out")
def opt_out(
    context: typer.Context,
    lead: Annotated[str, typer.Argument(help=LEAD)],
    on: Annotated[str | None, _ON] = None,
    origin: Annotated[str | None, _ORIGIN] = None,
) -> None:
    """\b
    leadctl opt-out kari@fjord.no
    leadctl opt-out 42 --on yesterday --origin "said so on the phone"

    A lead no longer wants to hear from you: it leaves every call list.
    """
    _opt(of(context), lead, "out", on, origin)


@app.command("opt-in")
def opt_in(
    context: typer.Context,
    lead: Annotated[str, typer.Argument(help=LEAD)],
    on: Annotated[str | None, _ON] = None,
    origin: Annotated[str | None, _ORIGIN] = None,
) -> None:
    """\b
    leadctl opt-in kari@fjord.no --origin "signed form of 3 May"

    A lead agrees to hear from you.
    """
    _opt(of(context), lead, "in", on, origin)


def _opt(run: Run, lead: str, way: str, on: str | None, origin: str | None) -> None:
    from leadctl.services.finding import find_lead
    from leadctl.services.privacy.consent import opt

    with run.database() as database:
        number = find_lead(database, run.settings, lead)
        found = opt(
            database, run.settings, run.rules, number, way, on=on, origin=origin, now=run.now, command=run.command
        )
    if run.for_a_person:
        run.say(found.said)
        if found.changed:
            run.say(f"next: leadctl consent {found.lead}, or leadctl undo")
    else:
        run.show(found.as_record())


@app.command("consent")
def consent(context: typer.Context, lead: Annotated[str, typer.Argument(help=LEAD)]) -> None:
    """\b
    leadctl consent kari@fjord.no

    What a lead said of consent: when, by which way, and which operation brought it.
    """
    from leadctl.services.finding import find_lead
    from leadctl.services.privacy.consent import consent_report

    run = of(context)
    with run.database() as database:
        run.show(consent_report(database, find_lead(database, run.settings, lead)))


@app.command("forget")
def forget(
    context: typer.Context,
    leads: Annotated[list[str] | None, typer.Argument(metavar="LEAD...", help=LEAD)] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would go; write nothing.")] = False,
    backups: Annotated[bool, typer.Option("--backups", help="Also delete backups that hold them.")] = False,
) -> None:
    """\b
    leadctl forget kari@fjord.no --dry-run
    leadctl forget kari@fjord.no
    leadctl forget                        goes on where one was interrupted

    Erase people on request, everywhere, and prove it. Imports leave them out from then on. It cannot be undone.
    """
    from leadctl.services.privacy import forgetting

    run = of(context)
    with run.database() as database:
        chosen = forgetting.choose(database, run.settings, leads or [])
        if not leads and not forgetting.unfinished(database):
            raise UsageError("nothing was interrupted", hint="leadctl forget LEAD says whom")
        if chosen.leads and not dry_run:
            _ask(run, chosen.named)
        found = forgetting.forget(
            database, run.settings, run.rules, chosen, now=run.now, dry_run=dry_run, delete_backups=backups
        )
    _show_forgetting(run, found)


def _ask(run: Run, named: tuple[str, ...]) -> None:
    """Asks before people are erased. Raises UsageError where nobody can answer, BrokeOff where the answer is no."""
    import sys

    if run.yes:
        return
    if run.no_input or sys.stdin is None or not sys.stdin.isatty():
        raise UsageError("this cannot be undone, and nobody is there to be asked", hint="--yes says that you are sure")
    tell("To be erased, everywhere:\n  " + "\n  ".join(named))
    tell("This cannot be undone. Erase? [y/N] ", end="")
    if sys.stdin.readline().strip().lower() not in ("y", "yes", "j", "ja"):
        raise BrokeOff("nothing was erased")


def _show_forgetting(run: Run, found: Forgetting) -> None:
    if not run.for_a_person:
        run.show(found.as_record())
    else:
        if found.rows:
            run.show(found.as_report())
        for line in found.lines():
            run.say(line)
    if not found.dry_run and not found.is_proven:
        raise BrokeOff("something of them is left; see above")


@app.command("remember")
def remember(
    context: typer.Context,
    who: Annotated[str, typer.Argument(metavar="KEY", help="The e-mail, phone or external id of somebody forgotten.")],
) -> None:
    """\b
    leadctl remember kari@fjord.no

    Let imports bring in a person again who was forgotten: on the person's own wish only.
    """
    from leadctl.services.privacy import forgetting

    run = of(context)
    with run.database() as database:
        operation = forgetting.remember(database, run.settings, who, now=run.now)
    if run.for_a_person:
        run.say("that person may be imported and added again" if operation else "nobody who was forgotten has this key")
    else:
        run.show(forgetting.remembered_record(operation))
