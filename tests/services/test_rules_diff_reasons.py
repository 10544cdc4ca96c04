"""The reasons for a move add up: they are all parts of the one score, less all parts of the other."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leadctl.compiler.parts import grade, parts
from leadctl.services.explaining import values_of
from leadctl.services.rules import comparing
from leadctl.services.rules.comparing import Sides, compare
from leadctl.services.rules.versions import rules_from_texts
from tests.services.four_leads import FIELDS, PIPELINE, SCORING, TODAY, act

TITLES, COUNTRIES = ("CEO", "Head of IT", "Intern", ""), ("DE", "US", "")
KINDS = ("page_view", "demo_request", "call", "webinar")


@pytest.fixture(scope="module")
def crowd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Sixty leads of every sort, with some two hundred activities."""
    from tests.conftest import SETTINGS, Workspace

    folder = tmp_path_factory.mktemp("crowd")
    found = Workspace(folder / "sales", folder)
    found.write("leadctl.yaml", SETTINGS)
    for name, text in (("fields", FIELDS), ("pipeline", PIPELINE), ("scoring", SCORING)):
        found.write(f"rules/{name}.yaml", text)
    found.write("rules/rivals.txt", "Rival Inc\n")
    rows = "".join(
        f"L{n},Lead {n},{TITLES[n % 4]},{n * 7 % 230},{COUNTRIES[n % 3]},{'Rival Inc' if n % 5 == 0 else 'Own'}\n"
        for n in range(60)
    )
    found.write("leads.csv", "id,name,title,employees,country,company\n" + rows)
    found.call("import", "leads.csv")
    act(found, [(n * 13 % 50 + 1, KINDS[n * 7 % 4], n * 11 % 120) for n in range(200)])
    found.call("score")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(comparing, "_BATCH", 7)
        patch.setattr(comparing.store, "RULES_AT_ONCE", 3)
        yield found


RULE = st.one_of(
    st.sampled_from([
        "when: {title: {has: CEO}}", "when: {segment: big}", "when: {country: [DE, AT]}", "when: {employees: {below: 90}}",
        "when: {not: {did: {within: 30d}}}", "when: {did: {event: page_view, within: 60d, at_least: 2}}",
    ]),
    st.builds(
        "{}: {}, half_life: {}{}".format,
        st.sampled_from(["each", "once"]),
        st.sampled_from(["page_view", "demo_request", "[webinar, page_view]"]),
        st.sampled_from(["none", "7d", "30d", "45d"]),
        st.sampled_from(["", ", max: 9", ", max: 30"]),
    ),
)  # fmt: skip
GROUP = st.tuples(
    st.booleans(),
    st.sampled_from([None, 0, 12, 40]),
    st.lists(
        st.tuples(st.sampled_from("abcdefgh"), st.integers(-40, 60), RULE), max_size=4, unique_by=lambda each: each[0]
    ),
)
DIMENSION = st.tuples(
    st.sampled_from(["", "range: [0, 60]", "range: [-20, 35]"]), st.lists(GROUP, min_size=1, max_size=3)
)


def written(dimensions: dict[str, Any], large: int) -> dict[str, str]:
    """The texts of rules with these dimensions; ids are told apart by dimension and group."""
    lines = ["segments:", f"  big: {{when: {{employees: {{at_least: {large}}}}}}}", "score:"]
    for name, (bounds, groups) in dimensions.items():
        lines += [f"  {name}:", f"    {bounds}" if bounds else "", "    groups:"]
        for number, (first, most, rules) in enumerate(groups):
            lines += [
                f"      g{number}:",
                "        pick: first" if first else "",
                f"        max: {most}" if most is not None else "",
            ]
            lines += ["        rules:" + ("" if rules else " []")]
            lines += [
                f"          - {{id: {name}{number}{rule}, points: {points}, {what}}}" for rule, points, what in rules
            ]
    first = next(iter(dimensions))
    lines += [f"grade:\n  letter: {{of: {first}, A: 30, B: 10, C: -99}}"]
    return {"scoring.yaml": "\n".join(each for each in lines if each), "pipeline.yaml": PIPELINE, "fields.yaml": FIELDS}


DIMENSIONS = st.dictionaries(st.sampled_from(["fit", "drive", "luck"]), DIMENSION, min_size=1, max_size=2)


@settings(max_examples=60)
@given(before=DIMENSIONS, after=DIMENSIONS, keep=st.booleans(), large=st.sampled_from([100, 100, 150]))
def test_reasons_are_the_difference_of_all_parts(
    crowd: Any, before: dict[str, Any], after: dict[str, Any], keep: bool, large: int
) -> None:
    """For every lead: what moved and why is every part by the rules of after, less every part by those of before."""
    if keep:  # a small change: all else as it was
        after = {**before, **{name: each for name, each in list(after.items())[:1] if name in before}}
    old, new = rules_from_texts(written(before, 100), "before"), rules_from_texts(written(after, large), "after")
    with crowd.database() as database:
        with compare(database, crowd.settings, Sides(old, new, "", ""), now=crowd.moment, command="test") as comparison:
            found = {row[0]: row for row in comparison.moved.farthest()}
            by_rule = {rule: tuple(sums) for rule, sums in comparison.by_rule.items()}
        sides = [
            {
                lead: {dimension.name: parts(dimension, values) for dimension in rules.dimensions}
                for lead, values in values_of(
                    database, rules, TODAY, crowd.settings.zone, "SELECT id FROM lead"
                ).items()
            }
            for rules in (old, new)
        ]
    told: dict[str, tuple[int, int]] = {}
    for lead in range(1, 61):
        scores = [{name: sum(part.points for part in own) for name, own in side[lead].items()} for side in sides]
        grades = [grade(rules, own) for rules, own in zip((old, new), scores, strict=True)]
        names = {*scores[0], *scores[1]}
        moves = any(scores[0].get(name, 0) != scores[1].get(name, 0) for name in names) or grades[0] != grades[1]
        assert (lead in found) == moves
        if not moves:
            continue
        why: dict[str, int] = {}
        for side, sign in zip(sides, (-1, 1), strict=True):
            for part in (part for own in side[lead].values() for part in own):
                why[part.name] = why.get(part.name, 0) + sign * part.points
        why = {rule: points for rule, points in why.items() if points}
        _, _, total, mark, _, new_total, new_mark, _, because, _ = found[lead]
        assert [(total, mark), (new_total, new_mark)] == [
            (sum(own.values()), each) for own, each in zip(scores, grades, strict=True)
        ]
        assert json.loads(because) == why
        assert sum(why.values()) == new_total - total
        for rule, points in why.items():
            leads, sum_ = told.get(rule, (0, 0))
            told[rule] = (leads + 1, sum_ + points)
    assert by_rule == told
