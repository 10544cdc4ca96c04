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
    assert "2 rows are left out, as the mapping says: test leads, deleted records and the like" in found.notes
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


def test_deleted_leads_of_salesforce_are_left_out(workspace: Any) -> None:
    header = [*HEADERS["salesforce_leads"], "IsDeleted"]
    rows = [
        {"Id": "00Q1", "LastName": "Berg", "Company": "Nordlicht", "IsConverted": "true", "IsDeleted": "false"},
        {"Id": "00Q2", "LastName": "Ek", "Company": "Fjord", "IsConverted": "false", "IsDeleted": "true"},
    ]
    found = workspace.bring(file_of(header, *rows))
    assert (found.created, found.blank, found.rejected) == (1, 1, 0)
    assert "1 row is left out, as the mapping says: test leads, deleted records and the like" in found.notes
    assert workspace.query("SELECT external_id, stage FROM lead") == [("00Q1", "new")]


DEAL = {
    "id": 1,
    "person_id": {"name": "Ida Berg", "email": [{"value": "ida@nordlicht.example", "primary": True}], "value": 7},
    "org_id": {"name": "Nordlicht", "value": 5},
    "stage_id": 2,
    "title": "Deal One",
    "value": 5000,
    "currency": "EUR",
    "add_time": "2026-02-01 04:21:51",
    "pipeline_id": 1,
}


def test_deals_of_pipedrive_that_are_won_or_lost(workspace: Any) -> None:
    def bring(status: str, closed: str | None) -> tuple[Any, ...]:
        deal = {**DEAL, "status": status, "close_time": closed, "won_time": "2026-02-11 11:40:36"}
        assert workspace.bring(json.dumps(deal), name="deal.json").mapping == "pipedrive_deal"
        again = workspace.bring(name="deal.json")
        assert (again.updated, again.unchanged) == (0, 1)
        found: tuple[Any, ...] = workspace.query("SELECT stage, stage_on FROM lead")[0]
        return found

    assert bring("open", None) == ("new", None)  # when it was won before, it is no more
    assert bring("won", "2026-03-01 11:40:36") == ("won", "2026-03-01")
    assert bring("lost", "2026-03-02 11:40:36") == ("lost", "2026-03-02")
    assert bring("deleted", None) == ("lost", "2026-03-02")
    assert workspace.call("move", "1", "proposal").code == 0
    assert bring("won", "2026-03-01 11:40:36")[0] == "proposal"  # no file sets back what was moved by hand


def test_a_pipeline_without_an_end_refuses_no_deal(workspace: Any) -> None:
    workspace.write("rules/pipeline.yaml", "pipeline:\n  - {stage: new, kind: open}\n")
    found = workspace.bring(
        json.dumps({**DEAL, "status": "won", "close_time": "2026-03-01 11:40:36"}), name="deal.json"
    )
    assert (found.created, found.rejected) == (1, 0)
    assert workspace.query("SELECT stage, stage_on FROM lead") == [("new", None)]
    assert workspace.bring("name,stage\nBo,won\n").rejected == 1  # who writes it in a file of one's own means a stage


META = {
    "id": "1618",
    "created_time": "2026-10-08T16:28:02+0000",
    "form_id": "1517",
    "campaign_name": "spring",
    "platform": "ig",
    "field_data": [
        {"name": "full_name", "values": ["Ida Berg"]},
        {"name": "email", "values": ["ida@nordlicht.example"]},
    ],
}
TOLD = "SELECT lead, type, occurred_at, content, campaign FROM activity WHERE type = 'web_form'"


