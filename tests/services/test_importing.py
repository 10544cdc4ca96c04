"""Import: every row accounted for, and a second import of the same file finds nothing to do."""

from __future__ import annotations

import csv
import io
import json
from random import Random
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from leadctl.errors import LeadctlError
from leadctl.intake.batch import BATCH_SIZE

COUNTS = ("read", "created", "updated", "unchanged", "duplicate", "rejected", "blank")


def counts(ledger: Any) -> dict[str, int]:
    """What became of the rows; what is 0 is left out."""
    return {name: getattr(ledger, name) for name in COUNTS if getattr(ledger, name)}


def leads(workspace: Any, *columns: str) -> list[tuple[Any, ...]]:
    return workspace.query(f"SELECT {', '.join(columns)} FROM lead ORDER BY id")  # type: ignore[no-any-return]


def as_csv(rows: list[list[str]]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(rows)
    return out.getvalue()


def forget_everything(workspace: Any) -> None:
    for path in workspace.path.glob("leads.db*"):
        path.unlink()


# The balance, over files as they come.

CELLS = {
    "id": st.sampled_from(["", "", "1", "2", "3", " 1 "]),
    "name": st.sampled_from(
        ["", "Ada Lovelace", "A. Lovelace", "Bo Ek", "ada  LOVELACE", "王小明", "=1+1", 'O\'Neill "x"']
    ),
    "email": st.sampled_from(
        ["", "", "ada@firm.at", "bo@firm.de", "ADA@FIRM.AT", "broken@", "sXXXXXXX@gmail.com", "n/a"]
    ),
    "phone": st.sampled_from(["", "", "+43 1 5880100", "+431 588 01 00", "0043 1 5880111", "123", "+49 30 1234567"]),
    "company": st.sampled_from(["", "Firm", "firm", "Other GmbH"]),
    "employees": st.sampled_from(["", "50", "1,000", "many", "n/a", "-"]),
    "stage": st.sampled_from(["", "new", "Won", "no such stage"]),
    "created": st.sampled_from(["", "2026-01-02", "2026-01-02 10:00", "tomorrow-ish", "10/11/2026"]),
    "shoe size": st.sampled_from(["", "42", "43", "null"]),
}
HARMLESS = {
    **CELLS,
    "employees": st.sampled_from(["", "50"]),
    "stage": st.sampled_from(["", "new"]),
    "created": st.just(""),
}
files = st.lists(st.fixed_dictionaries(CELLS), max_size=25)
people = st.lists(st.fixed_dictionaries(HARMLESS), max_size=8)


def file_of(rows: list[dict[str, str]]) -> str:
    return as_csv([list(CELLS), *([row[name] for name in CELLS] for row in rows)])


@settings(max_examples=15)
@given(rows=files, odd=st.sampled_from(["", "\n\n", "only one\n", ",,,,,,,,\n", "x,,,,,,,,,,,too long\n"]))
def test_the_ledger_balances_whatever_the_file(workspace: Any, rows: list[dict[str, str]], odd: str) -> None:
    forget_everything(workspace)
    found = workspace.bring(file_of(rows) + odd)
    assert found.read == sum(getattr(found, name) for name in COUNTS[1:])
    assert found.read >= len(rows) - (odd == "")
    assert found.created == len(leads(workspace, "id"))
    assert found.rejected == len(found.rejects)
    assert found.updated == found.unchanged == 0 or found.created == 0 or found.updated == 0
    assert workspace.query("PRAGMA foreign_key_check") == []
    again = workspace.bring(name="leads.csv")
    assert again.read == found.read
    assert again.rejected == found.rejected
    assert again.created == 0
    assert found.created == len(leads(workspace, "id"))


@settings(max_examples=30, phases=[Phase.generate])
@given(rows=people)
def test_a_second_import_finds_nothing_to_do(workspace: Any, rows: list[dict[str, str]]) -> None:
    forget_everything(workspace)
    first = workspace.bring(file_of(rows))
    before = leads(workspace, "*")
    second = workspace.bring(name="leads.csv")
    assert (second.created, second.updated, second.duplicate) == (0, 0, 0)
    assert second.unchanged == first.created + first.duplicate
    assert leads(workspace, "*") == before


keyed = st.lists(
    st.fixed_dictionaries({**HARMLESS, "phone": st.sampled_from(["", "123"]), "id": st.just("")}), max_size=20
)


@settings(max_examples=15)
@given(rows=keyed)
def test_a_second_import_by_one_kind_of_key_finds_nothing_to_do(workspace: Any, rows: list[dict[str, str]]) -> None:
    forget_everything(workspace)
    first = workspace.bring(file_of(rows))
    before = leads(workspace, "*")
    second = workspace.bring(name="leads.csv")
    assert (second.created, second.updated, second.duplicate) == (0, 0, 0)
    assert second.unchanged == first.created + first.duplicate
    assert leads(workspace, "*") == before


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("id,phone\n1,+43 1 5880111\n1,+43 1 5880100\n,+43 1 5880100\n", id="known by a number kept under also"),
        pytest.param(
            "email,phone,city\na@firm.at,,\n,+43 1 5880100,Graz\na@firm.at,+43 1 5880100,Wien\n", id="a number comes later"
        ),
        pytest.param(
            "email,phone,city\na@firm.at,,Wien\nb@firm.at,+43 1 5880100,Linz\na@firm.at,+43 1 5880100,\n,+43 1 5880100,Graz\n",
            id="the older of two has it later",
        ),
    ],
)  # fmt: skip
def test_keys_crosswise(workspace: Any, text: str) -> None:
    first = workspace.bring(text)
    before = leads(workspace, "*")
    assert counts(workspace.bring(name="leads.csv")) == {"read": first.read, "unchanged": first.read}
    assert leads(workspace, "*") == before


