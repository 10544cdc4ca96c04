"""Runs of the scoring and what they worked out."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from leadctl.compiler.catalogue import NO_DIMENSIONS
from leadctl.compiler.fading import weights
from leadctl.compiler.fragment import Sql
from leadctl.compiler.sql import day_number

_KEEP_RULES = "INSERT INTO ruleset (hash, files, first_used_at) VALUES (?, ?, ?) ON CONFLICT (hash) DO NOTHING"
_NEW_RUN = (
    "INSERT INTO run (operation, ruleset, today, timezone, engine, git_commit) VALUES (?, ?, ?, ?, ?, ?) RETURNING id"
)
_SEEN = """
UPDATE run SET last_change = (SELECT ifnull(max(id), 0) FROM change), last_lead = (SELECT ifnull(max(id), 0) FROM lead),
       last_activity = (SELECT ifnull(max(id), 0) FROM activity) WHERE id = ?
"""
_LAST_RUN = "SELECT id, ruleset, today, timezone, engine, last_change, last_lead, last_activity FROM run ORDER BY id DESC LIMIT 1"
_RUN_OF_DAY = "SELECT id, operation, ruleset, timezone, last_change FROM run WHERE today = ? ORDER BY id DESC LIMIT 1"
_LAST_BEFORE = "SELECT ifnull(max(id), 0) FROM operation WHERE started_at < ? AND finished_at IS NOT NULL"
_TOTAL_BEFORE = """
SELECT before ->> 'total' FROM change WHERE noun = 'score' AND row = ? AND field = '*' AND operation > ? ORDER BY id LIMIT 1
"""
# What a run has to look at: leads that are new or changed since the last one, whose activities are, and those that fell due.
# Owner and queue are set after scoring; no rule of a score can name them. The signs before `noun` keep SQLite from going
# through the whole log by table, where what is newer than the last run is asked for.
_TO_SCORE = """
INSERT OR IGNORE INTO scored SELECT lead FROM (
SELECT row AS lead FROM change WHERE id > :change AND +noun = 'lead' AND field NOT IN ('owner', 'queue')
UNION SELECT row FROM change WHERE id > :change AND +noun = 'score'
UNION SELECT activity.lead FROM change JOIN activity ON activity.id = change.row WHERE change.id > :change AND +noun = 'activity'
UNION SELECT before FROM change WHERE id > :change AND +noun = 'activity' AND field = 'lead'
UNION SELECT before ->> 'lead' FROM change WHERE id > :change AND +noun = 'activity' AND field IS NULL
UNION SELECT id FROM lead WHERE id > :lead
UNION SELECT lead FROM activity WHERE id > :activity
UNION SELECT lead FROM to_score
UNION SELECT lead FROM score WHERE :last_day < :today AND next_change_on <= :today
) WHERE lead IS NOT NULL
"""
ONLY = "SELECT lead FROM scored"
_LIFECYCLE = """
INSERT INTO lifecycle_change (lead, from_lifecycle, lifecycle, changed_on, reason, created_by)
SELECT moved.lead, moved.before, moved.after, :today,
       CASE WHEN earlier.place IS NULL OR later.place > earlier.place THEN later.enter ELSE earlier.leave END || {scores},
       :operation
FROM (SELECT change.row AS lead, change.before ->> 'lifecycle' AS before, score.lifecycle AS after, min(change.id)
      FROM change JOIN score ON score.lead = change.row
      WHERE change.operation = :operation AND +change.noun = 'score' AND change.field = '*' GROUP BY change.row
      UNION ALL
      SELECT lead, NULL, lifecycle, 0 FROM score WHERE created_by = :operation AND lifecycle <> :first {only}) AS moved
JOIN score ON score.lead = moved.lead
LEFT JOIN (SELECT value ->> 'name' AS name, key AS place, value ->> 'enter' AS enter FROM json_each(:rungs)) AS later
  ON later.name = moved.after
LEFT JOIN (SELECT value ->> 'name' AS name, key AS place, value ->> 'leave' AS leave FROM json_each(:rungs)) AS earlier
  ON earlier.name = moved.before
WHERE moved.before IS NOT moved.after
ORDER BY moved.lead
"""
_CONCERNED = """
SELECT count(*) FROM (SELECT row FROM change WHERE operation = :operation AND +noun IN ('lead', 'score')
                      UNION SELECT lead FROM offer WHERE created_by = :operation
                      UNION SELECT lead FROM score WHERE created_by = :operation)
