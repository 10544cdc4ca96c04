"""Consent that a file of leads tells of: columns that say who opted in or out, and when.

Careful in one direction: of an opt-out everything counts but a clear no or nothing, of an opt-in only a clear yes. A cell
that cannot be read never refuses its row.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from typing import Any

from leadctl.intake.values.told import Told
from leadctl.model import money
from leadctl.model.text import fold

OPT_IN, OPT_OUT = "opt_in", "opt_out"
# Headers without their signs and spaces. A header of the first group says yes or no, or when.
_OUT = frozenset(
    (
        *("donotemail", "donotmail", "donotcontact", "donotcall", "donotphone", "donotmarket", "noemail", "nocontact"),
        *("optout", "optedout", "emailoptout", "emailoptedout", "optoutemail", "optoutofemail", "optedoutofemail"),
        *("hasoptedoutofemail", "hasoptedout", "marketingoptout", "newsletteroptout", "unsubscribed", "unsubscribe"),
        *("unsubscribedfromallemail", "unsubscribedfromallemails", "emailunsubscribed", "newsletterunsubscribed"),
        *("unsubtime", "unsubscribetime", "unsubscribedat", "unsubscribedon", "unsubscribedate", "optouttime"),
        *("optoutat", "optoutdate", "optedoutat", "optedouton"),
        *("abgemeldet", "abgemeldetam", "newsletterabgemeldet", "ausgetragen", "keinewerbung", "werbesperre"),
        *(
            "keineemails",
            "keineemail",
            "keinemails",
            "nichtkontaktieren",
            "nichtanrufen",
            "kontaktsperre",
            "mailsperre",
        ),
        *("emailsperre", "werbewiderspruch", "widerspruch", "widersprochen", "widerruf", "widerrufen", "widerrufam"),
    )
)
_OUT_STARTS = ("optedoutofemail", "unsubscribedfrom")  # HubSpot has one for each kind of mail
_IN = frozenset(
    (
        *("optin", "optedin", "emailoptin", "emailoptedin", "marketingoptin", "newsletteroptin", "marketingconsent"),
        *("consentmarketing", "consenttomarketing", "gdprconsent", "gdpr", "emailconsent", "newsletterconsent"),
        *("newsletter", "subscribedtonewsletter", "newslettersubscribed", "newslettersubscription"),
        *("einwilligung", "werbeeinwilligung", "marketingeinwilligung", "newslettereinwilligung", "dsgvo"),
        *("dsgvoeinwilligung", "einwilligungdsgvo", "newsletteranmeldung", "newsletterangemeldet"),
    )
)
_IN_SINCE = frozenset(
    (
        *(
            "optintime",
            "optinat",
            "optindate",
            "optedinat",
            "optedinon",
            "confirmtime",
            "doubleoptindate",
            "consentdate",
        ),
        *("gdprconsentdate", "marketingconsentdate", "einwilligungam", "einwilligungsdatum", "optindatum"),
    )
)
_SAYS_IN = frozenset(("opted in", "opt in", "opt-in", "subscribed", "granted", "given", "zugestimmt", "erteilt"))
_LEAST_DIGITS = 6  # of a day: the 1 of a yes is none


def told_of_consent(header: Sequence[str], taken: Collection[str] = ()) -> tuple[Told, ...]:
    """The activities `opt_in` and `opt_out` of each row, where the header has columns for them. `taken`: columns of which
    the mapping itself says what they tell."""
    found: list[Told] = []
    for column in header:
        name = re.sub(r"[\W_]+", "", fold(column) or "")
        if column in taken:
            continue
        if name in _OUT or name.startswith(_OUT_STARTS):
            found.append(_told(OPT_OUT, column, name, "if", "on"))
        elif name in _IN:
            found.append(_told(OPT_IN, column, name, "if"))
        elif name in _IN_SINCE:
            found.append(_told(OPT_IN, column, name, "on"))
    return tuple(found)


def _told(kind: str, column: str, name: str, *parts: str) -> Told:
    return Told(kind, dict.fromkeys(parts, column), lenient=True, note=f"column {column}", key=f"{kind} {name}")


def says(kind: str) -> Callable[[str], bool]:
    """How a cell that says something is read: whether it counts for an opt-in or an opt-out."""
    return _counts_as_out if kind == OPT_OUT else _counts_as_in


def moment(read: Callable[[str], Any]) -> Callable[[str], Any]:
    """A reader of dates that takes what is no date for none."""

    def reader(text: str) -> Any:
        if sum(sign.isdigit() for sign in text) < _LEAST_DIGITS:
            return None
        try:
            return read(text)
        except ValueError:
            return None

    return reader


def _counts_as_out(text: str) -> bool:
    try:
        return money.yes_no(text)
    except ValueError:
        return True


def _counts_as_in(text: str) -> bool:
    try:
        return money.yes_no(text)
    except ValueError:
        return fold(text) in _SAYS_IN
