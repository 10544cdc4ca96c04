"""The JSON Schema of rule files: good files pass, bad ones fail where they are bad, and it says the same as the checker."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from leadctl.compiler import load
from leadctl.compiler.catalogue import ACTIVITY_FIELDS, BUILT_IN, CUSTOM_TYPES, OPERATORS
from leadctl.compiler.meanings import FIELDS_MEAN, OPERATORS_MEAN, TYPES_MEAN
from leadctl.compiler.rulebook import check_where, load_rules
from leadctl.compiler.schema import rules_schema
from leadctl.compiler.schema_values import forms
from leadctl.compiler.tree import Rules
from leadctl.errors import RuleError
from leadctl.services.rules.schema_file import schema_text

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = Path(__file__).parent / "example"


BOOLEANS = {
    "YAML 1.2": "true|True|TRUE|false|False|FALSE",  # what editors read; `NO` and `yes` are text
    "YAML 1.1": "(?i:y|yes|n|no|true|false|on|off)",  # what they can be set to
}


def as_editors_read(node: load.Node | None, booleans: str) -> Any:
    """A text with the types that YAML gives its words. Keys are text."""
    if isinstance(node, load.Mapping):
        return {key.text: as_editors_read(value, booleans) for key, value in node.entries}
    if isinstance(node, load.Sequence):
        return [as_editors_read(item, booleans) for item in node.items]
    if node is None or (not node.quoted and re.fullmatch("~|null|Null|NULL|", node.text)):
        return None
    if node.quoted:
        return node.text
    if re.fullmatch(r"[-+]?[0-9]+", node.text):
        return int(node.text)
    if re.fullmatch(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?", node.text):
        return float(node.text)
    if re.fullmatch(booleans, node.text):
        return node.text[0] in "yYtT" or node.text.lower() == "on"
    return node.text


@pytest.fixture(scope="module", params=BOOLEANS)
def read(request: pytest.FixtureRequest) -> Callable[[str], Any]:
    return lambda text: as_editors_read(load.load_text(text, "a.yaml"), BOOLEANS[request.param])


def checks(rules: Rules) -> jsonschema.Draft7Validator:
    return jsonschema.Draft7Validator(rules_schema(rules))


@pytest.fixture(scope="module")
def example() -> Rules:
    return load_rules(EXAMPLE)


@pytest.fixture(scope="module")
def schema(example: Rules) -> Any:
    return rules_schema(example)


@pytest.fixture(scope="module")
def validator(schema: Any) -> jsonschema.Draft7Validator:
    return jsonschema.Draft7Validator(schema)


def below(folder: Path) -> list[Path]:
    found = sorted(folder.rglob("*.yaml"))
    assert found
    return found


# Good and bad files


@pytest.mark.parametrize("name", ["example", "starter", "demo"])
def test_files_that_leadctl_takes_pass(name: str, read: Callable[[str], Any], tmp_path: Path) -> None:
    """The demo's rules are the starter's with some files in their place."""
    folders = {"example": [EXAMPLE], "starter": [ROOT / "rules"], "demo": [ROOT / "rules", ROOT / "examples" / "rules"]}
    for folder in folders[name]:
        for path in below(folder):
            (tmp_path / path.relative_to(folder)).parent.mkdir(exist_ok=True)
            (tmp_path / path.relative_to(folder)).write_bytes(path.read_bytes())
    for path in EXAMPLE.glob("*.txt"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    schema = checks(load_rules(tmp_path))
    for path in below(tmp_path):
        assert [each.message for each in schema.iter_errors(read(path.read_text(encoding="utf-8")))] == [], path


RULE = "score: {fit: {groups: {g: {rules: [{id: p, points: 5, %s}]}}}}"
AT_RULE = "score fit groups g rules 0"
WHEN = "segments: {a: {when: {%s}}}"
AT_WHEN = "segments a when"
ROUTE = "route: {rules: [{id: a, %s}]}"
DONE = "tests: [{name: a, leads: [{id: 1}], expect: [{lead: 1, fit: 5}], activities: [{lead: 1, %s}]}]"
TEST = "tests: [{name: a, leads: [{id: 1, %s}], expect: [{lead: 1, %s}]}]"
BAD = [
    ("scores: {}", ""),
    ("score: {fit: {}}", "score fit"),
    ("tests: []\nscore: {}", ""),
    (RULE % "each: pricing_veiw", f"{AT_RULE} each"),
    (RULE % "each: [reply, pricing_veiw]", f"{AT_RULE} each 1"),
    (RULE % "when: {segment: icpp}", f"{AT_RULE} when segment"),
    (RULE % "when: {segment: icp}, once: reply", AT_RULE),
    (RULE % "when: {segment: icp}, max: 5", AT_RULE),
    (RULE % "max: 5", AT_RULE),
    (RULE % "once: reply, half_life: 30", f"{AT_RULE} half_life"),
    ("score: {fit: {groups: {g: {rules: [{id: p, once: reply, points: 2.5}]}}}}", f"{AT_RULE} points"),
    ("score: {fit: {groups: {g: {rules: [{points: 5, once: reply}]}}}}", AT_RULE),
    ("score: {fit: {range: [0, 50, 100], groups: {}}}", "score fit range"),
    ("score: {fit: {groups: {g: {pick: last, rules: []}}}}", "score fit groups g pick"),
    ("score: {employees: {groups: {}}}", "score"),
    ("score: {My Fit: {groups: {}}}", "score"),
    (WHEN % "titel: CEO", AT_WHEN),
    (WHEN % "title: {hass: CEO}", f"{AT_WHEN} title"),
    (WHEN % "employees: {has: five}", f"{AT_WHEN} employees"),
    (WHEN % "employees: {at_least: many}", f"{AT_WHEN} employees at_least"),
    (WHEN % "employees: {between: [1, 2, 3]}", f"{AT_WHEN} employees between"),
    (WHEN % "target_date: {before: 31.12.2026}", f"{AT_WHEN} target_date before"),
    (WHEN % "target_date: {in_next: 3 months}", f"{AT_WHEN} target_date in_next"),
    (WHEN % "country: {in_list: core}", f"{AT_WHEN} country in_list"),
    (WHEN % "country: {present: perhaps}", f"{AT_WHEN} country present"),
    (WHEN % "decision_maker: perhaps", f"{AT_WHEN} decision_maker"),
    (WHEN % "stage: wonn", f"{AT_WHEN} stage"),
    (WHEN % "persona: {is: boss}", f"{AT_WHEN} persona is"),
    (WHEN % "lifecycle: [mql, mqll]", f"{AT_WHEN} lifecycle 1"),
    (WHEN % "grade: A9", f"{AT_WHEN} grade"),
    (WHEN % "temperature: tepid", f"{AT_WHEN} temperature"),
    (WHEN % "qualified: maybe", f"{AT_WHEN} qualified"),
    (WHEN % "title: ", f"{AT_WHEN} title"),
    (WHEN % "any: []", f"{AT_WHEN} any"),
    (WHEN % "any: [{title: CEO}, {titel: CEO}]", f"{AT_WHEN} any 1"),
    (WHEN % "not: {all: [{titel: CEO}]}", f"{AT_WHEN} not all 0"),
    (WHEN % "did: {events: reply}", f"{AT_WHEN} did"),
    (WHEN % "did: {event: replied}", f"{AT_WHEN} did event"),
    (WHEN % "did: {within: 7}", f"{AT_WHEN} did within"),
    (WHEN % "did: {at_least: -1}", f"{AT_WHEN} did at_least"),
    (WHEN % "did: {where: {title: CEO}}", f"{AT_WHEN} did where"),
    (WHEN % "did: {where: {type: reply}}", f"{AT_WHEN} did where"),
    ("segments: {a: {when: {}}}", AT_WHEN),
    ("segments: {a: {}}", "segments a"),
    ("personas: [{name: boss}]", "personas 0"),
    ("fields: {a: {type: string}}", "fields a type"),
    ("fields: {My field: {type: text}}", "fields"),
    ("fields: {title: {type: text}}", "fields"),
    ("activities: {a: {by: them}}", "activities a by"),
    ("activities: {a: {by: us, when: {type: replied}}}", "activities a when type"),
    ("activities: {reply: {by: us}}", "activities"),
    ("lists: {a: {fil: a.txt}}", "lists a"),
    ("grade: {letter: {of: fitt, A: 5}}", "grade letter of"),
    ("grade: {letter: {of: fit, AA: 5}}", "grade letter"),
    ("grade: {number: {of: fit, 1: lots}}", "grade number 1"),
    ("temperature: {hot: [A9]}", "temperature hot 0"),
    ("qualify: {need: {ask: Why}}", "qualify need"),
    ("lifecycle: {mql: {stay: {fit: 5}}}", "lifecycle mql"),
    ("lifecycle: {customer: {enter: {fit: 5}}}", "lifecycle"),
    ("pipeline: [{stage: new, kind: closed}]", "pipeline 0 kind"),
    ("pipeline: [{stage: new, kind: open, probability: 150}]", "pipeline 0 probability"),
    ("pipeline: [{stage: new, kind: open, stuck_after: 2 weeks}]", "pipeline 0 stuck_after"),
    ("owners: {ana: {open_limit: lots}}", "owners ana open_limit"),
    (ROUTE % "otherwise: yes, to: anna", "route rules 0 to"),
    (ROUTE % "otherwise: yes, to: ana, queue: x", "route rules 0"),
    (ROUTE % "otherwise: yes", "route rules 0"),
    (ROUTE % "queue: x", "route rules 0"),
    (ROUTE % "otherwise: no, queue: x", "route rules 0 otherwise"),
    ("follow_up: {sequences: {a: {enter: {titel: CEO}}}}", "follow_up sequences a enter"),
    (TEST % ("titel: CEO", "fit: 5"), "tests 0 leads 0"),
    (TEST % ("title: CEO", "fit: good"), "tests 0 expect 0 fit"),
    (TEST % ("title: CEO", "fitt: 5"), "tests 0 expect 0"),
    (TEST % ("title: CEO", "grade: E5"), "tests 0 expect 0 grade"),
    (TEST % ("title: CEO", "because: {vpp: 5}"), "tests 0 expect 0 because"),
    (TEST % ("title: CEO", ""), "tests 0 expect 0"),
    (DONE % "type: reply", "tests 0 activities 0"),
    ("mapping: {fields: {emial: E-Mail}}", "mapping fields"),
    ("mapping: {fields: {email: {as: text}}}", "mapping fields email"),
    ("mapping: {constants: {id: 5}}", "mapping constants"),
    ("mapping: {date_order: myd}", "mapping date_order"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "place"), BAD, ids=[text[:80] for text, _ in BAD])
def test_a_mistake_is_found_where_it_is(validator: Any, read: Callable[[str], Any], text: str, place: str) -> None:
    wrong = list(validator.iter_errors(read(text)))
    assert {" ".join(map(str, each.absolute_path)) for each in wrong} == {place}, [each.message for each in wrong]


# The same as the checker says


SCALARS = (
    "CEO",
    "NO",
    "yes",
    "10",
    "-2.5",
    "2026-11-22",
    "7d",
    "2 w",
    "A1",
    "won",
    "core_countries",
    "technical founder",
)
VALUES = (
    *SCALARS,
    "[CEO, NO, 7]",
    "[1, 20]",
    "[2026-01-01, 2026-11-22]",
    "[yes]",
    "[won, new]",
    "{is: CEO}",
    "[[CEO]]",
)
OF_EACH_TYPE = (
    "title",
    "employees",
    "value",
    "target_date",
    "captured_at",
    "decision_maker",
    "grade",
    "stage",
    "persona",
)


@pytest.mark.parametrize("field", OF_EACH_TYPE)
def test_it_takes_what_the_checker_takes(
    field: str, example: Rules, validator: Any, read: Callable[[str], Any]
) -> None:
    """Every operator with every value, and the values alone. Grades that no rule gives are the one difference."""
    every = sorted({each for operators in OPERATORS.values() for each in operators})
    for operator, value in itertools.product(("", *every), VALUES):
        text = f"{field}: " + (f"{{{operator}: {value}}}" if operator else value)
        try:
            check_where(text, example)
            right = True
        except RuleError:
            right = False
        if field == "grade" and any(each in value for each in ("10", "20", "7]")):
            continue
        assert validator.is_valid(read(WHEN % text)) is right, text


def test_each_type_offers_its_operators(example: Rules, schema: Any) -> None:
    fields = schema["definitions"]["condition"]["properties"]
    for name, field in example.catalogue.fields.items():
        definition = schema["definitions"][fields[name]["$ref"].rsplit("/", 1)[1]]
        assert tuple(definition["then"]["properties"]) == OPERATORS[field.type], name
    assert {field.type for field in example.catalogue.fields.values()} == set(OPERATORS)


def test_words_that_look_like_something_else(rules_of: Callable[..., Rules], read: Callable[[str], Any]) -> None:
    text = """\
