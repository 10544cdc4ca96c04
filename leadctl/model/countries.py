"""Which country a text names, as the two letters of ISO 3166."""

from __future__ import annotations

from functools import cache, lru_cache
from pathlib import Path

from leadctl.model.text import fold


@lru_cache(maxsize=4096)
def country_code(text: str | None) -> str | None:
    """`AT` for `at`, `Austria`, `Österreich`; None for what names no country, or not for certain which."""
    folded = fold(text)
    return None if folded is None else _codes().get(folded.strip(" ."), None)


@cache
def _codes() -> dict[str, str]:
    """Folded names, and the codes themselves, without points at their ends."""
    found: dict[str, str] = {}
    for line in (Path(__file__).parent / "data" / "countries.txt").read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            code, _, names = line.partition(" ")
            for name in (code, *names.split(";")):
                found[(fold(name) or "").strip(" .")] = code
    return found
