"""The mappings that are there: a workspace's own in `rules/mappings/`, then those that come with leadctl."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from leadctl.compiler import load
from leadctl.compiler.catalogue import Field
from leadctl.compiler.findings import nearest
from leadctl.compiler.tree import Rules
from leadctl.errors import Mistake, NotFound, RuleError, UsageError
from leadctl.intake.mapping.plan import ACTIVITIES, LEADS, SPEND, FileMapping, check_mapping, parse_mapping, plain
from leadctl.intake.values.activity_rows import FIELDS
from leadctl.intake.values.spend_rows import FIELDS as SPEND_FIELDS

PACKAGED = Path(__file__).parent / "presets"


class Mappings:
    """The mappings that imports of a workspace can use. `folder` is the one of its rules."""

    def __init__(self, folder: Path, rules: Rules) -> None:
        self.own = folder / "mappings"
        self.shown_own = f"{folder.name}/mappings"
        self.kinds: dict[str, Sequence[Field]] = {
            LEADS: rules.catalogue.given_fields,
            ACTIVITIES: FIELDS,
            SPEND: SPEND_FIELDS,
        }
        self.activities = rules.activities
        self._of_kind: dict[str, list[FileMapping]] = {}
        self._parsed: dict[
            Path, load.Mapping | None
        ] = {}  # reading the texts takes most of the time, and each kind looks at all

    def named(self, name: str, kind: str | None, here: Path) -> FileMapping:
        """The mapping that `--map` names: a file, else NAME of the workspace, else one that comes with leadctl.

        Raises NotFound, RuleError, and UsageError for one that is for something else than `kind`, if there is one.
        """
        own = self.own / f"{name}.yaml"
        for path, shown_as in (
            (here / Path(name).expanduser(), name),
            (own, f"{self.shown_own}/{own.name}"),
            (PACKAGED / f"{name}.yaml", f"presets/{name}.yaml"),
        ):
            if path.is_file():
                found = self._load(path, shown_as, kind or LEADS)
                if kind is not None and found.kind != kind:
                    raise UsageError(f"the mapping '{name}' is for {found.kind}", hint="leave --as out")
                return found
        there = [path.stem for path, _ in self._files()]
        raise NotFound(f"there is no mapping called '{name}'", hint=f"{nearest(name, there)} (leadctl import --maps)")

    def fitting(self, header: Iterable[str], kind: str = LEADS) -> FileMapping | None:
        """The mapping whose `headers` all stand in the header. One of the workspace goes before the others; of several the
        one that names most of the headers. Raises RuleError where one of the workspace has mistakes."""
        names = {plain(each) for each in header}
        fitting = [each for each in self._for(kind) if each.fits(names)]
        return max(fitting, key=lambda each: (not each.packaged, each.names(names)), default=None)

    def all(self) -> Iterator[FileMapping]:
        """Every mapping, the workspace's own first. Raises RuleError where one of these has mistakes."""
        return (self._load(path, shown_as) for path, shown_as in self._files())

    def mistakes(self) -> list[Mistake]:
        """What is wrong with the workspace's own."""
        found: list[Mistake] = []
        for path, shown_as in self._files():
            try:
                self._load(path, shown_as)
            except RuleError as error:
                found += error.mistakes
        return found

    def _for(self, kind: str) -> list[FileMapping]:
        if kind not in self._of_kind:
            found = (self._load_of(path, shown_as, kind, only=True) for path, shown_as in self._files())
            self._of_kind[kind] = [each for each in found if each is not None]
        return self._of_kind[kind]

    def _files(self) -> list[tuple[Path, str]]:
        """Each with how messages call it."""
        own = [(path, f"{self.shown_own}/{path.name}") for path in sorted(self.own.glob("*.yaml"))]
        return own + [(path, f"presets/{path.name}") for path in sorted(PACKAGED.glob("*.yaml"))]

    def _load(self, path: Path, shown_as: str, kind: str = LEADS) -> FileMapping:
        found = self._load_of(path, shown_as, kind, only=False)
        assert found is not None
        return found

    def _load_of(self, path: Path, shown_as: str, kind: str, *, only: bool) -> FileMapping | None:
        if path not in self._parsed:
            self._parsed[path] = parse_mapping(path, shown_as)
        content = self._parsed[path]
        found = check_mapping(content, path.stem, shown_as, self.kinds, self.activities, wanted=kind, only=only)
        return found if found is None else replace(found, packaged=path.parent == PACKAGED)
