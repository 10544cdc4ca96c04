"""The pages name everything that there is: commands, operators, fields, parts of a mapping, make's targets, exit codes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from leadctl import errors
from leadctl.cli.commands import COMMANDS
from leadctl.compiler.catalogue import BUILT_IN, CUSTOM_TYPES, OPERATORS

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
GUIDE = (ROOT / "docs" / "guide.md").read_text(encoding="utf-8")
MAPPING_PARTS = (
    "title",
    "headers",
    "optional",
    "keep",
    "leave_out",
    "first",
    "missing",
    "skip_lines",
    "date_order",
    "constants",
    "fields",
    "from",
    "values",
    "as",
    "remove_prefix",
)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_is_in_the_readme(command: str) -> None:
    assert f"`leadctl {command}" in README


@pytest.mark.parametrize("operator", sorted({each for operators in OPERATORS.values() for each in operators}))
def test_every_operator_is_in_the_guide(operator: str) -> None:
    assert re.search(rf"`{operator}\b", GUIDE)


@pytest.mark.parametrize("name", [*BUILT_IN, *CUSTOM_TYPES])
def test_every_field_and_type_is_in_the_guide(name: str) -> None:
    assert f"`{name}`" in GUIDE


@pytest.mark.parametrize("part", MAPPING_PARTS)
def test_every_part_of_a_mapping_is_in_the_guide(part: str) -> None:
    block = GUIDE[GUIDE.index("mapping:\n") : GUIDE.index("## Fields")]
    assert f"{part}:" in block


@pytest.mark.parametrize("target", sorted(set(re.findall(r"`?make (\w+)\b(?=`|  )", README))))
def test_every_target_of_make_is_there(target: str) -> None:
    assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)


def test_every_exit_code_is_in_the_readme() -> None:
    kinds = [each for each in vars(errors).values() if isinstance(each, type) and issubclass(each, errors.LeadctlError)]
    for code in {0, 130, *(each.exit_code for each in kinds)}:
        assert f"\n| {code} |" in README


@pytest.mark.parametrize("page", [README, GUIDE], ids=["README", "guide"])
def test_links_lead_somewhere(page: str) -> None:
    for target in re.findall(r"\]\((?!https?:)([^)#]+)\)", page):
        assert (ROOT / target).exists(), target