lists: {2024: [NO, 010, 1.5, true, null], 'on': [a]}
segments:
  yes: {when: {country: NO, industry: {in_list: 2024}, city: [10, NO, null]}}
  1.50: {when: {title: true, city: {in_list: on}, language: {is: no, has: [1, off]}}}
pipeline: [{stage: 1, kind: open}, {stage: 01, kind: won}, {stage: off, kind: lost, reasons: [no, 5]}]
owners: {007: {}, no: }
route: {rules: [{id: 1, when: {segment: [yes, 1.50]}, to: [007, no]}, {id: 2, when: {stage: [1, off]}, queue: yes}]}
"""
    assert list(checks(rules_of(text)).iter_errors(read(text))) == []


def test_forms_of_a_name() -> None:
    assert forms("ana") == ["ana"]
    assert forms("2024") == ["2024", 2024]
    assert forms("1.50") == ["1.50", 1.5]
    assert forms("No") == ["No", False]
    assert forms("null") == ["null", None]


def test_names_that_there_are_none_of(rules_of: Callable[..., Rules], read: Callable[[str], Any]) -> None:
    found = checks(rules_of(""))
    for text in ("persona: boss", "segment: icp", "country: {in_list: core}", "qualified: go", "lifecycle: mql"):
        assert not found.is_valid(read(WHEN % text)), text
    assert found.is_valid(read(WHEN % "grade: [A, 1]")), "marks may come later"


# The schema itself


def every_part(part: Any) -> Iterator[Any]:
    if isinstance(part, dict):
        yield part
    for each in part.values() if isinstance(part, dict) else part if isinstance(part, list) else ():
        yield from every_part(each)


@pytest.mark.parametrize(
    "text", ["", "score: {fit: {groups: {}}}\ngrade: {number: {of: fit, 1: 5, 01: 2}}"], ids=["", "1, 01"]
)
def test_it_is_a_schema(rules_of: Callable[..., Rules], text: str) -> None:
    """Also as the language server sees it, which wants values in each `enum`, and no two alike."""
    schema = json.loads(schema_text(rules_of(text)))
    jsonschema.Draft7Validator.check_schema(schema)
    for part in every_part(schema):
        names = [json.dumps(each) for each in part["enum"]] if isinstance(part.get("enum"), list) else ["one"]
        assert len(set(names)) == len(names) > 0, part


def test_every_property_says_what_it_is(schema: Any) -> None:
    properties = [pair for part in every_part(schema) for pair in part.get("properties", {}).items()]
    described = [(name, each) for name, each in properties if each is not False]  # False: a name that is taken
    assert len(described) > 200
    for name, each in described:
        found = each
        while "description" not in found and "$ref" in found:
            found = schema["definitions"][found["$ref"].rsplit("/", 1)[1]]
        text = found.get("description", "")
        assert text and "\n" not in text, f"{name}: {each}"


def test_every_word_of_the_catalogue_has_a_meaning() -> None:
    assert set(OPERATORS_MEAN) == {each for operators in OPERATORS.values() for each in operators}
    assert set(BUILT_IN) | {each.name for each in ACTIVITY_FIELDS} <= set(FIELDS_MEAN)
    assert set(OPERATORS) | set(CUSTOM_TYPES) <= set(TYPES_MEAN)


def test_it_stays_small(rules_of: Callable[..., Rules]) -> None:
    """500 fields of one's own with names as long as they may be."""
    fields = "".join(f"  a_field_with_a_name_of_forty_letters{n:04}: {{type: text}}\n" for n in range(500))
    assert len(fields.split("\n")[0].split(":")[0].strip()) == 40
    assert len(schema_text(rules_of("fields:\n" + fields))) < 200_000
