"""The checked rules: plain values in which every name is known and every constant has its type."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from leadctl.compiler.catalogue import Catalogue, Field
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


Condition = All | AnyOf | Not | Test | InSegment


@dataclass(frozen=True)
class Rule:
    """A rule of a score: `points` once if `when` holds."""

    id: str
    points: int
    when: Condition
    place: Place


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
    segments: Mapping[str, Condition] = field(default_factory=dict)
    dimensions: tuple[Dimension, ...] = ()
    letter: Marks | None = None
    number: Marks | None = None
    temperature: tuple[tuple[str, tuple[str, ...]], ...] = ()  # name -> grades; no grades: otherwise
    pipeline: tuple[Stage, ...] = ()
    owners: Mapping[str, Owner] = field(default_factory=dict)
    routing: Routing = field(default_factory=Routing)
    warnings: tuple[Mistake, ...] = ()
    text: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def stages(self) -> Mapping[str, Stage]:
        return {stage.name: stage for stage in self.pipeline}

    def stage_kinds(self, *kinds: str) -> tuple[str, ...]:
        """The names of the stages of these kinds."""
        return tuple(stage.name for stage in self.pipeline if stage.kind in kinds)
