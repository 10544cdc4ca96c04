# ruff: noqa: E501 - tables of mistakes, a line each
"""Mistakes as people see them: what, where with a caret, and how to mend it."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from zoneinfo import ZoneInfo

import pytest

from leadctl.compiler.rulebook import check_where, meaning_hash
from leadctl.compiler.score_sql import Scoring
from leadctl.compiler.sql import ConditionSql
from leadctl.compiler.tree import Rules
from leadctl.errors import RuleError

Printed = Callable[..., str]
RulesOf = Callable[..., Rules]

FIELDS = "fields: {decision_maker: {type: yes_no}}\nlists: {core: [DE, AT]}\nsegments: {icp: {when: {country: {in_list: core}}}}\n"
ONE_RULE = (
    FIELDS + "score:\n  fit:\n    groups:\n      g:\n        rules:\n          - {id: r, points: 8, when: {%s}}\n"
)


def golden(text: str) -> str:
    """A block of this file, its first line break and indentation taken away."""
    lines = text.strip("\n").split("\n")
    indent = min(len(line) - len(line.lstrip()) for line in lines if line.strip())
    return "\n".join(line[indent:] for line in lines).rstrip()


def test_every_mistake_of_a_file_at_once(printed: Printed) -> None:
    found = printed(
        scoring="""\
lists: {core: [DE, AT]}
segments:
  icp: {when: {employees: {at_least: 50}, segment: small}}
score:
  fit:
    range: [0, 100]
    groups:
      company:
        rules:
          - {id: size, points: 8, when: {employes: {at_least: 50}}}
          - {id: land, points: 8, when: {country: {in_lst: core}}}
          - {id: list, points: 8, when: {country: {in_list: cores}}}
          - {id: icp,  points: 8, when: {segment: ipc}}
          - {id: more, points: 8, when: {title: {at_least: 5}}}
          - {id: mark, points: 8, when: {grade: A}}
          - {id: size, points: x, when: {country: NO}}
          - {id: land, points: 1, when: {country: NO}}