# Batches


def test_duplicates_across_batches(workspace: Any) -> None:
    size = BATCH_SIZE * 2 + 300
    rows = [[f"Person {n}", f"p{n}@firm.at", "Wien"] for n in range(size)]
    rows[BATCH_SIZE + 5] = ["Person 3", "p3@firm.at", "Linz"]  # in the second batch, about a lead of the first
    rows[2 * BATCH_SIZE + 7] = ["Person 3", "p3@firm.at", "Graz"]
    rows[2 * BATCH_SIZE + 8] = ["Person 3", "p3@firm.at", "Graz"]
    found = workspace.bring(as_csv([["name", "email", "city"], *rows]))
    assert counts(found) == {"read": size, "created": size - 3, "duplicate": 3}
    city, extra = workspace.query("SELECT city, extra FROM lead WHERE email = 'p3@firm.at'")[0]
    assert (city, json.loads(extra)) == ("Wien", {"also": {"city": ["Linz", "Graz"]}})
    assert counts(workspace.bring(name="leads.csv")) == {"read": size, "unchanged": size}


def test_keyless_rows_twice_across_batches(workspace: Any) -> None:
    rows = [[f"Person {n % (BATCH_SIZE + 100)}", "Firm"] for n in range(BATCH_SIZE + 200)]
    found = workspace.bring(as_csv([["name", "company"], *rows]))
    assert counts(found) == {"read": BATCH_SIZE + 200, "created": BATCH_SIZE + 100, "duplicate": 100}
    assert counts(workspace.bring(name="leads.csv")) == {"read": BATCH_SIZE + 200, "unchanged": BATCH_SIZE + 200}


def test_a_file_of_one_lead_many_times(workspace: Any) -> None:
    pick = Random(3)
    rows = [["Ada", "ada@firm.at", pick.choice(["Wien", "Graz", ""])] for _ in range(2500)]
    rows[0][2] = "Wien"
    found = workspace.bring(as_csv([["name", "email", "city"], *rows]))
    assert counts(found) == {"read": 2500, "created": 1, "duplicate": 2499}
    assert counts(workspace.bring(name="leads.csv")) == {"read": 2500, "unchanged": 2500}
    assert json.loads(leads(workspace, "extra")[0][0]) == {"also": {"city": ["Graz"]}}


# Who is who


def test_the_first_row_of_a_file_wins_and_later_ones_fill(workspace: Any) -> None:
    workspace.bring("email,name,city,shoe\nada@firm.at,Ada,,42\nada@firm.at,Ada L,Wien,43\nada@firm.at,,Graz,42\n")
    name, city, extra = leads(workspace, "name", "city", "extra")[0]
    assert (name, city) == ("Ada", "Wien")
    assert json.loads(extra) == {"shoe": "42", "also": {"name": ["Ada L"], "shoe": ["43"], "city": ["Graz"]}}


