"""Forgetting people: gone everywhere, out of later imports, and proven; busy, killed or undone, it stays so."""

from __future__ import annotations

import json
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from leadctl.services.privacy import forgetting
from leadctl.store.privacy.own_texts import Text
from leadctl.store.privacy.remains import search

KARI = (
    "kari nordmann",
    "kari.nordmann@fjord.example",
    "kari@home.example",
    "+4722123456",
    "kn-77123",
    "unicycl",
    "oslo fair",
)
LEADS = """\
id,name,email,phone,company,city,created,Hobby
KN-77123,Kari Nordmann,kari.nordmann@fjord.example,+47 22 12 34 56,Fjord AS,Bergen,2026-01-05,mountain unicycling
B2,Bob Builder,bob@builder.example,,Builder,Bergen,2026-01-06,"rides with Kari Nordmann, kari.nordmann@fjord.example"
B3,Okari Nordmannson,okari.nordmann@fjord.example,,Fjell AS,Bergen,2026-01-07,biking
"""
BAD = """\
id,name,email,created
KN-9,Kari Nordmann,kari.nordmann@fjord.example,not a day
B5,Otto,otto@x.example,not a day
,Kari Nordmann,,not a day
B6,Kari Nordmann,other.kari@x.example,not a day
"""
ACTS = """\
email,type,date,note
kari.nordmann@fjord.example,page_view,2026-02-01,from the Oslo fair
stranger@x.example,page_view,2026-02-01,
"""


@pytest.fixture
def sales(workspace: Any) -> Any:
    """Kari in every table that there is."""
    for name, text in (("leads.csv", LEADS), ("kari_nordmann.csv", BAD), ("acts.csv", ACTS)):
        workspace.write(name, text)
        workspace.call("import", name, *(["--as", "activities"] if name == "acts.csv" else []))
        (workspace.path / name).unlink()
    for words in (
        ["score"],
        ["route"],
        ["note", "1", "met at the Oslo fair, collects unicycles"],
        ["log", "2", "call", "got it from KARI NORDMANN"],
        ["edit", "1", "email=kari@home.example"],
        ["follow-up", "1", "fri", "ask about unicycles"],
        ["move", "1", "contacted"],
        ["edit", "1", "pain=no unicycle fits"],
        ["opt-out", "1", "--origin", "Oslo fair"],
        ["score"],
    ):
        assert workspace.call(*words).code == 0, words
    return workspace


def everything(workspace: Any) -> str:
    """All that the database and the refused rows say, in lower case."""
    with closing(sqlite3.connect(workspace.path / "leads.db")) as connection:
        said = "\n".join(connection.iterdump())
    rejects = workspace.path / "rejects"
    return (said + "".join(file.read_text() for file in sorted(rejects.glob("*")))).lower()


def left_in_bytes(workspace: Any) -> list[str]:
    """What the database files still hold of Kari, without her namesakes."""
    raw = b"".join(file.read_bytes() for file in workspace.path.glob("leads.db*")).lower()
    for other in (b"okari.nordmann@", b"okari nordmannson"):
        raw = raw.replace(other, b"")
    return [text for text in KARI if text.encode() in raw]


def forgotten(workspace: Any, *more: str) -> Any:
    done = workspace.call("forget", "1", "--yes", "--json", *more)
    assert done.code == 0, done.err
    return done.json


