"""Duplicates through the program: found, merged, reviewed, said to be two, taken back."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from leadctl.services.duplicates.pairs import find_pairs
from leadctl.services.listing import stored_catalogue

FIVE = """\
id,first_name,last_name,email,phone,company,city,birth date
1,Kari,Nordmann,kari@fjord.example,,Fjord AS,Oslo,
2,Kari,Nordmann,kari@fjord.example,,Fjord A/S,Oslo,
3,Hans,Huber,hans@huber.example,+436641234567,,Wien,1950-03-01
4,Hans,Huber,hans@huber.example,+436641234567,,Wien,1980-07-12
5,Nordmann,Kari,,,Fjord,Oslo,
"""


@pytest.fixture
def five(workspace: Any) -> Any:
    """Kari three times, and a father and a son."""
    workspace.bring(FIVE)
    return workspace


def pairs(workspace: Any, *args: str) -> list[list[int]]:
    done = workspace.call("duplicates", "--json", *args)
    assert done.code == 0, done.err
    return [each["leads"] for each in done.json]


def test_the_contract(five: Any) -> None:
    found = five.call("duplicates", "--json").json
    assert [list(each) for each in found] == [["leads", "certainty", "reasons", "rule"]] * len(found)
    assert [each["leads"] for each in found if each["rule"] != "review"] == [[1, 2], [1, 5], [2, 5]]
    assert [each["certainty"] for each in found] == sorted((each["certainty"] for each in found), reverse=True)
    assert all(0 <= each["certainty"] <= 1 and each["reasons"] for each in found)
    rules = {tuple(each["leads"]): each["rule"] for each in found}
    assert rules[1, 2] == "same" and rules[1, 5] == "automatic" and rules.get((3, 4)) == "review"
    assert any("flagged at import" in why for why in found[0]["reasons"])


def test_a_table_for_reading(five: Any) -> None:
    done = five.call("duplicates")
    assert "Kari Nordmann" in done.out and "same e-mail" in done.out
    assert "next: leadctl duplicates --review" in done.err


def test_above_limit_and_where(five: Any) -> None:
    assert len(pairs(five, "--limit", "1")) == 1
    assert [3, 4] not in pairs(five, "--above", "0.95")
    assert pairs(five, "--where", "city: Wien") == [[3, 4]]
    assert five.call("duplicates", "--above", "2").code == 2


def test_merging_is_one_operation_that_undo_takes_back(five: Any) -> None:
    before = five.query("SELECT id, name, email, company FROM lead ORDER BY id")
    refused = five.call("duplicates", "--merge")
    assert refused.code == 2 and "--yes" in refused.err
    done = five.call("duplicates", "--merge", "--yes", "--json")
    assert done.json["merged"] == [{"lead": 1, "gone": [2, 5]}]
    assert [row[0] for row in five.query("SELECT id FROM lead ORDER BY id")] == [1, 3, 4]
    assert len(five.query("SELECT 1 FROM merge WHERE why LIKE 'certainty %'")) == 2
    again = five.call("duplicates", "--merge", "--yes", "--json")
    assert again.json == {"operation": None, "merged": [], "held_back": []}
    assert five.call("undo").code == 0
    assert five.query("SELECT id, name, email, company FROM lead ORDER BY id") == before
    assert [1, 2] in pairs(five)


def test_said_to_be_two(five: Any) -> None:
    assert five.call("duplicates", "--distinct", "2", "1").code == 0
    assert [1, 2] not in pairs(five)
    assert "already" in five.call("duplicates", "--distinct", "1", "2").err
    # 5 is like both, and cannot be joined with both.
    done = five.call("duplicates", "--merge", "--yes", "--json").json
    assert len(done["merged"]) == 1 and len(done["held_back"]) == 1
    assert five.call("undo").code == 0
    assert five.call("undo").code == 0
    assert [1, 2] in pairs(five)
    assert five.call("duplicates", "--distinct", "1", "1").code == 2


def test_a_chain_is_not_merged_across_a_contradiction(workspace: Any) -> None:
    workspace.bring(
        "id,first_name,last_name,email,phone,company,city,date of birth\n"
        "1,Anna,Huber,anna@huber.example,,Alpen GmbH,Wien,1950-03-01\n"
        "2,Anna,Huber,anna@huber.example,+436641234567,Alpen GmbH,Wien,\n"
        "3,Anna,Huber,,+436641234567,Alpen GmbH,Wien,1980-07-12\n"
    )
    assert pairs(workspace, "--above", "0.95") == [[1, 2], [2, 3]]
    done = workspace.call("duplicates", "--merge", "--yes", "--json").json
    assert done["merged"] == [{"lead": 1, "gone": [2]}]
    assert done["held_back"] == [[2, 3]]


def test_reviewed_one_by_one(five: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "nobody to answer" in five.call("duplicates", "--review").err
    monkeypatch.setattr("leadctl.cli.duplicates._somebody_there", lambda run: True)
    done = five.call("duplicates", "--review", stdin="y\nx\nn\nq\n")
    assert done.code == 0, done.err
    assert "kari@fjord.example" in done.out and "≠" in done.out
    assert "1 merged, 1 said to be two" in done.err
    assert five.query("SELECT lead, gone FROM merge") == [(1, 2)]
    assert len(five.query("SELECT 1 FROM distinct_pair")) == 1
    stopped = five.call("duplicates", "--review", stdin="")
    assert "0 merged" in stopped.err


def test_invalid_addresses_and_shared_ones_merge_nobody(workspace: Any) -> None:
    rows = [f"{at},Person{at},Name{at},info@alpen.example,+4312345678,Alpen GmbH,Wien" for at in range(1, 40)]
    rows += [f"{at},P{at}abc,Qrs{at},n****@x.example,,Nord GmbH,Graz" for at in range(40, 60)]
    workspace.bring("id,first_name,last_name,email,phone,company,city\n" + "\n".join(rows) + "\n")
    assert pairs(workspace, "--above", "0.9") == []
    assert workspace.call("duplicates", "--merge", "--yes", "--json").json["merged"] == []


def test_a_block_that_explodes_is_bounded_and_told(workspace: Any) -> None:
    rows = [f"{at},,,,+4312345678,,\n" for at in range(1, 1201)]
    rows += [f"{at},John,Smith,,,Company {at} GmbH,City {at % 7}\n" for at in range(1201, 2401)]
    rows += [
        "9001,John,Smith,john@acme.example,,Acme GmbH,Linz\n",
        "9002,John,Smith,john@acme.example,,Acme GmbH,Linz\n",
    ]
    workspace.bring("id,first_name,last_name,email,phone,company,city\n" + "".join(rows), on_match="new")
    done = workspace.call("duplicates", "--json", "--above", "0.5")
    assert [each["leads"] for each in done.json] == [[2401, 2402]]
    assert "were not compared with each other" in done.err and "1,202" in done.err


def test_odd_texts_harm_nothing(workspace: Any) -> None:
    for at in (1, 2):
        workspace.bring(
            f'id,name,email,x y\n{at},"[/] O\'Brien :smile:\x1b[31m",o@brien.example,"{"z" * 5000}"\n', f"{at}.csv"
        )
    done = workspace.call("duplicates")
    assert "O'Brien" in done.out and "\x1b" not in done.out
    assert workspace.call("duplicates", "--format", "csv").code == 0


def test_an_empty_database(workspace: Any) -> None:
    with workspace.database():
        pass
    assert workspace.call("duplicates", "--json").json == []
    assert workspace.call("duplicates", "--merge", "--yes").code == 0


@pytest.mark.skipif("LEADCTL_REALDATA" not in os.environ, reason="needs the real data")
def test_febrl(workspace: Any) -> None:
    """1,000 made-up people of whom 500 are there twice, with spelling errors; `rec_id` tells who is who."""
    workspace.bring(name=str(Path(os.environ["LEADCTL_REALDATA"]).resolve() / "febrl" / "dataset1.csv"))
    people: dict[str, list[int]] = {}
    for lead, extra in workspace.query("SELECT id, extra FROM lead"):
        people.setdefault(json.loads(extra)["rec_id"].split("-")[1], []).append(lead)
    true = {tuple(sorted(leads)) for leads in people.values() if len(leads) == 2}
    with workspace.database() as database:
        found = find_pairs(database, stored_catalogue(database)[0]).found
    review = {(pair.lead, pair.other) for pair in found}
    automatic = {(pair.lead, pair.other) for pair in found if pair.can_be_merged and pair.certainty >= 0.95}
    assert len(review & true) >= 0.95 * len(true)
    assert len(automatic & true) >= 0.99 * len(automatic) and len(automatic) > 400


def test_the_invented_kinds(make_workspace: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The benchmark's own leads, a few of each kind: what is merged without a look is right."""
    monkeypatch.syspath_prepend(str(Path(__file__).resolve().parents[2] / "benchmarks"))
    import make_duplicates

    rows = {
        "census": make_duplicates.census(11, 250),
        "business": make_duplicates.business(12, 500),
        "signs": make_duplicates.chinese(13, 300),
        "namesakes": make_duplicates.namesakes(14, 400),
    }
    for kind, leads in rows.items():
        workspace = make_workspace(kind)
        header = list(leads[0])
        lines = [",".join(header), *(",".join(f'"{lead[name]}"' for name in header) for lead in leads)]
        workspace.bring("\n".join(lines) + "\n", columns={"row": "external_id"})
        person = dict(workspace.query("SELECT id, external_id FROM lead"))
        with workspace.database() as database:
            found = find_pairs(database, stored_catalogue(database)[0]).found
        certain = [pair for pair in found if pair.can_be_merged and pair.certainty >= 0.95]
        wrong = [pair for pair in certain if person[pair.lead].split("-")[0] != person[pair.other].split("-")[0]]
        assert len(certain) >= 10 and not wrong, (kind, wrong)
    sys.modules.pop("make_duplicates", None)


