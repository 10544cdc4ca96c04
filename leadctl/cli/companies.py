"""companies, company"""

from __future__ import annotations

from typing import Annotated

import typer

from leadctl.cli.leads import FITS_A_SCREEN
from leadctl.cli.run import of

app = typer.Typer(rich_markup_mode=None)


@app.command("companies")
def companies(
    context: typer.Context,
    words: Annotated[list[str] | None, typer.Argument(help="Words in the name or the domain.")] = None,
    limit: Annotated[int | None, typer.Option("--limit", min=0, max=10**9, help="At most so many.")] = None,
) -> None:
    """\b
    leadctl companies
    leadctl companies fjord
    leadctl companies --json

    Companies: how many contacts, who decides, whose they are, what is open; a warning where nobody decides.
    """
    from leadctl.services.companies import companies_report

    run = of(context)
    if limit is None and run.on_a_terminal:
        limit = FITS_A_SCREEN
    with run.database() as database:
        run.show(companies_report(database, run.rules, words or [], limit, whole=run.for_a_program))


@app.command("company")
def company(
    context: typer.Context,
    name: Annotated[
        list[str], typer.Argument(metavar="NAME", help="Its name, its domain, or words that fit one only.")
    ],
    limit: Annotated[int | None, typer.Option("--limit", min=0, max=10**9, help="At most so many contacts.")] = None,
) -> None:
    """\b
    leadctl company fjord.example
    leadctl company "Fjord AS"

    One company and its contacts: role, title, grade, stage; who decides first.
    """
    from leadctl.services.companies import company_record, first_contacts, for_reading

    run = of(context)
    if limit is None and run.on_a_terminal:
        limit = FITS_A_SCREEN
    with run.database() as database:
        found, contacts = company_record(database, run.rules, " ".join(name))
    if not run.for_a_person:
        run.show(found)
        return
    run.show(for_reading(found))
    typer.echo()
    run.show(first_contacts(contacts, limit))
