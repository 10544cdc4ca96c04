"""Page views of one visitor, packed: the inside of a JSON list of `[moment, path, tags, referrer]`, without what is missing at
the end.

`view` is the JSON of moment, path and tags without its brackets: it says which page view it is. Packed texts are made here
alone, so equal views are equal texts.
"""

from __future__ import annotations

import json
import re

_MOMENT = re.compile(r'\["([^"]*)"')  # within a JSON text no quote stands bare, so this is where a view begins
_LONG = 1 << 24  # characters times characters: beyond, texts are taken apart instead of looked through for every view
encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def page_text(path: str, tags: dict[str, str]) -> str:
    """What a request asks for, as the end of a view."""
    return "," + encode(path) + ("," + encode(tags) if tags else "")


def gap(view: str) -> str:
    """What stands between a view and a referrer: the tags have their place, also where there are none."""
    return "," if view.endswith("}") else ",null,"


def views_of(packed: str) -> dict[str, str]:
    """View -> what follows it: the referrer as JSON with its gap, or nothing."""
    found: dict[str, str] = {}
    for each in json.loads(f"[{packed}]"):
        view = encode(each[: 3 if len(each) > 2 and each[2] is not None else 2])[1:-1]
        found[view] = gap(view) + encode(each[3]) if len(each) > 3 else ""
    return found


def count_views(packed: str) -> int:
    """How many there are."""
    return packed.count('["')


def without(packed: str, held: str) -> str:
    """The views that are not among those of `held`."""
    if packed in held:
        return ""
    if set(_MOMENT.findall(held)).isdisjoint(_MOMENT.findall(packed)):
        return packed
    if len(packed) * len(held) > _LONG:
        known = views_of(held)
        return ",".join(f"[{view}{rest}]" for view, rest in views_of(packed).items() if view not in known)
    return ",".join(f"[{view}{rest}]" for view, rest in views_of(packed).items() if not _has(held, view))


def _has(held: str, view: str) -> bool:
    return f"[{view}]" in held or f"[{view}{gap(view)}" in held
