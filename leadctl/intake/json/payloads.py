"""Nested payloads of form and ad services → flat rows. Services are not known by name: shapes are, so that a new one needs
no code. An envelope around leads is opened; objects within a lead become dotted columns; lists of named answers and of
contact points become a column each; every other list stays JSON text. Nothing of a lead is lost."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from leadctl.intake.json.answers import Answers, Point, answers_in, are_answers, bare, contact_points, listed, titles_in
from leadctl.intake.json.values import Doubled, Number, Refused, doubled, text_of

Path = tuple[str, ...]
MOST_DEEP = 12  # objects within objects; deeper ones stay JSON text
_SCALARS = frozenset({str, Number, bool, type(None)})

# What stands beside the leads in the answer of an interface, and says nothing of them.
_ALONG = frozenset(
    listed("""
    success ok status statuscode code error errors warnings message count counts total totals totalcount totalitems
    totalresults totalrecords resultcount numresults size page pages pagecount pageno pagenumber pagesize perpage limit
    offset start cursor cursors next nexturl nextcursor nextpage nextpagetoken nextpageuri nextlink prev previous
    previouspage prevpage paging pagination pageinfo links meta metadata hasmore hasnext more requestid took kind etag
    object url additionaldata relatedobjects odatacontext odatanextlink odatacount vidoffset
    """)
)
_LISTS = frozenset(
    listed("data leads results items records contacts people persons deals entries elements rows list value")
)
_ONE = frozenset(
    listed(
        "data result lead contact person people customer response formresponse submission item record deal payload body embedded"
    )
)
_COMPUTED = ("variables",)  # what a form works out is no answer: `variables.name` is not a name
_PAGES = frozenset(listed("paging pagination pageinfo links cursors relatedobjects additionaldata error errors"))
_CHANGES = ("entry", "changes")  # {object, entry: [{id, time, changes: [{field, value}]}]}: how Meta tells


def goes_along(key: str) -> bool:
    """Whether what has this key, beside a list of leads, says nothing of a lead."""
    return bare(key) in _ALONG


# --- envelopes


def envelope(value: Any) -> Path:
    """Where the leads stand within this value; () where it is a lead itself."""
    if type(value) is not dict:
        return ()
    if _of_changes(value):
        return _CHANGES
    path: Path = ()
    while len(path) < 3:
        keys = [key for key in value if not goes_along(key)]
        held = value[keys[0]] if len(keys) == 1 else None
        if isinstance(held, list) and _objects(held) and _are_leads(keys[0], held):
            return (*path, keys[0])
        beside = {key: each for key, each in value.items() if key not in keys}
        if type(held) is not dict or not held or bare(keys[0]) not in _ONE or not _says_nothing(beside):
            break
        path, value = (*path, keys[0]), held
    return path


def _says_nothing(beside: dict[str, Any]) -> bool:
    """Whether what stands beside a single lead holds nothing but figures of pages. A list of leads is opened anyhow."""
    return all(
        goes_along(key) and (type(held) is not dict or bare(key) in _PAGES or _says_nothing(held))
        for key, held in beside.items()
    )


def _are_leads(key: str, values: list[Any]) -> bool:
    """Whether a list that stands alone holds leads, not the answers or the addresses of one."""
    if not values:
        return bare(key) in _LISTS
    try:
        return contact_points(key, values) is None and not are_answers(key, values)
    except (Refused, RecursionError):
        return True  # which of them is refused is found out one by one


def members(value: dict[str, Any], path: Path) -> Iterator[dict[str, Any]]:
    """The leads within an envelope, in order. What stands around each of Meta's changes goes with it."""
    if path == _CHANGES:
        for entry in value["entry"]:
            for change in entry.get("changes") or [[]]:
                yield {**value, "entry": {**entry, "changes": change}}
        return
    found: Any = value
    for key in path:
        found = found[key]
    yield from found if isinstance(found, list) else [found]