def test_gone_everywhere(sales: Any) -> None:
    before = everything(sales)
    assert all(text in before for text in KARI)
    found = forgotten(sales)
    after = (
        everything(sales)
        .replace("okari.nordmann@", "")
        .replace("okari nordmannson", "")
        .replace("b6,kari nordmann", "")
    )
    assert [text for text in KARI if text in after] == []
    assert left_in_bytes(sales) == []
    assert (found["leads"], found["proof"]["remains"], found["proof"]["free_pages"]) == ([1], [], 0)
    assert found["rows"]["lead"] == 1
    assert found["rejects"] == {"rejects/kari_nordmann-2.csv": 2}
    # The others are as they were, but for what they said of her; a namesake with another address is somebody else.
    assert sales.query("SELECT id, name, email, extra FROM lead") == [
        (2, "Bob Builder", "bob@builder.example", '{"Hobby":"rides with [forgotten], [forgotten]"}'),
        (3, "Okari Nordmannson", "okari.nordmann@fjord.example", '{"Hobby":"biking"}'),
    ]
    assert sales.query("SELECT note FROM activity WHERE lead = 2") == [("got it from [forgotten]",)]
    assert sales.query("SELECT who FROM activity WHERE lead IS NULL") == [("email:stranger@x.example",)]
    assert sales.query("SELECT captured_in, source, stage_kind, grade FROM forgotten") == [
        ("2026-01", None, "open", "D")
    ]
    commands = [row[0] for row in sales.query("SELECT command FROM operation")]
    assert "leadctl edit [forgotten]" in commands and "leadctl import [forgotten].csv" in commands
    assert sales.query("SELECT count(*) FROM operation WHERE file LIKE '%nord%'") == [(0,)]
    assert sales.call("doctor").code == 0
    assert sales.query("SELECT count(*) FROM change WHERE noun = 'lead' AND row = 1") == [(0,)]


def test_the_rest_of_the_refused_rows_stays_to_the_byte(workspace: Any) -> None:
    workspace.bring("id,name,email\nK1,Kari Nordmann,kari@fjord.example\n")
    head = b"\xef\xbb\xbfleadctl_line;leadctl_reason;name;email;note\r\n"
    others = (
        b'B;bob@x.example;"two\nlines; and ""quotes"""\r\n',
        "Ö;;\u2028x\r\n".encode("utf-8"),
        b"C;c@x.example;a\rb\r\n",
    )
    rows = [b"2;no day;" + others[0], b"3;no day;Kari;KARI@Fjord.example;\r\n", b"4;;" + others[1], b"5;;" + others[2]]
    rows += [b"6;no day;Nordmann, Kari;;\r\n", b'7;no day;K;;"write to <kari@fjord.example>\nsoon"\r\n']
    workspace.write("rejects/old.csv", head + b"".join(rows))
    workspace.write("rejects/hers.csv", b"leadctl_line,leadctl_reason,name,email\n2,x,Kari,kari@fjord.example\n")
    found = forgotten(workspace)
    assert (workspace.path / "rejects/old.csv").read_bytes() == head + rows[0] + rows[2] + rows[3]
    assert not (workspace.path / "rejects/hers.csv").exists()
    assert found["rejects"] == {"rejects/hers.csv": 1, "rejects/old.csv": 3}


def test_a_refused_row_of_a_longer_address_stays(workspace: Any) -> None:
    workspace.bring("id,name,email\nK1,Kari Nordmann,kari@fjord.example\n")
    row = "B,Okari,okari@fjord.example,soon\n"
    workspace.write("rejects/old.csv", f"id,name,email,created\n{row}K,K,KARI@fjord.example,soon\n")
    forgotten(workspace)
    assert workspace.read("rejects/old.csv") == f"id,name,email,created\n{row}"


