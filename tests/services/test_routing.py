"""Routing: turns stay fair from run to run, companies stay together, nothing is counted twice."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from leadctl.errors import UsageError
from leadctl.services.routing import RouteResult, route_leads


def route(workspace: Any, **options: Any) -> RouteResult:
    with workspace.database() as database:
        found = route_leads(
            database, workspace.settings, workspace.rules, now=workspace.moment, command="leadctl route", **options
        )
    assert found.considered == found.offered + found.kept + found.queued
    return found


def owners(workspace: Any) -> list[str | None]:
    return [row[0] for row in workspace.query("SELECT owner FROM lead ORDER BY id")]


def bring(workspace: Any, *rows: str, header: str = "name,country,email,company") -> None:
    workspace.bring("\n".join([header, *rows]) + "\n")


def test_turns_go_on_where_the_last_run_left_them(workspace: Any) -> None:
    given: list[str | None] = []
    for start, count in ((0, 2), (2, 1), (3, 5), (8, 4)):
        bring(workspace, *(f"P{n} Q{n},DE,," for n in range(start, start + count)))
        given += [each.owner for each in route(workspace).decisions]
    assert given == ["ana", "ben", "cyd"] * 4
    assert owners(workspace) == given


def test_the_best_lead_has_the_first_turn(workspace: Any) -> None:
    bring(workspace, "Ada,DE,,", "Bo,DE,,", "Cy,DE,,")
    workspace.bring("name,country,employees\nDi,DE,100\n", name="b.csv")
    assert workspace.call("score").code == 0
    assert {each.name: each.owner for each in route(workspace).decisions} == {
        "Di": "ana",
        "Ada": "ben",
        "Bo": "cyd",
        "Cy": "ana",
    }


def test_a_second_run_changes_nothing(workspace: Any) -> None:
    bring(workspace, "Ada,DE,,", "Bo,US,,")
    first, second = route(workspace), route(workspace)
    assert (first.considered, first.offered, first.kept, first.queued) == (2, 1, 0, 1)
    assert (second.considered, second.offered, second.kept, second.queued, second.operation) == (2, 0, 2, 0, None)
    assert workspace.query("SELECT owner, queue FROM lead ORDER BY id") == [("ana", None), (None, "later")]
    assert workspace.query("SELECT count(*) FROM offer") == [(2,)]


def test_a_lead_leaves_the_queue_when_a_rule_comes_to_fit(workspace: Any) -> None:
    bring(workspace, "Ada,US,ada@firm.at,")
    route(workspace)
    workspace.bring("email,country\nada@firm.at,AT\n")
    found = route(workspace)
    assert (found.offered, found.queued) == (1, 0)
    assert workspace.query("SELECT owner, queue FROM lead") == [("ana", None)]


def test_a_company_stays_together(workspace: Any) -> None:
    bring(
        workspace,
        "Ada,DE,ada@firm.at,",  # ana: by mail domain
        "Bo,DE,bo@gmail.com,",  # ben: a free mail domain is no company
        "Cy,DE,cy@gmail.com,",  # cyd
        "Di,DE,di@firm.at,",  # ana, Ada's company; takes no turn
        "Ed,DE,,Globex",  # ana, by name
        "Fay,DE,,GLOBEX ",  # ana, Ed's company
        "Gus,DE,gus@gmail.com,Initech",  # ben
    )
    found = route(workspace)
    assert [each.owner for each in found.decisions] == ["ana", "ben", "cyd", "ana", "ana", "ana", "ben"]
    assert found.decisions[3].why == "the same company is ana's"
    # and with those that have an owner already
    workspace.bring("name,country,email\nHal Ek,DE,hal@firm.at\nIda,DE,\n", name="b.csv")
    assert [each.owner for each in route(workspace).decisions] == ["ana", "cyd"]
    assert Counter(owners(workspace)) == {"ana": 5, "ben": 2, "cyd": 2}


def test_companies_are_split_where_the_rules_do_not_say_so(workspace: Any) -> None:
    text = workspace.read("rules/routing.yaml").replace("keep_company_together: yes", "keep_company_together: no")
    workspace.write("rules/routing.yaml", text)
    bring(workspace, "Ada,DE,ada@firm.at,", "Bo,DE,bo@firm.at,", "Cy,DE,cy@firm.at,")
    assert [each.owner for each in route(workspace).decisions] == ["ana", "ben", "cyd"]


def test_a_dry_run_writes_nothing_and_foretells_the_run(workspace: Any) -> None:
    bring(workspace, *(f"P{n} Q{n},{'DE' if n % 3 else 'US'},,{'Firm' if n % 4 == 0 else ''}" for n in range(20)))
    before = [workspace.query(f"SELECT * FROM {table}") for table in ("lead", "offer", "operation", "change")]
    foretold = route(workspace, dry_run=True)
    after = [workspace.query(f"SELECT * FROM {table}") for table in ("lead", "offer", "operation", "change")]
    assert after == before
    assert foretold.operation is None
    assert route(workspace).decisions == foretold.decisions


def test_only_open_leads_that_the_rules_are_for_are_considered(workspace: Any) -> None:
    text = workspace.read("rules/routing.yaml").replace("route:\n", "route:\n  for: {grade: [A, B]}\n")
    workspace.write("rules/routing.yaml", text)
    rows = "Ada,DE,100,new\nBo,DE,1,new\nCy,DE,100,won\nDi,DE,100,on hold\nEd,DE,100,lost\nFay,DE,100,proposal\n"
    workspace.bring("name,country,employees,stage\n" + rows)
    assert route(workspace).considered == 0, "nothing is scored yet"
    workspace.call("score")
    assert [each.name for each in route(workspace).decisions] == ["Ada", "Fay"]


def test_the_first_route_that_matches_wins_each_with_turns_of_its_own(workspace: Any) -> None:
    workspace.write(
        "rules/routing.yaml",
        "owners: {ana: , ben: }\nroute:\n  rules:\n"
        "    - {id: big, when: {employees: {above: 100}}, to: ben, tell: Ask first.}\n"
        "    - {id: dach, when: {country: [DE]}, to: [ana, ben], balance: turns}\n"
        "    - {id: us, when: {country: US}, to: [ben, ana]}\n",
    )
    rows = "A,DE,500\nB,DE,5\nC,DE,\nD,US,\nE,US,101\nF,US,\nG,FR,\n"
    workspace.bring("name,country,employees\n" + rows)
    found = route(workspace)
    assert [(each.name, each.rule, each.owner, each.tell) for each in found.decisions] == [
        ("A", "big", "ben", "Ask first."),
        *(("B", "dach", "ana", None), ("C", "dach", "ben", None), ("D", "us", "ben", None)),
        *(("E", "big", "ben", "Ask first."), ("F", "us", "ana", None)),
    ]
    assert (found.considered, found.kept) == (7, 1)
    assert found.decisions[0].why == "employees is above 100"


def test_an_undone_route_gives_its_turns_back(workspace: Any) -> None:
    bring(workspace, "Ada,DE,,", "Bo,DE,,")
    route(workspace)
    assert workspace.call("undo").code == 0
    assert owners(workspace) == [None, None]
    assert [each.owner for each in route(workspace).decisions] == ["ana", "ben"]


def test_no_rules_no_routing(workspace: Any) -> None:
    workspace.write("rules/routing.yaml", "owners: {ana: }\n")
    bring(workspace, "Ada,DE,,")
    with pytest.raises(UsageError, match="the rules have no `route`"):
        route(workspace)


@pytest.mark.parametrize("rounds", [7])
def test_shares_differ_by_one_at_most_after_many_runs(workspace: Any, rounds: int) -> None:
    number = 0
    for size in range(1, rounds + 1):
        bring(workspace, *(f"P{number + n} Q{number + n},AT,," for n in range(size)))
        number += size
        route(workspace)
        shares = Counter(owners(workspace))
        assert max(shares.values()) - min(shares[each] for each in ("ana", "ben", "cyd")) <= 1
