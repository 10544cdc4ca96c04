"""export: everything out again, and in again without a change."""

from __future__ import annotations

import csv
import io
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.conftest import Workspace

LEADS = """\
Id,Name,Email,Phone,Company,Country,Value,Employees,Decision Maker,Seats,Target Date,Colour,Created
K-1,Kari Nordmann,kari@fjord.no,+49 30 123456,Fjord AS,NO,"1.234,50",120,yes,2.5,2026-12-01,red,2026-05-01 10:30
K-2,"O'Brien, Mary-Jane",mj@obrien.example,,"=cmd|' /C calc'!A0",DE,,,no,,,"a ""b""; c",
,Ola ohne Alles,,030 98765,,DE,-5,,,,,,
,  [/] Anna\u202e ,anna@gmial.com,not a phone,"Two
lines",,,,,0.1234567,,blue,2026-05-02
2,Two,two@two.example,,,,,,,,,,
"""
EVENTS = """\
lead,type,occurred_at,topic,note,own_id,system
K-1,call,2026-11-01 10:00,prices,=1+1,,
K-1,page_view,2026-11-02 10:00:30,,,e-1,crm
stranger@nowhere.example,white_paper,2026-11-03,guide,"a, b",,
+4930555555,call,2026-11-04,,,,
X-99,event,2026-11-05,,,,
"""
FORMS = [["--format", each] for each in ("csv", "tsv", "json", "jsonl")]
FORMS += [["--spreadsheet-safe"], ["--excel"], ["--format", "tsv", "--spreadsheet-safe"]]


@pytest.fixture
def filled(workspace: Workspace) -> Workspace:
    workspace.write("leads.csv", LEADS)
    workspace.write("events.csv", EVENTS)
    assert workspace.call("import", "leads.csv").code == 0
    assert workspace.call("import", "events.csv", "--as", "activities").code == 0
    assert workspace.call("score").code == 0
    return workspace


def rows(text: str, delimiter: str = ",") -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))


def counts(workspace: Workspace, *args: str, code: int = 0) -> dict[str, int]:
    done = workspace.call("import", *args, "--json")
    assert done.code == code, done.err
    names = ("read", "created", "updated", "unchanged", "duplicate", "rejected", "blank", "flagged")
    return {name: done.json[name] for name in names if done.json[name]}


def content(workspace: Workspace) -> list[tuple[Any, ...]]:
    return [
        *workspace.query("SELECT * FROM lead ORDER BY id"),
        *workspace.query("SELECT * FROM contact ORDER BY id"),
        *workspace.query("SELECT * FROM doubt ORDER BY id"),
        *workspace.query("SELECT * FROM activity ORDER BY id"),
    ]


def test_every_lead_with_everything(filled: Workspace) -> None:
    done = filled.call("export", "leads")
    found = rows(done.out)
    assert (done.code, done.err) == (0, "")
    assert [row["id"] for row in found] == ["1", "2", "3", "4", "5"]
    kari = found[0]
    assert (kari["name"], kari["phone"], kari["value"], kari["seats"]) == (
        "Kari Nordmann",
        "+4930123456",
        "1234.5",
        "2.5",
    )
    assert (kari["employees"], kari["decision_maker"], kari["captured_at"]) == ("120", "true", "2026-05-01T08:30:00Z")
    assert json.loads(kari["extra"]) == {"Colour": "red"}
    assert found[1]["company"] == "=cmd|' /C calc'!A0"
    assert found[3]["company"] == "Two\nlines"
    assert found[3]["email_state"] == "unverified"
    listed = filled.call("list", "--sort", "id", "--json").json
    exported = filled.call("export", "leads", "--format", "json").json
    for one, other in zip(listed, exported, strict=True):
        shared = one.keys() - {"seats"}  # of which a list shows six decimals
        assert {name: other[name] for name in shared} == {name: one[name] for name in shared}
        assert {"opted", "leadctl_export"} <= other.keys()
    assert exported[3]["seats"] == 0.1234567
    assert filled.call("export", "leads", "--format", "jsonl").jsonl == exported


@pytest.mark.parametrize("how", FORMS, ids=" ".join)
def test_an_import_of_an_export_changes_nothing(filled: Workspace, how: list[str]) -> None:
    before = content(filled)
    for kind, count in (("leads", 5), ("activities", 5)):
        done = filled.call("export", kind, *how, "-o", "out.csv")
        assert (done.code, done.out) == (0, "")
        assert counts(filled, "out.csv", "--as", kind) == {"read": count, "unchanged": count}
    assert content(filled) == before


