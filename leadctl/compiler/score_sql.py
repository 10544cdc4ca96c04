"""Everything that scoring works out of a lead, as one statement in a single pass over the leads: points, marks, temperature,
persona, qualification, lifecycle, and the day on which any of it can change by itself.

Each layer names what the one above uses more than once. SQLite would fold the layers into one expression and work shared
parts out again and again; a LIMIT that no table reaches keeps them apart (measured: 1.5 s against 10 s for a million leads).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from zoneinfo import ZoneInfo

from leadctl.compiler.catalogue import Field
from leadctl.compiler.due import as_date, next_change
from leadctl.compiler.fragment import Sql, balanced, joined
from leadctl.compiler.lifecycle_rules import FIRST_RUNG, LAST_RUNG
from leadctl.compiler.sql import ConditionSql, leaves_of
from leadctl.compiler.sums import SumsSql
from leadctl.compiler.tree import Condition, Group, Marks, Rule, Rules, Test

RULES_AT_ONCE = 400  # asked about in one query; SQLite allows 2,000 columns
_APART = "LIMIT 9223372036854775807"
_MARKS = ("total", "letter", "number", "grade", "temperature", "window_shopper", "persona", "qualified")


def score_columns(rules: Rules) -> list[str]:
    """The columns that a scoring gives after `lead`, before the day of the next change."""
    return [*(dimension.name for dimension in rules.dimensions), *_MARKS, "lifecycle", "rungs"]


class Scoring:
    """The statements of a scoring: `sums`, what leads did, to be kept in the table `did`; and `select`, which reads it."""

    def __init__(self, rules: Rules, today: date, zone: ZoneInfo) -> None:
        self.rules = rules
        self.inner = _LeadSql(rules, today, zone)
        self.outer = _ScoredSql(self.inner)
        self._layers = self._build()

    @property
    def half_lives(self) -> dict[int, str]:
        """The half-lives whose weights the table `fade` has to hold, with their columns."""
        return self.inner.half_lives

    def sums(self, only: str | None = None) -> Sql | None:
        return self.inner.select(only)

    def select(self, only: str | None = None) -> Sql:
        """`SELECT lead, <score_columns>, next_change_on` for all leads, or those of the query `only`."""
        nothing = self._layers.nothing
        listed = "".join(
            f', NULL AS "{name}"' if name in nothing else f', "{name}"' for name in score_columns(self.rules)
        )
        before = " LEFT JOIN score AS before ON before.lead = lead.id" if self.rules.lifecycle else ""
        columns = {"lead", *score_columns(self.rules), "_next_change"} - nothing
        chosen, last = self._layers.statement(self._from() + before + _where(only), columns)
        due = "NULL" if "_next_change" in nothing else as_date("_next_change")
        return chosen + f"\nSELECT lead{listed}, {due} AS next_change_on\nFROM {last}"

    def values(self, rules: Sequence[Rule], only: str) -> Sql:
        """`SELECT lead, <a column for each of these rules>` for the leads of the query `only`: 1 or 0 for a condition,
        thousandths of what is left for events."""
        columns = (
            "coalesce(" + self.inner.thousandths(rule) + ", 0)" if rule.when is None
            else "CASE WHEN " + self.inner.holds(rule.when) + " THEN 1 ELSE 0 END"
            for rule in rules
        )  # fmt: skip
        listed = joined(",\n  ", (Sql("lead.id"), *columns))
        return "SELECT " + listed + f"\nFROM {self._from()}{_where(only)}\nORDER BY lead.id"

    def _from(self) -> str:
        return "lead LEFT JOIN did ON did.lead = lead.id" if self.inner.columns else "lead"

    def _build(self) -> _Layers:
        rules = self.rules
        layers = _Layers()
        for dimension in rules.dimensions:
            layers.add(
                dimension.name,
                joined(" + ", [_group(group, self.inner, layers) for group in dimension.groups] or [Sql("0")]),
            )
        layers.close()
        for d in rules.dimensions:
            own = f'"{d.name}"'
            layers.add(
                d.name,
                Sql(
                    f"CASE WHEN {own} < {d.lowest} THEN {d.lowest} WHEN {own} > {d.highest} THEN {d.highest} ELSE {own} END"
                ),
            )
        layers.close()
        layers.add("total", Sql(" + ".join(f'"{d.name}"' for d in rules.dimensions) or "0"))
        layers.add("letter", Sql(_mark(rules.letter)))
        layers.add("number", Sql(_mark(rules.number)))
        layers.close()
        whole = "CASE WHEN letter IS NULL THEN number WHEN number IS NULL THEN letter ELSE letter || number END"
        layers.add("grade", Sql(whole))
        layers.close()
        layers.add("temperature", Sql(_temperature(rules)))
        layers.add("window_shopper", Sql(_window_shopper(rules)))
        layers.add_first("persona", self.inner.persona() or Sql("NULL"))
        layers.close()
        layers.add("qualified", self._qualified() or Sql("NULL"))
        layers.close()
        self._ladder(layers)
        layers.add_first("_next_change", next_change(rules, self.inner))
        for condition, name in self.outer.carried.items():
            layers.add_first(name, "CASE WHEN " + self.inner.holds(condition) + " THEN 1 ELSE 0 END")
        return layers

    def _qualified(self) -> Sql | None:
        """no_go: any no; ask: something is not known yet; go: all yes."""
        if not self.rules.qualify:
            return None
        noes = [self.outer.holds_not(criterion) for criterion in self.rules.qualify]
        yesses = [self.outer.holds(criterion.when) for criterion in self.rules.qualify]
        return (
            "CASE WHEN "
            + balanced(" OR ", noes)
            + " THEN 'no_go' WHEN "
            + balanced(" AND ", yesses)
            + " THEN 'go' ELSE 'ask' END"
        )

    def _ladder(self, layers: _Layers) -> None:
        """A rung is held where it is entered now, or was held and its `stay` holds. Rungs that name lower ones come a layer
        later. The lifecycle is the highest rung held; who is in a stage of kind won is a customer."""
        rules = self.rules
        if not rules.lifecycle:
            layers.add("lifecycle", Sql("NULL"))
            layers.add("rungs", Sql("NULL"))
            layers.close()
            return
        layers.add_first("_was", Sql("before.rungs"))
        won = rules.stage_kinds("won")
        layers.add_first("_won", Sql(f"CASE WHEN lead.stage IN ({', '.join('?' * len(won))}) THEN 1 ELSE 0 END", won))
        held: list[str] = []
        for number, rung in enumerate(rules.lifecycle, 1):
            if _names_lifecycle(rung.enter, rules) or (rung.stay is not None and _names_lifecycle(rung.stay, rules)):
                layers.close()
            self.outer.rungs = _highest([each.name for each in rules.lifecycle[: number - 1]], held, FIRST_RUNG)
            found = "CASE WHEN " + self.outer.holds(rung.enter) + " THEN 1"
            if rung.stay is not None:
                found = (
                    found
                    + f" WHEN instr(_was, {_quoted(f',{rung.name},')}) > 0 AND "
                    + self.outer.holds(rung.stay)
                    + " THEN 1"
                )
            layers.add(f"_rung_{number}", found + " ELSE 0 END")
            held.append(f"_rung_{number}")
        layers.close()
        names = [rung.name for rung in rules.lifecycle]
        layers.add(
            "lifecycle", f"CASE WHEN _won = 1 THEN '{LAST_RUNG}' ELSE " + _highest(names, held, FIRST_RUNG) + " END"
        )
        marks = [
            f"CASE WHEN {column} = 1 THEN {_quoted(f'{name},')} ELSE '' END"
            for name, column in zip(names, held, strict=True)
        ]
        layers.add("rungs", Sql(f"nullif(',' || {' || '.join(marks)}, ',')"))
        layers.close()


class _LeadSql(SumsSql):
    """Conditions of the innermost layer, where the tables are at hand. The persona is worked out on the spot."""

    def column(self, field: Field) -> Sql:
        if field.name == "persona":
            return "(" + (self.persona() or Sql("NULL")) + ")"
        return super().column(field)

    def persona(self) -> Sql | None:
        if not self.rules.personas:
            return None
        cases = (" WHEN " + self.holds(each.when) + Sql(" THEN ?", (each.name,)) for each in self.rules.personas)
        return "CASE" + joined("", cases) + " END"


class _ScoredSql(ConditionSql):
    """Conditions of the outer layers, where scores and marks are columns. What they ask of the lead itself is carried up from
    the innermost layer as a column, 1 or 0."""

    def __init__(self, inner: _LeadSql) -> None:
        super().__init__(inner.rules, inner.today, inner.zone)
        self.carried: dict[Condition, str] = {}
        self.rungs = Sql("NULL")

    def holds(self, condition: Condition) -> Sql:
        if not _names_scores(condition, self.rules):
            return self.carry(condition)
        return super().holds(condition)

    def carry(self, condition: Condition) -> Sql:
        name = self.carried.setdefault(condition, f"_asked_{len(self.carried) + 1}")
        return Sql(f"{name} = 1")

    def column(self, field: Field) -> Sql:
        return "(" + self.rungs + ")" if field.name == "lifecycle" else Sql(f'"{field.name}"')

    def score(self, name: str) -> Sql:
        return Sql(f'"{name}"')


class _Layers:
    """Selects one upon the other; each hands on what the ones below have made. What is only for use within begins with `_`,
    which no dimension's name can."""

    def __init__(self) -> None:
        self.first: dict[str, Sql] = {"lead": Sql("lead.id")}
        self.layers: list[dict[str, Sql]] = []
        self.open: dict[str, Sql] = {}

    def add_first(self, name: str, expression: Sql) -> None:
        self.first[name] = expression

    def add(self, name: str, expression: Sql) -> None:
        self.open[name] = expression

    def close(self) -> None:
        if self.open:
            self.layers.append(self.open)
            self.open = {}

    @property
    def nothing(self) -> set[str]:
        """The columns that are NULL for every lead."""
        made = [*self.first.items(), *(each for layer in self.layers for each in layer.items())]
        return {name for name, each in made if each.text == "NULL"} - {
            name for name, each in made if each.text != "NULL"
        }

    def statement(self, source: str, wanted: set[str]) -> tuple[Sql, str]:
        """The layers, and the name of the last. What nothing above still speaks of is not handed on."""
        needed = [wanted]
        for layer in reversed(self.layers):
            texts = " ".join(each.text for name, each in layer.items() if name in needed[0])
            needed.insert(0, {*(needed[0] - layer.keys()), *re.findall(r"\w+", texts)})
        names = [name for name in self.first if name in needed[0]]
        listed = joined(",\n    ", (self.first[name] + f' AS "{name}"' for name in names))
        found, last = "WITH layer_0 AS (SELECT " + listed + f"\n  FROM {source} {_APART})", "layer_0"
        for number, (layer, later) in enumerate(zip(self.layers, needed[1:], strict=True), 1):
            made = {name: each for name, each in layer.items() if name in later}
            if not made:
                continue
            kept = [name for name in names if name in later and name not in made]
            parts = [*(Sql(f'"{name}"') for name in kept), *(each + f' AS "{name}"' for name, each in made.items())]
            found = found + f",\nlayer_{number} AS (SELECT " + joined(", ", parts) + f"\n  FROM {last} {_APART})"
            names, last = [*kept, *made], f"layer_{number}"
        return found, last


