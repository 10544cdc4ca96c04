"""Companies: imported, given to their leads, listed with who decides."""

from __future__ import annotations

import json
from typing import Any

import pytest

from leadctl.store.companies import Deciding, who_decides

LEADS = """\
Name,Email,Company,Title,Value,buying role
Kari Nordmann,kari@fjord.no,Fjord AS,CEO,5000,
Ola Nordmann,ola@fjord.no,Fjord a.s.,Engineer,,user
Per Free,per@gmail.com,FJORD,Sales,,
Ana Blanca,ana@sol.example,[/] O'Brien :smile:,CTO,,Decision_Maker
Bo Li,bo@gmx.de,n/a,CEO,,
Xi Yu,xi@elv.no,,,,
"""
COMPANIES = """\
Company name,Company Domain,Industry,Employees,Country,Website,Revenue
Fjord AS,fjord.no,Energy,200,NO,https://fjord.no,5M
Fjord Danmark,fjord.dk,Shipping,,DK,,
n/a,,X,1,,,
n/a,sol.example,Music,,IE,,
Joe's,gmail.com,Food,,,,
Fjord Norge,fjord.no,Oil,100,NO,,7M
"""
OPEN = ["new", "contacted", "proposal"]


def bring(workspace: Any, content: str, code: int, name: str = "companies.csv") -> dict[str, Any]:
    workspace.write(name, content)
    done = workspace.call("import", name, "--as", "companies", "--json")
    assert done.code == code, done.err
    found: dict[str, Any] = done.json
    return found


def counts(ledger: dict[str, Any]) -> tuple[int, ...]:
    names = ("read", "created", "updated", "unchanged", "duplicate", "rejected", "blank")
    found = tuple(ledger[name] for name in names)
    assert found[0] == sum(found[1:])
    return found


def decide(workspace: Any, lead: int, stages: list[str] = OPEN) -> Deciding | None:
    with workspace.database() as database:
        return who_decides(database.connection, lead, stages)


def test_import(workspace: Any) -> None:
    workspace.bring(LEADS)
    before = workspace.query("SELECT * FROM lead")
    ledger = bring(workspace, COMPANIES, 1)
    assert counts(ledger) == (6, 4, 0, 0, 1, 1, 0)
    assert workspace.query("SELECT name, domain, key, industry, employees, created_line FROM company ORDER BY id") == [
        ("Fjord AS", "fjord.no", "fjord", "Energy", 200, 2),
        ("Fjord Danmark", "fjord.dk", "fjord danmark", "Shipping", None, 3),
        ("sol.example", "sol.example", "sol.example", "Music", None, 5),
        ("Joe's", None, "joe's", "Food", None, 6),
    ]
    # What the second row of one domain says differently is kept.
    extra = json.loads(workspace.query("SELECT extra FROM company WHERE id = 1")[0][0])
    assert extra == {
        "Revenue": "5M",
        "also": {"name": ["Fjord Norge"], "industry": ["Oil"], "employees": [100], "Revenue": ["7M"]},
    }
    assert workspace.query("SELECT name, industry, employees, country, website FROM lead ORDER BY id") == [
        ("Kari Nordmann", "Energy", 200, "NO", "https://fjord.no"),
        ("Ola Nordmann", "Energy", 200, "NO", "https://fjord.no"),
        ("Per Free", "Energy", 200, "NO", "https://fjord.no"),
        ("Ana Blanca", "Music", None, "IE", None),
        ("Bo Li", None, None, None, None),
        ("Xi Yu", None, None, None, None),
    ]
    assert workspace.query("SELECT lead, line FROM source_row ORDER BY lead") == [(1, 2), (2, 2), (3, 2), (4, 5)]
    assert counts(bring(workspace, COMPANIES, 1)) == (6, 0, 0, 5, 0, 1, 0)
    assert workspace.call("undo", "3").code == workspace.call("undo", "2").code == 0
    assert workspace.query("SELECT * FROM lead") == before and not workspace.query("SELECT * FROM company")


def test_a_later_file_updates(workspace: Any) -> None:
    assert counts(bring(workspace, "name,domain,industry,x\nFjord,fjord.no,Energy,1\nSol,,Music,\n", 0)) == (
        2,
        2,
        0,
        0,
        0,
        0,
        0,
    )
    ledger = bring(workspace, "name,domain,industry,x\nFjord Group,fjord.no,,2\nSOL GmbH,sol.example,Food,\n", 0)
    assert counts(ledger) == (2, 0, 2, 0, 0, 0, 0)
    assert workspace.query("SELECT name, domain, key, industry, extra FROM company ORDER BY id") == [
        ("Fjord Group", "fjord.no", "fjord group", "Energy", '{"x":"2"}'),
        ("SOL GmbH", "sol.example", "sol", "Food", None),
    ]
    assert workspace.call("undo").code == 0
    assert workspace.query("SELECT name, domain, key FROM company ORDER BY id") == [
        ("Fjord", "fjord.no", "fjord"),
        ("Sol", None, "sol"),
    ]


