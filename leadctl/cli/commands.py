"""Which file each command lives in, in the order in which help lists them."""

from __future__ import annotations

SECTIONS: dict[str, dict[str, str]] = {
    "Leads": {
        "import": "importing",
        "add": "editing",
        "edit": "editing",
        "list": "leads",
        "show": "leads",
        "log": "noting",
        "note": "noting",
        "move": "leads",
        "follow-up": "leads",
        "done": "leads",
    },
    "Scores and owners": {
        "score": "scores",
        "explain": "scores",
        "qualify": "scores",
        "rules": "rules",
        "route": "routing",
        "nightly": "scores",
    },
    "Reports": {"report": "reports"},
    "Keeping house": {
        "init": "keeping",
        "demo": "keeping",
        "undo": "keeping",
        "operations": "keeping",
        "doctor": "keeping",
        "config": "keeping",
    },
}
COMMANDS: dict[str, str] = {name: home for section in SECTIONS.values() for name, home in section.items()}