@pytest.mark.parametrize("file_first", [True, False])
def test_a_form_of_meta_counts_once_by_file_and_by_payload(workspace: Any, file_first: bool) -> None:
    row = {
        "id": "l:1618",
        "created_time": "2026-10-08T11:28:02-05:00",
        "form_id": "f:1517",
        "campaign_name": "spring",
        "platform": "ig",
        "full_name": "Ida Berg",
        "work_email": "ida@nordlicht.example",
    }
    hook = {"leadgen_id": 1618, "form_id": 1517, "created_time": 1791476882}
    told = {
        "object": "page",
        "entry": [{"id": "1", "time": 1791476890, "changes": [{"field": "leadgen", "value": hook}]}],
    }
    given = [
        (file_of(HEADERS["meta_lead_ads"], row, delimiter="\t"), "leads.tsv", "meta_lead_ads"),
        (json.dumps(META), "graph.json", "meta_graph"),
        (json.dumps(told), "hook.json", "meta_webhook"),
    ]
    for content, name, mapping in given if file_first else given[::-1]:
        assert workspace.bring(content, name=name).mapping == mapping
        assert workspace.bring(name=name).updated == 0
    assert workspace.query(TOLD) == [(1, "web_form", "2026-10-08T16:28:02Z", "1517", "spring")]
    assert workspace.query("SELECT count(*) FROM lead") == [(1,)]


def test_a_form_of_google_ads_counts_once_by_file_and_by_payload(workspace: Any) -> None:
    hook = {
        "lead_id": "TeSt",
        "user_column_data": [
            {"column_id": "FULL_NAME", "string_value": "Ida Berg"},
            {"column_id": "EMAIL", "string_value": "ida@nordlicht.example"},
        ],
        "api_version": "1.0",
        "form_id": 1,
        "campaign_id": 3,
        "google_key": "k",
        "is_test": False,
        "lead_submit_time": "2026-03-01T10:00:00Z",
    }
    row = {
        "Lead ID": "TeSt",
        "Lead form ID": "1",
        "Campaign": "spring",
        "Campaign ID": "3",
        "Full Name": "Ida Berg",
        "User Email": "ida@nordlicht.example",
        "Lead submission time": "2026-03-01T10:00:00Z",
    }
    assert workspace.bring(json.dumps(hook), name="hook.json").mapping == "google_ads_webhook"
    found = workspace.bring(file_of(HEADERS["google_ads_leads"], row))
    assert (found.mapping, found.created) == ("google_ads_leads", 0)
    assert workspace.query(TOLD) == [(1, "web_form", "2026-03-01T10:00:00Z", "1", "3")]


def test_forms_as_files_tell_of_the_form(workspace: Any) -> None:
    row = {
        "Lead ID": "9f",
        "Form Name": "Guide",
        "Campaign Name": "spring",
        "Lead Created At": "2026-03-01T10:00:00Z",
        "First Name": "Ida",
        "Email Address": "ida@nordlicht.example",
    }
    workspace.bring(file_of(HEADERS["linkedin_lead_gen"], row))
    answers = "Timestamp,Email Address,Your name\n2026/03/02 3:04:05 PM GMT+1,bo@fjord.example,Bo Ek\n"
    for _ in range(2):
        workspace.bring(answers, name="answers.csv")
    assert workspace.query(TOLD + " ORDER BY lead") == [
        (1, "web_form", "2026-03-01T10:00:00Z", "Guide", "spring"),
        (2, "web_form", "2026-03-02T14:04:05Z", None, None),
    ]


def test_mappings_of_ones_own_tell_apart(workspace: Any) -> None:
    for name, column in (("one", "A"), ("two", "B")):
        told = f"  activities: [{{type: page_view, times: {column}}}]\n"
        text = f"mapping:\n  headers: [{column}]\n  system: crm\n  fields: {{external_id: Nr}}\n{told}"
        workspace.write(f"rules/mappings/{name}.yaml", text)
    workspace.bring("Nr,name,A\n1,Ida,2\n")
    workspace.bring("Nr,name,B\n1,Ida,2\n", name="b.csv")
    assert workspace.query("SELECT lead, count(*) FROM activity GROUP BY lead") == [(1, 4)]