def test_no_table_is_left_out(workspace: Any) -> None:
    """Whatever table names a lead, also one that is made one day: each has a row with a text of its own."""
    workspace.bring("id,name,email\nK,Kari Nordmann,kari@fjord.example\nB,Bob,bob@x.example\n")
    with closing(sqlite3.connect(workspace.path / "leads.db", isolation_level=None)) as connection:
        connection.execute("CREATE TABLE one_day (id INTEGER PRIMARY KEY, lead INTEGER, what TEXT) STRICT")
        tables = [row[0] for row in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
        filled = 0
        for table in tables:
            columns = [(row[1], row[2]) for row in connection.execute(f"PRAGMA table_info({table})") if row[1] != "id"]
            if table == "lead" or not {"lead", "other", "gone"} & {name for name, _ in columns}:
                continue
            own = {
                "lead": 1,
                "other": 2,
                "gone": 77,
                "grade": "A1",
                "extra": '{"a": ["secret in extra"]}',
                "answers": '{"b": "secret"}',
            }
            kinds = {"TEXT": f"secret of {table}", "REAL": 1.5, "INTEGER": 1, "ANY": "secret", "BLOB": b"secret"}
            values = [own.get(name, kinds[kind]) for name, kind in columns]
            listed = ", ".join(f'"{name}"' for name, _ in columns)
            connection.execute(f"INSERT INTO {table} ({listed}) VALUES ({', '.join('?' * len(columns))})", values)
            connection.execute(f"UPDATE {table} SET lead = lead")
            filled += 1
        connection.execute(
            "INSERT INTO contact (lead, kind, value, state, created_by) VALUES (1, 'visitor', 'v-1', 'valid', 1)"
        )
        connection.execute("INSERT INTO visits (visitor, seen, created_by) VALUES ('v-1', '[\"secret of v\"]', 1)")
        connection.execute("INSERT INTO visits (visitor, seen, created_by) VALUES ('v-2', '[\"of another\"]', 1)")
    assert filled > 10
    found = forgotten(workspace)
    assert "secret" not in everything(workspace)
    assert b"secret" not in (workspace.path / "leads.db").read_bytes()
    assert workspace.query("SELECT visitor FROM visits") == [("v-2",)]
    assert found["rows"]["one_day"] == 1


def test_imports_leave_them_out(sales: Any) -> None:
    forgotten(sales)
    leads = sales.bring(LEADS)
    assert (leads.created, leads.unchanged + leads.updated, leads.forgotten, leads.balanced) == (0, 3, 1, True)
    assert "1 row is about somebody who asked to be forgotten: left out" in leads.notes
    bad = sales.bring(BAD, name="bad.csv")
    assert (bad.rejected, bad.forgotten, bad.balanced) == (3, 1, True)
    assert "KN-9" not in (sales.path / f"rejects/bad-{bad.operation}.csv").read_text()
    sales.write("acts.csv", ACTS + "kari@home.example,call,soon,\n")
    acts = sales.call("import", "acts.csv", "--as", "activities", "--json").json
    assert (acts["read"], acts["unchanged"], acts["forgotten"], acts["rejected"]) == (3, 3, 2, 0)
    assert "kari@home" not in everything(sales)
    refused = sales.call("add", "name=Kari", "email=Kari.Nordmann@fjord.example")
    assert refused.code == 4
    assert "leadctl remember kari.nordmann@fjord.example" in refused.err
    assert sales.call("edit", "2", "email=kari@home.example").code == 4
    assert sales.call("remember", "nobody@x.example", "--json").json == {"operation": None, "changed": False}
    assert sales.call("remember", "kari@home.example").code == 0
    assert "kari" not in sales.query("SELECT command FROM operation ORDER BY id DESC LIMIT 1")[0][0]
    assert sales.bring(LEADS).created == 1


@pytest.mark.parametrize(
    ("row", "comes"),
    [
        ("KN-77123,Kari Nordmann,,", False),  # the id, and nothing that says it is somebody else
        ("KN-77123,Kari Nordmann,new@x.example,", False),  # id and name
        ("KN-77123,Per Olsen,per@x.example,", True),  # the same id in another system
        (",Kari N.,,+47 22123456", False),
        (",Nordmann Kari,k@x.example,+47 22123456", False),
        (",Per Olsen,per@x.example,+47 22123456", True),  # of one household
        ("X1,Kari Nordmann,k2@x.example,", True),
    ],
)
def test_who_is_who(sales: Any, row: str, comes: bool) -> None:
    forgotten(sales)
    assert sales.bring(f"id,name,email,phone\n{row}\n", name="new.csv").created == comes


@pytest.mark.parametrize(
    ("row", "comes"),
    [
        ("K,new@x.example,kari@home.example", False),
        ("K,new@x.example; kari@home.example,", False),
        ("K,new@x.example,b@x.example", True),
    ],
)
def test_known_by_a_second_address(sales: Any, row: str, comes: bool) -> None:
    forgotten(sales)
    assert sales.bring(f"name,email,email 2\n{row}\n", name="new.csv").created == comes


def test_activities_that_name_them_by_our_number(sales: Any) -> None:
    forgotten(sales)
    sales.write("acts.csv", "lead,type,on,note\n1,call,2026-11-01,with unicycles\n2,call,2026-11-01,with Bob\n")
    done = sales.call("import", "acts.csv", "--as", "activities", "--json").json
    assert (done["created"], done["forgotten"]) == (1, 1)
    assert "unicycles" not in everything(sales)


def test_known_by_the_whole_row(workspace: Any) -> None:
    workspace.bring("name,company\nKari Nordmann,Fjord\nBob,Builder\n")
    forgotten(workspace)
    again = workspace.bring("name,company\nKari Nordmann,Fjord\nBob,Builder\n")
    assert (again.created, again.forgotten) == (0, 1)


def test_a_key_that_another_lead_has_stays_its(workspace: Any) -> None:
    workspace.bring("id,name,email\nA,Ann Lee,office@x.example\nB,Bob Ray,office@x.example\n")
    done = workspace.call("forget", "1", "--yes")
    assert "lead 2 has the same address, number or id and stays" in done.err
    assert workspace.bring("id,name,email,city\nB,Bob Ray,office@x.example,Graz\n").updated == 1


def test_undo_brings_nothing_back(sales: Any) -> None:
    forgotten(sales)
    last = sales.query("SELECT max(id) FROM operation")[0][0]
    refused = sales.call("undo", last)
    assert refused.code == 4
    assert "cannot be undone" in refused.err
    for number in range(last - 1, 0, -1):
        assert sales.call("undo", number).code == 0, number
    assert sales.query("SELECT count(*) FROM lead") == [(0,)]
    assert not any(text in everything(sales) for text in KARI if text != "kari nordmann")


def test_merged_leads_go_whole(workspace: Any) -> None:
    workspace.bring(
        "id,name,email,note\nK1,Kari Nordmann,kari@fjord.example,first\nK2,K. Nordmann,kari@home.example,second secret\n"
        "K3,Kari N.,kari@work.example,third\nB,Bob,bob@x.example,\n"
    )
    assert workspace.call("merge", "2", "3").code == 0
    assert workspace.call("merge", "1", "2").code == 0
    assert workspace.call("forget", "kari@work.example", "--yes").code == 0
    said = everything(workspace)
    assert not any(text in said for text in ("kari", "nordmann", "secret", "fjord"))
    for number in (3, 2):
        assert workspace.call("undo", number).code == 0
    assert workspace.query("SELECT id FROM lead") == [(4,)]
    again = workspace.bring("id,name,email\nK9,Kari,kari@home.example\nK8,Kari,kari@work.example\n", name="again.csv")
    assert (again.created, again.forgotten) == (0, 2)


def test_a_part_without_keys_stays_forgotten(workspace: Any) -> None:
    workspace.bring("name,email\nKari Nordmann,kari@fjord.example\n", "a.csv")
    workspace.bring("name,company\nK. Nordmann,Fjord\n", "b.csv")
    assert workspace.call("merge", "1", "2").code == 0
    forgotten(workspace)
    for name in ("a.csv", "b.csv"):
        ledger = workspace.bring(name=name)
        assert (ledger.created, ledger.forgotten) == (0, 1), name


def test_activities_that_went_to_another_lead(workspace: Any) -> None:
    workspace.bring("id,name,email\nK,Kari Nordmann,kari@fjord.example\nB,Bob,bob@x.example\n")
    head = "activity id,email,type,date\n"
    for mail in ("kari@fjord.example", "bob@x.example"):
        workspace.write("acts.csv", f"{head}77,{mail},call,2026-02-01\n")
        workspace.ok("import", "acts.csv", "--as", "activities")
    forgotten(workspace)
    assert workspace.query("SELECT lead FROM activity") == [(2,)]
    assert workspace.call("undo", "3").code == 0
    assert workspace.query("PRAGMA foreign_key_check") == []


def test_a_dry_run_writes_nothing(sales: Any) -> None:
    before = everything(sales)
    found = forgotten(sales, "--dry-run")
    assert (found["operation"], found["dry_run"], found["rows"]["lead"]) == (None, True, 1)
    assert found["rejects"] == {"rejects/kari_nordmann-2.csv": 2}
    assert everything(sales) == before


def test_nobody_is_erased_unasked(sales: Any) -> None:
    before = everything(sales)
    refused = sales.call("forget", "1")
    assert refused.code == 2
    assert "--yes" in refused.err
    assert sales.call("forget", "1", "nobody", "--yes").code == 3
    assert sales.call("forget").code == 2
    part = sales.call("forget", "builder bob", "--yes")
    assert part.code == 4
    assert "only a part of what lead 2 is known by" in part.err
    assert everything(sales) == before


def test_backups_and_other_files_are_named(sales: Any) -> None:
    backup = sales.path / "leads.db.before-schema-3"
    shutil.copy(sales.path / "leads.db", backup)
    sales.write("exports/list.csv", "name\nKari Nordmann\n")
    sales.write("exports/utf16.txt", "KARI NORDMANN".encode("utf-16"))
    sales.write("exports/others.csv", "name\nOkari Nordmannson\n")
    sales.write("exports/packed.zip", b"PK")
    left = sales.call("forget", "1", "--yes", "--json")
    assert left.code == 1
    assert [Path(each).name for each in left.json["backups"]] == [backup.name]
    assert set(left.json["files"]) == {"exports/list.csv", "exports/utf16.txt"}
    assert left.json["unread"] == ["exports/packed.zip"]
    assert backup.exists()
    again = sales.call("forget", "kari@home.example", "--yes", "--json", "--backups")
    assert again.code == 0, again.err
    assert (again.json["leads"], [Path(each).name for each in again.json["deleted"]]) == ([], [backup.name])
    assert not backup.exists()
    assert sales.call("forget").code == 2  # nothing is unfinished


def test_the_proof_finds_what_is_left(sales: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forgetting, "_write_anew", lambda database: None)
    left = sales.call("forget", "1", "--yes", "--json")
    assert left.code == 1
    found = {(each["what"], each["where"]) for each in left.json["proof"]["remains"]}
    assert ("email", "in bytes that belong to no row") in found
    assert ("external_id", "in bytes that belong to no row") in found
    monkeypatch.undo()
    assert sales.call("forget", "kari@home.example").code == 0


def test_bytes_are_found_however_they_are_written(tmp_path: Path) -> None:
    name, long = (
        Text("name", 'Zoë "Z" Ångström', sure=True),
        Text("note", "".join(f"word {n} " for n in range(900_000))),
    )
    forms = [
        'zoë "z" ångström',
        'ZOË "Z" ÅNGSTRÖM',
        json.dumps(name.text)[1:-1],
        json.dumps(name.text, ensure_ascii=False),
    ]
    for number, form in enumerate(forms):
        for encoding in ("utf-8", "utf-16-le", "utf-16-be"):
            file = tmp_path / f"{number}{encoding}"
            file.write_bytes(b"\0x" * 5 + form.encode(encoding) + b"\xff")
            assert search([file], [name]), (form, encoding)
    pages = tmp_path / "pages"  # as SQLite lays a long text over pages, each with the number of the next one
    raw = long.text.encode()
    pages.write_bytes(b"".join(b"\0\0\1\2" + raw[at : at + 8188] for at in range(0, len(raw), 8188)))
    assert search([pages], [long])
    split = tmp_path / "split"  # over the end of what is read at once
    split.write_bytes(b"\0" * ((1 << 24) - 3) + name.text.encode())
    assert search([split], [name])
    nothing = tmp_path / "nothing"
    nothing.write_bytes(b"zoe z angstrom" * 1000)
    assert not search([nothing], [name, long])


def test_long_and_odd_texts(workspace: Any) -> None:
    essay = "".join(f"word{n} " for n in range(120_000))
    workspace.write(
        "leads.jsonl",
        json.dumps({"id": "Ü-1", "name": 'Seán "Zoë" O\'Brien', "email": "sean@obrien.example", "Essay": essay})
        + "\n"
        + json.dumps(
            {"id": "X", "name": "[/] :smile:", "email": "x@x.example", "Quote": '\nSEÁN "ZOË" O\'BRIEN\tsaid'}
        ),
    )
    workspace.ok("import", "leads.jsonl")
    (workspace.path / "leads.jsonl").unlink()
    workspace.ok("edit", "2", 'pain=by Seán "Zoë" O\'Brien')
    found = forgotten(workspace)
    assert found["proof"]["texts"] >= 3
    assert "brien" not in everything(workspace)
    assert "word77 " not in everything(workspace)
    assert workspace.query("SELECT extra ->> 'Quote', pain FROM lead") == [("\n[forgotten]\tsaid", "by [forgotten]")]


SAID = """\
id,name,email,phone,Note
K,Kári Nordmann,kari@smiðja.example,+43 664 1234567,
B,Bob,bob@x.example,,"{}"
"""


@pytest.mark.parametrize(
    ("said", "left"),
    [
        ("call 0664/1234567 or +43 (0)664 123-45-67, 0043 664 1234567", "call {0} or {0}, {0}"),
        ("0664 1234567 0676 7654321", "{0} 0676 7654321"),
        ("+49 664 1234567, 10664 1234567, 0664 12345678, 1234567", "+49 664 1234567, 10664 1234567, 0664 12345678, 1234567"),
        ("ask Nordmann, Kári or NORDMANN  KÁRI", "ask {0} or {0}"),
        ("kari@smiðja.example; okari@smiðja.example", "{0}; okari@smiðja.example"),
    ],
)  # fmt: skip
def test_mentions_in_other_spellings(workspace: Any, said: str, left: str) -> None:
    workspace.bring(SAID.format(said))
    assert workspace.call("note", "2", said).code == 0
    (workspace.path / "leads.csv").unlink()
    line = f'3,no day,B7,Otto,"{said}"\n'
    workspace.write("rejects/old.csv", f"leadctl_line,leadctl_reason,id,name,Note\n2,no day,B6,Eva,none\n{line}")
    forgotten(workspace)
    goes = "{" in left and "Nordmann" not in said  # a name stands in the rows of others too, a key is the person's
    assert (line in workspace.read("rejects/old.csv")) is not goes
    wanted = left.format("[forgotten]")
    assert workspace.query("SELECT extra ->> 'Note' FROM lead") == [(wanted,)]
    assert workspace.query("SELECT note FROM activity") == [(wanted,)]


def test_what_an_undone_command_said(workspace: Any) -> None:
    """Nothing that hangs on the lead is left of it but its words."""
    workspace.bring("id,name,email\nK,Kari Nordmann,kari@fjord.example\nB,Bob Builder,bob@x.example\n")
    for words in (("note", "1", "my secret"), ("note", "kari", "my secret"), ("note", "2", "of Bob")):
        assert workspace.call(*words).code == 0
        assert workspace.call("undo").code == 0
    forgotten(workspace)
    assert "secret" not in everything(workspace)
    assert "of bob" in everything(workspace)


def test_a_busy_database(sales: Any) -> None:
    with closing(sqlite3.connect(sales.path / "leads.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        busy = sales.call("forget", "1", "--yes", "--wait", "0")
        assert busy.code == 5
        other.execute("ROLLBACK")
        other.execute("BEGIN")
        other.execute("SELECT count(*) FROM lead").fetchone()  # reads on from its own state
        late = sales.call("forget", "1", "--yes", "--wait", "0")
        assert late.code == 5
        assert "when it is done: leadctl forget" in late.err
        other.execute("ROLLBACK")
    assert sales.query("SELECT count(*) FROM forgotten WHERE proven_at IS NULL") == [(1,)]
    done = sales.call("forget", "kari@home.example", "--json")
    assert (done.code, done.json["proof"]["remains"]) == (0, [])
    assert left_in_bytes(sales) == []


def test_killed_at_any_moment(workspace: Any) -> None:
    lines = "".join(f"K{n},Person {n},p{n}@firm.example,secret of {n}\n" for n in range(4000))
    workspace.bring("id,name,email,note\n" + lines)
    workspace.write(
        "rejects/old.csv",
        "leadctl_line,leadctl_reason,id,email\n" + "".join(f"{n},x,K{n},p{n}@firm.example\n" for n in range(9)),
    )
    chance = random.Random(4)
    began = time.monotonic()
    workspace.ok("forget", "4000", "--yes")
    usual = time.monotonic() - began
    for number in range(1, 9):
        process = subprocess.Popen(
            [sys.executable, "-m", "leadctl", "forget", str(number), "--yes"],
            cwd=workspace.path,
            env=workspace.environment(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        time.sleep(chance.uniform(0.3, 1.0) * usual)
        process.send_signal(signal.SIGKILL)
        process.wait()
        left = workspace.query("SELECT count(*) FROM lead WHERE id = ?", number)[0][0]
        history = workspace.query("SELECT count(*) FROM forgotten")[0][0]
        assert history == 1 + number - left
        done = workspace.call("forget", str(number), "--yes", "--json")
        assert done.code == 0, done.err
        assert done.json["leads"] == [number] * left
        raw = b"".join(
            file.read_bytes() for file in [*workspace.path.glob("leads.db*"), workspace.path / "rejects/old.csv"]
        )
        assert f"p{number - 1}@firm.example".encode() not in raw
        assert f'secret of {number - 1}"'.encode() not in raw
    assert workspace.query("SELECT count(*) FROM forgotten WHERE proven_at IS NULL") == [(0,)]
    assert not list((workspace.path / "rejects").glob(".*"))


def test_another_tag_is_the_same_person(workspace: Any) -> None:
    workspace.bring(
        "name,email\nKari,kari@fjord.example\nOla,ola+a@berg.example\nOle,ola+b@berg.example\n", on_match="new"
    )
    for lead in ("1", "2"):
        assert workspace.call("forget", lead, "--yes").code == 0
    ledger = workspace.bring(
        "name,email\nK,kari+shop@fjord.example\nO,ola+b@berg.example\nO,ola@berg.example\nO,ola+a@berg.example\n",
        "again.csv",
    )
    assert (ledger.forgotten, ledger.created) == (2, 1)  # Ole stays, and so does whoever ola@ is
    assert "forgotten" in workspace.call("add", "email=kari+x@fjord.example").err
    assert workspace.call("remember", "kari+any@fjord.example").code == 0
    assert workspace.bring("name,email\nK,kari+shop@fjord.example\n", "k.csv").created == 1


def test_several_addresses_in_one_text_are_no_way_in(workspace: Any) -> None:
    workspace.bring("name,email\nKari,kari@fjord.example\nBob,bob@x.example\n")
    assert workspace.call("forget", "1", "--yes").code == 0
    for words in (("add", "name=Zed"), ("edit", "2")):
        done = workspace.call(*words, "email=zed@x.example; kari@fjord.example")
        assert done.code == 4, done.out
        assert "asked to be forgotten" in done.err and "remember kari@fjord.example" in done.err
    assert workspace.call("add", "name=Zed", "email=zed@x.example; zed@y.example").code == 0
    assert workspace.call("edit", "2", "email=bob@x.example, bob@y.example", "--json").json["changed"] == {
        "further": {"before": None, "after": ["bob@y.example"]}
    }
    assert workspace.query("SELECT lead, value FROM contact ORDER BY lead") == [
        (2, "bob@y.example"),
        (3, "zed@y.example"),
    ]
    assert workspace.query("SELECT email, email_state FROM lead") == [
        ("bob@x.example", "valid"),
        ("zed@x.example", "valid"),
    ]
    again = workspace.call("edit", "2", "email=bob@x.example, bob@y.example", "--json").json
    assert (again["operation"], again["changed"]) == (None, {})


def test_an_opt_out_of_the_same_address_outlives_who_said_it(workspace: Any) -> None:
    workspace.bring("name,email\nKari,post@fjord.example\nOla,post@fjord.example\n", on_match="new")
    workspace.call("opt-out", "1")
    assert workspace.call("forget", "1", "--yes").code == 0
    workspace.bring("name,email,phone\nOla,post@fjord.example,+47 22 12 34 56\n", "b.csv")
    assert workspace.call("edit", "2", "email=ola@fjord.example").code == 0
    assert workspace.query("SELECT id, opted FROM lead") == [(2, "out")]


def test_words_of_the_rules_are_nobodys(workspace: Any) -> None:
    """A stage that was set aside and a title stand in the rules that ran; the address does not."""
    rows = "id,name,email,title,stage\nA1,Kari Nordmann,kari@fjord.example,core_countries,new\n"
    workspace.bring(rows + "A1,Kari Nordmann,kari@fjord.example,core_countries,contacted\n")
    assert workspace.call("score").code == 0
    done = workspace.call("forget", "1", "--json", "--yes")
    assert (done.code, done.json["proof"]["remains"]) == (0, [])
    assert workspace.call("doctor").code == 0


def test_an_address_in_the_rules_that_ran_fails_the_proof(workspace: Any) -> None:
    rules = workspace.read("rules/scoring.yaml").replace("[DE, AT,", "[kari@fjord.example, DE, AT,")
    workspace.write("rules/scoring.yaml", rules)
    workspace.bring("id,name,email\nA1,Kari Nordmann,kari@fjord.example\n")
    assert workspace.call("score").code == 0
    done = workspace.call("forget", "1", "--json", "--yes")
    remains = [(each["what"], each["where"]) for each in done.json["proof"]["remains"]]
    assert (done.code, remains) == (1, [("email", "in the rules that ran")])


def test_an_opt_out_that_was_taken_over_is_not_undone_with_its_lead(workspace: Any) -> None:
    """Nothing else remembers it; and nobody is told to undo the forgetting."""
    workspace.bring("id,name,email\nA1,Kari Nordmann,info@fjord.example\nA2,Ola Berg,info@fjord.example\n")
    assert workspace.call("opt-out", "1", "--on", "2026-11-01").code == 0
    assert workspace.call("forget", "1", "--yes").code == 0
    refused = workspace.call("undo", "1", "--yes")
    assert (refused.code, "undo these first" in refused.err) == (4, False)
    assert "leadctl forget has changed a lead of it since" in refused.err
    assert workspace.query("SELECT id, opted FROM lead") == [(2, "out")]


def test_what_was_done_with_who_is_forgotten_is_no_longer_undone(workspace: Any) -> None:
    workspace.bring("name,email\nAnn,ann@a-werke.example\nBob,bob@b-werke.example\n")
    assert workspace.call("move", "2", "lost", "--reason", "price").code == 0
    assert workspace.call("note", "1", "likes mail").code == 0
    assert workspace.call("forget", "1", "--yes").code == 0
    assert workspace.call("undo", "--json").json["undone"] == 2  # the move of Bob, not the note about Ann