def _where(only: str | None) -> str:
    return "" if only is None else f" WHERE lead.id IN ({only})"


def _names_scores(condition: Condition, rules: Rules) -> bool:
    return any(
        isinstance(leaf, Test) and leaf.field.table == "score" and leaf.field.name != "persona"
        for leaf in leaves_of(condition, rules)
    )


def _names_lifecycle(condition: Condition, rules: Rules) -> bool:
    return any(isinstance(leaf, Test) and leaf.field.name == "lifecycle" for leaf in leaves_of(condition, rules))


def _highest(names: list[str], held: list[str], otherwise: str) -> Sql:
    """The name of the highest rung that is held."""
    if not held:
        return Sql(_quoted(otherwise))
    cases = (
        f" WHEN {column} = 1 THEN {_quoted(name)}" for name, column in reversed(list(zip(names, held, strict=True)))
    )
    return Sql(f"CASE{''.join(cases)} ELSE {_quoted(otherwise)} END")


def _group(group: Group, conditions: SumsSql, layers: _Layers) -> Sql:
    """The points of a group; what it needs from the innermost layer is added there."""
    name = f"_group_{len(layers.first)}"
    layers.add_first(name, group_sum(group, conditions))
    return Sql(name if group.most is None else f"CASE WHEN {name} > {group.most} THEN {group.most} ELSE {name} END")


