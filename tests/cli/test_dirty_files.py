"""Files as people have them: wrong endings, old encodings, mixed dates and money, shared addresses, refused rows."""

from __future__ import annotations

import csv
import io
import os
import shlex
import threading
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

PARTS = ("created", "updated", "unchanged", "duplicate", "rejected", "blank")


def balanced(ledger: dict[str, Any]) -> dict[str, Any]:
    assert ledger["read"] == sum(ledger[part] for part in PARTS)
    return ledger


def test_semicolon_text_named_xls(workspace: Any) -> None:
    workspace.write("Kunden.xls", "Name;E-Mail;Firma;Ort\r\nJörg Öllinger;j@oellinger.at;Öllinger & Co.;Linz\r\n")
    ledger = balanced(workspace.ok("import", "Kunden.xls", "--json").json)
    assert (ledger["delimiter"], ledger["created"]) == (";", 1)
    (lead,) = workspace.ok("list", "--json").json
    assert (lead["name"], lead["company"], lead["city"]) == ("Jörg Öllinger", "Öllinger & Co.", "Linz")


def test_cp1252_with_mixed_dates_and_money(workspace: Any) -> None:
    text = (
        "Name;E-Mail;Wert;Erstellt\n"
        "Jürgen Groß;jg@gross.de;1.234,56 €;13.11.2026\n"
        "Zoë “Z” Blüm;zb@bluem.at;€ 99;2026-11-14\n"
        "Rene Fab;rf@fab.fr;1 500,00;15 Nov 2026\n"
        "Ann Lee;al@lee.us;2,345.60;11/16/2026\n"
        "Vague Day;vd@vague.us;10;10/11/2026\n"
        "No Sum;ns@sum.us;a lot;2026-11-17\n"
    )
    workspace.write("mixed.csv", text.encode("cp1252"))
    done = workspace.run("import", "mixed.csv", "--json")
    ledger = balanced(done.json)
    assert done.code == 1
    assert (ledger["encoding"], ledger["created"], ledger["rejected"]) == ("cp1252", 4, 2)
    assert "cp1252" in done.err
    assert [(each["line"], each["column"], each["value"]) for each in ledger["rejects"]] == [
        (6, "Erstellt", "10/11/2026"),
        (7, "Wert", "a lot"),
    ]
    assert all(each["reason"] for each in ledger["rejects"])
    leads = {lead["email"]: lead for lead in workspace.ok("list", "--json").json}
    assert {email: lead["value"] for email, lead in leads.items()} == {
        "jg@gross.de": 1234.56,
        "zb@bluem.at": 99,
        "rf@fab.fr": 1500,
        "al@lee.us": 2345.6,
    }
    # midnight in Vienna, in winter an hour before that of UTC
    assert {email: lead["captured_at"] for email, lead in leads.items()} == {
        "jg@gross.de": "2026-11-12T23:00:00Z",
        "zb@bluem.at": "2026-11-13T23:00:00Z",
        "rf@fab.fr": "2026-11-14T23:00:00Z",
        "al@lee.us": "2026-11-15T23:00:00Z",
    }
    assert leads["zb@bluem.at"]["name"] == "Zoë “Z” Blüm"
    settled = workspace.run("import", "mixed.csv", "--date-order", "dmy", "--json").json
    assert (settled["created"], settled["rejected"]) == (1, 2)  # 11/16/2026 is no day any more, and the sum is none yet


def test_45_000_quoted_rows(workspace: Any) -> None:
    out = io.StringIO()
    writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow(["Lead ID", "Full Name", "Email", "Company", "Notes", "Amount"])
    for number in range(45_000):
        note = f'said "yes",\r\nthen {number}' if number % 3 == 0 else ""
        writer.writerow(
            [number, f"Person {number}", f"p{number}@f{number % 700}.example.com", "A, B & Co.", note, number]
        )
    workspace.write("quoted.csv", out.getvalue())
    ledger = balanced(workspace.ok("import", "quoted.csv", "--json").json)
    assert (ledger["read"], ledger["created"]) == (45_000, 45_000)
    assert workspace.query("SELECT count(*), sum(value) FROM lead") == [(45_000, sum(range(45_000)))]
    (lead,) = workspace.ok("list", "--where", "external_id: 44997", "--json").json
    assert (lead["company"], lead["extra"]) == ("A, B & Co.", {"Notes": 'said "yes",\r\nthen 44997'})
    assert workspace.ok("import", "quoted.csv", "--json").json["unchanged"] == 45_000