def test_a_later_file_updates_what_it_gives_and_nothing_else(workspace: Any) -> None:
    workspace.bring("id,email,phone,name,city,employees\nx1,ada@firm.at,+43 1 5880100,Ada,Wien,5\n")
    by_id = workspace.bring("id,city\nx1,Graz\n", name="b.csv")
    by_mail = workspace.bring("email,employees,city\nADA@firm.at,7,\n", name="c.csv")
    by_phone = workspace.bring("phone,title\n0043 1 588 01 00,CTO\n", name="d.csv")
    assert [counts(each) for each in (by_id, by_mail, by_phone)] == [{"read": 1, "updated": 1}] * 3
    assert leads(workspace, "name", "city", "employees", "title", "email") == [
        ("Ada", "Graz", 7.0, "CTO", "ada@firm.at")
    ]


def test_external_ids_tell_people_apart(workspace: Any) -> None:
    workspace.bring("id,name,email\n1,Ada,info@firm.at\n2,Bo,info@firm.at\n3,Ada,info@firm.at\n")
    assert [row[0] for row in leads(workspace, "external_id")] == ["1", "2", "3"]
    assert counts(workspace.bring(name="leads.csv")) == {"read": 3, "unchanged": 3}


def test_four_people_who_share_a_mail_and_a_phone_stay_four(workspace: Any) -> None:
    names = ["Ada Lovelace", "Bo Ek", "Cy Young", "Di Prince"]
    text = as_csv([["name", "email", "phone"], *([name, "office@firm.at", "+43 1 5880100"] for name in names)])
    first = workspace.bring(text)
    assert (first.created, first.flagged) == (4, 3)
    assert workspace.query("SELECT count(*) FROM doubt") == [(3,)]
    for _ in range(2):
        again = workspace.bring(name="leads.csv")
        assert (counts(again), again.flagged) == ({"read": 4, "unchanged": 4}, 0)
    assert [row[0] for row in leads(workspace, "name")] == names
    updated = workspace.bring("name,email,city\nCY YOUNG,office@firm.at,Linz\n", name="b.csv")
    assert counts(updated) == {"read": 1, "updated": 1}
    assert [row[0] for row in leads(workspace, "city")] == [None, None, "Linz", None]


def test_masked_addresses_never_match(workspace: Any) -> None:
    rows = [[f"Person {n}", "sXXXXXXX@gmail.com", f"City {n}"] for n in range(300)]
    text = as_csv([["name", "email", "city"], *rows])
    assert counts(workspace.bring(text)) == {"read": 300, "created": 300}
    assert counts(workspace.bring(name="leads.csv")) == {"read": 300, "unchanged": 300}
    assert workspace.query("SELECT count(*) FROM doubt") == [(0,)]


def test_a_bad_address_never_takes_the_place_of_a_good_one(workspace: Any) -> None:
    workspace.bring("id,email,phone\n1,ada@firm.at,+43 1 5880100\n2,broken@,12\n")
    found = workspace.bring("id,email,phone\n1,ada@,12\n2,bo@firm.at,+43 1 5880111\n", name="b.csv")
    assert counts(found) == {"read": 2, "updated": 2}
    assert leads(workspace, "email", "email_state", "phone", "phone_state") == [
        ("ada@firm.at", "valid", "+4315880100", "valid"),
        ("bo@firm.at", "valid", "+4315880111", "valid"),
    ]
    assert json.loads(leads(workspace, "extra")[0][0])["also"]["email"] == ["ada@"]
    assert counts(workspace.bring(name="b.csv")) == {"read": 2, "unchanged": 2}


def test_a_stage_moved_by_hand_is_not_moved_back(workspace: Any) -> None:
    text = "email,stage,stage_on,city\nada@firm.at,contacted,2026-01-05,Wien\nbo@firm.at,contacted,2026-01-05,Wien\n"
    workspace.bring(text)
    assert workspace.call("move", "1", "proposal", "--on", "2026-02-01").code == 0
    assert counts(workspace.bring(name="leads.csv")) == {"read": 2, "unchanged": 2}
    assert counts(workspace.bring(text.replace("contacted,2026-01-05", "won,2026-03-01").replace("Wien", "Graz"))) == {
        "read": 2,
        "updated": 2,
    }
    assert leads(workspace, "stage", "stage_on", "city") == [
        ("proposal", "2026-02-01", "Graz"),
        ("won", "2026-03-01", "Graz"),
    ]