def test_what_an_import_flagged_is_listed_until_it_is_decided(workspace: Any) -> None:
    rows = [
        f"{at},Person{at},Name{at},,+43 512 12345{at}\n{at + 10},Other{at},Else{at},,+43 512 12345{at}\n"
        for at in range(1, 8)
    ]
    workspace.write("leads.csv", "id,first_name,last_name,email,phone\n" + "".join(rows))
    done = workspace.call("import", "leads.csv")
    assert "leads.csv: lead 2 may be lead 1: same phone, other" in done.err
    assert done.err.count(" may be lead ") == 5
    assert "leads.csv: and 2 more: leadctl duplicates lists them" in done.err
    found = workspace.call("duplicates", "--json").json
    assert sorted(each["leads"] for each in found) == [[at, at + 1] for at in range(1, 15, 2)]
    assert all(each["rule"] == "flagged" and each["certainty"] < 0.5 for each in found)
    assert pairs(workspace, "--above", "0.5") == []
    assert workspace.call("duplicates", "--merge", "--above", "0", "--yes", "--json").json["merged"] == []
    assert workspace.call("duplicates", "--distinct", "1", "2").code == 0
    assert workspace.call("merge", "3", "4").code == 0
    assert sorted(pairs(workspace)) == [[at, at + 1] for at in range(5, 15, 2)]


