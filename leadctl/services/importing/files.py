"""Import of a file, whatever it holds: which kind it is, which mapping reads it, and the work on it in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import replace
from functools import partial
from pathlib import Path

from leadctl.intake.batch import Layout
from leadctl.intake.logs.file import open_log
from leadctl.intake.mapping.columns import plan
from leadctl.intake.mapping.plan import ACTIVITIES, LEADS, SPEND, FileMapping, plain
from leadctl.intake.mapping.ready import Mappings
from leadctl.intake.rejects import OWN_COLUMNS
from leadctl.intake.values.exported import comes_back, is_of_activities
from leadctl.services.importing.ledger import Ledger
from leadctl.services.importing.receiving import ImportOptions, Incoming, Work
from leadctl.store.database import Operation

__all__ = ["COMPANIES", "KINDS", "ImportOptions", "Incoming", "import_file"]

COMPANIES = "companies"
KINDS = (LEADS, ACTIVITIES, COMPANIES, SPEND)
_OF_COSTS_TOO = frozenset(
    ("source", "campaign", "value", "captured_at")
)  # fields of leads that a file of costs seems to have
_FOUND_OUT = (LEADS, ACTIVITIES, SPEND)  # the kinds that ready mappings are for, in the order in which they are tried


def import_file(incoming: Incoming, kind: str | None = None) -> Ledger:
    """Imports one file as one of KINDS. Without a kind it is found out: a web server's log and what only a mapping for another
    kind knows is that; everything else is leads.

    Raises UsageError for a file that cannot be read, or in which nothing says what an import of its kind must know.
    """
    if kind in (None, ACTIVITIES):
        log, stream = open_log(incoming.path, incoming.stream, sure=kind == ACTIVITIES)
        if log is not None:
            from leadctl.services.importing.logs import import_log

            with closing(log):
                return import_log(incoming, log)
        incoming = replace(incoming, stream=stream)
    mappings = Mappings(incoming.settings.rules, incoming.rules)
    name = incoming.options.mapping
    named = mappings.named(name, kind, incoming.here) if name else None
    skip_lines = named.skip_lines if named and not _is_rejects(incoming.path) else 0
    kinds = _FOUND_OUT if kind is None else (kind,)
    with incoming.open(skip_lines=skip_lines, known=_known(mappings, kinds) if named is None else None) as reading:
        header = reading.layout.header
        returns = comes_back(header) and named is None and not incoming.options.columns
        if returns and kind is None:
            kind = ACTIVITIES if is_of_activities(header) else LEADS
        mapping = named or _fitting(mappings, header, kinds)
        meant = kind or (mapping.kind if mapping else _by_columns(incoming, header))
        if not header:  # no rows, so nothing must be known of them
            meant = LEADS
        ledger = incoming.carry_out(reading, _work(incoming, reading.layout, meant, mapping, returns=returns))
    ledger.kind = kind or meant
    if kind is None and named is None and meant != LEADS:
        ledger.notes.append(f"taken as {meant}, by its header; --as leads takes it as leads")
    return ledger


def _fitting(mappings: Mappings, header: Sequence[str], kinds: Sequence[str]) -> FileMapping | None:
    """The mapping that fits. Of those for several kinds one's own goes first, then the one that knows most of the headers."""
    found = [mappings.fitting(header, kind) for kind in kinds if kind != COMPANIES]
    names = {plain(each) for each in header}
    fitting = [mapping for mapping in found if mapping is not None]
    return max(fitting, key=lambda each: (not each.packaged, each.names(names)), default=None)


def _by_columns(incoming: Incoming, header: tuple[str, ...]) -> str:
    """The kind of a file that no mapping knows: activities where columns bear leadctl's own names for them; spend where nothing
    says who, but what was paid for, when and how much."""
    if {"type", "occurred_at"} <= set(header):
        return ACTIVITIES
    columns = incoming.options.columns
    leads = plan(header, incoming.rules.catalogue.given_fields, None, columns, {}, incoming.file, tells=True)
    if not leads.more and leads.origins.keys() <= _OF_COSTS_TOO:
        from leadctl.services.importing.spend import is_of_spend

        return SPEND if is_of_spend(header, columns) else LEADS
    return LEADS


def _known(mappings: Mappings, kinds: Sequence[str]) -> Callable[[Sequence[str]], bool]:
    """Says whether a line of a file is a header that a mapping is for."""
    return lambda cells: len(cells) > 1 and _fitting(mappings, cells, kinds) is not None


def _work(
    incoming: Incoming, layout: Layout, kind: str, mapping: FileMapping | None, *, returns: bool
) -> Callable[[Operation], Work]:
    """What makes the work on a file of this kind; `returns`: leadctl has exported it."""
    if returns and kind in (LEADS, ACTIVITIES):
        from leadctl.services.importing.returning import returning_activities, returning_leads

        return partial(returning_leads if kind == LEADS else returning_activities, incoming, layout)
    if kind == ACTIVITIES:
        from leadctl.services.importing.activities import activities_of

        return activities_of(incoming, layout, mapping)
    if kind == COMPANIES:
        from leadctl.services.importing.companies import companies_of

        return companies_of(incoming, layout)
    if kind == SPEND:
        from leadctl.services.importing.spend import spend_of

        return spend_of(incoming, layout, mapping)
    from leadctl.services.importing.leads import leads_of

    return leads_of(incoming, layout, mapping)


def _is_rejects(path: str) -> bool:
    """Whether a file is one of refused rows: it has no preamble, whatever its origin had."""
    try:
        if not Path(path).is_file():
            return False
        with Path(path).open("rb") as file:
            return file.read(64).lstrip(b"\xef\xbb\xbf").startswith(OWN_COLUMNS[0].encode())
    except OSError:
        return False
