"""What a rule may name: fields, their types, and each type's operators. One table drives the checker, the import's
header matching, the table `lead` and the documentation."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import NamedTuple


class Phase(IntEnum):
    """Phases run in this order; a condition may only name what an earlier one made."""

    FIELDS = 0
    SEGMENTS = 1
    PERSONAS = 2
    SCORES = 3
    GRADE = 4
    QUALIFY = 5
    LIFECYCLE = 6
    ROUTE = 7
    FOLLOW_UP = 8
    QUESTION = 9  # `--where`: everything has been worked out


# The types a custom field may have. Beside them: "time" (a day with its time; compared by days), "grade", and "choice" (one
# of the names that the rules give: a persona, a temperature).
CUSTOM_TYPES = ("text", "number", "money", "date", "yes_no")

_COMPARE = ("is", "is_not", "at_least", "at_most", "above", "below", "between", "present")
_DATES = (
    "is",
    "is_not",
    "at_least",
    "at_most",
    "above",
    "below",
    "between",
    "within",
    "older_than",
    "in_next",
    "before",
    "after",
    "present",
)
OPERATORS: dict[str, tuple[str, ...]] = {
    "text": ("is", "is_not", "has", "contains", "starts_with", "ends_with", "does_not_contain", "in_list", "present"),
    "number": _COMPARE,
    "money": _COMPARE,
    "date": _DATES,
    "time": _DATES,
    "yes_no": ("is", "is_not", "present"),
    "grade": ("is", "is_not", "present"),
    "choice": ("is", "is_not", "present"),
}
STORED_AS = {"text": "TEXT", "number": "REAL", "money": "REAL", "date": "TEXT", "time": "TEXT", "yes_no": "INTEGER"}


class Field(NamedTuple):
    """Something a lead has. `table` is where it is stored: lead, score for what scoring works out, or activity for the
    fields of what leads do and for what follows from them."""

    name: str
    type: str
    aliases: tuple[str, ...] = ()  # headers that fill it on import, besides its name
    table: str = "lead"
    phase: Phase = Phase.FIELDS
    identifying: bool = (
        False  # nearly every lead has a value of its own: compared directly, without the list of wordings
    )
    custom: bool = False
    given: bool = True  # may stand in a file or be set by hand
    derived_from: str | None = None  # the field whose text it is worked out from; it has no column of its own
    whole: bool = False  # it counts things: `1.200` in a file is 1200

    @property
    def tidy(self) -> bool:
        """Whether the program itself writes the text, or checks it: then a value is never blank."""
        return self.derived_from is None and (not self.given or self.name in ("email", "phone", "stage"))


_LEAD_FIELDS = (
    Field(
        "external_id",
        "text",
        ("id", "lead id", "record id", "contact id", "prospect id", "customer id"),
        identifying=True,
    ),
    Field(
        "name",
        "text",
        (
            "full name",
            "contact name",
            "lead name",
            "contact",
            "person",
            "your name",
            "ihr name",
            "kontakt",
            "ansprechpartner",
        ),
        identifying=True,
    ),
    Field(
        "first_name",
        "text",
        ("firstname", "given name", "vorname", "prenom", "prénom", "nombre", "fname"),
        identifying=True,
    ),
    Field(
        "last_name",
        "text",
        (
            "lastname",
            "surname",
            "family name",
            "nachname",
            "familienname",
            "lname",
            "nom",
            "nom de famille",
            "apellidos",
            "cognome",
        ),
        identifying=True,
    ),
    Field(
        "email",
        "text",
        (
            "e mail",
            "mail",
            "email address",
            "e mail address",
            "mail address",
            "work email",
            "business email",
            "email id",
            "e mail adresse",
            "your email",
            "courriel",
            "adresse e mail",
            "correo",
            "ihre e mail",
            "ihre e mail adresse",
        ),
        identifying=True,
    ),
    Field(
        "phone",
        "text",
        (
            "phone number",
            "telephone",
            "telephone number",
            "tel",
            "mobile",
            "mobile phone",
            "mobile number",
            "cell phone",
            "work phone",
            "business phone",
            "telefon",
            "telefonnummer",
            "téléphone",
            "teléfono",
            "telefono",
            "your phone",
            "your phone number",
            "ihre telefonnummer",
        ),
        identifying=True,
    ),
    Field(
        "company",
        "text",
        (
            "company name",
            "organization",
            "organisation",
            "organization name",
            "account",
            "account name",
            "employer",
            "firma",
            "unternehmen",
            "société",
            "entreprise",
            "empresa",
            "azienda",
        ),
    ),
    Field(
        "title",
        "text",
        ("job title", "jobtitle", "position", "job", "job role", "role", "funktion", "fonction", "poste", "cargo"),
    ),
    Field("industry", "text", ("sector", "branche")),
    Field(
        "employees",
        "number",
        (
            "number of employees",
            "no of employees",
            "employee count",
            "company size",
            "headcount",
            "mitarbeiter",
            "mitarbeiterzahl",
        ),
        whole=True,
    ),
    Field("country", "text", ("country code", "land", "country region", "pays", "país")),
    Field("city", "text", ("town", "ort", "stadt", "ville", "ciudad")),
    Field("website", "text", ("web site", "homepage", "company website", "webseite")),
    Field("language", "text", ("lang", "preferred language", "sprache")),
    Field("source", "text", ("lead source", "utm source", "original source", "quelle")),
    Field("campaign", "text", ("utm campaign", "campaign name", "kampagne")),
    Field("stage", "text", ("pipeline stage",)),
    Field("stage_on", "date"),
    Field("stage_reason", "text"),
    Field(
        "owner", "text", ("lead owner", "contact owner", "sales rep", "sales agent", "assigned to"), phase=Phase.ROUTE
    ),
    Field("queue", "text", phase=Phase.ROUTE, given=False),
    Field("value", "money", ("amount", "deal value", "deal size", "close value", "opportunity value", "wert")),
    Field("budget", "money"),
    Field(
        "captured_at",
        "time",
        (
            "created",
            "created at",
            "created on",
            "created date",
            "created time",
            "create date",
            "creation date",
            "date created",
            "date added",
            "submitted at",
            "submit date",
            "timestamp",
            "captured",
            "erstellt",
            "erstellt am",
            "eingang",
        ),
    ),
    Field("buying_role", "text", ("contact role", "role in purchase", "role in the purchase")),
    Field("opted", "text", given=False),
    Field("opted_at", "time", given=False),
    Field("email_state", "text", given=False),
    Field("email_kind", "text", given=False),
    Field("company_domain", "text", identifying=True, given=False),
    Field("phone_state", "text", given=False),
)
_SCORE_FIELDS = (
    Field("persona", "choice", table="score", phase=Phase.PERSONAS, given=False),
    Field("total", "number", table="score", phase=Phase.SCORES, given=False),
    Field("grade", "grade", table="score", phase=Phase.GRADE, given=False),
    Field("temperature", "choice", table="score", phase=Phase.GRADE, given=False),
    Field("window_shopper", "yes_no", table="score", phase=Phase.GRADE, given=False),
    Field("qualified", "choice", table="score", phase=Phase.QUALIFY, given=False),
    Field("lifecycle", "choice", table="score", phase=Phase.LIFECYCLE, given=False),
)
# Worked out from another field's text, or from what leads did; nothing stores them.
_DERIVED_FIELDS = (
    Field("email_domain", "text", given=False, derived_from="email", identifying=True),
    Field("company_key", "text", given=False, derived_from="company"),
    Field("seniority", "text", given=False, derived_from="title"),
    Field("department", "text", given=False, derived_from="title"),
    Field("phone_country", "text", given=False, derived_from="phone", identifying=True),
    Field("last_activity_at", "time", table="activity", given=False),
    Field("days_since_activity", "number", table="activity", given=False),
)
# What a condition on an activity may name, after `where` and in derived types.
ACTIVITY_FIELDS = (
    Field("topic", "text", ("subject", "thema", "tag"), table="activity"),
    Field("path", "text", ("url", "page", "page path", "landing page", "seite"), table="activity"),
    Field("content", "text", ("content title", "asset", "document", "utm content", "inhalt"), table="activity"),
    Field("campaign", "text", ("utm campaign", "campaign name", "kampagne"), table="activity"),
    Field("channel", "text", ("medium", "utm medium", "kanal"), table="activity"),
    Field("source", "text", ("utm source", "traffic source", "session source", "quelle"), table="activity"),
    Field("term", "text", ("utm term", "keyword"), table="activity"),
    Field("referrer", "text", ("referer", "page referrer", "referring url"), table="activity"),
    Field("outcome", "text", ("result", "ergebnis"), table="activity"),
)
LEAD, US, NOBODY = "lead", "us", "nobody"
# Who acts: the lead (inbound), us (outbound), or nobody: records that say something of a lead, and no deed of its own, so that
# a file with columns for consent or tags gives nobody engagement.
BUILT_IN_ACTIVITIES: dict[str, str] = {
    **dict.fromkeys(
        (
            "web_form", "newsletter_signup", "quote_request", "white_paper", "chatbot", "event", "webinar", "abandoned_cart",
            "product_details", "register_click", "guide_download", "demo_request", "page_view", "email_open", "email_click",
            "reply", "inbound_call", "meeting_booked", "meeting_canceled", "social_interaction", "trial_started",
            "trial_active", "purchase", "unsubscribe",
        ),
        LEAD,
    ),
    **dict.fromkeys(("call", "email_sent", "message_sent", "meeting", "proposal_sent", "note"), US),
    **dict.fromkeys(("touch", "opt_in", "opt_out", "bounce"), NOBODY),
}  # fmt: skip
# The columns of the table `score` that are no dimensions.
NO_DIMENSIONS = (
    *("lead", "run", "total", "letter", "number", "grade", "temperature", "window_shopper", "persona", "qualified"),
    *("lifecycle", "rungs", "next_change_on", "created_by"),
)
# Names that no field of one's own and no dimension may have.
RESERVED = (
    *(
        "id",
        "extra",
        "lead",
        "run",
        "letter",
        "number",
        "fingerprint",
        "created_by",
        "created_line",
        "by_default",
        "rungs",
        "next_change_on",
    ),
    *("all", "any", "not", "did", "segment", "next_follow_up", "score", "activity"),
)
BUILT_IN: dict[str, Field] = {each.name: each for each in (*_LEAD_FIELDS, *_SCORE_FIELDS, *_DERIVED_FIELDS)}


@dataclass(frozen=True)
class Catalogue:
    """All fields that the rules in force may name: the built-in ones, your own, and a dimension of the score each."""

    fields: Mapping[str, Field] = field(default_factory=lambda: dict(BUILT_IN))

    def with_fields(self, more: Iterable[Field]) -> Catalogue:
        return Catalogue({**self.fields, **{each.name: each for each in more}})

    @property
    def lead_fields(self) -> tuple[Field, ...]:
        """Every column of the table `lead` that holds a fact, in order."""
        return tuple(each for each in self.fields.values() if each.table == "lead" and each.derived_from is None)

    @property
    def given_fields(self) -> tuple[Field, ...]:
        """What a file may fill and a person may set."""
        return tuple(each for each in self.lead_fields if each.given)

    @property
    def custom_fields(self) -> tuple[Field, ...]:
        return tuple(each for each in self.fields.values() if each.custom)


def dimension_field(name: str) -> Field:
    return Field(name, "number", table="score", phase=Phase.SCORES, given=False)