def test_two_companies_of_one_name(workspace: Any) -> None:
    two = "name,domain,industry\nFjord,fjord.no,Energy\nFjord,fjord.dk,Shipping\n"
    workspace.bring(
        "name,email,company\nKari,kari@fjord.no,Fjord\nBo,bo@fjord.dk,Fjord\nPer,per@gmail.com,Fjord\nEl,el@fjord.se,Fjord\n"
    )
    assert counts(bring(workspace, two, 0)) == (2, 2, 0, 0, 0, 0, 0)
    # Whose name alone is known could be at either, and an address elsewhere is at neither.
    assert workspace.query("SELECT industry FROM lead ORDER BY id") == [("Energy",), ("Shipping",), (None,), (None,)]
    ledger = bring(workspace, "name,industry\nFJORD AS,Food\n", 1)
    assert (
        counts(ledger)[5] == 1
        and "2 companies are called 'FJORD AS' (fjord.dk, fjord.no)" in ledger["rejects"][0]["reason"]
    )
    done = workspace.call("company", "fjord")
    assert done.code == 4 and "fjord.dk, 1 lead\n" in done.err
    assert workspace.call("company", "fjord.dk", "--json").json["industry"] == "Shipping"


def test_enrich_without_a_file(workspace: Any) -> None:
    done = workspace.call("enrich")
    assert done.code == 0 and "no companies are known" in done.err
    bring(workspace, COMPANIES, 1)
    workspace.bring(LEADS)
    tried = workspace.call("enrich", "--dry-run", "--json").json
    assert tried == {"operation": None, "companies": 4, "used": 2, "leads": 4, "values": 14}
    done = workspace.call("enrich", "--json")
    assert done.json == {**tried, "operation": 3}
    assert workspace.query("SELECT count(*) FROM source_row") == [(0,)]  # no file, no line
    again = workspace.call("enrich", "--json")
    assert again.json == {"operation": None, "companies": 4, "used": 0, "leads": 0, "values": 0}
    assert workspace.query("SELECT count(*) FROM operation") == [(3,)]
    assert workspace.call("undo").code == 0
    assert workspace.query("SELECT count(industry) FROM lead") == [(0,)]


def test_companies(workspace: Any) -> None:
    workspace.bring(LEADS)
    bring(workspace, "name,domain\nElv,elv.no\nStille AS,stille.no\n", 0)
    workspace.query("UPDATE lead SET owner = 'ana' WHERE id = 1")
    found = workspace.call("companies", "--json").json
    assert found == [
        {"company": "FJORD", "domain": "fjord.no", "leads": 3, "deciders": [], "owners": ["ana"], "open_value": 5000,
         "warning": "an open deal, nobody decides"},
        {"company": "[/] O'Brien :smile:", "domain": "sol.example", "leads": 1, "deciders": ["Ana Blanca"], "owners": [],
         "open_value": 0, "warning": None},
        {"company": "Elv", "domain": "elv.no", "leads": 1, "deciders": [], "owners": [], "open_value": 0, "warning": None},
        {"company": "Stille AS", "domain": "stille.no", "leads": 0, "deciders": [], "owners": [], "open_value": 0,
         "warning": None},
    ]  # fmt: skip
    assert [each["company"] for each in workspace.call("companies", "o'brien", "--json").json] == [
        "[/] O'Brien :smile:"
    ]
    assert workspace.call("companies", "nobody", "--json").json == []
    assert len(workspace.call("companies", "--limit", "2", "--format", "csv").out.splitlines()) == 3
    table = workspace.call("companies").out
    assert "[/] O'Brien :smile:" in table and "Ana Blanca" in table


def test_company(workspace: Any) -> None:
    workspace.bring(LEADS)
    bring(workspace, COMPANIES, 1)
    found = workspace.call("company", "Fjord", "AS", "--json").json
    assert (found["company"], found["domain"], found["leads"], found["employees"]) == ("Fjord AS", "fjord.no", 3, 200)
    assert [each["name"] for each in found["contacts"]] == ["Kari Nordmann", "Ola Nordmann", "Per Free"]
    assert found["contacts"][1] == {
        "lead": 2, "name": "Ola Nordmann", "role": "user", "decides": False, "title": "Engineer", "seniority": "staff",
        "email": "ola@fjord.no", "grade": None, "stage": "new",
    }  # fmt: skip
    assert workspace.call("company", "https://www.fjord.no", "--json").json == found
    said = workspace.call("company", "[/] o'brien :smile:").out
    assert "Decision_Maker" in said and "deciders" in said
    done = workspace.call("company", "nobody")
    assert done.code == 3 and "there is no company 'nobody'" in done.err
    assert workspace.call("company", "n/a").code == 3


