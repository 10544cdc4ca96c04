"""Collecting mistakes: all of them at once, each with its place and how to mend it."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable

from leadctl.compiler.load import Mapping, Node, Scalar, Sequence
from leadctl.errors import Mistake, Place


class Findings:
    """The mistakes and warnings found so far, and small readers that note what is wrong and return None."""

    def __init__(self) -> None:
        self.mistakes: list[Mistake] = []

    @property
    def errors(self) -> list[Mistake]:
        return [each for each in self.mistakes if each.level == "error"]

    def error(self, place: Place, message: str, hint: str | None = None) -> None:
        self.mistakes.append(Mistake(place, message, hint))

    def warning(self, place: Place, message: str, hint: str | None = None) -> None:
        self.mistakes.append(Mistake(place, message, hint, "warning"))

    def unknown(self, name: Scalar, what: str, allowed: Iterable[str]) -> None:
        self.error(name.place, f"there is no {what} called '{name.text}'", nearest(name.text, allowed))

    def mapping(self, node: Node, what: str) -> Mapping | None:
        if isinstance(node, Mapping):
            return node
        self.error(node.place, f"{what} must be a map (`name: value`)")
        return None

    def sequence(self, node: Node, what: str) -> Sequence | None:
        if isinstance(node, Sequence):
            return node
        self.error(node.place, f"{what} must be a list (`[a, b]`, or lines that begin with `-`)")
        return None

    def scalar(self, node: Node, what: str) -> Scalar | None:
        if isinstance(node, Scalar) and (node.text or node.quoted):
            return node
        self.error(
            node.place,
            f"{what} must be a single word or text" + ("; nothing stands here" if isinstance(node, Scalar) else ""),
        )
        return None

    def text(self, node: Node | None, what: str) -> str | None:
        found = self.scalar(node, what) if node is not None else None
        return found.text if found else None

    def texts(self, node: Node, what: str) -> list[Scalar]:
        """One word, or a list of words."""
        items = node.items if isinstance(node, Sequence) else (node,)
        found = [self.scalar(item, what) for item in items]
        return [item for item in found if item is not None]

    def whole(self, node: Node, what: str) -> int | None:
        found = self.scalar(node, what)
        if found is None:
            return None
        if re.fullmatch(r"[+-]?[0-9]{1,9}", found.text):
            return int(found.text)
        self.error(found.place, f"{what} must be a whole number, not '{found.text}'")
        return None

    def choice(self, node: Node, what: str, allowed: Iterable[str]) -> str | None:
        found = self.scalar(node, what)
        if found is None or found.text in tuple(allowed):
            return found.text if found else None
        self.error(found.place, f"{what} cannot be '{found.text}'", nearest(found.text, allowed))
        return None

    def yes_no(self, node: Node, what: str) -> bool | None:
        found = self.scalar(node, what)
        if found is None:
            return None
        word = found.text.lower()
        if word in ("yes", "true", "on"):
            return True
        if word in ("no", "false", "off"):
            return False
        self.error(found.place, f"{what} is yes or no, not '{found.text}'")
        return None

    def keys(self, node: Mapping, what: str, allowed: Iterable[str]) -> dict[str, Node]:
        """The entries whose keys are allowed here; the others are noted."""
        known = tuple(allowed)
        found: dict[str, Node] = {}
        for key, value in node.entries:
            if key.text in known:
                found[key.text] = value
            else:
                self.unknown(key, f"key of {what}", known)
        return found


def nearest(word: str, allowed: Iterable[str]) -> str:
    """A did-you-mean; where nothing is close, what is allowed."""
    known = sorted(allowed)
    lowered = {each.lower(): each for each in known}
    near = difflib.get_close_matches(word.lower(), lowered, n=1, cutoff=0.65)
    if near:
        return f"did you mean '{lowered[near[0]]}'?"
    shown = ", ".join(known[:40]) + (f", … ({len(known)} in all)" if len(known) > 40 else "")
    return f"allowed here: {shown}" if known else "none are defined"
