"""link, touches"""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from leadctl.cli.leads import FITS_A_SCREEN, LEAD, condition_of
from leadctl.cli.run import Run, of, tell
from leadctl.errors import UsageError

app = typer.Typer(rich_markup_mode=None)


@app.command("link")
def link(
    context: typer.Context,
    url: Annotated[str | None, typer.Argument(help="The address that it leads to.")] = None,
    lead: Annotated[str | None, typer.Option("--lead", metavar="LEAD", help=f"For one lead. {LEAD}")] = None,
    where: Annotated[
        str | None, typer.Option("--where", metavar="COND", help="For each lead for which this holds, one of its own.")
    ] = None,
    campaign: Annotated[str | None, typer.Option("--campaign", help="What it belongs to (utm_campaign).")] = None,
    source: Annotated[str | None, typer.Option("--source", help="Where it will stand (utm_source): linkedin.")] = None,
    medium: Annotated[str | None, typer.Option("--medium", help="What kind of place that is (utm_medium).")] = None,
    content: Annotated[str | None, typer.Option("--content", help="Which of several links (utm_content).")] = None,
    term: Annotated[str | None, typer.Option("--term", help="The word that was paid for (utm_term).")] = None,
    list_: Annotated[bool, typer.Option("--list", help="What was handed out, and how often it was followed.")] = False,
    limit: Annotated[int | None, typer.Option("--limit", min=0, max=10**9, help="With --list: so many.")] = None,
) -> None:
    """\b
    leadctl link https://example.org/offer --campaign spring --source linkedin
    leadctl link https://example.org/offer --lead kari@fjord.no --campaign spring
    leadctl link https://example.org/offer --where 'grade: A' -o merge.csv
    leadctl link --list

    Make an address that tells who came by it. The same one is made once.
    """
    from leadctl.services import linking

    run = of(context)
    tags = {"source": source, "medium": medium, "campaign": campaign, "content": content, "term": term}
    if list_:
        if url or lead or where or any(tags.values()):
            raise UsageError("--list takes no address and no tags", hint="leadctl link --list --format csv")
        with run.database() as database:
            run.show(linking.link_report(database, FITS_A_SCREEN if limit is None and run.on_a_terminal else limit))
        return
    if url is None:
        raise UsageError("the address is missing", hint="leadctl link https://example.org/offer --campaign spring")
    if lead is not None and where is not None:
        raise UsageError("--lead is one lead, and --where are many: give one of them")
    _give(run, url, lead, where, tags)


def _give(run: Run, url: str, lead: str | None, where: str | None, tags: dict[str, str | None]) -> None:
    from leadctl.services import linking
    from leadctl.services.finding import find_lead

    with run.database() as database:
        condition = condition_of(run, database, where)
        if condition is None:
            number = find_lead(database, run.settings, lead) if lead is not None else None
            found = linking.give_link(database, url, number, tags, now=run.now, command=run.command)
            if run.for_a_person and sys.stdout is not None:
                tell(found.url, stream=sys.stdout)  # alone, to be copied or piped
                run.say(
                    "next: leadctl link --list, or leadctl undo" if found.changed else "handed out before: the same"
                )
            else:
                run.show(found.as_record())
            if found.warning is not None:
                run.say(found.warning)
            return
        links = linking.give_links(database, url, condition, tags, now=run.now, command=run.command)
        run.show(links.report)
    run.say(f"{links.made:,} new, {len(links.report.rows) - links.made:,} handed out before")
    if links.mute:
        run.say(f"{links.mute:,} of these leads have no e-mail that can be right")
    if links.out:
        one = links.out == 1
        run.say(f"{links.out:,} lead{' has' if one else 's have'} opted out and {'is' if one else 'are'} left out")


@app.command("touches")
def touches(context: typer.Context, lead: Annotated[str, typer.Argument(help=LEAD)]) -> None:
    """\b
    leadctl touches 42
    leadctl touches kari@fjord.no --json

    Show how a lead came to you, each time, oldest first.
    """
    from leadctl.services.finding import find_lead
    from leadctl.services.touches import touch_report

    run = of(context)
    with run.database() as database:
        run.show(touch_report(database, find_lead(database, run.settings, lead), run.now))