def test_masked_addresses_are_no_identity(workspace: Any) -> None:
    letters = "abcdefghijklmnopqrstuvwxyz"
    rows = [(f"{a}{b}", f"{first} {a.upper()}{b}son") for a in letters for b in letters for first in ("Sam",)]
    body = "".join(f"{name},sXXXXXXX@gmail.com,{key.upper()} Ltd\n" for key, name in rows)
    workspace.write("masked.csv", "name,email,company\n" + body)
    ledger = balanced(workspace.ok("import", "masked.csv", "--json").json)
    assert (ledger["read"], ledger["created"]) == (676, 676)
    leads = workspace.ok("list", "--json").json
    assert Counter(lead["name"] for lead in leads) == Counter(name for _, name in rows)
    again = balanced(workspace.ok("import", "masked.csv", "--json").json)
    assert (again["unchanged"], again["created"]) == (676, 0)


@pytest.mark.parametrize("mask", ["s***@gmail.com", "XXXX@gmail.com", "xxx@xxx.com", "noreply@example.com"])
def test_other_masks(workspace: Any, mask: str) -> None:
    people = ["Ann Alder", "Bob Birch", "Cleo Cedar", "Dan Drake", "Eve Elm"]
    workspace.write("masked.csv", "name,email\n" + "".join(f"{name},{mask}\n" for name in people))
    assert workspace.call("import", "masked.csv", "--json").json["created"] == 5
    assert sorted(lead["name"] for lead in workspace.call("list", "--json").json) == people


def test_four_people_with_one_address_and_phone(workspace: Any) -> None:
    people = ["Maria Huber", "Josef Huber", "Karl Maier", "Eva Wolf"]
    body = "".join(f"{name},office@huber.at,+43 1 5880 0,Huber GmbH\n" for name in people)
    workspace.write("four.csv", "name,email,phone,company\n" + body)
    ledger = balanced(workspace.ok("import", "four.csv", "--json").json)
    assert (ledger["created"], ledger["flagged"]) == (4, 3)
    assert sorted(lead["name"] for lead in workspace.ok("list", "--json").json) == sorted(people)
    assert workspace.ok("import", "four.csv", "--json").json["unchanged"] == 4


def test_refused_rows_are_mended_and_imported_again(workspace: Any) -> None:
    workspace.write(
        "trade fair.csv", "name,email,value\nAnn,ann@a.at,10\nBob,bob@b.at,ten\nCid,cid@c.at\nDot,dot@d.at,40\n"
    )
    done = workspace.run("import", "trade fair.csv", "--rejects", "mend.csv", "--json")
    assert (done.code, done.json["created"], done.json["rejected"]) == (1, 2, 2)
    assert "mend.csv" in done.err
    rows = list(csv.reader(io.StringIO(workspace.read("mend.csv"))))
    assert rows[0] == ["leadctl_line", "leadctl_reason", "name", "email", "value"]
    assert sorted(row[0] for row in rows[1:]) == ["3", "4"]
    mended = workspace.read("mend.csv").replace("bob@b.at,ten", "bob@b.at,20").replace("cid@c.at", "cid@c.at,30")
    workspace.write("mend.csv", mended)
    again = balanced(workspace.ok("import", "mend.csv", "--json").json)
    assert (again["created"], again["rejected"]) == (2, 0)
    leads = workspace.ok("list", "--json", "--sort", "value").json
    assert [(lead["name"], lead["value"], lead["extra"]) for lead in leads] == [
        ("Ann", 10, None),
        ("Bob", 20, None),
        ("Cid", 30, None),
        ("Dot", 40, None),
    ]


def test_refused_rows_stand_in_the_order_of_the_file(workspace: Any) -> None:
    workspace.write("in.csv", "name,email,value\nBob,bob@b.at,ten\nCid,cid@c.at\nDot,dot@d.at,x\n")
    done = workspace.call("import", "in.csv", "--rejects", "mend.csv", "--json")
    assert [each["line"] for each in done.json["rejects"]] == [2, 3, 4]
    assert [line.split(",")[0] for line in workspace.read("mend.csv").splitlines()[1:]] == ["2", "3", "4"]