def group_sum(group: Group, conditions: SumsSql) -> Sql:
    """The points of a group before its `max`."""
    if not group.rules:
        return Sql("0")
    if group.pick_first:
        cases = (
            " WHEN " + rule_matches(rule, conditions) + " THEN " + rule_points(rule, conditions) for rule in group.rules
        )
        return "CASE" + joined("", cases) + " ELSE 0 END"
    return balanced(" + ", [
        "CASE WHEN " + conditions.holds(rule.when) + f" THEN {rule.points} ELSE 0 END" if rule.when is not None
        else rule_points(rule, conditions) for rule in group.rules
    ])  # fmt: skip


def rule_matches(rule: Rule, conditions: SumsSql) -> Sql:
    """Whether a rule has anything to say: its condition holds, or something that it counts has not faded away."""
    return conditions.holds(rule.when) if rule.when is not None else conditions.thousandths(rule) + " > 0"


def rule_points(rule: Rule, conditions: SumsSql) -> Sql:
    """The points of a rule that matches: sums of whole thousandths, rounded once, half away from zero; then its `max`."""
    if rule.when is not None:
        return Sql(str(rule.points))
    left = conditions.thousandths(rule)
    points = f"({abs(rule.points)} * " + left + " + 500) / 1000"
    points = points if rule.points >= 0 else "-(" + points + ")"
    cases = " WHEN " + left + " > 0 THEN " + points
    if rule.most is not None and rule.points > 0:
        # So many thousandths come to more than the most.
        enough = -(-((rule.most + 1) * 1000 - 500) // rule.points)
        cases = " WHEN " + left + f" >= {enough} THEN {rule.most}" + cases
    return "CASE" + cases + " ELSE 0 END"


def _mark(marks: Marks | None) -> str:
    if marks is None or not marks.marks:
        return "NULL"
    return "CASE " + " ".join(f"WHEN \"{marks.of}\" >= {least} THEN '{name}'" for name, least in marks.marks) + " END"


def _temperature(rules: Rules) -> str:
    cases, otherwise = "", "NULL"
    for name, grades in rules.temperature:
        if grades:
            cases += f" WHEN grade IN ({', '.join(map(_quoted, grades))}) THEN {_quoted(name)}"
        else:
            otherwise = _quoted(name)
    return f"CASE{cases} ELSE {otherwise} END" if cases else otherwise


def _window_shopper(rules: Rules) -> str:
    """Much activity, poor fit: a number of the better half with a letter of the worse half."""
    if rules.letter is None or rules.number is None:
        return "NULL"
    letters, numbers = [name for name, _ in rules.letter.marks], [name for name, _ in rules.number.marks]
    poor, much = letters[(len(letters) + 1) // 2 :], numbers[: len(numbers) // 2]
    if not poor or not much:
        return "NULL"
    letter, number = ", ".join(map(_quoted, poor)), ", ".join(map(_quoted, much))
    return f"CASE WHEN letter IN ({letter}) AND number IN ({number}) THEN 1 ELSE 0 END"


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