def test_ids_are_of_one_database_only(filled: Workspace, make_workspace: Any) -> None:
    filled.call("export", "leads", "-o", "out.csv")
    filled.call("export", "activities", "-o", "acts.csv")
    other = make_workspace("other")
    # Here 1 and 2 are others, and somebody has the external id 1.
    other.bring("id,name,email\n1,Adam Apfel,adam@apfel.example\nK-1,Kari Nordmann,kari@fjord.no\n")
    path = str(filled.path / "out.csv")
    assert counts(other, path) == {"read": 5, "created": 4, "updated": 1}
    assert counts(other, path) == {"read": 5, "unchanged": 5}
    assert other.query("SELECT id, external_id, name FROM lead WHERE id < 3") == [
        (1, "1", "Adam Apfel"),
        (2, "K-1", "Kari Nordmann"),
    ]
    assert other.query("SELECT extra FROM lead WHERE id = 2") == [('{"Colour":"red"}',)]
    acts = str(filled.path / "acts.csv")
    assert counts(other, acts, "--as", "activities") == {"read": 5, "created": 5, "flagged": 3}
    assert counts(other, acts, "--as", "activities") == {"read": 5, "unchanged": 5}
    assert other.query("SELECT lead, who FROM activity ORDER BY occurred_at") == [
        (2, None),
        (2, None),
        (None, "email:stranger@nowhere.example"),
        (None, "phone:+4930555555"),
        (None, "id:X-99"),
    ]


def test_what_was_edited_comes_back(filled: Workspace) -> None:
    filled.call("export", "leads", "--fields", "id,name,phone,stage,extra", "--excel", "-o", "out.csv")
    text = (
        filled.read("out.csv").replace("Kari Nordmann", "Kari Nordmann-Berg").replace('"+493098765"', '"+49 30 98766"')
    )
    filled.write("out.csv", text.replace('""Colour"":""blue""', '""Colour"":""green""'))
    assert counts(filled, "out.csv") == {"read": 5, "updated": 3, "unchanged": 2}
    assert filled.query("SELECT name, phone, extra FROM lead WHERE id IN (1, 3, 4) ORDER BY id") == [
        ("Kari Nordmann-Berg", "+4930123456", '{"Colour":"red"}'),
        ("Ola ohne Alles", "+493098766", None),
        ("  [/] Anna\u202e ", "not a phone", '{"Colour":"green"}'),
    ]
    assert filled.call("undo").code == 0
    assert filled.query("SELECT name FROM lead WHERE id = 1") == [("Kari Nordmann",)]


def test_a_changed_activity_is_taken_as_in_any_file(filled: Workspace) -> None:
    filled.call("export", "activities", "-o", "acts.csv")
    changed = filled.read("acts.csv").replace(",crm,", ",crm,").replace("2026-11-02T09:00:30Z", "2026-11-02T09:05:00Z")
    filled.write("acts.csv", changed)
    assert counts(filled, "acts.csv", "--as", "activities") == {"read": 5, "updated": 1, "unchanged": 4}


def test_a_number_without_a_country_stays_one(filled: Workspace) -> None:
    """Its lead has a country by now; that makes it no other number."""
    filled.write("more.csv", "name,email,phone\nEva,eva@e.example,030 11111\n")
    filled.call("import", "more.csv")
    filled.call("edit", "eva@e.example", "country=DE")
    assert filled.query("SELECT phone, phone_state FROM lead WHERE id = 6") == [("030 11111", "unverified")]
    filled.call("export", "leads", "-o", "out.csv")
    assert counts(filled, "out.csv") == {"read": 6, "unchanged": 6}


@pytest.mark.parametrize("fields", ["id,name", "name,email", "extra,email", "id"])
def test_some_fields_change_nothing_either(filled: Workspace, fields: str) -> None:
    done = filled.call("export", "leads", "--fields", fields, "--where", "email: {has: example}", "-o", "out.csv")
    assert done.code == 0
    header = filled.read("out.csv").splitlines()[0]
    marked = {"id", "extra"} & set(fields.split(","))
    assert header == (f"{fields},leadctl_export" if marked else fields)
    assert set(counts(filled, "out.csv")) == {"read", "unchanged"}


