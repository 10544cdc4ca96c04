"""Enrich from a file and from the known companies: what is filled, what stays, and what each row's line has changed."""

from __future__ import annotations

import json
from typing import Any

import pytest

LEADS = """\
Name,Email,Phone,Company,Title,Industry
Kari Nordmann,kari@fjord.no,+4722123456,Fjord AS,CEO,
Ola Nordmann,ola@fjord.no,,FJORD a.s.,Engineer,Fishing
Per Free,per@gmail.com,,Fjord,,
Ana Blanca,ana@sol.example,,[/] O'Brien :smile:,CTO,
Bo Li,bo@gmx.de,,n/a,,
"""
FIRMS = """\
Domain,Name,Industry,Employees,Country,Notes,Phone
https://www.fjord.no/x,Fjord AS,Energy,200,NO,good one,+4722000000
gmail.com,Google,Ads,99999,US,,
nope,Foo,X,1,,,
sol.example,Sol,n/a,a few,ES,,
fjord.no,Fjord,Oil,300,SE,other,
,Nobody,,,,,
unknown.example,Unknown,Food,3,,,
"""
COUNTS = ("read", "created", "updated", "unchanged", "duplicate", "rejected", "blank")


def counts(ledger: dict[str, Any]) -> tuple[int, ...]:
    found = tuple(ledger[name] for name in COUNTS)
    assert found[0] == sum(found[1:])
    return found


def enrich(workspace: Any, content: str, *args: str, name: str = "facts.csv") -> dict[str, Any]:
    workspace.write(name, content)
    done = workspace.call("enrich", name, "--json", *args)
    assert done.code in (0, 1), done.err
    found: dict[str, Any] = done.json
    return found


def leads(workspace: Any, *columns: str) -> list[tuple[Any, ...]]:
    found: list[tuple[Any, ...]] = workspace.query(f"SELECT {', '.join(columns)} FROM lead ORDER BY id")
    return found


def whole(workspace: Any) -> list[tuple[Any, ...]]:
    return leads(workspace, "*")


def test_by_domain(workspace: Any) -> None:
    workspace.bring(LEADS)
    before = whole(workspace)
    workspace.write("firms.csv", FIRMS)
    tried = workspace.call("enrich", "firms.csv", "--dry-run", "--json")
    assert tried.code == 1 and whole(workspace) == before

    done = workspace.call("enrich", "firms.csv", "--json")
    assert done.code == 1
    assert counts(done.json) == (7, 0, 1, 2, 1, 3, 0) == counts(tried.json)
    assert done.json["operation"] == 2 and tried.json["operation"] is None
    assert "found by domain (column 'Domain'); --by phone" in done.err
    assert "2 rows found no lead" in done.err and "7 values of 2 leads filled" in done.err
    assert [(bad["line"], bad["column"]) for bad in done.json["rejects"]] == [
        (4, "Domain"),
        (5, "Employees"),
        (7, "Domain"),
    ]
    assert workspace.read("rejects/firms-2.csv").count("\n") == 4
    # Of one domain the first row counts; a company's name and number are no person's; `n/a` and free mail match nobody.
    extra = '{"Notes":"good one","Phone":"+4722000000"}'
    assert leads(workspace, "name", "industry", "employees", "country", "phone", "extra") == [
        ("Kari Nordmann", "Energy", 200, "NO", "+4722123456", extra),
        ("Ola Nordmann", "Fishing", 200, "NO", None, extra),
        ("Per Free", None, None, None, None, None),
        ("Ana Blanca", None, None, None, None, None),
        ("Bo Li", None, None, None, None, None),
    ]
    assert workspace.query("SELECT kind, file, leads FROM operation WHERE id = 2") == [("enrich", "firms.csv", 2)]
    assert workspace.query("SELECT operation, lead, line, fields FROM source_row ORDER BY lead") == [
        (2, 1, 2, ",industry,employees,country,extra,"),
        (2, 2, 2, ",employees,country,extra,"),
    ]
    after = whole(workspace)
    again = workspace.call("enrich", "firms.csv", "--json")
    assert counts(again.json) == (7, 0, 0, 3, 1, 3, 0) and whole(workspace) == after

    assert workspace.call("undo", "3").code == 0
    assert workspace.call("undo", "2").code == 0
    assert whole(workspace) == before and not workspace.query("SELECT * FROM source_row")


