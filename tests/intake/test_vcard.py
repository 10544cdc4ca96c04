"""vCards of all three versions: folded, encoded, grouped, broken; and the whole way as leads."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leadctl.errors import UsageError
from leadctl.intake import Batch, Layout, open_reading, vcard

if TYPE_CHECKING:
    from tests.conftest import Workspace


def read(path: Path, text: str | bytes) -> tuple[Layout, Batch]:
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    whole = Batch([], [])
    with open_reading(path) as reading:
        for batch in reading.batches(2):
            whole.lines += batch.lines
            whole.rows += batch.rows
            whole.bad += batch.bad
            whole.blank += batch.blank
        return reading.layout, whole


def card(tmp_path: Path, *lines: str, end: str = "\r\n", encoding: str = "utf-8") -> dict[str, str]:
    """The cells of one card that hold anything, but for its version."""
    text = end.join(["BEGIN:VCARD", *lines, "END:VCARD", ""])
    layout, batch = read(tmp_path / "a.vcf", text.encode(encoding))
    assert (layout.kind, len(batch.rows), batch.bad) == ("vcard", 1, [])
    cells = {name: text for name, text in zip(layout.header, batch.rows[0], strict=True) if text}
    cells.pop("vcard version", None)
    return cells


def test_version_3(tmp_path: Path) -> None:
    assert card(
        tmp_path,
        "VERSION:3.0",
        "N:Kurz;Ana;Maria;Dr.;MSc",
        "FN:Dr. Ana Kurz",
        "ORG:Nord GmbH;Sales;Team 2",
        r"TITLE:Head\, Sales",
        "ROLE:Buyer",
        "EMAIL;TYPE=HOME:ana.home@example.org",
        "EMAIL;TYPE=INTERNET,WORK,pref:ana@example.org",
        "TEL;TYPE=CELL,VOICE:+43 660 5550100",
        "TEL;TYPE=WORK,FAX:+43 1 5550199",
        r"ADR;TYPE=WORK:PO 7;2nd floor;Ring 1;Wien;W;1010;Austria",
        "URL:https://example.org/a:b;c",
        r"NOTE:one\ntwo\; three \\ four",
        "BDAY:1980-02-03",
        "PHOTO;ENCODING=b;TYPE=JPEG:/9j/4AAQ",
        " AAAA",
    ) == {
        "last_name": "Kurz",
        "first_name": "Ana",
        "middle name": "Maria",
        "name prefix": "Dr.",
        "name suffix": "MSc",
        "name": "Dr. Ana Kurz",
        "company": "Nord GmbH",
        "department": "Sales, Team 2",
        "title": "Head, Sales",
        "role": "Buyer",
        "email": "ana@example.org",
        "email label": "work",
        "email 2": "ana.home@example.org",
        "email 2 label": "home",
        "phone": "+43 660 5550100",
        "phone label": "mobile",
        "fax": "+43 1 5550199",
        "fax label": "work",
        "po box": "PO 7",
        "address extra": "2nd floor",
        "street": "Ring 1",
        "city": "Wien",
        "region": "W",
        "postal code": "1010",
        "country": "Austria",
        "address label": "work",
        "website": "https://example.org/a:b;c",
        "note": "one\ntwo; three \\ four",
        "birthday": "1980-02-03",
    }


def test_version_2_1(tmp_path: Path) -> None:
    assert card(
        tmp_path,
        "VERSION:2.1",
        "N;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:M=C3=BCller;J=C3=B6rg;;;",
        "FN;QUOTED-PRINTABLE;CHARSET=ISO-8859-1:J=F6rg=20=",
        "M=FCller",
        "TEL;CELL:0660 5550101",
        "TEL;WORK;VOICE:01 5550102",
        "EMAIL;PREF;INTERNET:jm@example.net",
        "ADR;HOME;QUOTED-PRINTABLE:;;Am =",
        "Ring 1=0AT=C3=BCr 4;Wien;;1010;",
        "NOTE:folded where",
        "  a blank is",
        "PHOTO;JPEG;BASE64:AAAA",
        "  BBBB",
        "",
        "URL:example.net",
    ) == {
        "last_name": "Müller",
        "first_name": "Jörg",
        "name": "Jörg Müller",
        "phone": "01 5550102",
        "phone label": "work",
        "phone 2": "0660 5550101",
        "phone 2 label": "mobile",
        "email": "jm@example.net",
        "street": "Am Ring 1\nTür 4",
        "city": "Wien",
        "postal code": "1010",
        "address label": "home",
        "note": "folded where  a blank is",
        "website": "example.net",
    }


def test_version_4_and_groups(tmp_path: Path) -> None:
    assert card(
        tmp_path,
        "VERSION:4.0",
        "FN:Ana",
        " Kurz",
        "ORG:;Sales",
        "item1.EMAIL;PREF=2:two@example.org",
        r"item1.X-ABLabel:_$!<Work>!$_",
        'EMAIL;PREF=1;TYPE="home,x":mailto:one@example.org',
        'TEL;VALUE=uri;TYPE="voice,home":tel:+1-555-555-5555;ext=5',
        "X-SOCIALPROFILE;type=linkedin:https://example.org/in/ana",
        "CATEGORIES:Leads,Fair",
        "UID:urn:uuid:1",
        "PHOTO:data:image/jpeg;base64,AAAA",
        end="\n",
    ) == {
        "name": "AnaKurz",
        "department": "Sales",
        "email": "one@example.org",
        "email label": "home x",
        "email 2": "two@example.org",
        "email 2 label": "work",
        "phone": "+1-555-555-5555;ext=5",
        "phone label": "home",
        "x-socialprofile": "https://example.org/in/ana",
        "x-socialprofile label": "linkedin",
        "categories": "Leads,Fair",
        "uid": "urn:uuid:1",
    }


def test_broken_lines_go_on_with_the_property_before(tmp_path: Path) -> None:
    assert card(tmp_path, "FN:Ana", "NOTE:one", "two, unfolded", "three", "EMAIL:a@example.org") == {
        "name": "Ana",
        "note": "one\ntwo, unfolded\nthree",
        "email": "a@example.org",
    }


def test_bytes_in_another_character_set(tmp_path: Path) -> None:
    assert card(tmp_path, "VERSION:2.1", "FN;CHARSET=ISO-8859-1:Jörg", encoding="latin-1")["name"] == "Jörg"
    assert card(tmp_path, "FN:Jörg", encoding="utf-16")["name"] == "Jörg"


def test_many_cards(tmp_path: Path) -> None:
    text = (
        "\ufeff\nBEGIN:VCARD\nFN:Ana\nEND:VCARD\n\nbegin:vcard\nTEL:1\nend:vcard\nBEGIN:VCARD\nVERSION:3.0\nEND:VCARD\n"
        "rubbish\nmore of it\nBEGIN:VCARD\nFN:Ben\nBEGIN:VCARD\nFN:Cyd\nAGENT:\nBEGIN:VCARD\nFN:Dan\nEND:VCARD\nTEL:2\n"
    )
    layout, batch = read(tmp_path / "a.vcf", text)
    assert layout.header == ("vcard version", "name", "phone")
    assert batch.rows == [["", "Ana", ""], ["", "", "1"], ["", "Ben", ""], ["", "Dan", ""], ["", "Cyd", "2"]]
    assert batch.lines == [2, 6, 14, 19, 16]
    assert (batch.blank, [bad.line for bad in batch.bad]) == (1, [12])
    assert any("2 cards are not closed" in note for note in layout.notes)


def test_twenty_alike_have_columns_the_others_share_the_last(tmp_path: Path) -> None:
    cells = card(tmp_path, *(f"EMAIL:a{number}@example.org" for number in range(30)))
    assert cells["email 19"] == "a18@example.org"
    assert cells["email 20"].split("\n") == [f"a{number}@example.org" for number in range(19, 30)]


def test_it_is_known_by_its_first_line_or_its_ending(tmp_path: Path) -> None:
    assert read(tmp_path / "people", "BEGIN,END\nVCARD,VCARD\n")[0].kind == "csv"
    assert read(tmp_path / "people", "BEGIN: vcard\nFN:Ana\nEND:VCARD\n")[0].kind == "vcard"
    with pytest.raises(UsageError, match="no vCard"):
        read(tmp_path / "a.vcf", "name,email\nAna,a@example.org\n")


def test_what_is_no_address_book(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    many = "\n".join(f"X-P{number}:1" for number in range(3000))
    with pytest.raises(UsageError, match="different properties"):
        read(tmp_path / "a.vcf", f"BEGIN:VCARD\n{many}\nEND:VCARD\n")
    monkeypatch.setattr(vcard, "CARD_LIMIT", 100_000)
    long = "\n ".join("x" * 90 for _ in range(2000))
    _, batch = read(tmp_path / "b.vcf", f"BEGIN:VCARD\nNOTE:{long}\nEND:VCARD\nBEGIN:VCARD\nFN:Ana\nEND:VCARD\n")
    assert (len(batch.rows), [bad.line for bad in batch.bad]) == (1, [1])
    with pytest.raises(UsageError, match="line of more than"):
        read(tmp_path / "c.vcf", f"BEGIN:VCARD\nNOTE:{'x' * 400_000}\nEND:VCARD\n")


VALUE = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc", "Zl", "Zp")), max_size=12).map(str.strip)


def escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")


def folded(line: str, width: int) -> str:
    return "\r\n ".join(line[at : at + width] for at in range(0, len(line), width)) or line


@settings(max_examples=100)
@given(names=st.lists(VALUE, min_size=5, max_size=5), note=VALUE, width=st.integers(12, 80))
def test_what_is_written_is_read_back(
    tmp_path_factory: pytest.TempPathFactory, names: list[str], note: str, width: int
) -> None:
    lines = ["VERSION:3.0", "FN:Ana", "N:" + ";".join(map(escaped, names)), f"NOTE:{escaped(note)}"]
    found = card(tmp_path_factory.getbasetemp(), *(folded(line, width) for line in lines))
    columns = ("last_name", "first_name", "middle name", "name prefix", "name suffix", "note")
    assert [found.get(column, "") for column in columns] == [*names, note]


@settings(max_examples=200)
@given(
    lines=st.lists(
        st.sampled_from(["BEGIN:VCARD", "END:VCARD", "AGENT:", "PHOTO;BASE64:", "N;QUOTED-PRINTABLE:a=", "EMAIL;TYPE="])
        | st.text(st.sampled_from(list('N:;="\\.,TEL =C3\t')), max_size=12),
        max_size=12,
    )
)
def test_any_text_is_read_or_refused(tmp_path_factory: pytest.TempPathFactory, lines: list[str]) -> None:
    layout, batch = read(
        tmp_path_factory.getbasetemp() / "any.vcf", "\n".join(["BEGIN:VCARD", "FN:Ana", "END:VCARD", *lines])
    )
    assert all(len(row) == len(layout.header) for row in batch.rows)
    assert len(batch.rows) >= 1


BOOK = """\
BEGIN:VCARD
VERSION:3.0
N:Kurz;Ana;;;
FN:Ana Kurz
ORG:Nord GmbH;Sales
TITLE:Head of Sales
TEL;TYPE=CELL:+43 660 5550100
TEL;TYPE=WORK,FAX:+43 1 5550199
EMAIL;TYPE=WORK:ana@example.org
EMAIL;TYPE=HOME:ana.home@example.org
ADR;TYPE=WORK:;;Ring 1;Wien;;1010;Austria
URL:https://nord.example
UID:1
END:VCARD
BEGIN:VCARD
VERSION:3.0
FN:Ben [/] Lang
TEL:+43 1 5550102
END:VCARD
"""


def test_the_whole_way(workspace: Workspace) -> None:
    ledger = workspace.call("import", "-", "--json", "--source", "fair", stdin=BOOK)
    assert (ledger.json["read"], ledger.json["created"]) == (2, 2)
    assert "read with the mapping 'vcard'" in ledger.err
    ana, ben = sorted(workspace.call("list", "--json").json, key=lambda each: str(each["name"]))
    expected = {
        "name": "Ana Kurz",
        "first_name": "Ana",
        "last_name": "Kurz",
        "company": "Nord GmbH",
        "title": "Head of Sales",
        "email": "ana@example.org",
        "phone": "+436605550100",
        "city": "Wien",
        "country": "Austria",
        "website": "https://nord.example",
        "source": "fair",
        "external_id": None,
    }
    assert {name: ana[name] for name in expected} == expected
    assert (ben["name"], ben["phone"]) == ("Ben [/] Lang", "+4315550102")
    further = workspace.query(
        "SELECT kind, value, label FROM contact WHERE lead = ? AND value <> ?", ana["id"], ana["email"]
    )
    assert ("email", "ana.home@example.org", "home") in further
    again = workspace.call("import", "-", "--json", "--source", "fair", stdin=BOOK).json
    assert (again["created"], again["updated"], again["unchanged"]) == (0, 0, 2)
