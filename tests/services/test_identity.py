"""Who is who: a key makes two rows one lead, unless the names say that they cannot be."""

from __future__ import annotations

from typing import Any

import pytest

from leadctl.services.importing.identity import Known, Person


def person(**known: Any) -> Person:
    return Person(
        **{**dict.fromkeys(Person._fields), **dict.fromkeys(("more", "names", "companies"), frozenset()), **known}
    )


ADA = {"external_id": "7", "email": "ada@firm.at", "phone": "+4315880100", "name": "Ada Lovelace", "company": "Firm"}


def found(row: dict[str, Any], *leads: dict[str, Any]) -> tuple[int | None, int | None]:
    """The lead that a row is about, and the one that it may be about."""
    known = Known()
    for number, lead in enumerate(leads, 1):
        known.add(number, person(**lead))
    match = known.find(person(**row))
    assert (match.reason is None) is (match.doubt is None)
    return match.lead, match.doubt


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({}, (None, None)),
        ({"external_id": "7"}, (1, None)),
        ({"external_id": "8"}, (None, None)),
        ({"email": "ada@firm.at"}, (1, None)),
        ({"phone": "+4315880100"}, (1, None)),
        ({"email": "ada@firm.at", "name": "A. Lovelace"}, (1, None)),
        ({"email": "ada@firm.at", "name": "LOVELACE, Ada"}, (1, None)),
        ({"email": "ada@firm.at", "name": "Bo Ek"}, (None, 1)),
        ({"phone": "+4315880100", "name": "Bo Ek"}, (None, 1)),
        # another id tells people apart, whatever else they share
        ({"external_id": "8", "email": "ada@firm.at", "name": "Ada Lovelace"}, (None, 1)),
        ({"external_id": "8", "phone": "+4315880100"}, (None, 1)),
        # the same id of quite another name is doubtful, unless something else agrees or she married
        ({"external_id": "7", "name": "Bo Ek"}, (None, 1)),
        ({"external_id": "7", "name": "Bo Ek", "company": "FIRM"}, (1, None)),
        ({"external_id": "7", "name": "Bo Ek", "email": "ada@firm.at"}, (1, None)),
        ({"external_id": "7", "name": "Ada King"}, (1, None)),
        # a shared number with another address is one person only where the names agree
        ({"phone": "+4315880100", "email": "other@firm.at", "name": "Ada Lovelace"}, (None, 1)),
        ({"phone": "+4315880100", "email": "other@firm.at"}, (None, 1)),
        ({"name": "Ada Lovelace", "company": "Firm"}, (None, None)),
    ],
    ids=str,
)
def test_a_row_and_a_lead(row: dict[str, Any], expected: tuple[int | None, int | None]) -> None:
    assert found(row, ADA) == expected


@pytest.mark.parametrize("key", [{"phone": "+4315880100"}, {"email": "info@firm.at"}], ids=str)
def test_an_office_of_two_companies(key: dict[str, str]) -> None:
    """Nobody is named, and the companies have nothing in common but a switchboard or an office's address."""
    lead = {"company": "Berger GmbH", **key}
    assert found({"company": "Kofler GmbH", **key}, lead) == (None, 1)
    assert found({"company": "Berger Holding", **key}, lead) == (1, None)
    assert found({"company": "privat", **key}, lead) == found(key, lead) == (1, None)
    assert found({"company": "Kofler GmbH", **key}, {**lead, "companies": frozenset(("Kofler",))}) == (1, None)


def test_a_lead_goes_by_the_names_of_its_parts() -> None:
    lead = {"email": "b@firm.at", "name": "Bob Stevens", "names": frozenset(("Robert Stevens",))}
    assert found({"email": "b@firm.at", "name": "Robert Stevens"}, lead) == (1, None)
    assert found({"email": "b@firm.at", "name": "Rob Stevens"}, lead) == (None, 1)


def test_the_id_before_the_mail_before_the_phone() -> None:
    leads = ({"phone": "+431"}, {"email": "a@firm.at"}, {"external_id": "7"})
    assert found({"external_id": "7", "email": "a@firm.at", "phone": "+431"}, *leads) == (3, None)
    assert found({"email": "a@firm.at", "phone": "+431"}, *leads) == (2, None)


def test_of_several_the_one_of_the_same_name_then_the_oldest() -> None:
    leads = ({"email": "a@firm.at"}, {"email": "a@firm.at", "name": "Ada King"}, {"email": "a@firm.at", "name": "Ada"})
    assert found({"email": "a@firm.at", "name": "ADA"}, *leads) == (3, None)
    assert found({"email": "a@firm.at"}, *leads) == (1, None)
    assert found({"email": "a@firm.at", "name": "Bo"}, *leads[1:]) == (None, 1)


def test_a_weaker_key_may_still_fit_where_a_stronger_is_refused() -> None:
    leads = ({"email": "office@firm.at", "name": "Bo Ek"}, {"phone": "+431", "name": "Ada Lovelace"})
    assert found({"email": "office@firm.at", "phone": "+431", "name": "Ada Lovelace"}, *leads) == (2, None)


def test_the_ids_of_two_systems_are_two_ids_of_one_person(workspace: Any) -> None:
    """Who stands in two systems under one address is one lead; the same number in two systems is no reason to be."""
    hubspot = "mapping: {headers: [Record ID], fields: {external_id: Record ID}}\n"
    workspace.write("rules/mappings/hub.yaml", hubspot)
    workspace.write("rules/mappings/mail.yaml", hubspot.replace("Record ID", "Member ID"))
    hub = "Record ID,Name,Email,Title\n7,Ada Berg,ada@x.at,CTO\n8,Bo Lund,bo@x.at,\n"
    mail = "Member ID,Name,Email,Title\n3,Ada Berg,ada@x.at,CEO\n7,Cy Berg,cy@x.at,\n"
    assert workspace.bring(hub, "hub.csv").created == 2
    ledger = workspace.bring(mail, "mail.csv")
    assert (ledger.created, ledger.updated, ledger.flagged) == (1, 1, 0)
    assert workspace.query("SELECT external_id, id_system, name FROM lead ORDER BY id") == [
        ("7", "hub", "Ada Berg"),
        ("8", "hub", "Bo Lund"),
        ("7", "mail", "Cy Berg"),
    ]
    assert workspace.query("SELECT lead, kind, value, label FROM contact") == [(1, "external_id", "3", "mail")]
    again = workspace.bring(name="mail.csv")
    assert (again.created, again.updated, again.unchanged) == (0, 0, 2)
    newer = workspace.bring("Member ID,Name,Title\n3,Ada Berg,Owner\n", "mail.csv")
    assert (newer.created, newer.updated) == (0, 1)  # its own id serves in second place too
    other = workspace.bring("Record ID,Name,Email\n9,Ada Berg,ada@x.at\n", "hub2.csv")
    assert (other.created, other.flagged) == (1, 1)  # one system says that these are two
