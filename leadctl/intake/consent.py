"""Consent that a file of leads tells of: columns that say who opted in or out, and when."""

from __future__ import annotations

from collections.abc import Sequence

from leadctl.intake.told import Told


def told_of_consent(header: Sequence[str]) -> tuple[Told, ...]:
    """The activities `opt_in` and `opt_out` of each row, where the header has columns for them."""
    return ()
