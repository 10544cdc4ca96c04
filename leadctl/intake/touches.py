"""Touches that a file of leads tells of: how each person came to us, as tagged addresses and referrers say."""

from __future__ import annotations

from collections.abc import Sequence

from leadctl.intake.told import Told


def told_of_touches(header: Sequence[str]) -> tuple[Told, ...]:
    """The activity `touch` of each row, where the header has columns that say where the person came from."""
    return ()