"""
    )
    assert found == golden(
        """
        rules/scoring.yaml:3:43: a segment cannot name a segment
            3 |   icp: {when: {employees: {at_least: 50}, segment: small}}
              |                                           ^^^^^^^ a condition may only name what an earlier phase made
        rules/scoring.yaml:10:42: there is no field called 'employes'
           10 |           - {id: size, points: 8, when: {employes: {at_least: 50}}}
              |                                          ^^^^^^^^ did you mean 'employees'?
        rules/scoring.yaml:11:52: there is no operator called 'in_lst'
           11 |           - {id: land, points: 8, when: {country: {in_lst: core}}}
              |                                                    ^^^^^^ did you mean 'in_list'?
        rules/scoring.yaml:12:61: there is no list called 'cores'
           12 |           - {id: list, points: 8, when: {country: {in_list: cores}}}
              |                                                             ^^^^^ did you mean 'core'?
        rules/scoring.yaml:13:51: there is no segment called 'ipc'
           13 |           - {id: icp,  points: 8, when: {segment: ipc}}
              |                                                   ^^^ did you mean 'icp'?
        rules/scoring.yaml:14:50: 'at_least' does not go with 'title', which is text
           14 |           - {id: more, points: 8, when: {title: {at_least: 5}}}
              |                                                  ^^^^^^^^ for text there are: is, is_not, has, contains, starts_with, ends_with, does_not_contain, in_list, present
        rules/scoring.yaml:15:42: 'grade' is not known yet where this stands: the phase 'grade' works it out later
           15 |           - {id: mark, points: 8, when: {grade: A}}
              |                                          ^^^^^ a condition may only name what an earlier phase made
        rules/scoring.yaml:16:32: `points` must be a whole number, not 'x'
           16 |           - {id: size, points: x, when: {country: NO}}
              |                                ^
        """
    )


@pytest.mark.parametrize(
    ("condition", "column", "caret", "message", "hint"),
    [
        ("employees: {has: CEO}", 51, 3, "'has' does not go with 'employees', which is a number",
         "for a number there are: is, is_not, at_least, at_most, above, below, between, present"),
        ("employees: many", 50, 4, "'employees' is compared with a number, not 'many'", ""),
        ("employees: {between: [9, 5]}", 60, 1, "`between` has its ends the wrong way round; nothing would match", ""),
        ("employees: {between: 5}", 60, 1, "`between` takes two values: `between: [10, 50]`", ""),
        ("captured_at: {within: soon}", 61, 4, "'soon' is no span of days",
         "write 7d, 2w, 3m (30 days each) or 1y (365 days)"),
        ("captured_at: {after: 2026-02-30}", 60, 10, "'2026-02-30' is no day", "write days as 2026-11-22"),
        ("decision_maker: perhaps", 55, 7, "'decision_maker' is yes or no, not 'perhaps'", ""),
        ("decision_maker: {above: yes}", 56, 5, "'above' does not go with 'decision_maker', which is yes or no",
         "for yes or no there are: is, is_not, present"),
        ("total: 5", 39, 5, "'total' is not known yet where this stands: the phase 'scores' works it out later",
         "a condition may only name what an earlier phase made"),
        ("fit: 5", 39, 3, "'fit' is not known yet where this stands: the phase 'scores' works it out later",
         "a condition may only name what an earlier phase made"),
        ("owner: ana", 39, 5, "'owner' is not known yet where this stands: the phase 'route' works it out later",
         "a condition may only name what an earlier phase made"),
        ("temperature: hot", 39, 11, "'temperature' is not known yet where this stands: the phase 'grade' works it out later",
         "a condition may only name what an earlier phase made"),
        ("title: []", 46, 1, "'title' is compared with an empty list", ""),
        ("title: ''", 46, 2, "an empty text matches nothing", "a missing value is `present: no`"),
        ("any: []", 44, 1, "`any` lists nothing", ""),
        ("any: {title: x}", 44, 1, "`any` must be a list (`[a, b]`, or lines that begin with `-`)", ""),
        ("not: [a]", 44, 1, "a condition must be a map (`name: value`)", ""),
        ("title: {present: maybe}", 56, 5, "`present` is yes or no, not 'maybe'", ""),
        ("did: {event: page_vew}", 52, 8, "there is no event called 'page_vew'", "did you mean 'page_view'?"),
        ("did: {evnt: page_view}", 45, 4, "there is no key of `did` called 'evnt'", "did you mean 'event'?"),
        ("did: {within: soon}", 53, 4, "'soon' is no span of days", "write 7d, 2w, 3m (30 days each) or 1y (365 days)"),
        ("did: {at_least: 3, at_most: 2}", 67, 1, "at least 3 and at most 2: nothing would match", ""),
        ("did: {where: {title: x}}", 53, 5, "there is no field called 'title'",
         "allowed here: all, any, campaign, channel, content, not, outcome, path, referrer, source, term, topic"),
        ("lifecycle: mql", 39, 9, "'lifecycle' is not known yet where this stands: the phase 'lifecycle' works it out later",
         "a condition may only name what an earlier phase made"),
        ("persona: nobody", 48, 6, "there is no persona called 'nobody'", "none are defined"),
    ],
)  # fmt: skip
def test_a_mistake_in_a_condition(
    printed: Printed, condition: str, column: int, caret: int, message: str, hint: str
) -> None:
    line = f"          - {{id: r, points: 8, when: {{{condition}}}}}"
    below = f"{' ' * (column - 1)}{'^' * caret} {hint}".rstrip()
    assert printed(ONE_RULE % condition) == f"rules/a.yaml:9:{column}: {message}\n    9 | {line}\n      | {below}"


def places(text: str) -> list[str]:
    """The lines of a print that say where and what."""
    return [line.removeprefix("rules/a.yaml:") for line in text.splitlines() if line.startswith("rules/")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("score: {fit: {groups: {g: {pick: last, rules: []}}}}", ["1:34: `pick` cannot be 'last'"]),
        ("score: {fit: {groups: {g: {max: lots, rules: []}}}}", ["1:33: `max` must be a whole number, not 'lots'"]),
        ("score: {fit: {range: [100, 0], groups: {}}}", ["1:22: `range` must go from low to high, such as [0, 100]"]),
        ("score: {fit: {range: [5, 5], groups: {}}}", ["1:22: `range` must go from low to high, such as [0, 100]"]),
        ("score: {fit: {range: [0], groups: {}}}", ["1:22: `range` takes two numbers: [0, 100]"]),
        ("score: {fit: {range: [0, top], groups: {}}}", ["1:26: `range` must be a whole number, not 'top'"]),
        ("score: {fit: {range: [0, 9]}}", ["1:9: the dimension 'fit' has no `groups`"]),
        ("score: {fit: {groups: {g: {}}}}", ["1:24: the group 'g' has no `rules`"]),
        ("score: {fit: {groups: {}}, title: {groups: {}}}", ["1:28: a dimension cannot be called 'title': a field has that name"]),
        ("score: {Fit: {groups: {}}}", ["1:9: 'Fit' cannot be the name of a dimension"]),
        ("score: {fit: {groups: {g: {rules: [{id: a, points: 1.5, when: {title: x}}]}}}}", ["1:52: `points` must be a whole number, not '1.5'"]),
        ("score: {fit: {groups: {g: {rules: [{points: 1}]}}}}", ["1:36: the rule has no `id`", "1:36: the rule does not say what counts"]),
        ("score: {fit: {groups: {g: {rules: [{id: a, points: 1, when: {title: x}}]}, h: {rules: [{id: a, points: 2, when: {title: y}}]}}}}",
         ["1:93: the rule id 'a' is taken: line 1 of rules/a.yaml"]),
        ("score: {fit: {range: [0, 9], groups: {}}}\ngrade: {letter: {of: fitt, A: 5, B: 0}}", ["2:22: `of` cannot be 'fitt'"]),
        ("score: {fit: {range: [0, 9], groups: {}}}\ngrade: {letter: {of: fit, A: 5, B: 6, C: 0}}", ["2:36: B needs less than A (5): best first"]),
        ("score: {fit: {range: [0, 9], groups: {}}}\ngrade: {letter: {of: fit, A: 5, B: 5, C: 0}}", ["2:36: B needs less than A (5): best first"]),
        ("score: {fit: {range: [0, 9], groups: {}}}\ngrade: {letter: {A: 5}}", ["2:17: `letter` does not say `of` which dimension it is"]),
        ("score: {fit: {range: [0, 9], groups: {}}}\ngrade: {letter: {of: fit, a: 5, B: ten}, number: {of: fit, x: 1}}",
         ["2:27: 'a' cannot be a mark here: one capital letter is needed", "2:36: the least score for B must be a whole number, not 'ten'",
          "2:60: 'x' cannot be a mark here: a number is needed"]),
        ("score: {fit: {range: [0, 9], groups: {}}}\ngrade: {letter: {of: fit, A: 5, B: 0}}\ntemperature: {hot: [A, X], warm: [A], cold: otherwise}",
         ["3:24: there is no grade called 'X'", "3:35: A is hot already"]),
        ("pipeline: [{stage: new, kind: opn}]", ["1:11: the pipeline has no stage of kind open: new leads have nowhere to begin", "1:31: `kind` cannot be 'opn'"]),
        ("pipeline: [{stage: new, kind: open}, {kind: won}]", ["1:38: the stage has no `stage`"]),
        ("pipeline: [{stage: new, kind: open, probability: 120, stuck_after: long}]",
         ["1:50: `probability` is a percentage, 0 to 100", "1:68: 'long' is no span of days"]),
        ("pipeline: [{stage: new, kind: open}, {stage: new, kind: won}]", ["1:38: the stage 'new' stands twice"]),
        ("pipeline: []", ["1:11: the pipeline has no stage of kind open: new leads have nowhere to begin"]),
        ("owners: [ana]", ["1:9: `owners` must be a map (`name: value`)"]),
        ("owners: {ana: yes}", ["1:15: the owner 'ana' must be a map (`name: value`)"]),
        ("owners: {ana: {shar: 1}}", ["1:16: there is no key of the owner 'ana' called 'shar'"]),
        ("owners: {ana: }\nroute: {rules: [{id: a, otherwise: yes, to: anna}]}", ["2:45: there is no owner called 'anna'"]),
        ("owners: {ana: }\nroute: {rules: [{id: a, otherwise: yes, to: [ana, ana]}]}", ["2:51: 'ana' stands twice"]),
        ("owners: {ana: }\nroute: {rules: [{id: a, to: ana}]}", ["2:17: a route has either `when` or `otherwise: yes`"]),
        ("owners: {ana: }\nroute: {rules: [{id: a, otherwise: yes, to: ana, queue: q}]}", ["2:17: a route gives leads either `to` owners or to a `queue`"]),
        ("route: {rules: [{id: a, otherwise: yes}]}", ["1:17: a route gives leads either `to` owners or to a `queue`"]),
        ("owners: {ana: }\nroute: {rules: [{id: a, otherwise: no, to: ana}]}", ["2:36: `otherwise` can only be yes"]),
        ("route: {rules: [{id: a, when: {title: x}, queue: q}, {id: a, otherwise: yes, queue: q}]}", ["1:54: the route id 'a' is taken"]),
        ("route: {for: {owner: x}, rules: [{id: a, otherwise: yes, queue: q}]}",
         ["1:15: 'owner' is not known yet where this stands: the phase 'route' works it out later"]),
        ("route: {keep_company_together: perhaps}", ["1:8: `route` has no `rules`", "1:32: `keep_company_together` is yes or no, not 'perhaps'"]),
        ("owners: {ana: }\nroute: {rules: [{id: a, otherwise: yes, to: ana, balance: fair}]}", ["2:59: `balance` cannot be 'fair'"]),
        ("segments: {b: {}}", ["1:12: the segment 'b' has no `when`"]),
        ("fields: {Name: {type: text}, email: {type: text}, x: {type: textt}, y: {}, z: text}",
         ["1:10: 'Name' cannot be the name of a field", "1:30: there is a built-in field called 'email' already", "1:61: `type` cannot be 'textt'",
          "1:69: the field 'y' has no `type`", "1:79: the field 'z' must be a map (`name: value`)"]),
        ("scores: {}", ["1:1: there is no part of the rules called 'scores'"]),
        ("lists: {a: {file: ../x}, b: {file: none.txt}, c: {fil: x}}",
         ["1:19: '../x' lies outside the folder of the rules", "1:36: the list file 'none.txt' cannot be read: No such file or directory",
          "1:51: there is no key of the list 'c' called 'fil'"]),
        ("lists: {a: {file: /etc/hostname}}", ["1:19: '/etc/hostname' lies outside the folder of the rules"]),
    ],
)  # fmt: skip
def test_a_mistake_in_the_parts(printed: Printed, text: str, expected: list[str]) -> None:
    assert places(printed(text)) == expected


def test_a_key_stands_in_one_file_only_and_files_with_yaml_errors_do_not_hide_the_others(printed: Printed) -> None:
    found = printed(one="lists: {a: [x]}\n", two="lists: {b: [y]}\n", three="score: {fit: {\n", four="ownrs: {}\n")
    assert places(found) == [
        "rules/four.yaml:1:1: there is no part of the rules called 'ownrs'",
        "rules/two.yaml:1:1: `lists` stands in rules/one.yaml already (line 1): a key stands in one file only",
        "rules/three.yaml:2:1: the text breaks off or the indentation is off (expected node content)",
    ]


def test_no_pipeline_no_folder(rules_of: RulesOf, printed: Printed) -> None:
    with pytest.raises(RuleError, match="1 mistake in the rules; nothing was done"):
        rules_of(a="lists: {}\n", pipeline="# pipeline: none\n")


def test_a_pipeline_in_a_file_that_cannot_be_read_is_not_missed(rules_of: RulesOf) -> None:
    with pytest.raises(RuleError) as caught:
        rules_of(a="lists: {}\n", pipeline="pipeline: [{stage: new, kind: open}]\npipeline: []\n")
    assert [each.message for each in caught.value.mistakes] == ["'pipeline' stands twice here: first on line 1"]


def test_a_long_line_is_shown_around_the_mistake(printed: Printed) -> None:
    filler = ", ".join(f"country{n}" for n in range(60))
    found = printed(
        f"lists: {{core: [{filler}]}}\nsegments: {{x: {{when: {{all: [{{country: [{filler}]}}, {{titel: x}}]}}}}}}\n"
    )
    first, shown, caret = found.splitlines()
    assert first.endswith("there is no field called 'titel'")
    assert len(shown) <= 110
    assert shown[caret.index("^") : caret.rindex("^") + 1] == "titel"


# Warnings: legal, but surely not meant. They come with rules that are in order.

SCORED = """\
score:
  fit:
    range: [0, 100]
    groups:
      g:
        {group}
        rules:
{rules}
"""


def warned(printed: Printed, *rules: str, group: str = "", more: str = "") -> list[str]:
    listed = "\n".join(f"          - {{{rule}}}" for rule in rules)
    text = SCORED.format(group=group or "max: 1000", rules=listed) + more
    found = printed(text)
    return [line.split(": warning: ", 1)[1] for line in found.splitlines() if ": warning: " in line]


@pytest.mark.parametrize(
    ("rules", "group", "more", "expected"),
    [
        (["id: a, points: 30, when: {title: x}"], "", "grade: {letter: {of: fit, A: 50, B: 30, C: 0}}",
         ["nobody can get A: it needs 50, and fit comes to 30 at most"]),
        (["id: a, points: 30, when: {title: x}", "id: b, points: 20, when: {title: y}"], "pick: first", "grade: {letter: {of: fit, A: 50, B: 0}}",
         ["nobody can get A: it needs 50, and fit comes to 30 at most"]),
        (["id: a, points: 30, when: {title: x}", "id: b, points: 20, when: {title: y}"], "max: 40", "grade: {number: {of: fit, 1: 50, 2: 0}}",
         ["nobody can get 1: it needs 50, and fit comes to 40 at most"]),
        (["id: a, points: 30, when: {title: x}", "id: b, points: 20, when: {title: y}"], "", "grade: {letter: {of: fit, A: 50, B: 0}}", []),
        (["id: a, points: 60, when: {title: x}"], "", "grade: {letter: {of: fit, A: 50, B: 20}}", ["fit below 20 gets no mark"]),
        (["id: a, points: 5, when: {title: {has: [CEO, CTO]}}", "id: b, points: 9, when: {title: {has: cto}}"], "pick: first", "",
         ["'b' never counts: whoever matches it matches 'a' before"]),
        (["id: a, points: 5, when: {employees: {at_least: 10}}", "id: b, points: 9, when: {employees: {at_least: 50}, title: x}"], "pick: first", "",
         ["'b' never counts: whoever matches it matches 'a' before"]),
        (["id: a, points: 5, when: {employees: {at_least: 50}}", "id: b, points: 9, when: {employees: {at_least: 10}}"], "pick: first", "", []),
        (["id: a, points: 5, when: {title: {has: CTO}}", "id: b, points: 9, when: {title: {has: CTO}}"], "", "", []),
        (["id: a, points: 5, when: {employees: {at_least: 50, at_most: 10}}"], "", "", ["'a' never matches: employees cannot be at least 50 and at most 10"]),
        (["id: a, points: 5, when: {all: [{employees: {at_least: 50}}, {employees: {below: 10}}]}"], "", "",
         ["'a' never matches: employees cannot be at least 50 and below 10"]),
        (["id: a, points: 5, when: {title: {has: C++}}"], "", "", ["`has` looks for whole words, and 'C++' has other signs in it"]),
        (["id: a, points: 5, when: {title: {contains: CTO}}"], "", "", ["'CTO' is inside many longer words"]),
        (["id: a, points: 5, when: {title: {contains: chief}}"], "", "", []),
        (["id: a, points: 5, when: {title: {has: [co-founder, R&D, O'Neill]}}"], "", "", []),
        (["id: a, points: 5, when: {title: x}"], "", "lists: {l: [a]}\nsegments: {s: {when: {title: x}}}",
         ["no rule uses the list 'l'", "no rule uses the segment 's'"]),
        (["id: a, points: 5, when: {segment: s}"], "", "lists: {l: [a]}\nsegments: {s: {when: {title: {in_list: l}}}}", []),
        (["id: a, points: 5, when: {title: x}"], "", "route: {rules: [{id: a, otherwise: yes, queue: q}, {id: b, when: {title: x}, queue: q}]}",
         ["'b' never matches: it stands after `otherwise`"]),
        (["id: a, points: 5, when: {title: x}"], "", "route: {rules: [{id: b, when: {title: x}, queue: q}]}", ["no route says `otherwise: yes`"]),
    ],
)  # fmt: skip
def test_warnings(printed: Printed, rules: list[str], group: str, more: str, expected: list[str]) -> None:
    assert warned(printed, *rules, group=group, more=more) == expected


def test_warnings_do_not_stop_a_run(rules_of: RulesOf) -> None:
    found = rules_of("lists: {l: [a]}\nfollow_up: {}\n")
    assert [each.level for each in found.warnings] == ["warning", "warning"]


def test_a_contradiction_of_strict_bounds_is_seen(printed: Printed) -> None:
    assert warned(printed, "id: a, points: 5, when: {employees: {above: 10, below: 10}}")


def test_two_values_at_once_are_seen_as_a_contradiction(printed: Printed) -> None:
    assert warned(printed, "id: a, points: 5, when: {all: [{country: DE}, {country: AT}]}")


# `--where`


def test_where_is_the_same_language(rules_of: RulesOf) -> None:
    rules = rules_of(FIELDS + "score: {fit: {groups: {}}}\ngrade: {letter: {of: fit, A: 5}}\ntemperature: {hot: [A]}\n")
    for text in ("grade: A, country: [DE, AT]", "segment: icp", "fit: {at_least: 5}, owner: ana", "temperature: hot"):
        check_where(text, rules)
    with pytest.raises(RuleError) as caught:
        check_where("titel: x, grade: 77Z", rules)
    assert [(str(each.place), each.message) for each in caught.value.mistakes] == [
        ("--where:1:1", "there is no field called 'titel'"),
        ("--where:1:18", "'77Z' is no grade"),
    ]


@pytest.mark.parametrize(
    "text", ["", "title: [", "title: x}", "&a title: x", "title: x, title: y", "[" * 200_000, "}{", "\x00"]
)
def test_a_broken_where_is_a_mistake(rules_of: RulesOf, text: str) -> None:
    with pytest.raises(RuleError):
        check_where(text, rules_of())


def test_the_columns_of_a_where_are_those_that_were_typed(rules_of: RulesOf) -> None:
    with pytest.raises(RuleError) as caught:
        check_where("titel: x", rules_of())
    assert caught.value.mistakes[0].place.column == 1


# Odd values that must be mistakes, never crashes


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("score: {fit: {groups: {g: {rules: [{id: a, points: -+5, when: {title: x}}]}}}}", id="two signs"),
        pytest.param("score: {fit: {groups: {g: {rules: [{id: a, points: ٣, when: {title: x}}]}}}}", id="digits of other scripts"),
        pytest.param("segments: {s: {when: {captured_at: {within: 99999999y}}}}", id="a long span"),
        pytest.param("segments: {s: {when: {employees: 99999999999999999999}}}", id="a long number"),
        pytest.param("segments: {s: {when: {title: \"\\u3000\"}}}", id="a wide blank"),
        pytest.param("segments: {s: {when: {employees: .nan}}}", id="not a number"),
        pytest.param("score: {fit: {range: [], groups: {}}}", id="an empty range"),
        pytest.param("route: []", id="route is a list"),
        pytest.param("fields: []", id="fields is a list"),
        pytest.param("temperature: [hot]\nscore: {fit: {groups: []}}", id="lists for maps"),
        pytest.param("segments: {s: {when: }}", id="nothing"),
    ],
)  # fmt: skip
def test_odd_values_are_mistakes(rules_of: RulesOf, text: str) -> None:
    with pytest.raises(RuleError):
        rules_of(text)


def compiled(rules: Rules, where: str) -> str:
    return ConditionSql(rules, date(2026, 11, 22), ZoneInfo("Europe/Vienna")).holds(check_where(where, rules)).text


@pytest.mark.parametrize("day", ["9999-12-31", "0001-01-01"])
@pytest.mark.parametrize("operator", ["before", "after", "at_least", "at_most"])
@pytest.mark.parametrize("field", ["captured_at", "stage_on"])
def test_the_ends_of_the_calendar_compile(rules_of: RulesOf, field: str, operator: str, day: str) -> None:
    assert compiled(rules_of(), f"{field}: {{{operator}: {day}}}")


@pytest.mark.parametrize(
    "values",
    [
        pytest.param("['', DE]"),
        "[]",
        "DE",
    ],
)  # fmt: skip
def test_lists_of_any_length(rules_of: RulesOf, values: str) -> None:
    try:
        rules = rules_of(f"lists: {{l: {values}}}\n")
    except RuleError:
        return  # to refuse it is as good
    assert compiled(rules, "country: {in_list: l}")


def test_the_hash_is_of_the_meaning(rules_of: RulesOf) -> None:
    one = meaning_hash(rules_of(ONE_RULE % "title: x"))
    assert one == meaning_hash(rules_of("# a comment\n" + (ONE_RULE % " title:  x ")))
    assert one == meaning_hash(rules_of(b=ONE_RULE % "title: 'x'"))
    different = ["title: y", "title: {is_not: x}", "not: {title: x}", "name: x", "title: [x, y]"]
    hashes = {meaning_hash(rules_of(ONE_RULE % each)) for each in different}
    assert len(hashes | {one}) == 6
    assert meaning_hash(rules_of((ONE_RULE % "title: x").replace("points: 8", "points: 9"))) != one
    assert json.loads(json.dumps(one)) == one


def test_rules_files_below_the_folder_are_not_read(rules_of: RulesOf) -> None:
    rules = rules_of(ONE_RULE % "title: x")
    assert Scoring(rules, date(2026, 11, 22), ZoneInfo("UTC")).select().values == ("\x1fx\x1f",)
