"""What leads did, summed for all of them in one pass over the activities: a column of the table `did` for each question that
the rules ask. `fade` says for each day what is left of an activity of that day, one column a half-life."""

from __future__ import annotations

from leadctl.compiler.fading import HALF_LIVES
from leadctl.compiler.fragment import Sql, balanced, joined
from leadctl.compiler.sql import ConditionSql, often_enough
from leadctl.compiler.tree import Did, Rule

_FILTERED_TYPES = 8  # beyond so many questions without an end in time, every activity is looked at


class SumsSql(ConditionSql):
    """Compiles conditions for all leads at once: what they ask of activities is read from `did`, where it was summed."""

    def __init__(self, *given: object) -> None:
        super().__init__(*given)  # type: ignore[arg-type]
        self.columns: dict[Sql, str] = {}  # what is summed -> its column
        self.half_lives: dict[int, str] = {}
        self.since: list[tuple[int | None, Sql]] = []  # from which day on which activities matter; None: ever

    def column_of(self, summed: Sql, since: int | None, match: Sql) -> Sql:
        """The column of `did` for a sum; NULL where the lead did nothing at all."""
        if summed not in self.columns:
            self.columns[summed] = f"sum_{len(self.columns) + 1}"
            self.since.append((since, match))
        return Sql(f"did.{self.columns[summed]}")

    def did(self, did: Did) -> Sql:
        summed = "sum(CASE WHEN " + self.counted(did) + " THEN 1 END)"
        since = None if did.within is None else self.day - did.within
        count = "coalesce(" + self.column_of(summed, since, self.matches(did.events)) + ", 0)"
        return often_enough(did, count)

    def last_day(self) -> Sql:
        match = self.matches(())
        summed = Sql(f"max(CASE WHEN activity.day <= {self.day} AND ") + match + " THEN activity.day END)"
        return self.column_of(summed, None, match)

    def thousandths(self, rule: Rule) -> Sql:
        """What is left of the events that a rule counts: of all of them together, or of the latest."""
        match = self.matches(rule.events)
        how = "sum" if rule.counts == "each" else "max"
        if rule.half_life is None:
            summed = f"{how}(CASE WHEN activity.day <= {self.day} AND " + match + " THEN 1000 END)"
            since = None
        else:
            column = self.half_lives.setdefault(rule.half_life, f"left_{rule.half_life}")
            summed = f"{how}(CASE WHEN " + match + f" THEN fade.{column} END)"
            since = self.day - HALF_LIVES * rule.half_life
        return "coalesce(" + self.column_of(summed, since, match) + ", 0)"

    def fading(self, rules: list[Rule], half_life: int) -> tuple[Sql, Sql]:
        """Of what these rules count and is not gone: the day of the oldest, and how many there are."""
        matches = list(dict.fromkeys(self.matches(rule.events) for rule in rules))
        match = matches[0] if len(matches) == 1 else balanced(" OR ", matches)
        there = f"fade.{self.half_lives[half_life]} > 0 AND " + match
        oldest = self.further("min(CASE WHEN " + there + " THEN activity.day END)")
        return oldest, self.further("sum(CASE WHEN " + there + " THEN 1 END)")

    def further(self, summed: Sql) -> Sql:
        """A further column over the activities that are looked at anyway."""
        self.columns.setdefault(summed, f"sum_{len(self.columns) + 1}")
        return Sql(f"did.{self.columns[summed]}")

    def select(self, only: str | None = None) -> Sql | None:
        """`SELECT lead, <sums>` in the order of the leads; `only`: a query of leads. None where nothing is asked."""
        if not self.columns:
            return None
        listed = joined(",\n  ", (summed + f" AS {name}" for summed, name in self.columns.items()))
        fade = "\nLEFT JOIN fade ON fade.day = activity.day" if self.half_lives else ""
        leads = "activity.lead IS NOT NULL" if only is None else f"activity.lead IN ({only})"
        return (
            "SELECT activity.lead AS lead, " + listed + f"\nFROM activity{fade}\nWHERE {leads}" + self.filter()
            + "\nGROUP BY activity.lead"
        )  # fmt: skip

    def filter(self) -> Sql:
        """Leaves out what no question is about: activities that are too old, but for those that always count."""
        always = list(dict.fromkeys(match for since, match in self.since if since is None))
        if len(always) > _FILTERED_TYPES:
            return Sql("")
        first = min((since for since, _ in self.since if since is not None), default=None)
        parts = [Sql("activity.day >= ?", (first,))] if first is not None else []
        return " AND (" + joined(" OR ", [*parts, *always]) + ")"
