"""Looking at the rules: their mistakes, and the SQL that they become."""

from __future__ import annotations

from datetime import date

from leadctl.compiler.fragment import Sql
from leadctl.compiler.rulebook import load_rules
from leadctl.compiler.score_sql import Scoring
from leadctl.compiler.tree import Rules
from leadctl.config import Settings
from leadctl.errors import Mistake, RuleError
from leadctl.intake.mapping.ready import Mappings
from leadctl.model.text import MARK
from leadctl.services.rules.doubting import doubts
from leadctl.services.rules.testing import check_tests, files_of_tests


def check_rules(settings: Settings, today: date, wait: float = 10.0) -> list[Mistake]:
    """Every mistake and warning in the rules, the mappings and the tests, and what the data speaks against; in the order of
    their places."""
    found: list[Mistake] = []
    try:
        rules = load_rules(settings.rules)
    except RuleError as error:
        return list(error.mistakes)
    found += rules.warnings
    found += Mappings(settings.rules, rules).mistakes()
    found += check_tests(settings, rules, files_of_tests(settings))[1]
    found += doubts(settings, rules, today, wait)
    return sorted(
        found, key=lambda each: (each.level == "error", each.place.file, each.place.line or 0, each.place.column or 0)
    )


def rules_sql(settings: Settings, rules: Rules, today: date) -> str:
    """The scoring's statements: what leads did, summed into the table `did`, then the scores; the values of each below it as
    they are bound (the word marker shown as `·`)."""
    scoring = Scoring(rules, today, settings.zone)
    sums = scoring.sums()
    made = [] if sums is None else ["-- the table did:\n" + _with_values(sums) + "\n"]
    return "\n".join([*made, _with_values(scoring.select())])


def _with_values(statement: Sql) -> str:
    values = "\n".join(
        f"-- {number}: {str(value).replace(MARK, '·')}" for number, value in enumerate(statement.values, 1)
    )
    return f"{statement.text};\n{values}"