def test_the_warning_goes_when_somebody_decides(workspace: Any) -> None:
    workspace.bring(LEADS)
    found = decide(workspace, 2)
    assert found is not None and found.warning == (
        "FJORD: 3 contacts and an open deal, nobody is marked as decision maker; the highest title is Kari Nordmann, CEO"
    )
    plain = decide(workspace, 3, [])
    assert plain is not None and plain.contacts == 3 and plain.open_deals == 0
    done = workspace.call("edit", "3", "buying_role=economic buyer")
    assert done.code == 0
    found = decide(workspace, 2)
    assert found is not None and found.deciders == ("Per Free",) and found.warning is None
    assert workspace.call("companies", "fjord", "--json").json[0]["warning"] is None


def test_a_field_of_ones_own_counts_too(workspace: Any) -> None:
    workspace.bring(LEADS)
    assert workspace.call("edit", "2", "decision_maker=yes").code == 0
    found = decide(workspace, 1)
    assert found is not None and found.deciders == ("Ola Nordmann",)
    assert workspace.call("companies", "fjord", "--json").json[0]["deciders"] == ["Ola Nordmann"]


@pytest.mark.parametrize(
    ("lead", "company", "contacts"), [(4, "[/] O'Brien :smile:", 1), (6, "elv.no", 1), (5, None, 0)]
)
def test_one_contact_without_a_deal_is_no_warning(
    workspace: Any, lead: int, company: str | None, contacts: int
) -> None:
    workspace.bring(LEADS)
    found = decide(workspace, lead)
    assert (found.company, found.contacts, found.warning) == (company, contacts, None) if found else company is None


def test_one_lead_and_all_agree(workspace: Any) -> None:
    """Names under which colleagues write their company, in any letters, lead to the same group from any of them."""
    workspace.bring(
        "name,email,company\n"
        "A,a@fjord.no,Fjord AS\nB,b@fjord.no,Größe\nC,c@gmail.com,GRÖSSE\nD,d@gmail.com, fjord  as\n"
        "E,e@elv.no,Delt\nF,f@sol.example,Delt\nG,g@gmail.com,Delt\nH,h@gmail.com,e\u0301cole\nI,i@gmx.de,École\n"
        "J,j@gmail.com,(none)\n"
    )
    sizes = {each["company"]: each["leads"] for each in workspace.call("companies", "--json").json}
    groups = [4, 4, 4, 4, 1, 1, 1, 2, 2, 1]
    assert sorted(sizes.values()) == [1, 1, 2, 4] and len(workspace.call("companies", "--json").json) == 6
    for lead, size in enumerate(groups, start=1):
        found = decide(workspace, lead)
        assert found is not None and found.contacts == size, lead


def test_thousands_of_contacts(workspace: Any) -> None:
    workspace.bring(
        "name,email,title\n" + "".join(f"Kari {n},k{n}@fjord.no,{'CEO' if n == 1999 else ''}\n" for n in range(2000))
    )
    found = decide(workspace, 1)
    assert found is not None and found.warning == (
        "fjord.no: 2,000 contacts, nobody is marked as decision maker; the highest title is Kari 1999, CEO"
    )
    assert len(workspace.call("company", "fjord.no", "--json").json["contacts"]) == 2000
    assert "3 of 2,000 shown" in workspace.call("company", "fjord.no", "--limit", "3").out


def test_a_file_that_names_no_company(workspace: Any) -> None:
    workspace.write("x.csv", "a,b\n1,2\n")
    done = workspace.call("import", "x.csv", "--as", "companies")
    assert done.code == 2 and "no column was recognised that names a company" in done.err
    assert workspace.call("import", "x.csv", "--as", "firms").code == 2


def test_a_forgotten_contact_does_not_come_back_with_its_company(workspace: Any) -> None:
    workspace.bring("name,email,phone\nKari Nordmann,kari@fjord.example,+47 22 12 34 56\n")
    assert workspace.call("forget", "1", "--yes").code == 0
    file = (
        "company,domain,contact,phone of contact,note\n"
        'Fjord AS,fjord.example,"Kari <Kari+sales@Fjord.example>",0047 22123456,big\n'
        "Berg AS,berg.example,ola@berg.example,+47 22 99 88 77,ask Kari at +47 22 12 34 56\n"
    )
    ledger = bring(workspace, file, 0)
    assert ledger["created"] == 2
    held = [json.loads(row[0]) for row in workspace.query("SELECT extra FROM company ORDER BY id")]
    assert held == [{"note": "big"}, {"contact": "ola@berg.example", "phone of contact": "+47 22 99 88 77"}]
    assert (
        "3 texts name people who asked to be forgotten"
        in workspace.call("import", "companies.csv", "--as", "companies").err
    )
    assert bring(workspace, file, 0)["unchanged"] == 2
