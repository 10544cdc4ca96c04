"""A second way to score, written from the rule language's description and not from the code: slow, plain Python on dicts.

Rules are what YAML says, a lead is a dict of values, an activity a dict of `type`, `day` and the activity's own fields.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from datetime import date
from fractions import Fraction
from math import floor
from typing import Any

OURS = {"call", "email_sent", "message_sent", "meeting", "proposal_sent", "note"}
DAYS_IN = {"d": 1, "w": 7, "m": 30, "y": 365}


def span(text: str) -> int:
    return int(text[:-1]) * DAYS_IN[text[-1]]


def folded(text: Any) -> str | None:
    if text is None:
        return None
    plain = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", str(text)).casefold())
    return " ".join(plain.split()) or None


def half_up(value: Fraction) -> int:
    return floor(value + Fraction(1, 2))


def left(age: int, half_life: str | None) -> int:
    """Thousandths of an activity of that age. 0.5^(age/h) is irrational but for whole powers, so 60 digits decide."""
    if age < 0:
        return 0
    if half_life in (None, "none"):
        return 1000
    days = span(half_life)
    if age > 6 * days:
        return 0
    # 1000 * 2^(-age/days): the number x with (1000/x)^days = 2^age, found by bisection on whole numbers scaled up.
    scale = 10**12
    low, high = 0, 1000 * scale
    while low < high:
        middle = (low + high + 1) // 2
        if middle**days * 2**age <= (1000 * scale) ** days:
            low = middle
        else:
            high = middle - 1
    return half_up(Fraction(low, scale))


class ByHand:
    """One lead's score on one day."""

    def __init__(
        self, rules: Mapping[str, Any], lead: Mapping[str, Any], activities: Sequence[Mapping[str, Any]], today: date
    ) -> None:
        self.rules = rules
        self.lead = lead
        self.today = today
        self.activities = [each for each in activities if each["day"] <= today]
        self.scores: dict[str, Any] = {}

    # conditions

    def holds(self, condition: Mapping[str, Any]) -> bool:
        return all(self.entry(key, value) for key, value in condition.items())

    def entry(self, key: str, value: Any) -> bool:
        if key == "not":
            return not self.holds(value)
        if key in ("all", "any"):
            return {"all": all, "any": any}[key](self.holds(part) for part in value)
        if key == "segment":
            return self.holds(self.rules["segments"][value]["when"])
        if key == "did":
            return self.did(value)
        found = self.scores[key] if key in self.scores else self.lead.get(key)
        if key == "persona":
            found = self.persona()
        return self.compare(found, value)

    def compare(self, found: Any, wanted: Any) -> bool:
        if not isinstance(wanted, Mapping):
            wanted = {"is": wanted}
        return all(self.operator(found, name, constant) for name, constant in wanted.items())

    def operator(self, found: Any, name: str, constant: Any) -> bool:
        if name == "present":
            return (found is not None) is (constant == "yes")
        if found is None:
            return False
        if name in ("within", "older_than", "in_next"):
            age = (self.today - date.fromisoformat(found)).days
            days = span(constant)
            return {"within": 0 <= age <= days, "older_than": age > days, "in_next": -days <= age <= 0}[name]
        if name == "is":
            constants = constant if isinstance(constant, list) else [constant]
            if found in (0, 1) and constants[0] in ("yes", "no"):
                found = "yes" if found else "no"
            return any(folded(found) == folded(each) for each in constants)
        if name == "has":
            constants = constant if isinstance(constant, list) else [constant]
            return any(folded(each) in (folded(found) or "").replace(",", " ").split() for each in constants)
        if name == "starts_with":
            return (folded(found) or "").startswith(folded(constant) or "")
        return {
            "at_least": found >= constant,
            "at_most": found <= constant,
            "above": found > constant,
            "below": found < constant,
        }[name]

    def did(self, wanted: Mapping[str, Any]) -> bool:
        events = wanted.get("event")
        names = events if isinstance(events, list) else [events] if events else None
        count = 0
        for each in self.activities:
            if names is None and each["type"] in OURS:
                continue
            if names is not None and not any(self.is_a(each, name) for name in names):
                continue
            if "within" in wanted and (self.today - each["day"]).days > span(wanted["within"]):
                continue
            if "where" in wanted and not all(
                self.compare(each.get(key), value) for key, value in wanted["where"].items()
            ):
                continue
            count += 1
        if "at_least" not in wanted and "at_most" not in wanted:
            return count >= 1
        return wanted.get("at_least", 0) <= count <= wanted.get("at_most", count)

    def is_a(self, activity: Mapping[str, Any], name: str) -> bool:
        if activity["type"] == name:
            return True
        when = dict(self.rules.get("activities", {}).get(name, {}).get("when", {}))
        if not when:
            return False
        kinds = when.pop("type", activity["type"])
        kinds = kinds if isinstance(kinds, list) else [kinds]
        return any(self.is_a(activity, kind) for kind in kinds) and all(
            self.compare(activity.get(key), value) for key, value in when.items()
        )

    # scores

    def persona(self) -> str | None:
        return next((each["name"] for each in self.rules.get("personas", []) if self.holds(each["when"])), None)

    def rule(self, rule: Mapping[str, Any], usual: str | None) -> tuple[bool, int]:
        """Whether the rule matches, and its points."""
        if "when" in rule:
            met = self.holds(rule["when"])
            return met, rule["points"] if met else 0
        half_life = rule.get("half_life", usual)
        names = rule.get("each") or rule.get("once")
        names = names if isinstance(names, list) else [names]
        parts = [
            left((self.today - each["day"]).days, half_life)
            for each in self.activities
            if any(self.is_a(each, name) for name in names)
        ]
        thousandths = sum(parts) if "each" in rule else max(parts, default=0)
        exact = Fraction(rule["points"] * thousandths, 1000)
        points = half_up(exact) if exact >= 0 else -half_up(-exact)
        return thousandths > 0, min(points, rule.get("max", points))

    def dimension(self, name: str) -> int:
        dimension = self.rules["score"][name]
        total = 0
        for group in dimension["groups"].values():
            points = 0
            for rule in group["rules"]:
                met, own = self.rule(rule, dimension.get("half_life"))
                points += own
                if met and group.get("pick") == "first":
                    break
            total += min(points, group.get("max", points))
        low, high = dimension.get("range", (-(10**9), 10**9))
        return int(max(low, min(high, total)))

    def work_out(self, held: set[str]) -> dict[str, Any]:
        """Everything; `held` are the rungs of the lifecycle that the lead held before."""
        names = list(self.rules["score"])
        worked = {name: self.dimension(name) for name in names}
        self.scores |= worked
        self.scores["total"] = sum(worked.values())
        marks = self.rules["grade"]
        self.scores["grade"] = "".join(
            next(
                str(mark) for mark, least in marks[kind].items() if mark != "of" and worked[marks[kind]["of"]] >= least
            )
            for kind in ("letter", "number")
            if kind in marks
        )
        self.scores["persona"] = self.persona()
        self.scores["qualified"] = self.qualified()
        self.scores["lifecycle"] = "lead"
        now_held = []
        for name, rung in self.rules.get("lifecycle", {}).items():
            if self.holds(rung["enter"]) or ("stay" in rung and name in held and self.holds(rung["stay"])):
                now_held.append(name)
                self.scores["lifecycle"] = name
        self.scores["rungs"] = f",{','.join(now_held)}," if now_held else None
        if self.lead["stage"] == "won":
            self.scores["lifecycle"] = "customer"
        return self.scores

    def qualified(self) -> str:
        answers = []
        for criterion in self.rules["qualify"].values():
            if self.holds(criterion["when"]):
                answers.append("yes")
            elif any(self.lead.get(key) is None for key in criterion["when"]):
                answers.append("unknown")
            else:
                answers.append("no")
        return "no_go" if "no" in answers else "ask" if "unknown" in answers else "go"
