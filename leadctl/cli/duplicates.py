"""duplicates"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from leadctl.cli.leads import LEAD, condition_of
from leadctl.cli.run import Run, of, tell
from leadctl.errors import UsageError

if TYPE_CHECKING:
    from leadctl.services.duplicates.pairs import Pairs
    from leadctl.services.duplicates.uniting import Told, United
    from leadctl.store.database import Database

app = typer.Typer(rich_markup_mode=None)
FITS_A_SCREEN = 20


@app.command("duplicates")
def duplicates(
    context: typer.Context,
    above: Annotated[
        float | None, typer.Option("--above", metavar="P", min=0, max=1, help="Only pairs at least so certain, 0 to 1.")
    ] = None,
    where: Annotated[
        str | None, typer.Option("--where", metavar="COND", help="Pairs of which one lead fits, or both.")
    ] = None,
    limit: Annotated[int | None, typer.Option("--limit", min=0, max=10**9, help="At most so many.")] = None,
    merge: Annotated[
        bool, typer.Option("--merge", help="Merge the pairs of the rules same and automatic from --above on (0.95).")
    ] = False,
    review: Annotated[bool, typer.Option("--review", help="Decide pair by pair, both leads side by side.")] = False,
    distinct: Annotated[
        tuple[str, str] | None,
        typer.Option("--distinct", metavar="LEAD LEAD", help=f"These are two, and never proposed again. {LEAD}"),
    ] = None,
) -> None:
    """\b
    leadctl duplicates
    leadctl duplicates --review
    leadctl duplicates --merge --above 0.98 --yes
    leadctl duplicates --distinct 42 57

    Pairs of leads that may be one person, most certain first, with the reasons.
    """
    run = of(context)
    if sum((merge, review, distinct is not None)) > 1:
        raise UsageError("--merge, --review and --distinct are three different things", hint="one at a time")
    if merge and limit is not None:
        raise UsageError("--limit is for looking", hint="--above says from which certainty on pairs are merged")
    if review and not _somebody_there(run):
        raise UsageError("--review asks, and there is nobody to answer", hint="--merge and --distinct need no terminal")
    if merge and not (run.yes or _somebody_there(run)):
        raise UsageError("--merge asks first, and there is nobody to answer", hint="--yes answers yes")
    with run.database() as database:
        if distinct is not None:
            _tell(run, _say_distinct(run, database, distinct))
            return
        found = _find(run, database, above, where)
        if merge:
            _merge(run, database, found, above)
        elif review:
            _review(run, database, found, limit)
        else:
            _show(run, database, found, limit)


def _somebody_there(run: Run) -> bool:
    return not run.no_input and sys.stdin is not None and sys.stdin.isatty()


def _find(run: Run, database: Database, above: float | None, where: str | None) -> Pairs:
    from leadctl.services.duplicates.pairs import find_pairs
    from leadctl.services.listing import stored_catalogue

    condition = condition_of(run, database, where)
    catalogue, _ = stored_catalogue(database)
    found = find_pairs(
        database,
        catalogue,
        above=above,
        condition=condition,
        reading=run.progress("leads read"),
        comparing=run.progress("pairs compared"),
    )
    for text in found.left_out:
        run.say(text)
    return found


def _show(run: Run, database: Database, found: Pairs, limit: int | None) -> None:
    from leadctl.services.duplicates.uniting import certain

    if limit is None and run.on_a_terminal:
        limit = FITS_A_SCREEN
    run.show(found.listing(database, limit) if run.for_a_person else found.report(limit))
    if found.found:
        ready = len(certain(found))
        some = f", or --merge for the {ready:,} that {'are' if ready > 1 else 'is'} certain" if ready else ""
        run.say(f"next: leadctl duplicates --review{some}")


def _say_distinct(run: Run, database: Database, both: tuple[str, str]) -> Told:
    from leadctl.services.duplicates.uniting import say_distinct
    from leadctl.services.finding import find_lead

    one, other = (find_lead(database, run.settings, each) for each in both)
    return say_distinct(database, one, other, now=run.now, command=run.command)


def _merge(run: Run, database: Database, found: Pairs, above: float | None) -> None:
    from leadctl.model.likeness.comparing import AUTOMATIC
    from leadctl.services.duplicates.uniting import certain, unite

    least = AUTOMATIC if above is None else above
    wanted = certain(found, least)
    if wanted and not run.yes and not _agreed(f"merge {len(wanted):,} pairs that are at least {least:.0%} certain?"):
        run.say("nothing was changed")
        return
    united = unite(database, run.rules, found, least, now=run.now, command=run.command)
    _tell(run, united)
    for pair in united.held_back:
        run.say(f"{pair.lead} and {pair.other} were left as they are: together with others they cannot be one person")
    if united.operation is not None:
        run.say("next: leadctl undo takes all of it back")


def _agreed(question: str) -> bool:
    tell(f"{question} [y/N] ", end="")
    return sys.stdin.readline().strip().lower() in ("y", "yes", "j", "ja")


def _review(run: Run, database: Database, found: Pairs, limit: int | None) -> None:
    """Pair by pair; each answer is carried out at once, so that nothing is lost by stopping."""
    from leadctl.services.duplicates.merging import merge_leads
    from leadctl.services.duplicates.uniting import Again, say_distinct, side_by_side

    pairs = found.found if limit is None else found.found[:limit]
    again = Again(database)
    counts = {"y": 0, "n": 0, "s": 0}
    for number, proposed in enumerate(pairs, 1):
        pair = again.as_it_is_now(proposed)
        if pair is None:
            continue
        run.show(side_by_side(database, pair))
        answer = _answer(f"{number} of {len(pairs)}: one person? [y]es [n]o [s]kip [q]uit ")
        if answer == "q":
            break
        counts[answer] += 1
        if answer == "y":
            why = f"reviewed, certainty {pair.certainty:.2f}"
            merge_leads(database, run.rules, pair.lead, [pair.other], why=why, now=run.now, command=run.command)
            again.merged(pair)
        elif answer == "n":
            say_distinct(database, pair.lead, pair.other, now=run.now, command=run.command)
    run.say(f"{counts['y']} merged, {counts['n']} said to be two, {counts['s']} skipped")


def _answer(question: str) -> str:
    while True:
        tell(question, end="")
        line = sys.stdin.readline()
        answer = line.strip().lower()[:1] if line else "q"
        answer = "y" if answer == "j" else answer
        if answer in ("y", "n", "s", "q"):
            return answer


def _tell(run: Run, done: United | Told) -> None:
    if run.for_a_person:
        run.say(done.said)
    else:
        run.show(done.as_record())