def test_by_company_without_its_legal_form(workspace: Any) -> None:
    workspace.bring(LEADS)
    ledger = enrich(
        workspace, "Firma;Branche;Ort\nfjord gmbh;Energie;Oslo\n[/] O'BRIEN :SMILE: AS;Musik;\nn/a;Nichts;X\n"
    )
    assert counts(ledger) == (3, 0, 2, 0, 0, 1, 0)
    assert leads(workspace, "industry", "city", "company") == [
        ("Energie", "Oslo", "Fjord AS"),
        ("Fishing", "Oslo", "FJORD a.s."),
        ("Energie", "Oslo", "Fjord"),
        ("Musik", None, "[/] O'Brien :smile:"),
        (None, None, "n/a"),
    ]


def test_by_email_phone_and_id(workspace: Any) -> None:
    workspace.bring(LEADS)
    ledger = enrich(workspace, "email,telefon\nKARI@fjord.no,1\nola@fjord.no,+47 22 99 88 77\nxxx@xxx.xx,\n")
    assert counts(ledger) == (3, 0, 1, 1, 0, 1, 0)  # Kari has a number; the masked address is nobody's
    assert leads(workspace, "phone", "phone_state")[1] == ("+4722998877", "valid")
    ledger = enrich(workspace, "telefon,city\n+47 22 99 88 77,Bergen\n", "--by", "phone")
    assert counts(ledger) == (1, 0, 1, 0, 0, 0, 0) and leads(workspace, "city")[1] == ("Bergen",)
    rows = [{"id": 5, "email": "new@x.example", "employees": 12.5}, {"id": "99"}, {"id": "KX"}]
    ledger = enrich(workspace, json.dumps(rows), name="facts.json")
    assert counts(ledger) == (3, 0, 1, 1, 0, 1, 0)
    assert leads(workspace, "email", "employees")[4] == ("bo@gmx.de", 12.5)


def test_an_id_beside_another_key_is_kept_apart(workspace: Any) -> None:
    workspace.bring(LEADS)
    enrich(workspace, "id,email,city\nV-77,kari@fjord.no,Oslo\n", "--by", "email")
    assert leads(workspace, "external_id", "city", "extra")[0] == (None, "Oslo", '{"id":"V-77"}')


def test_further_addresses_find_their_lead(workspace: Any) -> None:
    workspace.bring(LEADS)
    workspace.query(
        "INSERT INTO contact (lead, kind, value, state, created_by) VALUES (1, 'email', 'kn@home.example', 'valid', 1)"
    )
    assert counts(enrich(workspace, "email,city\nkn@home.example,Oslo\n"))[2] == 1
    assert leads(workspace, "city")[0] == ("Oslo",)


def test_a_new_address_comes_with_its_state(workspace: Any) -> None:
    workspace.bring("external_id,name\n1,Kari\n2,Ola\n")
    enrich(workspace, "external_id,email\n1,Kari@Gmail.com\n2,nonsense\n")
    assert leads(workspace, "email", "email_state", "email_kind") == [
        ("kari@gmail.com", "valid", "free"),
        ("nonsense", "invalid", None),
    ]
    # An invalid address never takes the place of a good one.
    enrich(workspace, "external_id,email\n1,broken\n2,ola@fjord.no\n", "--overwrite")
    assert leads(workspace, "email", "email_state") == [("kari@gmail.com", "valid"), ("ola@fjord.no", "valid")]


def test_overwrite_leaves_what_was_set_by_hand(workspace: Any) -> None:
    workspace.bring(LEADS)
    assert workspace.call("edit", "2", "industry=Mine").code == 0
    facts = "domain,industry,city\nfjord.no,Energy,Oslo\n"
    assert counts(enrich(workspace, facts))[2] == 1
    ledger = enrich(workspace, facts.replace("Energy", "Wind").replace("Oslo", "Bergen"), "--overwrite")
    assert counts(ledger)[2] == 1
    assert leads(workspace, "industry", "city")[:2] == [("Wind", "Bergen"), ("Mine", "Bergen")]
    assert counts(enrich(workspace, facts.replace("Energy", "Wind").replace("Oslo", "Bergen"), "--overwrite"))[2] == 0


