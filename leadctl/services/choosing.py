"""Choosing leads by a condition."""

from __future__ import annotations

from datetime import date

from leadctl.compiler.fragment import Sql
from leadctl.compiler.sql import ConditionSql, texts_compared
from leadctl.compiler.tree import Condition, Rules
from leadctl.config import Settings
from leadctl.store.activities import ready_to_count
from leadctl.store.database import Database
from leadctl.store.wordings import ready_to_compare


def where_sql(database: Database, settings: Settings, rules: Rules, condition: Condition, today: date) -> Sql:
    """A `--where` condition as SQL; the texts that it looks up are made ready first."""
    wanted = texts_compared([condition], rules)
    connection = database.connection
    database.fit_columns(rules.catalogue, [each.name for each in rules.dimensions])
    ready_to_compare(connection, wanted)
    ready_to_count(connection, settings.zone)
    return ConditionSql(rules, today, settings.zone).holds(condition)
