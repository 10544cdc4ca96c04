"""The mappings that imports can use, as a list."""

from __future__ import annotations

from leadctl.compiler.tree import Rules
from leadctl.config import Settings
from leadctl.intake.mapping.ready import Mappings
from leadctl.model.report import Column, Report

_COLUMNS = (Column("name", whole=True), Column("title", whole=True), Column("for"), Column("whose"), Column("headers"))


def mapping_list(settings: Settings, rules: Rules) -> Report:
    """Every mapping, the workspace's own first, and the headers by which an import chooses it: all of them must be there,
    and of those with a bar between them one. Raises RuleError where one of the workspace has mistakes."""
    rows = [
        (
            each.name,
            each.title,
            each.kind,
            "packaged" if each.packaged else "yours",
            "; ".join(" | ".join(names) for names in each.headers) or None,
        )
        for each in Mappings(settings.rules, rules).all()
    ]
    return Report("Mappings", _COLUMNS, rows)
