"""Who gets which lead: decided set by set in temporary tables, then written as offers."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence
from typing import Any

from leadctl.compiler.fragment import Sql
from leadctl.model.names import company_key

# A lead's company: its own mail domain, else its name. Free mail domains are never a company (company_domain is empty), and
# neither are words such as `n/a`.
_COMPANY = "coalesce('@' || lead.company_domain, company_key(lead.company))"
_BY_NAME = "company_key(lead.company)"

_WAITING = f"""
CREATE TEMP TABLE waiting AS
SELECT lead.id AS lead, lead.queue AS queue, coalesce(score.total, 0) AS total, {_COMPANY} AS company, {_BY_NAME} AS company_name,
       """
_COMPANIES = f"""
CREATE TEMP TABLE company_owner AS
SELECT company, owner FROM (
  SELECT company, owner, row_number() OVER (PARTITION BY company ORDER BY id) AS number FROM (
    SELECT lead.id, '@' || lead.company_domain AS company, lead.owner FROM lead WHERE lead.company_domain IS NOT NULL
    UNION ALL
    SELECT lead.id, {_BY_NAME}, lead.owner FROM lead WHERE lead.company IS NOT NULL
  ) AS lead WHERE owner IN (SELECT value FROM json_each(?)) AND company IS NOT NULL
) WHERE number = 1
"""
# A colleague with a free mail address belongs to the company of that name, if another lead shows its domain.
_SAME_NAME = """
UPDATE waiting SET company = named.company
FROM (SELECT company_name, min(company) AS company FROM waiting
      WHERE company_name IS NOT NULL AND company LIKE '@%' GROUP BY company_name) AS named
WHERE named.company_name = waiting.company_name AND waiting.company NOT LIKE '@%'
"""
_STAY_TOGETHER = """
INSERT INTO decision (lead, route, owner, in_turn, reason)
SELECT waiting.lead, waiting.route, company_owner.owner, 0, 'company'
FROM waiting JOIN company_owner ON company_owner.company = waiting.company
WHERE waiting.route IS NOT NULL
UNION ALL
SELECT waiting.lead, waiting.route, named.owner, 0, 'company'
FROM waiting JOIN company_owner AS named ON named.company = waiting.company_name
WHERE waiting.route IS NOT NULL
  AND NOT EXISTS (SELECT 1 FROM company_owner WHERE company_owner.company = waiting.company)
"""
# Each company that nobody has yet takes one turn, with its best lead; its other leads follow that one.
_TURNS = """
CREATE TEMP TABLE turn AS
SELECT lead, route, company, row_number() OVER (PARTITION BY route ORDER BY total DESC, lead) - 1 AS place
FROM (
  SELECT lead, route, total, company,
         CASE WHEN company IS NULL OR NOT :together THEN 1
              ELSE row_number() OVER (PARTITION BY company ORDER BY total DESC, lead) END AS number
  FROM waiting WHERE lead NOT IN (SELECT lead FROM decision) AND route IN (SELECT value FROM json_each(:giving))
) WHERE number = 1
"""
_TAKE_TURNS = """
INSERT INTO decision (lead, route, owner, in_turn, reason)
SELECT turn.lead, turn.route, owner.name, 1, 'turn'
FROM turn
JOIN (SELECT value ->> 'route' AS route, value ->> 'before' AS before, value ->> 'count' AS count
      FROM json_each(:routes)) AS route ON route.route = turn.route
JOIN (SELECT value ->> 'route' AS route, value ->> 'place' AS place, value ->> 'name' AS name FROM json_each(:owners)) AS owner
  ON owner.route = turn.route AND owner.place = (turn.place + route.before) % route.count
"""
_FOLLOW = """
INSERT INTO decision (lead, route, owner, in_turn, reason)
SELECT waiting.lead, waiting.route, first.owner, 0, 'company'
FROM waiting
JOIN turn ON turn.company = waiting.company
JOIN decision AS first ON first.lead = turn.lead
WHERE waiting.route IS NOT NULL AND waiting.lead NOT IN (SELECT lead FROM decision)
"""
_QUEUE = """
INSERT INTO decision (lead, route, owner, queue, in_turn, reason)
SELECT waiting.lead, waiting.route, NULL, queue.name, 0, 'queue'
FROM waiting JOIN (SELECT value ->> 'route' AS route, value ->> 'queue' AS name FROM json_each(:queues)) AS queue
  ON queue.route = waiting.route
