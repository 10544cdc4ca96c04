"""The checked rules: plain values in which every name is known and every constant has its type."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from leadctl.compiler.catalogue import LEAD, Catalogue, Field
from leadctl.compiler.fragment import Value
from leadctl.errors import Mistake, Place


@dataclass(frozen=True)
class All:
    parts: tuple[Condition, ...]


@dataclass(frozen=True)
class AnyOf:
    parts: tuple[Condition, ...]


@dataclass(frozen=True)
class Not:
    part: Condition


@dataclass(frozen=True)
class Test:
    """One field against constants. Dates are ISO days; spans of days are whole numbers."""

    field: Field
    operator: str
    values: tuple[Value, ...]
    place: Place
    list_name: str | None = None


@dataclass(frozen=True)
class InSegment:
    name: str
    place: Place


@dataclass(frozen=True)
class Did:
    """How often the lead did something: any of `events` (none named: anything that leads do) for which `where` holds, in
    the last `within` days (None: ever), `at_least` and `at_most` so many times."""

    events: tuple[str, ...]
    where: Condition | None
    within: int | None
    at_least: int | None
    at_most: int | None
    place: Place


Condition = All | AnyOf | Not | Test | InSegment | Did


@dataclass(frozen=True)
class Rule:
    """A rule of a score. `counts` is "when": `points` once if the condition holds; "each": for each of the `events`;
    "once": for the latest of them. What events count fades by `half_life` days (None: never) and comes to `most` at most."""

    id: str
    points: int
    place: Place
    counts: str = "when"
    when: Condition | None = None
    events: tuple[str, ...] = ()
    half_life: int | None = None
    most: int | None = None


@dataclass(frozen=True)
class Group:
    name: str
    rules: tuple[Rule, ...]
    pick_first: bool
    most: int | None
    place: Place


@dataclass(frozen=True)
class Dimension:
    name: str
    lowest: int
    highest: int
    groups: tuple[Group, ...]
    place: Place


@dataclass(frozen=True)
class Marks:
    """Marks of one dimension, best first: the first whose least score is reached."""

    of: str
    marks: tuple[tuple[str, int], ...]
    place: Place


@dataclass(frozen=True)
class ActivityType:
    """Something leads do (`by` lead) or we do (`by` us). One with a `when` is a kind of another: activities of any type
    for which that holds are of this type too."""

    name: str
    by: str
    topic: str | None = None
    when: Condition | None = None


@dataclass(frozen=True)
class Persona:
    """The first persona whose condition holds names the lead's."""

    name: str
    when: Condition
    place: Place


@dataclass(frozen=True)
class Criterion:
    """A question of the qualification: yes where `when` holds, unknown where a field that it needs is missing."""

    name: str
    when: Condition
    ask: str
    place: Place


@dataclass(frozen=True)
class Rung:
    """A rung of the lifecycle: entered where `enter` holds, kept while `stay` does (None: while `enter` does)."""

    name: str
    enter: Condition
    stay: Condition | None
    place: Place


@dataclass(frozen=True)
class Stage:
    """A stage of the pipeline. `kind`: open, on_hold, won or lost; `probability` in percent."""

    name: str
    kind: str
    probability: int
    stuck_after: int | None
    reasons: tuple[str, ...]
    place: Place


@dataclass(frozen=True)
class Owner:
    name: str
    place: Place


@dataclass(frozen=True)
class Route:
    """A rule of routing: leads that match go `to` owners in turn, or wait in `queue`."""

    id: str
    when: Condition | None  # None: otherwise
    to: tuple[str, ...]
    queue: str | None
    tell: str | None
    place: Place


@dataclass(frozen=True)
class Routing:
    routes: tuple[Route, ...] = ()
    only: Condition | None = None
    keep_company_together: bool = False


@dataclass(frozen=True)
class Rules:
    """Everything that the rule files say, checked. `text` is each file's own text, kept with every run."""

    catalogue: Catalogue = field(default_factory=Catalogue)
    lists: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    activities: Mapping[str, ActivityType] = field(default_factory=dict)
    segments: Mapping[str, Condition] = field(default_factory=dict)
    personas: tuple[Persona, ...] = ()
    dimensions: tuple[Dimension, ...] = ()
    letter: Marks | None = None
    number: Marks | None = None
    temperature: tuple[tuple[str, tuple[str, ...]], ...] = ()  # name -> grades; no grades: otherwise
    qualify: tuple[Criterion, ...] = ()
    lifecycle: tuple[Rung, ...] = ()
    pipeline: tuple[Stage, ...] = ()
    owners: Mapping[str, Owner] = field(default_factory=dict)
    routing: Routing = field(default_factory=Routing)
    warnings: tuple[Mistake, ...] = ()
    text: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def not_done_by_leads(self) -> tuple[str, ...]:
        """The types of activity that are ours, or only a record."""
        return tuple(each.name for each in self.activities.values() if each.by != LEAD)

    @cached_property
    def all_rules(self) -> tuple[Rule, ...]:
        """Every rule of every dimension, in order."""
        return tuple(rule for dimension in self.dimensions for group in dimension.groups for rule in group.rules)

    @cached_property
    def stages(self) -> Mapping[str, Stage]:
        return {stage.name: stage for stage in self.pipeline}

    @cached_property
    def marks(self) -> set[str]:
        """The letters and numbers that grades are made of."""
        return {name for marks in (self.letter, self.number) if marks is not None for name, _ in marks.marks}

    @cached_property
    def choices(self) -> Mapping[str, tuple[str, ...]]:
        """The names that fields of type choice may have, and the stages."""
        return {
            "stage": tuple(self.stages),
            "persona": tuple(each.name for each in self.personas),
            "temperature": tuple(name for name, _ in self.temperature),
            "qualified": ("go", "no_go", "ask") if self.qualify else (),
            "lifecycle": ("lead", *(rung.name for rung in self.lifecycle), "customer") if self.lifecycle else (),
        }

    def stage_kinds(self, *kinds: str) -> tuple[str, ...]:
        """The names of the stages of these kinds."""
        return tuple(stage.name for stage in self.pipeline if stage.kind in kinds)
