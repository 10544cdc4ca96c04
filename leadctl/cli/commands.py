"""Which file each command lives in, in the order in which help lists them."""

from __future__ import annotations

SECTIONS: dict[str, dict[str, str]] = {
    "Leads": {
        "import": "importing",
        "add": "editing",
        "edit": "editing",
        "merge": "merging",
        "duplicates": "duplicates",
        "enrich": "enriching",
        "export": "exporting",
        "list": "leads",
        "show": "leads",
        "companies": "companies",
        "company": "companies",
        "log": "noting",
        "note": "noting",
        "move": "leads",
        "follow-up": "leads",
        "done": "leads",
        "opt-in": "privacy",
        "opt-out": "privacy",
        "consent": "privacy",
        "link": "linking",
        "touches": "linking",
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
        "forget": "privacy",
        "remember": "privacy",
        "doctor": "keeping",
        "config": "keeping",
    },
}
COMMANDS: dict[str, str] = {name: home for section in SECTIONS.values() for name, home in section.items()}
