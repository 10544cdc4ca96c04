"""Looking at the rules: their mistakes, and the SQL that they become."""

from __future__ import annotations

from datetime import date

from leadctl.compiler.rulebook import load_rules
from leadctl.compiler.score_sql import score_select
from leadctl.compiler.sql import ConditionSql
from leadctl.compiler.tree import Rules
from leadctl.config import Settings
from leadctl.errors import Mistake, RuleError
from leadctl.intake.mapping import load_mapping
from leadctl.model.text import MARK


def check_rules(settings: Settings) -> list[Mistake]:
    """Every mistake and warning in the rules and mappings, in the order of their places."""
    found: list[Mistake] = []
    try:
        rules = load_rules(settings.rules)
    except RuleError as error:
        return list(error.mistakes)
    found += rules.warnings
    for path in sorted((settings.rules / "mappings").glob("*.yaml")):
        try:
            load_mapping(path, rules.catalogue, f"{settings.rules.name}/mappings/{path.name}")
        except RuleError as error:
            found += error.mistakes
    return found


def rules_sql(settings: Settings, rules: Rules, today: date) -> str:
    """The scoring statement, its values below as they are bound (the word marker shown as `·`)."""
    select = score_select(rules, ConditionSql(rules, today, settings.zone))
    values = "\n".join(f"-- {number}: {str(value).replace(MARK, '·')}" for number, value in enumerate(select.values, 1))
    return f"{select.text};\n{values}"