def test_the_command_for_mended_rows_can_be_typed_as_it_stands(workspace: Any) -> None:
    workspace.write("trade fair.csv", "name,value\nAnn,ten\n")
    done = workspace.call("import", "trade fair.csv")
    words = shlex.split(done.err.partition("mend them and: ")[2].splitlines()[0])
    assert len(words) == 3
    assert (workspace.path / words[2]).is_file()


def test_without_rejects_the_file_of_refused_rows_is_named(workspace: Any) -> None:
    workspace.write("in.csv", "name,value\nAnn,ten\n")
    done = workspace.run("import", "in.csv")
    (file,) = (workspace.path / "rejects").iterdir()
    assert done.code == 1
    assert f"rejects/{file.name}" in done.err
    assert "in.csv:2: value: " in done.err


def test_standard_input(workspace: Any) -> None:
    ledger = workspace.ok("import", "-", "--json", "--source", "fair", stdin="name;email\nAnn;a@a.at\n").json
    assert (ledger["file"], ledger["delimiter"], ledger["created"]) == ("-", ";", 1)
    assert workspace.ok("list", "--json").json[0]["source"] == "fair"
    empty = workspace.run("import", "-", stdin="")
    assert (empty.code, empty.out) == (2, "")
    assert "standard input" in empty.err


def test_several_files(workspace: Any) -> None:
    workspace.write("a.csv", "name,email\nAnn,a@a.at\n")
    workspace.write("b.jsonl", '{"name": "Bob", "email": "b@b.at"}\n')
    ledgers = workspace.ok("import", "a.csv", "b.jsonl", "a.csv", "--json").json
    assert [(each["file"], each["created"], each["unchanged"]) for each in ledgers] == [
        ("a.csv", 1, 0),
        ("b.jsonl", 1, 0),
        ("a.csv", 0, 1),
    ]


def test_a_fifo(workspace: Any) -> None:
    pipe = workspace.path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_text, args=("name,email\nFi Fo,fi@fo.at\n",), daemon=True)
    writer.start()
    assert workspace.ok("import", "pipe", "--json").json["created"] == 1


def test_headers_twice_and_without_a_name(workspace: Any) -> None:
    workspace.write("odd.csv", "name,email,email,,Note,Note\nAnn,a@a.at,b@b.at,x,n1,n2\n")
    ledger = workspace.ok("import", "odd.csv", "--json").json
    assert list(ledger["columns"].values()) == ["name", "email", "email", None, None, None]
    (lead,) = workspace.ok("list", "--json").json
    assert (lead["name"], lead["email"]) == ("Ann", "a@a.at")
    assert sorted(lead["extra"].values()) == ["n1", "n2", "x"]
    assert workspace.query("SELECT kind, value FROM contact") == [("email", "b@b.at")]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-8-sig", "utf-8", "cp1252"])
@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
def test_encodings_and_line_ends(workspace: Any, encoding: str, ends: str) -> None:
    text = ends.join(["name,email,city", "Jörg Maß,jm@mass.at,Köln", '"Öse, Ä",oe@se.at,Graz', ""])
    workspace.write("file.csv", text.encode(encoding))
    assert workspace.call("import", "file.csv", "--json").json["created"] == 2
    leads = workspace.call("list", "--sort", "id", "--json").json
    assert [(lead["name"], lead["city"]) for lead in leads] == [("Jörg Maß", "Köln"), ("Öse, Ä", "Graz")]


def test_nul_bytes_are_taken_out_and_told(workspace: Any) -> None:
    workspace.write("nul.csv", b"name,email\nAn\0na,a@a.at\n")
    done = workspace.ok("import", "nul.csv")
    assert "NUL" in done.err
    assert workspace.ok("list", "--json").json[0]["name"] == "Anna"


def test_only_a_header(workspace: Any) -> None:
    workspace.write("head.csv", "name,email\n")
    ledger = workspace.ok("import", "head.csv", "--json").json
    assert (ledger["read"], ledger["created"]) == (0, 0)


