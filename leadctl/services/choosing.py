"""Choosing leads by a condition."""

from __future__ import annotations

from datetime import date

from leadctl.compiler.fragment import Sql
from leadctl.compiler.sql import ConditionSql, fields_by_wording
from leadctl.compiler.tree import Condition, Rules
from leadctl.config import Settings
from leadctl.store.database import Database, word_fields


def where_sql(database: Database, settings: Settings, rules: Rules, condition: Condition, today: date) -> Sql:
    """A `--where` condition as SQL; the texts that it looks up are made ready first."""
    wanted = fields_by_wording([condition], rules)
    connection = database.connection
    database.fit_columns(rules.catalogue, [each.name for each in rules.dimensions])
    if wanted - {row[0] for row in connection.execute("SELECT field FROM worded")}:
        connection.execute("BEGIN IMMEDIATE")
        try:
            word_fields(connection, wanted)
        except BaseException:
            connection.rollback()
            raise
        connection.commit()
    return ConditionSql(rules, today, settings.zone).holds(condition)