"""
# Every so-many-eth lead, by a step that has nothing to do with the order in which they came.
_SAMPLE = """
INSERT INTO sampled SELECT lead FROM score WHERE lead NOT IN (SELECT lead FROM scored)
ORDER BY (lead * 2654435761) % 4294967296 LIMIT :most
"""
_COME_TO = "SELECT lifecycle, count(*) FROM lifecycle_change WHERE created_by = ? GROUP BY lifecycle ORDER BY lifecycle"


@dataclass(frozen=True)
class LastRun:
    """The last scoring: by which rules, on which day, and up to where it had seen everything (None: not known)."""

    id: int
    ruleset: str
    today: str
    timezone: str
    engine: str
    change: int | None
    lead: int | None
    activity: int | None


@dataclass(frozen=True)
class PastRun:
    """An earlier scoring: by which operation, rules and time zone, and the last change that it had seen (None: not known)."""

    id: int
    operation: int
    ruleset: str
    timezone: str
    change: int | None


def last_run(connection: sqlite3.Connection) -> LastRun | None:
    row = connection.execute(_LAST_RUN).fetchone()
    return LastRun(*row) if row else None


def new_run(
    connection: sqlite3.Connection,
    operation: int,
    ruleset: str,
    files: Mapping[str, str],
    today: date,
    timezone: str,
    engine: str,
    commit: str | None,
    now: str,
) -> int:
    """Keeps the rules under their hash and notes that they run; the run's number."""
    connection.execute(_KEEP_RULES, (ruleset, json.dumps(dict(files)), now))
    row = connection.execute(_NEW_RUN, (operation, ruleset, today.isoformat(), timezone, engine, commit)).fetchone()
    return int(row[0])


def everything_seen(connection: sqlite3.Connection, run: int) -> None:
    """The run has taken in all that is there; the next one begins here."""
    connection.execute("DELETE FROM to_score")
    connection.execute(_SEEN, (run,))


def choose(connection: sqlite3.Connection, last: LastRun, today: date) -> int:
    """Fills the table `scored` with the leads whose score can differ from the last run's; how many."""
    connection.execute("DROP TABLE IF EXISTS temp.scored")
    connection.execute("CREATE TEMP TABLE scored (lead INTEGER PRIMARY KEY)")
    values = {
        "change": last.change,
        "lead": last.lead,
        "activity": last.activity,
        "last_day": last.today,
        "today": today.isoformat(),
    }
    connection.execute(_TO_SCORE, values)
    connection.execute("DELETE FROM scored WHERE lead NOT IN (SELECT id FROM lead)")
    return int(connection.execute("SELECT count(*) FROM scored").fetchone()[0])


def sum_up(connection: sqlite3.Connection, sums: Sql | None, half_lives: Mapping[int, str], today: date) -> None:
    """Makes the temporary tables `fade`, what is left of an activity of each day, and `did`, what the leads did."""
    forget(connection)
    if sums is None:
        return
    if half_lives:
        ages = max(len(weights(half_life)) for half_life in half_lives)
        columns = ", ".join(half_lives.values())
        connection.execute(f"CREATE TEMP TABLE fade (day INTEGER PRIMARY KEY, {columns})")
        tables = [weights(half_life) for half_life in half_lives]
        rows = (
            (day_number(today) - age, *(table[age] if age < len(table) else None for table in tables))
            for age in range(ages)
        )
        connection.executemany(f"INSERT INTO fade VALUES (?, {', '.join('?' * len(tables))})", rows)
    names = connection.execute(f"SELECT * FROM ({sums.text}) LIMIT 0", sums.values).description
    rest = ", ".join(each[0] for each in names[1:])
    connection.execute(f"CREATE TEMP TABLE did (lead INTEGER PRIMARY KEY, {rest})")
    connection.execute(f"INSERT INTO did {sums.text}", sums.values)


def forget(connection: sqlite3.Connection) -> None:
    """Drops what `sum_up` made."""
    for table in ("fade", "did"):
        connection.execute(f"DROP TABLE IF EXISTS temp.{table}")


def clear_gone(connection: sqlite3.Connection, columns: Sequence[str]) -> None:
    """Empties the columns of dimensions that the rules no longer have."""
    fixed = {*NO_DIMENSIONS, *columns}
    for (gone,) in connection.execute("SELECT name FROM pragma_table_info('score')").fetchall():
        if gone not in fixed:
            connection.execute(f'UPDATE score SET "{gone}" = NULL WHERE "{gone}" IS NOT NULL')


