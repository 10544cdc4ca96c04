"""`leadctl rules schema`: the file for the editor, where it lies, and what is said about it."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest

FILE = ".leadctl/rules.schema.json"


def fields_of(schema: Any) -> set[str]:
    return set(schema["definitions"]["condition"]["properties"])


def test_made_unchanged_renewed(workspace: Any) -> None:
    done = workspace.ok("rules", "schema")
    assert done.out == ""
    assert done.err.startswith(f"made: {workspace.path / FILE}\n")
    first = workspace.read(FILE)
    jsonschema.Draft7Validator.check_schema(json.loads(first))
    assert "seats" in fields_of(json.loads(first)), "a field of the workspace's own"

    before = (workspace.path / FILE).stat()
    assert workspace.ok("rules", "schema").err.startswith("unchanged: ")
    after = (workspace.path / FILE).stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns), "nothing was written"

    workspace.write("rules/more.yaml", "segments: {vienna: {when: {city: Wien}}}\n" + "lists: {near: [AT]}\n")
    workspace.write("rules/segments.yaml", "")
    workspace.write("rules/scoring.yaml", "")
    assert workspace.ok("rules", "schema").err.startswith("renewed: ")
    renewed = json.loads(workspace.read(FILE))
    assert renewed["definitions"]["segment_name"]["enum"] == ["vienna"]
    assert [each.name for each in (workspace.path / ".leadctl").iterdir()] == ["rules.schema.json"], (
        "nothing is left over"
    )


def test_the_modelines_lead_to_the_schema(workspace: Any) -> None:
    """From the folders that the lines are for."""
    said = workspace.ok("rules", "schema").err
    lines = re.findall(r"files in (.+):  (# yaml-language-server: \$schema=(.+))$", said, re.MULTILINE)
    assert [(line, place) for place, line, _ in lines] == [
        ("# yaml-language-server: $schema=../.leadctl/rules.schema.json", "rules/"),
        ("# yaml-language-server: $schema=../../.leadctl/rules.schema.json", "rules/tests/ and rules/mappings/"),
    ]
    for folder, (_, _, target) in zip(("rules", "rules/tests"), lines, strict=True):
        assert os.path.normpath(workspace.path / folder / target) == str(workspace.path / FILE)


def test_printed(workspace: Any) -> None:
    printed = workspace.ok("rules", "schema", "--stdout")
    assert printed.err == ""
    assert workspace.ok("rules", "schema", "--json").out == printed.out
    assert not (workspace.path / ".leadctl").exists()
    workspace.ok("rules", "schema")
    assert printed.json == json.loads(workspace.read(FILE))


def test_elsewhere(workspace: Any, tmp_path: Path) -> None:
    target = tmp_path / "elsewhere.json"
    assert f"made: {target}" in workspace.ok("rules", "schema", "-o", target).err
    assert f"unchanged: {target}" in workspace.ok("rules", "schema", "-o", target).err
    assert "seats" in fields_of(json.loads(target.read_text()))
    assert not (workspace.path / ".leadctl").exists()


@pytest.mark.parametrize("place", ["rules/schema.json", "leadctl.yaml"])
def test_never_over_the_workspace_itself(workspace: Any, place: str) -> None:
    before = sorted((workspace.path).rglob("*"))
    done = workspace.run("rules", "schema", "--format", "json", "-o", place)
    assert done.code == 2
    assert sorted((workspace.path).rglob("*")) == before


def test_mistakes_in_the_rules_are_told_and_nothing_is_written(workspace: Any) -> None:
    workspace.write("rules/more.yaml", "segmentz: {}\n")
    for arguments in ([], ["--stdout"]):
        done = workspace.run("rules", "schema", *arguments)
        assert done.code == 2
        assert "rules/more.yaml:1:1: there is no part of the rules called 'segmentz'" in done.err
        assert done.out == ""
    assert not (workspace.path / ".leadctl").exists()


def test_other_formats_are_refused(workspace: Any) -> None:
    done = workspace.run("rules", "schema", "--format", "csv")
    assert (done.code, done.out) == (2, "")
    assert "a schema is JSON" in done.err


def test_without_a_workspace(workspace: Any, tmp_path: Path) -> None:
    """The packaged rules serve then; there is no place for the file."""
    (tmp_path / "empty").mkdir()
    workspace.ok("score")
    away = ("--db", workspace.path / "leads.db", "rules", "schema")
    refused = workspace.run(*away, cwd=tmp_path / "empty")
    assert refused.code == 2
    assert "-o FILE" in refused.err
    done = workspace.run(*away, "-o", "a.json", cwd=tmp_path / "empty")
    assert done.code == 0
    assert "modeline" not in done.err and "at the top" not in done.err
    assert [each.name for each in (tmp_path / "empty").iterdir()] == ["a.json"]


def test_a_place_that_cannot_be_written(workspace: Any) -> None:
    workspace.write(".leadctl", "a file, not a folder")
    done = workspace.run("rules", "schema")
    assert done.code == 1
    assert f"cannot write {workspace.path / FILE}" in done.err
    assert workspace.read(".leadctl") == "a file, not a folder"


def test_a_link_to_the_database_is_not_written_through(workspace: Any) -> None:
    database = workspace.path / "leads.db"
    workspace.ok("list")
    before = database.read_bytes()
    (workspace.path / ".leadctl").mkdir()
    (workspace.path / FILE).symlink_to("../leads.db")
    done = workspace.call("rules", "schema")
    assert (done.code, "is needed as it is; nothing was written" in done.err) == (2, True)
    assert database.read_bytes() == before
