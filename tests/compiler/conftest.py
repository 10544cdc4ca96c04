"""Rules from texts, and mistakes as they are printed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from leadctl.cli.messages import mistake_lines
from leadctl.compiler.rulebook import load_rules
from leadctl.compiler.tree import Rules
from leadctl.errors import RuleError

PIPELINE = "pipeline: [{stage: new, kind: open}]\n"


@pytest.fixture
def rules_of(tmp_path: Path) -> Callable[..., Rules]:
    """The rules that texts make: a file name -> its text. A pipeline is added where none is given."""

    def read(text: str = "", **files: str) -> Rules:
        folder = tmp_path / "rules"
        folder.mkdir(exist_ok=True)
        for old in folder.glob("*"):
            old.unlink()
        texts = {"a": text, **files}
        if not any("pipeline:" in each for each in texts.values()):
            texts["pipeline"] = PIPELINE
        for name, each in texts.items():
            (folder / (name if "." in name else f"{name}.yaml")).write_text(each, encoding="utf-8")
        return load_rules(folder)

    return read


@pytest.fixture
def printed(rules_of: Callable[..., Rules]) -> Callable[..., str]:
    """Everything that is said about rules: mistakes, or the warnings, as people see them."""

    def show(text: str = "", **files: str) -> str:
        try:
            mistakes = rules_of(text, **files).warnings
        except RuleError as error:
            mistakes = error.mistakes
        return "\n".join(line for each in mistakes for line in mistake_lines(each))

    return show