def test_a_lead_that_is_gone_is_made_again(filled: Workspace) -> None:
    filled.call("export", "leads", "-o", "out.csv")
    filled.query("DELETE FROM lead WHERE id = 5")
    assert counts(filled, "out.csv") == {"read": 5, "created": 1, "unchanged": 4}
    assert counts(filled, "out.csv") == {"read": 5, "unchanged": 5}


def test_spreadsheet_safe(filled: Workspace) -> None:
    found = rows(filled.call("export", "leads", "--spreadsheet-safe").out)
    assert found[1]["company"] == "'=cmd|' /C calc'!A0"
    assert found[0]["phone"] == "+4930123456"
    assert found[2]["value"] == "-5"
    notes = [row["note"] for row in rows(filled.call("export", "activities", "--spreadsheet-safe").out)]
    assert sorted(filter(None, notes)) == ["'=1+1", "a, b"]


def test_excel_by_country(make_workspace: Any) -> None:
    workspace = make_workspace(settings="timezone: Europe/Vienna\ncountry: AT\n")
    workspace.bring("name,value,company\nKari,1.5,=1+1\n")
    raw = workspace.call("export", "leads", "--fields", "name,value,company", "--excel").raw
    assert raw.startswith(b'\xef\xbb\xbf"name";"value";"company";"leadctl_export"\r\n"Kari";1,5;"\'=1+1";"k')
    assert raw.endswith(b' safe"\r\n')
    workspace.write("x.csv", raw)
    assert counts(workspace, "x.csv") == {"read": 1, "created": 1}  # without an id nobody can be known again
    workspace.call("undo")
    assert workspace.query("SELECT company, value FROM lead") == [("=1+1", 1.5)]


def test_who_opted_out_is_told(filled: Workspace) -> None:
    filled.call("opt-out", "kari@fjord.no")
    done = filled.call("export", "leads")
    assert rows(done.out)[0]["opted"] == "out"
    assert done.err == "1 of them opted out: the column opted says which\n"
    done = filled.call("export", "leads", "--fields", "name")
    assert done.err == "1 of them opted out: add opted to --fields to see which\n"
    assert filled.call("export", "leads", "--where", "not: {opted: out}").err == ""
    filled.call("export", "leads", "-o", "out.csv")
    assert counts(filled, "out.csv") == {"read": 5, "unchanged": 5}


def test_activities_of_some_leads(filled: Workspace) -> None:
    found = rows(filled.call("export", "activities", "--where", "country: NO").out)
    assert [(row["lead"], row["type"], row["email"]) for row in found] == [
        ("1", "call", "kari@fjord.no"),
        ("1", "page_view", "kari@fjord.no"),
    ]
    everything = rows(filled.call("export", "activities").out)
    assert [int(row["id"]) for row in everything] == [1, 2, 3, 4, 5]
    assert sorted((row["email"], row["phone"], row["external_id"]) for row in everything if not row["lead"]) == [
        ("", "", "X-99"),
        ("", "+4930555555", ""),
        ("stranger@nowhere.example", "", ""),
    ]


def test_mistakes(filled: Workspace) -> None:
    for args, said in (
        (["audience"], "there is no export of 'audience'"),
        (["leads", "--fields", "nme"], "did you mean 'name'"),
        (["activities", "--fields", "email_state"], "activities have no field called 'email_state'"),
        (["leads", "--format", "table"], "leadctl list draws tables"),
        (["leads", "--format", "json", "--excel"], "spreadsheets do not read json"),
        (["leads", "-o", "leads.db"], "leads.db"),
        (["leads", "--where", "nme: x"], "name"),
    ):
        done = filled.call("export", *args)
        assert done.code == 2
        assert said in done.err
        assert done.out == ""
    filled.call("export", "leads", "-o", "out.csv")
    filled.call("export", "activities", "-o", "acts.csv")
    assert filled.call("import", "acts.csv", "--json").json["kind"] == "activities"
    assert "--as activities" in filled.call("import", "acts.csv", "--as", "leads").err
    assert "leave --as out" in filled.call("import", "out.csv", "--as", "activities").err
    filled.write("out.csv", filled.read("out.csv").replace('{""Colour"":""red""}', '{""Colour""'))
    assert counts(filled, "out.csv", code=1) == {"read": 5, "unchanged": 4, "rejected": 1}