def test_extra_keeps_what_stands_there(workspace: Any) -> None:
    workspace.bring("email,name,Twitter,Score\nkari@fjord.no,Kari,@kari,7\n")
    enrich(workspace, 'email,Twitter,Blog,stage\nkari@fjord.no,@other,"ka""ri",won\n')
    held = {"Twitter": "@kari", "Score": "7", "Blog": 'ka"ri', "stage": "won"}
    assert json.loads(leads(workspace, "extra")[0][0]) == held
    assert leads(workspace, "stage") == [("new",)]
    assert counts(enrich(workspace, "email,Twitter,Blog\nkari@fjord.no,@other,x\n"))[2] == 0
    assert counts(enrich(workspace, "email,Twitter\nkari@fjord.no,@other\n", "--overwrite"))[2] == 1
    assert json.loads(leads(workspace, "extra")[0][0]) == {**held, "Twitter": "@other"}


def test_custom_fields_are_read_by_their_type(workspace: Any) -> None:
    workspace.bring(LEADS)
    ledger = enrich(workspace, "domain,seats,decision maker,target_date\nfjord.no,12,yes,2027-01-31\nsol.example,x,,\n")
    assert counts(ledger) == (2, 0, 1, 0, 0, 1, 0)
    assert leads(workspace, "seats", "target_date")[0] == (12, "2027-01-31")


@pytest.mark.parametrize(
    ("content", "args", "said"),
    [
        ("a,b\n1,2\n", (), "no column was recognised that says who a row is about"),
        ("email,city\na@b.no,Oslo\n", ("--by", "domain"), "no column was recognised that holds domains"),
        ("email,city\na@b.no,Oslo\n", ("--by", "domian"), "did you mean 'domain'?"),
        ("email,city\na@b.no,Oslo\n", ("--map-column", "city=place"), "there is no field called 'place'"),
        ("email,city\na@b.no,Oslo\n", ("--where", "city: Oslo"), "--where goes with --exec"),
        ("email,city\na@b.no,Oslo\n", ("--exec", "true"), "a file or a program"),
    ],
)
def test_what_cannot_be(workspace: Any, content: str, args: tuple[str, ...], said: str) -> None:
    workspace.bring(LEADS)
    before = whole(workspace)
    workspace.write("facts.csv", content)
    done = workspace.call("enrich", "facts.csv", *args)
    assert done.code == 2 and said in done.err
    assert whole(workspace) == before


def test_a_website_serves_as_domain_where_asked(workspace: Any) -> None:
    workspace.bring(LEADS)
    assert counts(enrich(workspace, "website,city\nhttp://fjord.no/en,Oslo\n", "--by", "domain"))[2] == 1
    assert leads(workspace, "city", "website")[0] == ("Oslo", None)


def test_from_standard_input(workspace: Any) -> None:
    workspace.bring(LEADS)
    done = workspace.call("enrich", "-", "--json", stdin='{"domain": "fjord.no", "city": "Oslo"}\n')
    assert done.code == 0 and counts(done.json) == (1, 0, 1, 0, 0, 0, 0)


def test_activities_of_a_stranger_become_a_leads(workspace: Any) -> None:
    workspace.bring("external_id,name\n1,Kari\n")
    workspace.write("seen.csv", "email,type,occurred_at\nkari@fjord.no,page_view,2026-11-01\n")
    assert workspace.call("import", "seen.csv", "--as", "activities").code == 0
    enrich(workspace, "external_id,email\n1,kari@fjord.no\n")
    assert workspace.query("SELECT lead FROM activity") == [(1,)]


def test_a_thousand_rows_of_one_domain_and_many_contacts(workspace: Any) -> None:
    rows = "".join(f"Kari {n},k{n}@fjord.no\n" for n in range(3000))
    workspace.bring("name,email\n" + rows)
    facts = "domain,city,country\n" + "fjord.no,,\n" * 500 + "fjord.no,Oslo,\n" + "fjord.no,Bergen,NO\n" * 499
    assert counts(enrich(workspace, facts)) == (1000, 0, 2, 1, 997, 0, 0)
    assert workspace.query("SELECT DISTINCT city, country FROM lead") == [("Oslo", "NO")]
    assert workspace.query("SELECT line, fields, count(*) FROM source_row GROUP BY 1, 2") == [
        (502, ",city,", 3000),
        (503, ",country,", 3000),
    ]