ZIP = b"PK\x03\x04\x14\x00\x06\x00\x08\x00\x00\x00!\x00" + b"\x00" * 40 + b"[Content_Types].xml"
NO_TABLES = [
    ("book.xlsx", ZIP, 2, "spreadsheet", "CSV"),
    ("leads.csv", ZIP, 2, "spreadsheet", "CSV"),  # the ending proves nothing
    ("old.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, 2, "Excel", "CSV"),
    ("page.xls", b"<html><body><table><tr><td>Ann</td></tr></table>", 2, "web page", "CSV"),
    ("leads.csv.gz", b"\x1f\x8b\x08\x00" + b"\1" * 60, 2, "gzip", "gunzip"),
    ("doc.pdf", b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", 2, "PDF", "CSV"),
    ("leads.db", b"SQLite format 3\0" + b"\0" * 100, 2, "SQLite", "CSV"),
    ("zero.csv", b"", 2, "empty", ""),
    ("mark.csv", b"\xef\xbb\xbf", 2, "empty", ""),
    ("data.csv", b"Ann,ann@a.at\nBob,bob@b.at\n", 2, "header", "headers"),
]


@pytest.mark.parametrize(("name", "content", "code", "what", "mend"), NO_TABLES, ids=[each[0] for each in NO_TABLES])
def test_what_is_no_table_is_refused_and_nothing_written(
    workspace: Any, name: str, content: bytes, code: int, what: str, mend: str
) -> None:
    workspace.write(f"in/{name}", content)
    done = workspace.run("import", f"in/{name}", "--json")
    assert (done.code, done.out) == (code, "")
    assert name in done.err
    assert what in done.err
    assert mend in done.err
    assert "Traceback" not in done.err
    assert workspace.call("list", "--json").json == []
    assert workspace.call("operations", "--json").json == []


def test_a_folder_and_a_missing_file(workspace: Any) -> None:
    (workspace.path / "folder").mkdir()
    done = workspace.run("import", "folder")
    assert (done.code, done.out) == (2, "")
    assert "folder" in done.err
    done = workspace.run("import", "gone.csv")
    assert (done.code, done.out) == (3, "")
    assert "gone.csv: no such file" in done.err


def test_files_that_may_not_be_read(workspace: Any, without_permission: Callable[..., tuple[int, str, str]]) -> None:
    workspace.write("secret.csv", "name\nAnn\n").chmod(0)
    code, out, err = without_permission(workspace, "import", "secret.csv")
    assert (code, out) == (2, "")
    assert "secret.csv: may not be read" in err
    assert "permission" in err
    workspace.write("open.csv", "name\nAnn\n")
    code, out, err = without_permission(workspace, "import", "open.csv", "--rejects", "no/such/folder.csv")
    assert code == 0  # nothing was refused, so no file of refused rows is needed
    rules = workspace.path / "rules/pipeline.yaml"
    rules.chmod(0)
    try:
        code, out, err = without_permission(workspace, "score")
    finally:
        rules.chmod(0o644)
    assert (code, out) == (2, "")
    assert "rules/pipeline.yaml" in err


def test_what_was_imported_before_a_file_failed_is_told(workspace: Any) -> None:
    workspace.write("a.csv", "name,email\nAnn,a@a.at\n")
    done = workspace.run("import", "a.csv", "gone.csv")
    assert done.code == 3
    leads = len(workspace.call("list", "--json").json)
    assert leads == 0 or "a.csv" in done.out + done.err.replace("leadctl import a.csv", "")


def test_json_that_breaks_off_keeps_whole_objects_and_says_where(workspace: Any) -> None:
    workspace.write("cut.json", '[{"name": "Ann", "email": "a@a.at"},\n {"name": "Bo')
    done = workspace.run("import", "cut.json", "--json")
    assert done.code == 1
    assert done.json["rejected"] == 1
    assert "cut.json:2: " in done.err


def test_the_file_itself_is_never_changed(workspace: Any) -> None:
    path: Path = workspace.write("in.csv", b"name,value\r\nAnn,ten\r\n")
    before = path.stat().st_mtime_ns
    workspace.run("import", "in.csv")
    assert (path.read_bytes(), path.stat().st_mtime_ns) == (b"name,value\r\nAnn,ten\r\n", before)
