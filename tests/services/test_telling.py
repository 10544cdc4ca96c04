"""Activities that a file of leads tells of, by the key `activities` of its mapping."""

from __future__ import annotations

from typing import Any

import pytest

MAPPING = """\
mapping:
  headers: [Prospect ID, TotalVisits]
  missing: [Select]
  fields: {external_id: Prospect ID, captured_at: Created}
  activities:
    - {type: page_view, times: TotalVisits, on: {from: Created}, path: Page}
    - {type: webinar, on: {from: Seen, as: DD/MM/YYYY}}
    - {type: unsubscribe, if: Gone}
"""
HEAD = "Prospect ID,name,Created,TotalVisits,Page,Seen,Gone\n"


@pytest.fixture
def mapped(workspace: Any) -> Any:
    workspace.write("rules/mappings/crm.yaml", MAPPING)
    return workspace


def stored(workspace: Any) -> list[tuple[Any, ...]]:
    return workspace.query(
        "SELECT lead, type, occurred_at, path, count(*) FROM activity GROUP BY 1, 2, 3, 4 ORDER BY 1, 2"
    )


def test_each_row_tells_of_what_its_lead_did(mapped: Any) -> None:
    found = mapped.bring(
        HEAD
        + "P1,Ann,2026-11-01 10:00,3,/a,05/11/2026,no\nP2,Bob,2026-11-02,Select,,Select,yes\nP3,Cyd,2026-11-03,0,,,\n"
    )
    assert (found.created, found.rejected) == (3, 0)
    assert stored(mapped) == [
        (1, "page_view", "2026-11-01T09:00:00Z", "/a", 3),
        (1, "webinar", "2026-11-04T23:00:00Z", None, 1),
        (2, "unsubscribe", "2026-11-22T12:00:00Z", None, 1),  # no day of its own: it holds as of the import
    ]
    assert "5 activities of leads that the rows tell of: kept with them" in found.notes
    assert mapped.query("SELECT DISTINCT day FROM activity WHERE type = 'unsubscribe'") == [(20779,)]
    assert '"TotalVisits":"3"' in mapped.query("SELECT extra FROM lead WHERE id = 1")[0][0]  # the column itself stays


def test_a_count_that_has_grown_adds_the_difference(mapped: Any) -> None:
    row = "P1,Ann,2026-11-01,{},/a,,\n"
    mapped.bring(HEAD + row.format(3))
    mapped.bring(HEAD + row.format(3))
    assert mapped.query("SELECT count(*) FROM activity") == [(3,)]
    mapped.bring(HEAD + row.format(5) + "P2,Bob,2026-11-01,1,/a,,\n")
    assert mapped.query("SELECT lead, count(*) FROM activity GROUP BY lead") == [(1, 5), (2, 1)]
    assert mapped.call("undo").code == 0
    assert mapped.query("SELECT lead, count(*) FROM activity GROUP BY lead") == [(1, 3)]
    mapped.bring(HEAD + row.format(2))
    assert mapped.query("SELECT count(*) FROM activity") == [(3,)]  # nothing is taken away


def test_rows_without_an_id_are_known_by_what_they_tell(mapped: Any) -> None:
    rows = ",Ann,2026-11-01,2,/a,,\n,Bob,2026-11-01,2,/a,,\n"
    mapped.bring(HEAD + rows)
    mapped.bring(HEAD + rows)
    assert mapped.query("SELECT lead, count(*) FROM activity GROUP BY lead") == [(1, 2), (2, 2)]


def test_a_cell_that_cannot_be_read_refuses_its_row(mapped: Any) -> None:
    found = mapped.bring(
        HEAD
        + "P1,Ann,2026-11-01,many,,,\nP2,Bob,2026-11-01,1,,2026-11-05,\nP3,Cyd,2026-11-01,1,,,perhaps\nP4,Dan,2026-11-01,1,,,\n"
    )
    assert (found.created, found.rejected) == (1, 3)
    assert [bad.column for bad in found.rejects] == ["TotalVisits", "Seen", "Gone"]
    assert mapped.query("SELECT count(*) FROM activity") == [(1,)]


def test_leads_that_are_to_be_left_alone_are(mapped: Any) -> None:
    mapped.bring(HEAD + "P1,Ann,2026-11-01,1,,,\n")
    mapped.bring(HEAD + "P1,Ann,2026-11-01,9,,,\nP2,Bob,2026-11-01,2,,,\n", on_match="skip")
    assert mapped.query("SELECT lead, count(*) FROM activity GROUP BY lead") == [(1, 1), (2, 2)]


@pytest.mark.parametrize(
    ("entry", "says"),
    [
        ("{type: page_veiw, times: TotalVisits}", "did you mean 'page_view'?"),
        ("{times: TotalVisits}", "does not say its `type`"),
        ("{type: page_view}", "does not say when it is there"),
        ("{type: page_view, times: {form: x}}", "does not say `from` which column"),
        ("{type: page_view, tmes: TotalVisits}", "did you mean 'times'?"),
        ("{type: page_view, times: TotalVisit}", "needs the column 'TotalVisit'"),
        ("{type: page_view, on: {from: Created, as: DD-XX}}", "DD-XX"),
    ],
)
def test_mistakes_in_a_mapping(mapped: Any, entry: str, says: str) -> None:
    mapped.write("rules/mappings/crm.yaml", MAPPING[: MAPPING.index("    - {type: page_view")] + f"    - {entry}\n")
    mapped.write("leads.csv", HEAD + "P1,Ann,2026-11-01,1,,,\n")
    done = mapped.call("import", "leads.csv")
    assert done.code == 2
    assert says in done.err
