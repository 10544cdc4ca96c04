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
1,Kari,Nordmann,kari@fjord.example,+4722334455,Fjord AS,Oslo,
2,Kari,Nordmann,kari@fjord.example,+4722334455,Fjord A/S,Oslo,
3,Hans,Huber,hans@huber.example,+436641234567,,Wien,1950-03-01
4,Hans,Huber,hans@huber.example,+436641234567,,Wien,1980-07-12
5,Nordmann,Kari,,+4722334455,Fjord,Oslo,
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
    assert rules[1, 2] == "same" and rules[1, 5] == "same" and rules.get((3, 4)) == "review"
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
    assert found[9, 10]["rule"] == "review"  # a slip in a domain is likely one, and nothing proves it


def test_yes_in_german(five: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("leadctl.cli.duplicates._somebody_there", lambda run: True)
    assert "2 merged" in five.call("duplicates", "--review", stdin="ja\nJ\nq\n").err


# Sets with a known answer: what stands before the stroke of the id says who it is. The strangers make the columns look as they
# do in real exports; two of them are there twice with the same address.
_FIRST = "Olga Udo Ivo Ute Rolf Gerd Heike Jörg Silke Uwe Birgit Detlef Frauke Knut Imke Volker Wiebke Arne Dörte Falk"
_LAST = "Adler Busch Cordes Dietz Ebert Fuchs Gross Horn Igel Jahn Kraft Lorenz Mohr Nagel Otto Pohl Quast Ritter"
NAMES, FAMILIES = _FIRST.split(), _LAST.split()


def strangers(**columns: str) -> list[dict[str, str]]:
    rows = []
    for at in range(30):
        first, last = NAMES[at % 20], FAMILIES[(at * 7) % 18]
        row = {
            "id": f"s{at}-0",
            "name": f"{first} {last}",
            "company": f"Werk {at} {last}",
            "city": ("Kiel", "Bonn")[at % 2],
        }
        row |= {"email": f"{last.lower()}{at}@werk{at}.example", "phone": f"+49301{at:03}{at * 37 % 1000:03}0"}
        rows.append(row | {name: values.split("|")[at % (values.count("|") + 1)] for name, values in columns.items()})
    return rows + [rows[at] | {"id": f"s{at}-1", "phone": ""} for at in (3, 4)]


def people(header: str, *lines: str) -> list[dict[str, str]]:
    return [dict(zip(header.split(","), line.split(","), strict=True)) for line in lines]


def firms_of_two(**columns: str) -> list[dict[str, str]]:
    """Families of two at work in one house, with what an export keeps of each household."""
    rows = []
    for at in range(60):
        family, known = f"{FAMILIES[at % 18]}{'aeiou'[at % 5]}{'nrst'[at % 4]}", {}
        for name, values in columns.items():
            known[name] = values.replace("#", f"{at:02}")
        for which, (first, sex) in enumerate(zip(("Johann", "Johanna"), ("0", "1"), strict=True)):
            row = {"id": f"f{at}{'ab'[which]}-0", "name": f"{first} {family}", "company": f"{family} Bau GmbH"}
            row |= {
                "email": f"{first.lower()}@{family.lower()}{at}.example",
                "phone": f"+4940{at:03}{at * 91 % 97:02}{sex}0",
            }
            rows.append(
                row | {name: value.split("|")[int(sex) % (value.count("|") + 1)] for name, value in known.items()}
            )
    return rows


STAMPS = "2026-03-01T10:00:00|2026-03-02T11:30:00|2026-03-04T09:15:00"
TWO = "id,name,company,email,phone"
KNOWN: dict[str, list[dict[str, str]]] = {
    "stamps and sexes": strangers(last_seen=STAMPS, gender="male|female")
    + people(
        f"{TWO},last_seen,gender",
        "a-0,Johann Berg,Berg Bau GmbH,johann@bergbau.example,+49304000017,2026-03-09T10:00:00,male",
        "b-0,Johanna Berg,Berg Bau GmbH,johanna@bergbau.example,+49304000020,2026-03-09T10:00:00,female",
        "c-0,J. Thal,Thal KG,,+49304000090,2026-03-08T10:00:00,male",
        "d-0,J. Thal,Thal KG,,+49304000090,2026-03-08T10:00:00,female",
    ),
    "an epoch, a day, words": strangers(stand="1770000000|1770100000", since="2026-03-01|2026-03-02", tags="vip|cold|warm")
    + people(
        f"{TWO},stand,since,tags",
        "a-0,Bilal Berg,Eins GmbH,bilal@eins.example,+49304000017,1770555123,2026-04-04,vip",
        "b-0,Bilal Lang,Zwei GmbH,b.lang@zwei.example,+49405111120,1770555123,2026-04-04,vip",
        "c-0,Bilal Lang,Zwei GmbH,bl@drei.example,+49405111177,1770555123,2026-04-04,vip",
    ),
    "families": firms_of_two(last_seen="2026-03-01T10:#:00", status="open", gender="male|female"),
    "households": firms_of_two(
        street="Hauptweg #", zip="240#", imported_at="2026-03-01 10:#", Anrede="Herr|Frau", vat="DE1234567#"
    ),
    "one house": strangers()
    + people(
        TWO,
        "a-0,Hanna Hubert,Hubert OHG,hanna@hubertohg.example,",
        "b-0,Johanna Hubert,Hubert OHG,johanna@hubertohg.example,",
        "c-0,Hanna Winkel,Winkel OHG,,+49304000055",
        "d-0,Johanna Winkel,Winkel OHG,,+49304000055",
        "e-0,A. Stein,Stein OHG,,+49304000066",
        "f-0,Anna Stein,Stein OHG,,+49304000066",
        "g-0,Hans Peter Moor,,,+49304000077",
        "h-0,Hans Georg Moor,,,+49304000077",
    ),
    "other firms": strangers()
    + people(
        f"{TWO},city",
        "a-0,Anna Berg,Firma 5,a.berg@f5.example,+49403300005,Kiel",
        "b-0,Anna Berg,Firma 55,a.berg@f55.example,+49403300055,Kiel",
        "c-0,Eva Thal,Tischlerei Huber,e.thal@huber.example,+49403300105,Kiel",
        "d-0,Eva Thal,Tischlerei Hubert,e.thal@hubert.example,+49403300155,Kiel",
        "e-0,Ina Lund,Hirschversicherung AG,i.lund@hirsch.example,+49403300205,Kiel",
        "f-0,Ina Lund,Birkeversicherung GmbH,i.lund@birke.example,+49403300255,Kiel",
        "g-0,M. Weber,Firma 5,m***@firma5.example,,Kiel",
        "h-0,M. Weber,Firma 7,m***@firma7.example,,Kiel",
        *(f"f{at}-0,Eva Roth,Filiale {at},eva.roth@filiale{at}.example,+4940777{at}0{at}0,Kiel" for at in (1, 2, 3)),
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", KNOWN)
def test_nobody_is_merged_who_is_another(workspace: Any, kind: str) -> None:
    rows = KNOWN[kind]
    header = list(dict.fromkeys(name for row in rows for name in row))
    lines = [",".join(header), *(",".join(row.get(name, "") for name in header) for row in rows)]
    workspace.bring("\n".join(lines) + "\n", columns={"id": "external_id"})
    person = {lead: own.split("-")[0] for lead, own in workspace.query("SELECT id, external_id FROM lead")}
    merged = workspace.call("duplicates", "--merge", "--yes", "--json").json["merged"]
    wrong = [each for each in merged if {person[gone] for gone in each["gone"]} != {person[each["lead"]]}]
    assert not wrong
    assert len(merged) == sum(row["id"].endswith("-1") for row in rows)
