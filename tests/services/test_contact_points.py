"""Several e-mails and phones a row: which one is the lead's own, and what else it is known by."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadctl.intake.mapping.contact_headers import read_header
from leadctl.intake.mapping.plan import Point
from leadctl.intake.values.contact_points import Contact, ContactPoints
from leadctl.model.email import contact


def bring(workspace: Any, header: str, *rows: str) -> Any:
    return workspace.bring("\n".join((header, *rows)) + "\n")


def further(workspace: Any) -> list[tuple[Any, ...]]:
    found: list[tuple[Any, ...]] = workspace.query("SELECT lead, kind, value, state, label FROM contact ORDER BY id")
    return found


@pytest.mark.parametrize(
    ("header", "meant"),
    [
        ("email 2", ("email", None)),
        ("E-mail 2 - Value", ("email", None)),
        ("E-Mail 2: Adresse", ("email", None)),
        ("email_home", ("email", "home")),
        ("email_other", ("email", "other")),
        ("Other Email", ("email", "other")),
        ("eMailPrivat", ("email", "home")),
        ("Person - Email (Work)", ("email", "work")),
        ("home phone", ("phone", "home")),
        ("HomePhone", ("phone", "home")),
        ("MobilePhone", ("phone", "mobile")),
        ("mobile", ("phone", "mobile")),
        ("Phone 2", ("phone", None)),
        ("phone2", ("phone", None)),
        ("phone_other", ("phone", "other")),
        ("Telefon geschäftlich 2", ("phone", "work")),
        ("Handy", ("phone", "mobile")),
        ("Visitor ID", ("visitor", None)),
        ("ga_client_id", ("visitor", None)),
        ("anonymousId", ("visitor", None)),
        *((each, (None, None)) for each in (
            "Email Opt Out", "email status", "E-mail 1 - Label", "Assistant's Phone", "Company Main Phone", "Home Fax",
            "owner email", "Home", "2", "", "client", "phone type", "emailed on", "Telegram", "Email or phone",
        )),
    ],
)  # fmt: skip
def test_headers(header: str, meant: tuple[str | None, str | None]) -> None:
    assert read_header(header) == meant


def test_the_first_that_is_there_is_the_leads_own(workspace: Any) -> None:
    found = bring(
        workspace,
        "name,email_work,email_home,email,phone_other,Mobile,Phone",
        "Ida,,ida@home.example,ida@nordlicht.example,+43 1 5880100,+43 664 123456,+43 1 5880101",
        "Bo,,bo@home.example,,,+43 664 123457,",
        "Cyd,,,,,,",
        "Dan,,dan@x.example,dan@x.example,,,",
    )
    assert found.columns == {
        "name": "name", "email_work": "email", "email_home": "email", "email": "email", "phone_other": "phone",
        "Mobile": "phone", "Phone": "phone",
    }  # fmt: skip
    # A column that is called as the field is goes before the others.
    assert workspace.query("SELECT email, phone FROM lead ORDER BY id") == [
        ("ida@nordlicht.example", "+4315880101"),
        ("bo@home.example", "+43664123457"),
        (None, None),
        ("dan@x.example", None),
    ]
    assert further(workspace) == [
        (1, "email", "ida@home.example", "valid", "home"),
        (1, "phone", "+4315880100", "valid", "other"),
        (1, "phone", "+43664123456", "valid", "mobile"),
    ]


def test_a_good_one_goes_before_a_bad_one(workspace: Any) -> None:
    bring(
        workspace,
        "name,email,email 2,phone,phone 2",
        "Ida,broken@,ida@nordlicht.example,+43 000,+43 1 5880100",
        "Bo,n/a,bo@fjord.example,,",
        "Cyd,broken@,worse@,,",
    )
    assert workspace.query("SELECT email, email_state, phone FROM lead ORDER BY id") == [
        ("ida@nordlicht.example", "valid", "+4315880100"),
        ("bo@fjord.example", "valid", None),
        ("broken@", "invalid", None),
    ]
    assert further(workspace) == [
        (1, "email", "broken@", "invalid", None),
        (1, "phone", "+43 000", "invalid", None),
        (3, "email", "worse@", "invalid", None),
    ]


@pytest.mark.parametrize("between", ["; ", ", ", " ::: ", " | ", "\n", " ", " / "])
def test_several_in_one_cell(workspace: Any, between: str) -> None:
    out = io.StringIO()
    mails = between.join(("ida@nordlicht.example", "Ida Berg <i.berg@nordlicht.example>", "ida@nordlicht.example"))
    if between in (" ", " / "):
        mails = mails.replace("Ida Berg <i.berg@nordlicht.example>", "i.berg@nordlicht.example")
    phones = between.join(("+43 1 5880100", "0043 664 123456")) if between != " " else "+43 1 5880100"
    csv.writer(out).writerows([["name", "email", "phone"], ["Ida", mails, phones]])
    found = workspace.bring(out.getvalue())
    assert found.created == 1
    assert workspace.query("SELECT email, phone FROM lead") == [("ida@nordlicht.example", "+4315880100")]
    expected = [(1, "email", "i.berg@nordlicht.example", "valid", None)]
    if between != " ":
        expected.append((1, "phone", "+43664123456", "valid", None))
    assert further(workspace) == expected
    assert workspace.bring(out.getvalue()).unchanged == 1


@pytest.mark.parametrize(
    ("country", "cell", "own", "others"),
    [
        ("AT", "030/1234567", ("030/1234567", "invalid"), []),
        ("AT", "089/1234567", ("089/1234567", "invalid"), []),
        ("AT", "0664/1234567", ("+436641234567", "valid"), []),
        ("AT", "01/5880100", ("+4315880100", "valid"), []),
        ("DE", "01/5123456", ("01/5123456", "invalid"), []),
        ("DE", "0221/4711 / 0171/1234567", ("+492214711", "valid"), ["+491711234567"]),
        ("DE", "0301234567/01711234567", ("+49301234567", "valid"), ["+491711234567"]),
        (
            "DE",
            "030 123456 und 0171 1234567 & 0172 1234567",
            ("+4930123456", "valid"),
            ["+491711234567", "+491721234567"],
        ),
        ("DE", "030 123456 / 1234567", ("030 123456 / 1234567", "invalid"), []),
        ("DE", "030 123456; n/a", ("+4930123456", "valid"), []),
        ("DE", "030 1234567/68", ("+49301234567", "valid"), []),
        ("US", "+1 (212) 555-0100/0101", ("+12125550100", "valid"), []),
        ("US", "(612) 207-3455, (612) 207-3456", ("+16122073455", "valid"), ["+16122073456"]),
        ("NO", "22 12 34 56 / 22 12 34 57", ("+4722123456", "valid"), ["+4722123457"]),
    ],
)
def test_half_a_number_is_nobodys(
    workspace: Any, country: str, cell: str, own: tuple[str, str], others: list[str]
) -> None:
    """A slash may stand behind the area code: what follows it is a number only where each part is a whole one."""
    workspace.write("leadctl.yaml", f"timezone: Europe/Vienna\ncountry: {country}\n")
    bring(workspace, "name,phone", f'Ida,"{cell}"')
    assert workspace.query("SELECT phone, phone_state FROM lead") == [own]
    assert [row[2] for row in further(workspace)] == others


def test_numbers_that_end_alike_are_of_two_people(workspace: Any) -> None:
    workspace.write("leadctl.yaml", "timezone: Europe/Vienna\ncountry: AT\n")
    found = bring(workspace, "name,phone", "Ida,030/1234567", "Bo,089/1234567", "Cyd,040/1234567")
    assert found.created == 3


@pytest.mark.parametrize("word", ["oder", "und", "or", "AND", "&"])
def test_a_word_between_addresses_is_none(workspace: Any, word: str) -> None:
    bring(workspace, "name,email", f"Ida,a@x.example {word} b@x.example")
    assert workspace.query("SELECT email FROM lead") == [("a@x.example",)]
    assert [row[2] for row in further(workspace)] == ["b@x.example"]


def test_given_twice_says_how_to_give_several(workspace: Any) -> None:
    done = workspace.call("add", "name=Ida", "email=a@q.example", "email=b@q.example")
    assert done.code == 2 and 'email="a@q.example; b@q.example"' in done.err
    assert workspace.call("add", "name=Ida", "email=a@q.example; b@q.example").code == 0
    assert [row[2] for row in further(workspace)] == ["b@q.example"]


def test_visitors(workspace: Any) -> None:
    found = bring(workspace, "name,client id,Visitor ID", "Ida,123.456,v1", "Bo,,n/a")
    assert found.columns["client id"] == "visitor"
    assert further(workspace) == [
        (1, "visitor", "123.456", "unverified", None),
        (1, "visitor", "v1", "unverified", None),
    ]


def test_columns_named_by_hand(workspace: Any) -> None:
    workspace.bring(
        "name,Phone,A,B\nIda,+43 1 5880100,+43 1 5880101,+43 1 5880102\n", columns={"B": "phone", "A": "phone"}
    )
    assert workspace.query("SELECT phone FROM lead") == [("+4315880102",)]
    assert [row[2] for row in further(workspace)] == ["+4315880101", "+4315880100"]


def test_numbers_are_read_with_the_country_of_their_row(workspace: Any) -> None:
    workspace.write("leadctl.yaml", "timezone: Europe/Vienna\ncountry: AT\n")
    bring(
        workspace,
        "name,phone,mobile,country",
        "Ida,0732 123456,0664 1234567,",
        "Bo,030 901820,0171 1234567,Deutschland",
        "Cyd,044 668 18 00,+43 1 5880100,CH",
        "Dan,0732 123457,,Nowhere",
    )
    assert workspace.query("SELECT phone FROM lead ORDER BY id") == [
        ("+43732123456",),
        ("+4930901820",),
        ("+41446681800",),
        ("+43732123457",),
    ]
    assert [row[2] for row in further(workspace)] == ["+436641234567", "+491711234567", "+4315880100"]


def test_the_country_of_all_rows(workspace: Any) -> None:
    workspace.bring("name,phone\nBo,030 901820\n", constants={"country": "Germany"})
    assert workspace.query("SELECT phone, country FROM lead") == [("+4930901820", "Germany")]


def test_whole_names_are_taken_apart(workspace: Any) -> None:
    bring(workspace, "name,email", "Ida Berg,ida@nordlicht.example", "Nordlicht GmbH,", ",bo@fjord.example")
    assert workspace.query("SELECT name, first_name, last_name FROM lead ORDER BY id") == [
        ("Ida Berg", "Ida", "Berg"),
        ("Nordlicht GmbH", None, None),
        (None, None, None),
    ]


CELLS = st.sampled_from(
    [
        "",
        "",
        "n/a",
        "ida@nordlicht.example",
        "bo@fjord.example",
        "broken@",
        "a@x.example; b@x.example",
        "-",
        "c@x.example,",
    ]
)


@given(st.lists(st.tuples(CELLS, CELLS, CELLS), min_size=1, max_size=6))
def test_nothing_that_can_be_right_is_lost(rows: list[tuple[str, str, str]]) -> None:
    """Every good address of a row is the lead's own or among the further ones, once; and a good one is the lead's own
    where there is any."""

    def judge(text: str, number: int) -> tuple[str, str, str | None] | None:
        return contact(text) if text.strip() else None

    texts = list(zip(*rows, strict=True))
    own = [judge(text, number) for number, text in enumerate(texts[0])]
    points = ContactPoints({"email": (Point("a"), Point("b", "home"), Point("c"))}, {"a": 0, "b": 1, "c": 2})
    found = points.settle({"email": own}, texts, {"email": judge}) or [()] * len(rows)
    for row, mine, others in zip(rows, own, found, strict=True):
        good = {
            each
            for cell in row
            for each in cell.replace(",", ";").replace(" ", "").split(";")
            if contact(each)[1] == "valid"
        }
        values = [each.value for each in others] + ([mine[0]] if mine is not None else [])
        assert len(values) == len(set(values))
        assert good <= set(values)
        assert not good or (mine is not None and mine[1] == "valid")
        assert all(isinstance(each, Contact) and each.kind == "email" for each in others)
