"""Errors as a person reads them: what, where with a caret under it, and how to mend it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from leadctl.errors import LeadctlError, Mistake, Place, RuleError


def message_lines(error: LeadctlError) -> Iterator[str]:
    if isinstance(error, RuleError):
        for mistake in error.mistakes:
            yield from mistake_lines(mistake)
        yield f"leadctl: {error.message}"
        return
    if error.place is not None and error.place.line is not None:
        yield from mistake_lines(Mistake(error.place, error.message, error.hint))
        return
    where = f"{error.place}: " if error.place is not None else ""
    yield f"leadctl: {where}{error.message}"
    if error.hint:
        yield f"  {error.hint}"


def mistake_lines(mistake: Mistake) -> Iterator[str]:
    """The mistake, the line that it is in, and a caret with the hint."""
    warning = "warning: " if mistake.level == "warning" else ""
    yield f"{mistake.place}: {warning}{mistake.message}"
    place = mistake.place
    if place.line is None or place.text is None or place.column is None:
        if mistake.hint:
            yield f"     | {mistake.hint}"
        return
    text, before = _window(place)
    yield f"{place.line:5} | {text}"
    yield f"      | {' ' * before}{'^' * max(1, min(place.width, len(text) - before))} {mistake.hint or ''}".rstrip()


def _window(place: Place, width: int = 100) -> tuple[str, int]:
    """The part of a long line around the mistake, and how far in it begins."""
    text, at = (place.text or "").expandtabs(1), (place.column or 1) - 1
    if len(text) <= width:
        return text, at
    start = max(0, at - width // 2)
    return text[start : start + width], at - start


def record_bug(error: Exception) -> Path:
    """Writes the traceback into a file of its own; where it lies."""
    import tempfile
    import traceback

    with tempfile.NamedTemporaryFile("w", prefix="leadctl-", suffix=".log", delete=False, encoding="utf-8") as file:
        file.write("".join(traceback.format_exception(error)))
    return Path(file.name)
