"""How the text of one cell is read, whatever its column; and what is remembered of texts that come again."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from leadctl.model import money
from leadctl.model.email import EmailState, contact
from leadctl.model.text import fold

# Words that are no number, no date and no yes or no in anybody's file; for text they stay what they are.
NO_VALUE = frozenset(
    (
        *(
            "",
            "-",
            "--",
            "?",
            "n/a",
            "n.a.",
            "na",
            "nil",
            "null",
            "none",
            "nan",
            "#n/a",
            "#value!",
            "unknown",
            "undefined",
        ),
        *("k.a.", "keine", "keiner", "kein", "keine angabe", "unbekannt"),
        # What databases write where there is no day.
        *("0000-00-00", "0000-00-00 00:00", "0000-00-00 00:00:00", "0000-00-00t00:00:00", "0000-00-00t00:00:00z"),
        *("00.00.0000", "00/00/0000"),
    )
)
MOST_REMEMBERED = 50_000
MOST_TIMES = 10_000  # that one row may say something happened
EDGES = " \t\r\n\xa0"


class Remembered(dict[str, Any]):
    """Text -> value, worked out once for each distinct text; forgets everything when it grows too large."""

    def __init__(self, read: Callable[[str], Any]) -> None:
        super().__init__()
        self.read = read

    def __missing__(self, text: str) -> Any:
        if len(self) >= MOST_REMEMBERED:
            self.clear()
        value = self[text] = self.read(text)
        return value


def address(text: str) -> tuple[str, str, str | None] | None:
    """An e-mail address as it was judged: its one spelling, its state, its kind."""
    if not text:
        return None
    found = contact(text)
    # Signs of no width alone leave nothing.
    return found if found[0] and (found[1] != EmailState.INVALID or (trimmed(text) and not is_no_value(text))) else None


def is_no_value(text: str) -> bool:
    """Whether a text says that there is no value."""
    return text.strip().lower() in NO_VALUE


def exactly(text: str) -> str | None:
    """A name is kept to the last character; white space alone is no name."""
    return text if text and not text.isspace() else None


def trimmed(text: str) -> str | None:
    """The text without white space around it."""
    return text.strip(EDGES) if text and fold(text) is not None else None


def first_of_list(text: str) -> str:
    """The first text of a JSON list such as `["a", "b"]`; any other text as it is."""
    if not text.lstrip().startswith("["):
        return text
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return text
    if not isinstance(found, list):
        return text
    return next((str(each) for each in found if isinstance(each, (str, int, float)) and str(each).strip()), "")


def unless_missing(read: Callable[[str], Any]) -> Callable[[str], Any]:
    """A reader that takes words for "no value" for none."""

    def reader(text: str) -> Any:
        bare = text.strip()
        return None if not bare or bare.lower() in NO_VALUE else read(bare)

    return reader


def times(text: str) -> int:
    """How often something happened. ValueError for what is no such number."""
    found = money.parse_whole(text)
    if not 0 <= found <= MOST_TIMES:
        raise ValueError(f"'{text[:40]}' times: a row stands for 0 to {MOST_TIMES:,} activities")
    return found