def test_an_empty_database_gives_a_header(workspace: Workspace) -> None:
    workspace.bring("name\n")
    assert workspace.call("export", "leads", "--fields", "name,email").out == "name,email\n"
    assert workspace.call("export", "leads", "--format", "json").json == []
    assert workspace.call("export", "activities", "--format", "jsonl").out == ""
    for ending in ("csv", "tsv", "json", "jsonl"):
        for kind in ("leads", "activities"):
            assert workspace.call("export", kind, "-o", f"out.{ending}").code == 0
            done = workspace.call("import", f"out.{ending}", "--as", kind, "--json")
            assert (done.code, done.json["read"], done.json["kind"]) == (0, 0, kind)
            assert "--map-column" not in done.err
    workspace.write("empty.csv", "")
    assert workspace.call("import", "empty.csv").code == 2  # that is no table


def test_real_strings_come_back(workspace: Workspace) -> None:
    folder = os.environ.get("LEADCTL_REALDATA")
    if folder is None:
        pytest.skip("LEADCTL_REALDATA is not set")
    strings = json.loads((Path(folder) / "naughty_strings" / "blns.json").read_text(encoding="utf-8"))
    strings += (Path(folder) / "csv_injection" / "payloadbox.txt").read_text(encoding="utf-8").splitlines()
    lines = [{"id": f"N{n}", "name": text, "company": text, "Note": text} for n, text in enumerate(strings)]
    workspace.write("in.jsonl", "".join(json.dumps(line) + "\n" for line in lines))
    workspace.call("import", "in.jsonl")
    count = workspace.query("SELECT count(*) FROM lead")[0][0]
    assert count > 500
    before = content(workspace)
    for how in FORMS:
        workspace.call("export", "leads", *how, "-o", "out.csv")
        assert counts(workspace, "out.csv") == {"read": count, "unchanged": count}
    assert content(workspace) == before


def test_the_system_of_an_id_goes_along(workspace: Workspace, make_workspace: Any) -> None:
    header = "Record ID,First Name,Last Name,Email,Lifecycle Stage,Lead Status,Create Date\n"
    workspace.write("hubspot.csv", header + "101,Kari,Nordmann,kari@fjord.no,lead,NEW,2026-05-01 10:30\n")
    workspace.call("import", "hubspot.csv")
    workspace.call("export", "leads", "-o", "out.csv")
    other = make_workspace("other")
    assert counts(other, str(workspace.path / "out.csv")) == {"read": 1, "created": 1}
    stored = "SELECT external_id, id_system, extra FROM lead"
    assert other.query(stored) == workspace.query(stored) != []


CARDS = """\
BEGIN:VCARD
VERSION:3.0
FN:Kari Nordmann
EMAIL;TYPE=WORK:kari@fjord.no
EMAIL;TYPE=HOME:kari@gmail.com
TEL;TYPE=CELL:+4791234567
TEL;TYPE=WORK:+4722123456
TEL:030 1234567
END:VCARD
BEGIN:VCARD
VERSION:3.0
FN:Bo Li
EMAIL:bo@li.example
END:VCARD
"""
CONTACTS = "SELECT lead, kind, value, label FROM contact WHERE kind NOT IN ('visitor', 'fingerprint') ORDER BY 1, 2, 3"
FACTS = "SELECT name, first_name, last_name, email, phone, external_id, id_system, stage, captured_at, extra FROM lead ORDER BY id"


@pytest.mark.parametrize("how", FORMS, ids=" ".join)
def test_further_contacts_go_out_and_come_in(workspace: Workspace, make_workspace: Any, how: list[str]) -> None:
    workspace.write("c.vcf", CARDS)
    workspace.write("crm.csv", "id,name,email\n7,Kari Nordmann,kari@fjord.no\n")
    header = "Record ID,First Name,Last Name,Email,Lifecycle Stage,Lead Status,Create Date\n"
    workspace.write("hub.csv", header + "101,Kari,Nordmann,kari@fjord.no,lead,NEW,2026-05-01 10:30\n")
    for name in ("c.vcf", "crm.csv", "hub.csv"):
        assert workspace.call("import", name).code == 0
    assert workspace.query(CONTACTS) == [
        (1, "email", "kari@gmail.com", "home"),
        (1, "external_id", "101", "hubspot"),
        (1, "phone", "+4791234567", "mobile"),
        (1, "phone", "030 1234567", None),
    ]
    before = content(workspace)
    assert workspace.call("export", "leads", *how, "-o", "out.csv").code == 0
    assert counts(workspace, "out.csv") == {"read": 2, "unchanged": 2}
    assert content(workspace) == before
    other = make_workspace("other")
    other.write("rules/fields.yaml", "fields: {colour: {type: text}}\n")  # its fields have no columns yet
    path = str(workspace.path / "out.csv")
    assert counts(other, path) == {"read": 2, "created": 2}
    assert (other.query(CONTACTS), other.query(FACTS)) == (workspace.query(CONTACTS), workspace.query(FACTS))
    assert counts(other, path) == {"read": 2, "unchanged": 2}
    assert counts(workspace, path) == {"read": 2, "unchanged": 2}
    assert content(workspace) == before


