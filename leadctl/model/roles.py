"""What people are to a purchase: whether a role, as somebody wrote it, means that the person decides."""

from __future__ import annotations

import re
from functools import lru_cache

from leadctl.model.text import fold

_DECIDE = frozenset(
    (
        *(
            "decision maker",
            "decisionmaker",
            "decision makers",
            "decider",
            "decides",
            "economic buyer",
            "budget holder",
        ),
        *("entscheider", "entscheiderin", "entscheidungsträger", "entscheidungsträgerin", "beslutningstaker"),
        *("décideur", "décideuse", "decideur", "responsable de la toma de decisiones", "decisor", "decisore"),
    )
)
# A final or an economic decision maker is one too.
_BEFORE = frozenset(
    ("the", "a", "final", "main", "primary", "key", "economic", "technical", "executive", "business", "joint", "co")
)


@lru_cache(maxsize=4096)
def decides(role: str | None) -> bool:
    """Whether a role says that the person decides: `decision_maker`, `Entscheider`, `CHAMPION;DECISION_MAKER`.

    Each part of the text stands for itself and must say so whole: `assistant to the decision maker` does not.
    """
    if role is None or len(role) > 1000:
        return False
    return any(_says_so(part) for part in re.split(r"[;,/|+&]", role))


def _says_so(part: str) -> bool:
    words = (fold(re.sub(r"[_\-()*:.]+", " ", part)) or "").split()
    while len(words) > 1 and words[0] in _BEFORE and " ".join(words) not in _DECIDE:
        words = words[1:]
    return " ".join(words) in _DECIDE