ALIKE = """\
first_name,last_name,email,phone,company
Anna,Maier,a.maier@haus.example,+43 512 123456,Haus GmbH
Anna,Mayer,a.mayer@haus.example,+43 512 123456,Haus GmbH
Hans,Huber,info@huber.example,,Huber GmbH
Hannes,Huber,info@huber.example,,Huber GmbH
Anna,Schmidt,anna@a.example,,Alpha
Anna,Schmidt,anna@b.example,,Beta
Berta,Lang,b.lang@tal.example,+43 662 654321,Tal GmbH
Berta,Winter,b.winter@tal.example,+43 662 654321,Tal GmbH
Kari,Nordmann,kari@fjordmann.example,,Fjordmann AS
Kari,Nordmann,kari@fjordman.example,,Fjordmann AS
"""


def test_people_who_are_nearly_the_same_are_looked_at(workspace: Any) -> None:
    workspace.bring(ALIKE)
    found = {tuple(each["leads"]): each for each in workspace.call("duplicates", "--above", "0", "--json").json}
    for pair in ((1, 2), (3, 4), (5, 6), (7, 8)):
        assert found[pair]["certainty"] <= 0.94 and found[pair]["rule"] not in ("same", "automatic"), found[pair]
    assert (found[1, 2]["rule"], found[3, 4]["rule"], found[5, 6]["rule"]) == ("review",) * 3
    assert found[9, 10]["rule"] == "automatic"  # a slip in a domain is still one


def test_yes_in_german(five: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("leadctl.cli.duplicates._somebody_there", lambda run: True)
    assert "2 merged" in five.call("duplicates", "--review", stdin="ja\nJ\nq\n").err