def test_columns_of_further_contacts(workspace: Workspace) -> None:
    workspace.write("c.vcf", CARDS)
    workspace.call("import", "c.vcf")
    header = workspace.call("export", "leads").out.splitlines()[0].split(",")
    more = ["email 2", "email 2.label", "phone 2", "phone 2.label", "phone 3", "phone 3.label"]
    assert header[header.index("email 2") :] == [*more, "extra", "leadctl_export"]
    chosen = rows(workspace.call("export", "leads", "--fields", "name,email 2,email 2.label").out)
    assert [(each["name"], each["email 2"], each["email 2.label"]) for each in chosen] == [
        ("Kari Nordmann", "kari@gmail.com", "home"),
        ("Bo Li", "", ""),
    ]
    # Of leads without any, there is nothing to have columns for.
    assert "email 2" not in workspace.call("export", "leads", "--where", "name: {has: Bo}").out


def test_a_further_address_written_into_an_export_is_taken(workspace: Workspace) -> None:
    workspace.write("c.vcf", CARDS)
    workspace.call("import", "c.vcf")
    workspace.call("export", "leads", "--fields", "id,name,email 2,phone 2", "-o", "out.csv")
    workspace.write(
        "out.csv", workspace.read("out.csv").replace("2,Bo Li,,", "2,Bo Li,bo@home.example,+47 22 12 34 99")
    )
    assert counts(workspace, "out.csv") == {"read": 2, "updated": 1, "unchanged": 1}
    assert workspace.query(CONTACTS)[-2:] == [(2, "email", "bo@home.example", None), (2, "phone", "+4722123499", None)]
    assert workspace.call("undo").code == 0
    assert {lead for lead, *_ in workspace.query(CONTACTS)} == {1}


def test_the_country_of_the_phone_goes_out(workspace: Workspace) -> None:
    workspace.bring("name,phone\nKari,+4791234567\nBo,030 1234\n")
    found = workspace.call("export", "leads", "--fields", "name,country,phone_country", "--format", "jsonl").jsonl
    assert [(each["country"], each["phone_country"]) for each in found] == [(None, "NO"), (None, None)]


def test_the_country_of_the_phone_follows_the_phone(workspace: Workspace) -> None:
    """In filters and rules, after an edit, an enrichment, a merge and an undo."""
    rules = workspace.read("rules/scoring.yaml")
    rule = "          - {id: calls_north, points: 5, when: {phone_country: [no, SE]}}\n"
    at = rules.index("          - {id: business_mail")
    workspace.write("rules/scoring.yaml", rules[:at] + rule + rules[at:])
    workspace.bring("id,name,phone\n1,Kari,+4791234567\n2,Bo,\n3,Cy,\n")

    def north() -> list[str]:
        return [each["name"] for each in workspace.call("list", "--where", "phone_country: 'NO'", "--json").json]

    assert north() == ["Kari"]
    workspace.call("score")
    assert workspace.query("SELECT lead FROM score WHERE fit = 5") == [(1,)]
    workspace.call("edit", "1", "phone=+4930123456")
    assert north() == []
    workspace.call("undo")
    assert north() == ["Kari"]
    workspace.write("facts.csv", "external_id,phone\n3,+4722123456\n")
    workspace.call("enrich", "facts.csv")
    assert north() == ["Kari", "Cy"]
    assert workspace.call("merge", "2", "3", "--yes").code == 0
    assert north() == ["Kari", "Bo"]
    workspace.call("score")
    assert workspace.query("SELECT lead FROM score WHERE fit = 5 ORDER BY lead") == [(1,), (2,)]
