"""Makes four hundred rules, for measuring: 300 of fit and 100 of events, in groups of ten with caps.

python benchmarks/make_rules.py rules/scoring.yaml
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from make_activities import TYPES
from make_leads import CAMPAIGNS, INDUSTRIES, PLACES, SOURCES, TITLES

FIT, EVENTS, GROUP = 300, 100, 10


def rules() -> str:
    """A file of rules as YAML; conditions and names as JSON, which is YAML too."""
    lines = ["activities:", "  pricing_view: {by: lead}", "score:", "  fit:", "    range: [0, 100]", "    groups:"]
    lines += _groups("fit", [f"points: {number % 9 + 1}, when: {_fact(number)}" for number in range(FIT)])
    lines += ["  engagement:", "    range: [0, 100]", "    groups:"]
    lines += _groups("event", [_event(number) for number in range(EVENTS)])
    lines += ["grade:", "  letter: {of: fit, A: 70, B: 45, C: 20, D: 0}"]
    lines += ["  number: {of: engagement, 1: 50, 2: 25, 3: 8, 4: 0}"]
    return "\n".join(lines) + "\n"


def _groups(name: str, held: list[str]) -> list[str]:
    lines = []
    for at in range(0, len(held), GROUP):
        lines += [f"      {name}_{at // GROUP}:", "        max: 12", "        rules:"]
        lines += [
            f"          - {{id: {name}_{at + place}, {rule}}}" for place, rule in enumerate(held[at : at + GROUP])
        ]
    return lines


def _fact(number: int) -> str:
    """A condition, no two alike."""
    cities = [city for names, _, _ in PLACES.values() for city in names]
    turn, kind = divmod(number, 6)
    made = (
        {"title": {"has": [TITLES[turn % len(TITLES)].split()[0]]}, "employees": {"at_least": turn + 1}},
        {"industry": INDUSTRIES[turn % len(INDUSTRIES)], "employees": {"above": turn * 40}},
        {"city": cities[turn % len(cities)], "value": {"at_least": turn * 1000}},
        {"source": SOURCES[turn % len(SOURCES)], "campaign": CAMPAIGNS[turn % len(CAMPAIGNS)]},
        {"value": {"between": [turn * 1000, turn * 1000 + 5000]}},
        {"country": list(PLACES)[turn % len(PLACES)], "employees": {"between": [turn * 20 + 1, turn * 20 + 500]}},
    )
    return json.dumps(made[kind], ensure_ascii=False)


def _event(number: int) -> str:
    kinds = list(dict.fromkeys(TYPES))
    event, turn = kinds[number % len(kinds)], number // len(kinds)
    if turn % 4 == 0:
        return f"each: {event}, points: {turn + 2}, max: 12, half_life: {(30, 45, 60, 90)[number % 4]}d"
    if turn % 4 == 1:
        return f"once: {event}, points: {turn + 3}, half_life: {(14, 30, 90, 120)[number % 4]}d"
    if turn % 4 == 2:
        return f"each: {event}, points: 1, max: {turn + 3}, half_life: none"
    return f"points: {turn + 1}, when: {{did: {{event: {event}, within: {7 * turn + number % 7}d, at_least: {turn // 2}}}}}"


def main() -> None:
    parser = argparse.ArgumentParser(description="Makes four hundred rules for measuring.")
    parser.add_argument("file", type=Path)
    parser.parse_args().file.write_text(rules(), encoding="utf-8")


if __name__ == "__main__":
    main()
