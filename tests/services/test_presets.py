"""Ready mappings: a row under the headers of each export reaches its fields, and a second import changes nothing."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
import yaml

CASES = yaml.safe_load((Path(__file__).parent / "preset_cases.yaml").read_text(encoding="utf-8"))
HEADERS = {case["mapping"]: case["header"] for case in reversed(CASES)}


def file_of(header: list[str], *rows: dict[str, str], delimiter: str = ",") -> str:
    assert all(set(row) <= set(header) for row in rows)
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter, lineterminator="\n")
    writer.writerows([header, *([row.get(name, "") for name in header] for row in rows)])
    return out.getvalue()


@pytest.mark.parametrize("case", CASES, ids=[f"{number}-{case['mapping']}" for number, case in enumerate(CASES)])
def test_a_row_reaches_its_fields(workspace: Any, case: dict[str, Any]) -> None:
    header, row, fields, delimiter = case["header"], case["row"], case["fields"], "\t" if "tabs" in case else ","
    found = workspace.bring(file_of(header, row, delimiter=delimiter))
    assert (found.mapping, found.created, found.rejected) == (case["mapping"], 1, 0)
    (values,) = workspace.query(f"SELECT {', '.join(fields)} FROM lead")
    assert dict(zip(fields, values, strict=True)) == fields
    extra = json.loads(workspace.query("SELECT coalesce(extra, '{}') FROM lead")[0][0])
    assert {name: extra.get(name) for name in case.get("keeps", {})} == case.get("keeps", {})
    contacts = workspace.query("SELECT kind, value, label FROM contact ORDER BY kind, id")
    assert list(map(list, contacts)) == case.get("contacts", [])
    assert sorted(kind for (kind,) in workspace.query("SELECT type FROM activity")) == case.get("told", [])
    for names in (header, header[::-1]):  # again, and with the columns the other way round
        again = workspace.bring(file_of(names, row, delimiter=delimiter))
        assert (again.mapping, again.created, again.updated, again.unchanged) == (case["mapping"], 0, 0, 1)


def test_test_leads_are_left_out(workspace: Any) -> None:
    dummy = "<test lead: dummy data for full_name>"
    rows = [
        {"id": "l:1", "form_id": "f:1", "platform": "fb", "created_time": "nonsense", "full_name": dummy},
        {
            "id": "l:2",
            "form_id": "f:1",
            "platform": "fb",
            "created_time": "2026-10-08T11:28:02Z",
            "full_name": "Ida Berg",
        },
        {"id": "l:3", "form_id": "f:1", "platform": "fb", "created_time": "2026-10-08T11:28:02Z", "city": dummy},
    ]
    found = workspace.bring(file_of(HEADERS["meta_lead_ads"], *rows, delimiter="\t").encode("utf-16"))
    assert (found.read, found.created, found.blank, found.rejected, found.left_out) == (3, 1, 2, 0, 2)
    assert "2 rows are test leads: left out" in found.notes
    found = workspace.bring(
        file_of(HEADERS["linkedin_lead_gen"], {"Lead ID": "1", "Test Lead": "TRUE", "First Name": "Test"})
    )
    assert (found.created, found.blank) == (0, 1)


@pytest.mark.parametrize(
    "above",
    [
        "Notes:\n",
        "Notes:\nThis file contains your LinkedIn connections.\n",
        'Notes:\n"Some addresses are missing, because their owners say so."\n\n',
        "Notes:\nSome addresses are missing, because, as you know, their owners say so, all of them.\n\n",
        "Export of 2026-07-01,,,,,,\n\n",
    ],
)
def test_the_header_is_found_behind_a_preamble(workspace: Any, above: str) -> None:
    row = {"First Name": "Ida", "Last Name": "Berg", "Connected On": "01 Jul 2026"}
    found = workspace.bring(above + file_of(HEADERS["linkedin_connections"], row))
    assert (found.mapping, found.created, found.rejected) == ("linkedin_connections", 1, 0)
    assert workspace.query("SELECT name FROM lead") == [("Ida Berg",)]


def test_no_preset_takes_an_everyday_file(workspace: Any) -> None:
    for header in (
        "name,email,phone,company",
        "First Name,Last Name,Email,Phone,Company,Job Title,Country",
        "id,first_name,last_name,email,created_at,source",
        "Vorname,Nachname,E-Mail,Telefon,Firma,Ort",
        "Lead ID,Name,Email,Lead Source,Lead Status",
        "person_name,person_id,org_name,value",
        "Timestamp,Name,Phone",
    ):
        assert workspace.bring(header + "\n").mapping is None, header


def test_products_that_are_much_alike(workspace: Any) -> None:
    for header, mapping in (
        (
            "Record Id,Contact Owner,First Name,Last Name,Account Name,Email,Email Opt Out,Created Time,Mailing City",
            "zoho",
        ),
        ("Record Id,Lead Owner,Company,Last Name,Email,Lead Status,Created Time", "zoho"),
        ("Record ID,Contact owner,Last Name,Email,Lead Status,Create Date", "hubspot"),
        ("First Name,Last Name,Account Name,Mailing City,Contact Owner,Email", "salesforce_contact_report"),
        ("First Name,Last Name,Lead Status,Lead Owner,Company,Email,Create Date", "salesforce_lead_report"),
        ("ID,LASTNAME,FIRSTNAME,COMPANY,EMAIL,LEADSOURCE,STATUS", "salesforce_leads"),
        ("Deal - ID,Deal - Title,Deal - Value,Deal - Contact person,Deal - Status", "pipedrive"),
    ):
        assert workspace.bring(header + "\n").mapping == mapping, header


def test_a_mapping_of_the_workspace_goes_before_a_preset(workspace: Any) -> None:
    workspace.write(
        "rules/mappings/ours.yaml",
        "mapping:\n  headers: [Record ID]\n  optional: yes\n  fields: {name: First Name, owner: Contact owner}\n",
    )
    row = {"Record ID": "1", "First Name": "Ida", "Contact owner": "ana"}
    assert workspace.bring(file_of(HEADERS["hubspot"], row)).mapping == "ours"
    assert workspace.query("SELECT name, owner FROM lead") == [("Ida", "ana")]


def test_a_preset_is_named_and_listed(workspace: Any) -> None:
    workspace.write("leads.csv", "Email,Record ID\nida@nordlicht.example,7\n")
    done = workspace.call("import", "leads.csv", "--map", "hubspot", "--json")
    assert (done.code, done.json["created"], done.json["columns"]) == (
        0,
        1,
        {"Email": "email", "Record ID": "external_id"},
    )
    assert "read with the mapping 'hubspot'" in done.err
    workspace.write(
        "rules/mappings/crm.yaml", "mapping:\n  title: Our CRM\n  headers: [[A, B], C]\n  fields: {name: C}\n"
    )
    listed = workspace.call("import", "--maps", "--json")
    first, *others = listed.json
    assert first == {"name": "crm", "title": "Our CRM", "for": "leads", "whose": "yours", "headers": "A | B; C"}
    assert {"hubspot", "zoho", "meta_lead_ads"} <= {each["name"] for each in others}
    assert all(each["title"] and each["whose"] == "packaged" for each in others)
    missing = workspace.call("import", "leads.csv", "--map", "hubspott")
    assert (missing.code, "did you mean 'hubspot'?" in missing.err) == (3, True)
    nothing = workspace.call("import")
    assert (nothing.code, "no file is named" in nothing.err) == (2, True)
