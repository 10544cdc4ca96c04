"""What in the rules the data speaks against: fields that hardly any lead has, a `not` that holds where nothing is known,
events that never came. Warnings; and the data is only looked at."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from datetime import date

from leadctl.compiler.coverage import Asked
from leadctl.compiler.findings import nearest
from leadctl.compiler.lint import tests_of
from leadctl.compiler.sql import ConditionSql, dids_of, rule_conditions, texts_compared
from leadctl.compiler.tree import All, AnyOf, Condition, Not, Rules, Test
from leadctl.config import Settings
from leadctl.errors import DatabaseError, Mistake, NotFound, Place
from leadctl.services.rules.surveying import count_matches, events_that_came
from leadctl.store.snapshot import snapshot, types_that_came

FEWEST_LEADS = 20  # with less, nothing can be said
NEARLY_ALL = 95  # percent without a value
OFTEN = 20


def doubts(settings: Settings, rules: Rules, today: date, wait: float) -> list[Mistake]:
    """The warnings, each with the place in the rules; none where there is no database yet."""
    fields = _fields(rules)
    denied = _denied(rules)
    present = [_present(test) for test in {test.field: test for test in (*fields, *denied)}.values()]
    keys = texts_compared([*present, *dids_of(rule_conditions(rules), rules)], rules)
    try:
        with snapshot(settings.database, rules.catalogue, keys, wait) as database:
            connection = database.connection
            found: list[Mistake] = []
            if present:
                asked = [Asked(test.field.name, condition=test) for test in present]
                leads, there = count_matches(connection, rules, asked, today, settings.zone)
                if leads >= FEWEST_LEADS:
                    empty = {each.name: leads - count for each, count in zip(asked, there, strict=True)}
                    found += _empty_fields(fields, empty, leads)
                    found += _denied_fields(denied, empty, leads)
            found += _events(connection, rules, ConditionSql(rules, today, settings.zone), settings.rules.name)
            return found
    except NotFound:
        return []
    except DatabaseError as error:
        place = Place(str(settings.database))
        return [Mistake(place, f"the data could not be looked at: {error.message}", error.hint, "warning")]


def _present(test: Test) -> Test:
    return Test(test.field, "present", (True,), Place(""))


def _fields(rules: Rules) -> list[Test]:
    """The first test on each field of leads, but for those that ask for a missing value."""
    found: dict[str, Test] = {}
    for condition in rule_conditions(rules):
        for test in tests_of(condition):
            if test.field.table == "lead" and not (test.operator == "present" and not test.values[0]):
                found.setdefault(test.field.name, test)
    return list(found.values())


def _empty_fields(fields: list[Test], empty: dict[str, int], leads: int) -> Iterator[Mistake]:
    for test in fields:
        name = test.field.name
        if empty[name] * 100 >= NEARLY_ALL * leads:
            source = test.field.derived_from or name
            hint = f"does an import bring it? --map-column HEADER={source}, or an alias for it under `fields:`"
            if not (test.field.given or test.field.derived_from):
                hint = "it follows from other fields: do the imports bring those?"
            yield Mistake(test.place, f"{_how_many(empty[name], leads)} leads have no {name}", hint, "warning")


def _how_many(part: int, whole: int) -> str:
    return f"{part:,} of {whole:,}"


def _denied(rules: Rules) -> list[Test]:
    """Tests that a `not` stands on directly, where nothing beside it says that there must be a value."""
    found: dict[Place, Test] = {}
    for condition in rule_conditions(rules):
        for test in _denied_in(condition, frozenset()):
            found.setdefault(test.place, test)
    return list(found.values())


def _denied_in(condition: Condition, known: frozenset[str]) -> Iterator[Test]:
    """`known`: the fields that have a value wherever this is reached."""
    if isinstance(condition, All):
        known |= {part.field.name for part in condition.parts if isinstance(part, Test) and _asks_for_value(part)}
        for part in condition.parts:
            yield from _denied_in(part, known)
    elif isinstance(condition, AnyOf):
        for part in condition.parts:
            yield from _denied_in(part, known)
    elif isinstance(condition, Not):
        denied = condition.part
        if not isinstance(denied, Test):
            yield from _denied_in(denied, frozenset())
        elif denied.field.table == "lead" and denied.operator != "present" and denied.field.name not in known:
            yield denied


def _asks_for_value(test: Test) -> bool:
    """Every test is false on a missing value, but for `present: no`."""
    return test.operator != "present" or bool(test.values[0])


def _denied_fields(denied: list[Test], empty: dict[str, int], leads: int) -> Iterator[Mistake]:
    for test in denied:
        name = test.field.name
        if empty[name] * 100 >= OFTEN * leads:
            yield Mistake(
                test.place,
                f"this `not` also holds where there is no {name}, and {_how_many(empty[name], leads)} leads have none",
                f"where a value must be there: {{{name}: {{present: yes}}, not: {{{name}: …}}}}",
                "warning",
            )


def _events(connection: sqlite3.Connection, rules: Rules, conditions: ConditionSql, folder: str) -> Iterator[Mistake]:
    """Events in the rules that never came, and types that came which the rules do not know."""
    types = types_that_came(connection)
    if not types:
        return
    named: dict[str, Place] = {}
    for did in dids_of(rule_conditions(rules), rules):
        for event in did.events:
            named.setdefault(event, did.place)
    came = events_that_came(connection, named, conditions)
    for event, place in named.items():
        if event not in came:
            yield Mistake(place, f"the event {event} never came", f"what came: {_listed(types)}", "warning")
    for unknown in sorted(types - rules.activities.keys()):
        hint = f"{nearest(unknown, rules.activities)} or add it under `activities:`"
        yield Mistake(
            Place(folder), f"activities of the type '{unknown}' came, which the rules do not know", hint, "warning"
        )


def _listed(names: set[str], most: int = 8) -> str:
    shown = sorted(names)
    return ", ".join(shown[:most]) + (", …" if len(shown) > most else "")
