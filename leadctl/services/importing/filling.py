"""Filling: what a row of a file changes in a lead that is there. Nothing that either says is lost."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence, Set
from typing import Any

from leadctl.model import names

STAGE = ("stage", "stage_on", "stage_reason")  # where a lead stands, since when and why: one thing
FIRST_TOUCH = ("source", "campaign")
# What follows from a contact point goes with it.
FOLLOWS = {"email": ("email_state", "email_kind"), "phone": ("phone_state",)}
_FOLLOWS = {**FOLLOWS, "external_id": ("id_system",)}
_APART = ("extra", *STAGE, *(name for names in _FOLLOWS.values() for name in names))  # not filled one by one


def fill(
    columns: Sequence[str],
    row: Sequence[Any],
    held: list[Any],
    *,
    again: bool,
    same_record: bool,
    by_hand: Set[str],
    today: str,
    derived: Sequence[str] = (),
) -> list[str]:
    """Brings a row's values into a lead's (`held`, in the order of `columns`, `extra` last); the columns that changed.

    `again`: an earlier row of the same file was about this lead, so what is there stays. `same_record`: the row has the
    lead's external id; one that was met by e-mail or phone is another touch, and where the lead came from first stays.
    `by_hand`: what somebody has set by hand; no file sets it back. `today`: when a stage without a day was reached.
    `derived`: columns that follow from the row's whole name. They fill a lead that has none of them, and go with the name
    that they were split from.
    """
    if list(row) == held:
        return []
    if derived:
        row = _unless_split(columns, row, held, derived)
    also: dict[str, Any] = {}
    changed = _stage(columns, row, held, also, again=again, by_hand=by_hand, today=today) if "stage" in columns else []
    for at, (name, value) in enumerate(zip(columns, row, strict=True)):
        if value is None or value == held[at] or name in _APART:
            continue
        if name == "captured_at":  # the first time counts, whichever file tells of it
            stays = held[at] is not None and value > held[at]
            if again and held[at] is not None and not stays:
                also[name] = held[at]  # as where the later one is told second
        else:
            stays = (
                again
                or name in by_hand
                or (name in FIRST_TOUCH and (not same_record or _set_aside(name, value, held[-1])))
                or _worse(name, columns, row, held)
            )
        if held[at] is None or not stays:
            held[at] = value
            changed.append(name)
            for follower in _FOLLOWS.get(name, ()):
                place = columns.index(follower)
                if held[place] != row[place]:
                    held[place] = row[place]
                    changed.append(follower)
        else:
            also[name] = value
    extra = _merged_extra(held[-1], row[-1], also, again=again)
    if extra != held[-1]:
        held[-1] = extra
        changed.append("extra")
    return changed


def unless_set_aside(
    columns: Sequence[str], row: Sequence[Any], held: Sequence[Any], aside: Mapping[str, Sequence[Any]]
) -> list[Any]:
    """A row (`extra` last) without the values that a merge has set aside: what the lead shows in their place stays."""
    kept = list(row)
    for at, name in enumerate(columns[:-1]):
        value, others = row[at], aside.get(name, ())
        if value is not None and value != held[at]:
            stage = name == "stage" and any(f"{each} ".startswith(f"{value} ") for each in others)
            if stage or value in others:
                kept[at] = None
    if row[-1] is not None and row[-1] != held[-1]:
        given, shown = json.loads(row[-1]), json.loads(held[-1]) if held[-1] else {}
        new = {key: each for key, each in given.items() if each == shown.get(key) or each not in aside.get(key, ())}
        if len(new) < len(given):
            kept[-1] = json.dumps(new, ensure_ascii=False, separators=(",", ":")) if new else None
    return kept


def _stage(
    columns: Sequence[str],
    row: Sequence[Any],
    held: list[Any],
    also: dict[str, Any],
    *,
    again: bool,
    by_hand: Set[str],
    today: str,
) -> list[str]:
    """Stage, day and reason go together: all three change, or none."""
    places = [columns.index(name) for name in STAGE]
    given, before = [row[place] for place in places], [held[place] for place in places]
    if given[0] is None or given == before:
        return []
    if given[0] == before[0]:
        stays = again or "stage" in by_hand
        after = [
            old if new is None or (stays and old is not None) else new for old, new in zip(before, given, strict=True)
        ]
    elif again:
        also["stage"] = " ".join(part for part in given if part)
        return []
    elif "stage" in by_hand:
        return []
    else:
        after = [given[0], given[1] or today, given[2]]
    for place, value in zip(places, after, strict=True):
        held[place] = value
    return [name for name, old, new in zip(STAGE, before, after, strict=True) if old != new]


def _unless_split(
    columns: Sequence[str], row: Sequence[Any], held: Sequence[Any], derived: Sequence[str]
) -> Sequence[Any]:
    """The row without what was split off its name, where the lead has parts of its name that somebody gave."""
    own = tuple(held[columns.index(name)] for name in derived)
    if own == (None,) * len(own) or own == names.split(held[columns.index("name")]):
        return row
    return [None if name in derived else value for name, value in zip(columns, row, strict=True)]


def _set_aside(name: str, value: Any, extra: str | None) -> bool:
    """Whether a lead keeps this value under `also`: it was another touch before the lead had the row's id."""
    also = json.loads(extra).get("also") if extra else None
    others = also.get(name) if isinstance(also, dict) else None
    return isinstance(others, list) and value in others


def _worse(name: str, columns: Sequence[str], row: Sequence[Any], held: Sequence[Any]) -> bool:
    """An invalid contact point never takes the place of a good one."""
    if name not in FOLLOWS:
        return False
    at = columns.index(f"{name}_state")
    return bool(row[at] == "invalid" and held[at] not in (None, "invalid"))


def _merged_extra(held: str | None, given: str | None, also: dict[str, Any], *, again: bool) -> str | None:
    """`extra` with what a row adds. Nothing is lost: what differs within one file is listed under `also`."""
    if given is None and not also:
        return held
    if given == held and not also:
        return held
    merged: dict[str, Any] = json.loads(held) if held else {}
    before = json.dumps(merged, sort_keys=True)
    others_told = list(also.items())
    for key, value in (json.loads(given) if given else {}).items():
        ours = key == "also" and isinstance(merged.get(key), dict)  # not the column of this very name
        if ours and isinstance(value, dict):  # an export of leadctl says what was set aside then
            others_told += [(name, each) for name, told in value.items() for each in _each(told)]
        elif (again or ours) and key in merged and merged[key] != value:
            others_told.append((key, value))
        else:
            merged[key] = value
    if others_told:
        kept = merged.get("also", {})
        if not isinstance(kept, dict):  # a column of the file has this very name
            kept = {"also": [kept]}
        merged["also"] = kept
        for key, value in others_told:
            others = kept.setdefault(key, [])
            if value not in others:
                others.append(value)
    if json.dumps(merged, sort_keys=True) == before:
        return held
    return json.dumps(merged, ensure_ascii=False, separators=(",", ":"))


def _each(told: Any) -> list[Any]:
    return told if isinstance(told, list) else [told]