def _of_changes(value: dict[str, Any]) -> bool:
    entries = value.get("entry")
    if type(entries) is not list or not all(type(entry) is dict for entry in entries):
        return False
    changes = [entry.get("changes") or [] for entry in entries]
    return any(changes) and all(map(_objects, changes))


def _objects(values: Any) -> bool:
    return type(values) is list and all(isinstance(value, dict) for value in values)


# --- rows


def is_flat(value: dict[str, Any]) -> bool:
    """Whether an object holds no other object and no list."""
    return _SCALARS.issuperset(map(type, value.values()))


def flat_row(value: dict[str, Any]) -> dict[str, str]:
    """An object as a row: column -> text. Raises Refused for doubled keys and for what is nested too deeply."""
    row = _Row()
    try:
        row.spread(value, "", 0)
        row.finish()
    except RecursionError:
        raise Refused("is nested too deeply") from None
    return row.cells


class _Row:
    """A row that is being made."""

    def __init__(self) -> None:
        self.cells: dict[str, str] = {}
        self._numbers: dict[str, int] = {}  # the last one that was given to a name
        self._titles: dict[str, str] = {}  # id of a question -> its title
        # Put in last, so that none of them takes the name of a key.
        self._later: list[tuple[str, Answers | list[Point], int]] = []

    def put(self, name: str, text: str) -> str:
        """A cell; under which name it stands. A second `email` is `email 2`, as people number them."""
        free = name
        while free in self.cells:
            number = self._numbers[name] = self._numbers.get(name, 1) + 1
            free = f"{name} {number}"
        self.cells[free] = text
        return free

    def spread(self, value: dict[str, Any], prefix: str, deep: int) -> None:
        """An object's keys as columns; `prefix` ends with a dot where it is not empty."""
        if isinstance(value, Doubled):
            raise doubled(value)
        for key, held in value.items():
            if type(held) is str:
                self.put(prefix + key, held)
            elif isinstance(held, dict):
                self._object(prefix + key, held, deep)
            elif isinstance(held, list):
                self._list(prefix, key, held, deep)
            else:
                self.put(prefix + key, text_of(held))

    def _object(self, name: str, held: dict[str, Any], deep: int) -> None:
        if not held or deep >= MOST_DEEP:
            self.put(name, text_of(held))
        elif (found := answers_in(held)) is not None:
            self._later.append((name, found, deep))
        else:
            self.spread(held, f"{name}.", deep + 1)

    def _list(self, prefix: str, key: str, held: list[Any], deep: int) -> None:
        self._titles.update(titles_in(key, held))
        if (points := contact_points(key, held)) is not None:
            self._later.append((prefix + points[0], points[1], deep))
        elif (found := answers_in(held)) is not None:
            self._later.append((prefix + key, found, deep))
        else:
            self.put(prefix + key, text_of(held))

    def finish(self) -> None:
        """Answers and contact points, now that all keys have their columns."""
        for name, found, deep in self._later:  # grows on the way, where an answer holds others
            if isinstance(found, Answers):
                self._answer(name, found, deep)
                continue
            for text, label, rest in found:
                column = self.put(name, text)
                if label:
                    self.put(f"{column}.label", label)
                if rest:  # `email.primary` would be read as another address
                    self.put(f"{column}.rest", text_of(rest))
            if not found:
                self.cells.setdefault(name, "")

    def _answer(self, name: str, answers: Answers, deep: int) -> None:
        rests: dict[str, Any] = {}
        for asked, own, said, rest in answers.given:
            title = next((self._titles[each] for each in asked if each in self._titles), own)
            dotted = answers.dotted or name.endswith(_COMPUTED)
            called = f"{name}.{title}" if dotted else " ".join(title.split()) or name
            if isinstance(said, str):
                called = self.put(called, said)
            else:
                self._object(called, said, deep + 1)
            if rest:
                rests[called] = rest
        if answers.unanswered:
            rests["unanswered"] = list(answers.unanswered)
        # Always, as a column by which a mapping knows the service.
        self.put(name, text_of(rests))
