"""Rule text -> nodes that keep their place.

YAML's own traps are closed here: a word stays text whatever it looks like (`NO`, `on`, `010`, `12:30`), a key stands once,
and what a rule never needs (anchors, aliases, tags, merge keys, second documents) is refused with a reason. The event
stream is read instead of a composed tree: it is iterative, so deep nesting is stopped before anything is built.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from leadctl.errors import Mistake, Place

LARGEST_FILE = 1_000_000
DEEPEST = 24
MOST_NODES = 60_000


@dataclass(frozen=True)
class Scalar:
    """A word or a text. `quoted` tells `""` from nothing at all."""

    text: str
    place: Place
    quoted: bool = False


@dataclass(frozen=True)
class Sequence:
    items: tuple[Node, ...]
    place: Place


@dataclass(frozen=True)
class Mapping:
    entries: tuple[tuple[Scalar, Node], ...]
    place: Place

    def get(self, key: str) -> Node | None:
        return next((value for name, value in self.entries if name.text == key), None)


Node = Scalar | Sequence | Mapping


class LoadError(Exception):
    """A file that cannot be read as rules; carries the one mistake that stopped it."""

    def __init__(self, mistake: Mistake) -> None:
        super().__init__(mistake.message)
        self.mistake = mistake


def load_file(path: Path, name: str) -> Mapping | None:
    """The top-level map of a rule file (None: the file is empty). `name` is how messages call it.

    Raises LoadError.
    """
    try:
        if path.exists() and not path.is_file():  # a pipe would keep us waiting
            raise LoadError(Mistake(Place(name), "is no ordinary file"))
        if path.stat().st_size > LARGEST_FILE:
            raise LoadError(Mistake(Place(name), "larger than 1 MB", "split the rules into several files"))
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise LoadError(Mistake(Place(name), f"cannot be read: {error.strerror or error}")) from error
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise LoadError(Mistake(Place(name, line), "not UTF-8 text", "save the file as UTF-8")) from error
    return load_text(text, name)


def load_text(text: str, name: str) -> Mapping | None:
    """Like `load_file`, from text."""
    if len(text) > LARGEST_FILE:
        raise LoadError(Mistake(Place(name), "larger than 1 MB", "split the rules into several files"))
    node = _Builder(text, name).build()
    if node is None or isinstance(node, Mapping):
        return node
    if isinstance(node, Scalar) and not node.text and not node.quoted:
        return None
    raise LoadError(Mistake(node.place, "a rule file is a map of keys such as `score:` or `segments:`"))


class _Builder:
    """Builds nodes from the event stream with an explicit stack."""

    def __init__(self, text: str, name: str) -> None:
        self.text = text
        self.name = name
        self.lines = text.splitlines()
        self.count = 0

    def place(self, start: Any, end: Any = None) -> Place:
        shown = self.lines[start.line] if start.line < len(self.lines) else ""
        width = end.column - start.column if end is not None and end.line == start.line else 1
        return Place(self.name, start.line + 1, start.column + 1, max(1, width), shown)

    def fail(self, event: Any, message: str, hint: str | None = None) -> LoadError:
        return LoadError(Mistake(self.place(event.start_mark, event.end_mark), message, hint))

    def events(self) -> Iterator[Any]:
        import yaml

        try:
            yield from yaml.parse(self.text, Loader=getattr(yaml, "CBaseLoader", yaml.BaseLoader))
        except yaml.reader.ReaderError as error:
            before = self.text[: error.position]
            line = before.count("\n")
            column = error.position - (before.rfind("\n") + 1)
            raise LoadError(
                Mistake(
                    Place(self.name, line + 1, column + 1, 1, self.lines[line] if line < len(self.lines) else ""),
                    "a character that YAML does not allow",
                    "delete it, or write it inside double quotes as \\x1b or \\u0000",
                )
            ) from error
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            place = self.place(mark) if mark is not None else Place(self.name)
            raise LoadError(Mistake(place, *_explain(error, place))) from error

    def build(self) -> Node | None:
        import yaml

        stack: list[tuple[Any, list[Any]]] = []  # open collections: their start event, and what they hold so far
        result: Node | None = None
        documents = 0
        for event in self.events():
            node: Node | None = None
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    raise self.fail(event, "a second document", "a rule file is one document: take out the `---`")
            elif isinstance(event, yaml.AliasEvent):
                raise self.fail(event, "aliases (`*name`) are not allowed", "name a segment or a list instead")
            elif isinstance(event, yaml.NodeEvent):
                self.refuse(event, len(stack))
                if isinstance(event, yaml.ScalarEvent):
                    node = Scalar(
                        event.value, self.place(event.start_mark, event.end_mark), event.style in ("'", '"', "|", ">")
                    )
                else:
                    stack.append((event, []))
            elif isinstance(event, (yaml.SequenceEndEvent, yaml.MappingEndEvent)):
                start, held = stack.pop()
                node = self.close(start, held)
            if node is not None:
                if stack:
                    stack[-1][1].append(node)
                else:
                    result = node
        return result

    def refuse(self, event: Any, depth: int) -> None:
        self.count += 1
        if self.count > MOST_NODES:
            raise self.fail(
                event, f"more than {MOST_NODES:,} values in one file", "put long lists into a file: {file: …}"
            )
        if depth >= DEEPEST:
            raise self.fail(event, f"nested deeper than {DEEPEST} levels", "name the inner part as a segment")
        if event.anchor:
            raise self.fail(event, f"anchors (`&{event.anchor}`) are not allowed", "name a segment or a list instead")
        if event.tag and event.tag != "!":
            raise self.fail(event, f"tags (`{event.tag}`) are not allowed", "words are always text: leave it out")

    def close(self, start: Any, held: list[Any]) -> Node:
        import yaml

        place = self.place(start.start_mark, start.end_mark)
        if isinstance(start, yaml.SequenceStartEvent):
            return Sequence(tuple(held), place)
        entries: list[tuple[Scalar, Node]] = []
        seen: dict[str, Scalar] = {}
        for key, value in zip(held[::2], held[1::2], strict=True):
            if not isinstance(key, Scalar):
                raise LoadError(Mistake(key.place, "a key must be a single word"))
            if key.text == "<<" and not key.quoted:
                raise LoadError(Mistake(key.place, "merge keys (`<<`) are not allowed", "name a segment instead"))
            if key.text in seen:
                raise LoadError(
                    Mistake(
                        key.place,
                        f"'{key.text}' stands twice here: first on line {seen[key.text].place.line}",
                        "keep one; two tests of one field go under `all:`",
                    )
                )
            seen[key.text] = key
            entries.append((key, value))
        return Mapping(tuple(entries), place)


def _explain(error: Any, place: Place) -> tuple[str, str | None]:
    """A YAML error in plain words, with how to mend it."""
    problem = str(error.problem or "not YAML")
    line = place.text or ""
    if "\t" in line and ("cannot start any token" in problem or "tab" in problem or "expected" in problem):
        return "a tab; YAML wants spaces", "replace the tab with spaces"
    if "mapping values are not allowed" in problem:
        return "a second `:` on this line", "put the text in quotes, or begin a new line"
    if "did not find expected" in problem or "could not find expected" in problem:
        wanted = problem.split("expected", 1)[1].strip()
        return (
            f"the text breaks off or the indentation is off (expected {wanted})",
            "look at the brackets, quotes and spaces",
        )
    if "unexpected end" in problem:
        return "a quote or a bracket is opened and never closed", "close it"
    return f"not YAML: {problem}", None
