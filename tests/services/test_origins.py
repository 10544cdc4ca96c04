"""Where each value came from: the file and line, the hand, the rule, the lead that it was merged from."""

from __future__ import annotations

from typing import Any

import pytest


@pytest.fixture
def known(workspace: Any) -> Any:
    """One lead of whom three rows of two files, a hand, a score, a route and a merge say something."""
    workspace.write(
        "a.csv", "name,email,company,city,industry\n,,,,\nAda,ada@x.at,X GmbH,,\nBo,bo@x.at,,,\nAda,ada@x.at,,Graz,\n"
    )
    workspace.write("b.csv", "email,title,country\nada@x.at,CEO,AT\n")
    workspace.write("c.csv", "name,email,industry\nAda B.,ada@gmail.com,software\n")
    for command in (
        *("import a.csv", "import b.csv", "score", "edit 1 budget=500", "route", "import c.csv", "merge 1 3"),
    ):
        done = workspace.call(*command.split())
        assert done.code == 0, done.err
    return workspace


def where(workspace: Any, field: str) -> tuple[Any, ...]:
    found = workspace.call("show", "1", "--json").json["origins"][field]
    return tuple(found[name] for name in ("by", "file", "line", "part"))


@pytest.mark.parametrize(
    ("field", "origin"),
    [
        ("name", ("file", "a.csv", 3, None)),
        ("email_kind", ("file", "a.csv", 3, None)),  # follows from the address
        ("city", ("file", "a.csv", 5, None)),  # a later row of the same file
        ("title", ("file", "b.csv", 2, None)),
        ("budget", ("hand", None, None, None)),
        ("industry", ("file", "c.csv", 2, 3)),  # what lead 3 brought
    ],
)
def test_each_value_knows_where_it_came_from(known: Any, field: str, origin: tuple[Any, ...]) -> None:
    assert where(known, field) == origin


def test_rules_are_named(known: Any) -> None:
    found = known.call("show", "1", "--json").json["origins"]
    assert (found["owner"]["by"], found["owner"]["rule"]) == ("rule", "dach")
    assert found["fit"]["by"] == "rule" and len(found["fit"]["rule"]) == 16
    assert found["fit"]["command"] == "leadctl score" and found["fit"]["at"] == "2026-11-22T12:00:00Z"
    assert found["fit"]["run"] == 1
    lines = {" ".join(line.split()) for line in known.call("show", "1").out.splitlines()}
    fit = known.query("SELECT fit FROM score WHERE lead = 1")[0][0]
    assert f"fit {fit} run 1 ({found['fit']['rule'][:8]}), today" in lines


def test_after_an_undo_the_value_comes_from_where_it_came_before(known: Any) -> None:
    known.write("d.csv", "email,title\nada@x.at,Owner\n")
    assert known.call("import", "d.csv").code == 0
    assert where(known, "title") == ("file", "d.csv", 2, None)
    assert known.call("undo").code == 0
    assert where(known, "title") == ("file", "b.csv", 2, None)


def test_another_program(known: Any) -> None:
    known.query("UPDATE lead SET title = 'Boss' WHERE id = 1")
    assert where(known, "title") == ("program", None, None, None)


def test_a_person_reads_it_beside_the_values(known: Any) -> None:
    lines = {" ".join(line.split()) for line in known.call("show", "1").out.splitlines()}
    assert {
        "title CEO b.csv:2, today",
        "budget 500 by hand, today",
        "industry software lead 3: c.csv:2, today",
    } <= lines
    assert any(line.startswith("owner ") and line.endswith("rule dach, today") for line in lines)
    assert "email (also) ada@gmail.com lead 3: c.csv:2, today" in lines


def test_what_other_fields_the_score_has_needs_no_score(workspace: Any) -> None:
    workspace.bring("name\nAda\n")
    assert set(workspace.call("show", "1", "--json").json["origins"]) == {"name", "stage", "captured_at"}


def test_standard_input_and_add(workspace: Any) -> None:
    assert workspace.call("import", "-", stdin="name,email\nAda,ada@x.at\n").code == 0
    assert where(workspace, "name") == ("file", "-", 2, None)
    assert workspace.call("add", "name=Bo").code == 0
    found = workspace.call("show", "2", "--json").json["origins"]["name"]
    assert (found["by"], found["file"], found["line"]) == ("hand", None, None)


SEVERAL = """\
First Name,Last Name,E-Mail Address,Handy,Position,Stage,Created,Colour,"Odd, head",id
Ada,Berg,ada@x.example,,CEO,,,red,1,A1
Bo,Li,bo@x.example,+4791234567,,contacted,2026-05-01,,,A2
Ada,Berg,ada3@x.example,,,,,blue,,A1
"""


@pytest.fixture
def several(workspace: Any) -> Any:
    workspace.write("several.csv", SEVERAL)
    workspace.write("later.csv", "Full Name,id,Size\nAda Berg,A1,XL\n")
    for file in ("several.csv", "later.csv"):
        assert workspace.call("import", file).code == 0
    return workspace