def test_a_later_row_of_the_file_updates_a_lead_whose_first_row_says_nothing(workspace: Any) -> None:
    workspace.bring("email,city\nada@firm.at,Wien\n")
    workspace.bring("email,city\nada@firm.at,\nada@firm.at,Graz\n", name="b.csv")
    city, extra = leads(workspace, "city", "extra")[0]
    # Nothing that the file says is lost, at the least.
    assert city == "Graz" or json.loads(extra)["also"]["city"] == ["Graz"]


@pytest.mark.parametrize(
    ("on_match", "expected"), [("skip", {"read": 1, "unchanged": 1}), ("new", {"read": 1, "created": 1})]
)
def test_leads_that_are_there_may_be_skipped_or_doubled(
    workspace: Any, on_match: str, expected: dict[str, int]
) -> None:
    workspace.bring("email,city\nada@firm.at,Wien\n")
    assert counts(workspace.bring("email,city\nada@firm.at,Graz\n", on_match=on_match)) == expected
    assert leads(workspace, "city")[0] == ("Wien",)


def test_a_dry_run_writes_nothing(workspace: Any) -> None:
    workspace.bring("email,city\nada@firm.at,Wien\n")
    before = [
        workspace.query(f"SELECT * FROM {table}") for table in ("lead", "operation", "change", "wording", "doubt")
    ]
    found = workspace.bring(
        "email,city,employees\nada@firm.at,Graz,1\nbo@firm.at,Linz,many\ncy@firm.at,Linz,2\n", dry_run=True
    )
    assert counts(found) == {"read": 3, "created": 1, "updated": 1, "rejected": 1}
    after = [workspace.query(f"SELECT * FROM {table}") for table in ("lead", "operation", "change", "wording", "doubt")]
    assert (after, found.operation, found.reject_file) == (before, None, None)


def test_refused_rows_can_be_mended_and_imported(workspace: Any) -> None:
    found = workspace.bring('name,employees,note\nAda,many,"a,b\nc"\nBo,5,x\n')
    assert (counts(found), found.rejects[0].line, found.rejects[0].column, found.rejects[0].value) == (
        {"read": 2, "created": 1, "rejected": 1},
        *(2, "employees", "many"),
    )
    header, *rows = csv.reader(io.StringIO(found.reject_file.read_text(encoding="utf-8-sig")))
    rows[0][header.index("employees")] = "12"
    workspace.write("mended.csv", as_csv([header, *rows]))
    assert counts(workspace.bring(name="mended.csv")) == {"read": 1, "created": 1}
    name, employees, extra = workspace.query("SELECT name, employees, extra FROM lead WHERE id = 2")[0]
    assert (name, employees, json.loads(extra)) == ("Ada", 12.0, {"note": "a,b\nc"})


def test_a_new_lead_begins_at_the_first_open_stage_now(workspace: Any) -> None:
    workspace.bring("name,stage,created\nAda,,\nBo,WON,2026-01-02\n")
    assert leads(workspace, "stage", "captured_at") == [
        ("new", "2026-11-22T12:00:00Z"),
        ("won", "2026-01-01T23:00:00Z"),  # midnight in Vienna
    ]


@pytest.mark.parametrize("content", ["", "\n\n", b"\xff\xd8\xff\xe0" + b"\x00\x01" * 500])
def test_a_file_without_leads_leaves_everything_as_it_was(workspace: Any, content: str | bytes) -> None:
    workspace.bring("name\nAda\n")
    try:
        found = workspace.bring(content, name="odd.csv")
        assert found.read == 0 or found.created == 0 or isinstance(content, bytes)
    except LeadctlError as error:
        assert error.message
        assert workspace.query("SELECT count(*) FROM operation") == [(1,)]


def test_wide_blanks_are_no_value(workspace: Any) -> None:
    workspace.bring("name,city\nAda,\u3000\nBo,\u2003\n")
    assert leads(workspace, "city") == [(None,), (None,)]