WHERE waiting.lead NOT IN (SELECT lead FROM decision) AND waiting.queue IS NOT queue.name
"""
_DECISION = """
CREATE TEMP TABLE decision (
  lead INTEGER PRIMARY KEY, route INTEGER, owner TEXT, queue TEXT, in_turn INTEGER, reason TEXT
)
"""
_OFFER = """
INSERT INTO offer (lead, rule, owner, queue, in_turn, why, tell, offered_at, created_by)
SELECT decision.lead, route.id, decision.owner, decision.queue, decision.in_turn,
       CASE decision.reason WHEN 'company' THEN 'the same company is ' || decision.owner || '''s' ELSE route.why END,
       route.tell, :now, :operation
FROM decision JOIN (SELECT value ->> 'route' AS route, value ->> 'id' AS id, value ->> 'why' AS why, value ->> 'tell' AS tell
                    FROM json_each(:routes)) AS route ON route.route = decision.route
ORDER BY decision.lead
"""
_GIVE = """
UPDATE lead SET owner = decision.owner, queue = decision.queue FROM decision WHERE decision.lead = lead.id
"""
_OFFERED = """
SELECT offer.lead, lead.name, offer.rule, offer.owner, offer.queue, offer.why, offer.tell
FROM offer JOIN lead ON lead.id = offer.lead WHERE offer.created_by = ? ORDER BY offer.lead
"""
_TEMPORARY = ("waiting", "company_owner", "turn", "decision")


def turns_taken(connection: sqlite3.Connection, rule: str) -> int:
    """How many leads this rule has given out in turn so far."""
    row = connection.execute("SELECT count(*) FROM offer WHERE rule = ? AND in_turn = 1", (rule,)).fetchone()
    return int(row[0])


def decide(
    connection: sqlite3.Connection,
    route_of: Sql,
    considered: Sql,
    routes: Sequence[Mapping[str, Any]],
    owners: Sequence[str],
    together: bool,
) -> tuple[int, int]:
    """Decides for every lead without an owner that `considered` holds for; (waiting, decided).

    `route_of` gives the number of the first route that matches. Each of `routes` has `route` (its number), `id`, `why`,
    `tell`, `owners` (names), `queue` and `before`, the turns that it has given before.
    """
    forget(connection)
    connection.create_function("company_key", 1, company_key, deterministic=True)
    query = (
        _WAITING
        + route_of
        + " AS route\nFROM lead LEFT JOIN score ON score.lead = lead.id\nWHERE lead.owner IS NULL AND "
        + considered
    )
    connection.execute(query.text, query.values)
    connection.execute(_DECISION)
    if together:
        connection.execute(_SAME_NAME)
        connection.execute(_COMPANIES, (json.dumps(list(owners)),))
        connection.execute("CREATE INDEX temp.company_owner_by_company ON company_owner (company)")
        connection.execute(_STAY_TOGETHER)
    giving = [
        {"route": route["route"], "before": route["before"], "count": len(route["owners"])}
        for route in routes
        if route["owners"]
    ]
    places = [
        {"route": route["route"], "place": place, "name": name}
        for route in routes
        for place, name in enumerate(route["owners"])
    ]
    queues = [{"route": route["route"], "queue": route["queue"]} for route in routes if route["queue"]]
    connection.execute(_TURNS, {"together": together, "giving": json.dumps([each["route"] for each in giving])})
    connection.execute(_TAKE_TURNS, {"routes": json.dumps(giving), "owners": json.dumps(places)})
    if together:
        connection.execute("CREATE INDEX temp.turn_by_company ON turn (company)")
        connection.execute(_FOLLOW)
    connection.execute(_QUEUE, {"queues": json.dumps(queues)})
    counts = connection.execute("SELECT (SELECT count(*) FROM waiting), (SELECT count(*) FROM decision)").fetchone()
    return int(counts[0]), int(counts[1])


def write(connection: sqlite3.Connection, routes: Sequence[Mapping[str, Any]], now: str, operation: int) -> None:
    """Writes what was decided: an offer each, and the lead's owner or queue."""
    listed = [{name: route[name] for name in ("route", "id", "why", "tell")} for route in routes]
    connection.execute(_OFFER, {"routes": json.dumps(listed), "now": now, "operation": operation})
    connection.execute(_GIVE)


def offered(connection: sqlite3.Connection, operation: int) -> list[tuple[Any, ...]]:
    """What an operation decided: lead, name, rule, owner, queue, why, tell."""
    return connection.execute(_OFFERED, (operation,)).fetchall()


def forget(connection: sqlite3.Connection) -> None:
    for table in _TEMPORARY:
        connection.execute(f"DROP TABLE IF EXISTS temp.{table}")