def from_file(origin: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(origin[name] for name in ("by", "file", "line", "column", "operation"))


def test_what_no_field_took_and_further_contacts_have_their_own_origins(several: Any) -> None:
    shown = several.call("show", "1", "--json").json
    assert shown["extra"] == {
        "Colour": "red",
        "Odd, head": "1",
        "also": {"Colour": ["blue"], "email": ["ada3@x.example"]},
        "Size": "XL",
    }
    found = shown["origins"]["extra"]
    assert from_file(found["Colour"]) == ("file", "several.csv", 2, "Colour", 1)
    assert from_file(found["Odd, head"]) == ("file", "several.csv", 2, "Odd, head", 1)
    assert from_file(found["Size"]) == ("file", "later.csv", 2, "Size", 2)
    assert from_file(found["also"]["Colour"]) == ("file", "several.csv", 4, "Colour", 1)
    assert found["Size"]["at"] == "2026-11-22T12:00:00Z"


def test_further_contacts(workspace: Any) -> None:
    workspace.write("a.csv", "id,name,E-mail 1,Tel.\n1,Ada,ada@x.example,\n1,Ada,,\n")
    workspace.write("b.csv", "id,name,Mail,E-mail 2\n1,Ada,new@x.example,home@x.example\n")
    for file in ("a.csv", "b.csv"):
        workspace.call("import", file)
    shown = workspace.call("show", "1", "--json").json
    origins = {
        each["value"]: from_file(origin)
        for each, origin in zip(shown["contacts"], shown["origins"]["contacts"], strict=True)
    }
    assert origins == {
        "home@x.example": ("file", "b.csv", 2, "Mail or E-mail 2", 2),
        "ada@x.example": ("file", "a.csv", 2, "E-mail 1", 1),  # in first place until another one came
    }
    assert from_file(shown["origins"]["email"]) == ("file", "b.csv", 2, "Mail or E-mail 2", 2)
    assert workspace.call("undo").code == 0
    shown = workspace.call("show", "1", "--json").json
    assert shown["contacts"] == [] and "contacts" not in shown["origins"]
    assert from_file(shown["origins"]["email"]) == ("file", "a.csv", 2, "E-mail 1", 1)


def test_what_nobody_gave_is_the_default(several: Any) -> None:
    found = several.call("show", "1", "--json").json["origins"]
    for name in ("stage", "captured_at"):  # the file has such columns, and nothing in them
        assert from_file(found[name]) == ("default", None, None, None, 1)
        assert found[name]["at"] == "2026-11-22T12:00:00Z"
    found = several.call("show", "2", "--json").json["origins"]
    assert from_file(found["stage"]) == ("file", "several.csv", 3, "Stage", 1)
    assert from_file(found["captured_at"]) == ("file", "several.csv", 3, "Created", 1)
    several.call("add", "name=Dan")
    found = several.call("show", "3", "--json").json["origins"]
    assert (found["name"]["by"], found["stage"]["by"], found["captured_at"]["by"]) == ("hand", "default", "default")
    several.call("move", "1", "contacted")
    assert several.call("show", "1", "--json").json["origins"]["stage"]["by"] == "hand"
    several.call("undo")
    assert several.call("show", "1", "--json").json["origins"]["stage"]["by"] == "default"


def test_columns_are_named(several: Any) -> None:
    found = several.call("show", "1", "--json").json["origins"]
    assert found["title"]["column"] == found["seniority"]["column"] == "Position"
    assert found["name"]["column"] == "First Name + Last Name"
    assert found["last_name"]["column"] == "Last Name"
    lines = {" ".join(line.split()) for line in several.call("show", "1").out.splitlines()}
    assert {
        "email ada@x.example several.csv:2, E-Mail Address, today",
        "stage new default, today",
        "last name Berg several.csv:2, today",  # called just so
        "Colour * red several.csv:2, today",
        "Size * XL later.csv:2, today",
    } <= lines


def test_parts_of_names_name_the_column_of_the_whole_name(workspace: Any) -> None:
    workspace.bring("Your Name\nAda Berg\n")
    found = workspace.call("show", "1", "--json").json["origins"]
    assert found["first_name"]["column"] == found["last_name"]["column"] == found["name"]["column"] == "Your Name"


def test_what_was_given_for_all_rows(workspace: Any) -> None:
    workspace.write("a.csv", "name,source\nAda,fair\nBo,\n")
    assert workspace.call("import", "a.csv", "--source", "web").code == 0
    origins = [workspace.call("show", lead, "--json").json["origins"]["source"] for lead in ("1", "2")]
    assert [from_file(each) for each in origins] == [
        ("file", "a.csv", 2, "source", 1),
        ("constant", "a.csv", None, None, 1),
    ]
    assert "a.csv, every row, today" in workspace.call("show", "2").out


def test_extra_after_an_undo_and_by_enrichment(several: Any) -> None:
    several.write("facts.csv", "external_id,Colour,Shoe\nA1,green,41\n")
    assert several.call("enrich", "facts.csv", "--overwrite").code == 0
    found = several.call("show", "1", "--json").json["origins"]["extra"]
    assert from_file(found["Shoe"]) == ("file", "facts.csv", 2, "Shoe", 3)
    assert from_file(found["Colour"]) == ("file", "facts.csv", 2, "Colour", 3)
    assert from_file(found["Size"])[1] == "later.csv"
    assert several.call("undo").code == 0
    found = several.call("show", "1", "--json").json["origins"]["extra"]
    assert from_file(found["Colour"]) == ("file", "several.csv", 2, "Colour", 1)
    assert "Shoe" not in found


def test_on_a_narrow_terminal(several: Any) -> None:
    from io import StringIO
    from zoneinfo import ZoneInfo

    from leadctl.render import terminal
    from leadctl.services.listing import stored_catalogue
    from leadctl.services.showing import known_facts, lead_record

    with several.database() as database:
        catalogue, dimensions = stored_catalogue(database)
        record = lead_record(database, catalogue, dimensions, 1, several.moment)
    shown = known_facts(record, several.moment.date(), ZoneInfo("Europe/Vienna"))
    stream = StringIO()
    terminal.write(shown, stream, width=80, colour=False, zone="Europe/Vienna")
    lines = stream.getvalue().splitlines()
    assert max(map(len, lines)) <= 80
    assert sum(line.startswith("email ") for line in lines) >= 1
