"""What leads did, summed for all of them in one pass over the activities: a column of the table `did` for each question that
the rules ask. `fade` says for each day what is left of an activity of that day, one column a half-life."""

from __future__ import annotations

from leadctl.compiler.fading import HALF_LIVES
from leadctl.compiler.fragment import Sql, balanced, joined
from leadctl.compiler.sql import ConditionSql, often_enough
from leadctl.compiler.tree import Did, Rule


class SumsSql(ConditionSql):
    """Compiles conditions for all leads at once: what they ask of activities is read from `did`, where it was summed."""

    def __init__(self, *given: object) -> None:
        super().__init__(*given)  # type: ignore[arg-type]
        self.columns: dict[Sql, str] = {}  # what is summed -> its column
        self.half_lives: dict[int, str] = {}
        self.since: dict[int | None, list[tuple[str, ...]]] = {}  # since a day (None: ever) these events matter

    def column_of(self, summed: Sql, since: int | None, events: tuple[str, ...]) -> Sql:
        """The column of `did` for a sum; NULL where the lead did nothing at all."""
        if summed not in self.columns:
            self.columns[summed] = f"sum_{len(self.columns) + 1}"
            self.since.setdefault(since, []).append(events)
        return Sql(f"did.{self.columns[summed]}")

    def did(self, did: Did) -> Sql:
        summed = "count(*) FILTER (WHERE " + self.counted(did) + ")"
        since = None if did.within is None else self.day - did.within
        count = "coalesce(" + self.column_of(summed, since, did.events) + ", 0)"
        return often_enough(did, count)

    def last_day(self) -> Sql:
        summed = Sql(f"max(activity.day) FILTER (WHERE activity.day <= {self.day} AND ") + self.matches(()) + ")"
        return self.column_of(summed, None, ())

    def thousandths(self, rule: Rule) -> Sql:
        """What is left of the events that a rule counts: of all of them together, or of the latest; NULL where there are none."""
        match = self.matches(rule.events)
        how = "sum" if rule.counts == "each" else "max"
        if rule.half_life is None:
            summed = f"{how}(1000) FILTER (WHERE activity.day <= {self.day} AND " + match + ")"
            since = None
        else:
            column = self.half_lives.setdefault(rule.half_life, f"left_{rule.half_life}")
            summed = f"{how}(fade.{column}) FILTER (WHERE " + match + ")"
            since = self.day - HALF_LIVES * rule.half_life
        return self.column_of(summed, since, rule.events)

    def fading(self, half_life: int) -> tuple[Sql, Sql]:
        """Of what fades by a half-life and is not gone: the day of the oldest, and how many there are at most. Of whatever
        type, as telling them apart costs more than a score looked at too early."""
        first = self.day - HALF_LIVES * half_life
        oldest = self.further(Sql(f"min(activity.day) FILTER (WHERE activity.day >= {first})"))
        return oldest, self.further(Sql("count(*)"))

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
        """Leaves out what no question is about: activities that are too old for the questions that name their type."""
        parts: list[Sql] = []
        for since, asked in self.since.items():
            named = tuple(dict.fromkeys(name for events in asked for name in events))
            matches = [self.matches(named)] if named else []
            matches += [self.matches(())] if () in asked else []
            match = joined(" OR ", matches)
            parts.append(match if since is None else Sql("activity.day >= ? AND ", (since,)) + "(" + match + ")")
        return " AND (" + balanced(" OR ", parts) + ")"