def write(connection: sqlite3.Connection, select: Sql, columns: Sequence[str], run: int, operation: int) -> None:
    """Writes what `select` (lead, `columns`, the day of the next change) works out.

    A score that stays as it was is left alone, with the run that made it; only its next change is brought up to date.
    """
    names = ", ".join(f'"{name}"' for name in columns)
    statement = f"INSERT INTO score (lead, {names}, next_change_on, run, created_by)\nSELECT worked.*, {run}, {operation} FROM ("
    statement += f"{select.text}) AS worked\n"
    if connection.execute("SELECT 1 FROM score LIMIT 1").fetchone():
        # Most scores stay as they are: looking first costs less than trying to insert each.
        settings = ", ".join(f'"{name}" = excluded."{name}"' for name in columns)
        differs = " OR ".join(f'stored."{name}" IS NOT {{0}}."{name}"' for name in columns)
        statement += (
            f"LEFT JOIN score AS stored ON stored.lead = worked.lead\nWHERE stored.lead IS NULL "
            f"OR stored.next_change_on IS NOT worked.next_change_on OR {differs.format('worked')}\n"
            f"ON CONFLICT (lead) DO UPDATE SET {settings}, next_change_on = excluded.next_change_on, "
            f"run = CASE WHEN {differs.replace('stored.', 'score.').format('excluded')} THEN excluded.run ELSE score.run END"
        )
    connection.execute(statement, select.values)


def changed(connection: sqlite3.Connection, run: int, only: str | None) -> int:
    """How many leads' scores a run has made new or different."""
    among = f" AND lead IN ({only})" if only else ""
    return int(connection.execute(f"SELECT count(*) FROM score WHERE run = ?{among}", (run,)).fetchone()[0])


def note_lifecycle(
    connection: sqlite3.Connection,
    operation: int,
    rungs: Iterable[Mapping[str, str]],
    dimensions: Sequence[str],
    today: date,
    first: str,
    only: str | None,
) -> None:
    """Notes every change of lifecycle that the operation has made. `rungs`, lowest first: `name`, `enter` and `leave`, why
    one comes to it and why one loses it."""
    shown = " || ', ' || ".join(f"'{name} ' || score.\"{name}\"" for name in dimensions)
    scores = f"' (' || {shown} || ')'" if dimensions else "''"
    among = f"AND lead IN ({only})" if only else ""
    values = {"operation": operation, "rungs": json.dumps(list(rungs)), "today": today.isoformat(), "first": first}
    connection.execute(_LIFECYCLE.format(scores=scores, only=among), values)


def forget_seen(connection: sqlite3.Connection) -> None:
    """What the last run has seen no longer counts: the next one is full."""
    connection.execute("UPDATE run SET last_change = NULL WHERE id = (SELECT max(id) FROM run)")


def run_of_day(connection: sqlite3.Connection, day: date) -> PastRun | None:
    """The last scoring of a day."""
    row = connection.execute(_RUN_OF_DAY, (day.isoformat(),)).fetchone()
    return PastRun(*row) if row else None


def there_since(connection: sqlite3.Connection, lead: int) -> int:
    """The operation that made a lead."""
    return int(connection.execute("SELECT created_by FROM lead WHERE id = ?", (lead,)).fetchone()[0])


def last_operation_before(connection: sqlite3.Connection, moment: str) -> int:
    """The last operation that began before a moment (UTC text); 0 where there was none."""
    return int(connection.execute(_LAST_BEFORE, (moment,)).fetchone()[0])


def total_of(connection: sqlite3.Connection, lead: int, after: int | None) -> int | None:
    """The stored total of a lead, now or after an earlier operation; None where it was not scored."""
    if after is not None:
        row = connection.execute(_TOTAL_BEFORE, (lead, after)).fetchone()
        if row is not None:
            return int(row[0]) if row[0] is not None else None
    row = connection.execute("SELECT total, created_by FROM score WHERE lead = ?", (lead,)).fetchone()
    return int(row[0]) if row is not None and (after is None or row[1] <= after) else None


def leads_concerned(connection: sqlite3.Connection, operation: int) -> int:
    """How many leads an operation has scored differently or given away."""
    return int(connection.execute(_CONCERNED, {"operation": operation}).fetchone()[0])


def lifecycle_counts(connection: sqlite3.Connection, operation: int) -> dict[str, int]:
    """Rung -> how many leads the operation has brought there."""
    return dict(connection.execute(_COME_TO, (operation,)))


def sample(connection: sqlite3.Connection, most: int) -> str:
    """A query of leads spread over all scored ones, without those in the table `scored`; kept in the table `sampled`."""
    connection.execute("DROP TABLE IF EXISTS temp.sampled")
    connection.execute("CREATE TEMP TABLE sampled (lead INTEGER PRIMARY KEY)")
    connection.execute(_SAMPLE, {"most": most})
    return "SELECT lead FROM sampled"


def differing(connection: sqlite3.Connection, select: Sql, columns: Sequence[str], only: str) -> tuple[int, list[int]]:
    """How many leads of the query `only` there are, and those whose stored score is not what `select` works out."""
    differs = " OR ".join(f'score."{name}" IS NOT worked."{name}"' for name in columns)
    statement = (
        f"SELECT score.lead FROM ({select.text}) AS worked JOIN score ON score.lead = worked.lead WHERE {differs}"
    )
    wrong = [row[0] for row in connection.execute(statement, select.values)]
    return int(connection.execute(f"SELECT count(*) FROM ({only})").fetchone()[0]), wrong
