"""Is the database whole, and does it agree with the rules? Each check gives its state and a detail."""

from __future__ import annotations

import json
import sqlite3

from leadctl.store.wordings import source_of

Finding = tuple[str, str]


def integrity(connection: sqlite3.Connection) -> Finding:
    found = [row[0] for row in connection.execute("PRAGMA integrity_check(5)")]
    return ("ok", "whole") if found == ["ok"] else ("error", "damaged, restore a backup: " + "; ".join(found))


def foreign_keys(connection: sqlite3.Connection) -> Finding:
    found = connection.execute("PRAGMA foreign_key_check").fetchall()
    return ("ok", "every row belongs to something") if not found else ("error", f"{len(found)} rows belong to nothing")


def wordings(connection: sqlite3.Connection) -> Finding:
    """Every text of a field that rules look up stands in `wording`, in its right form."""
    missing = 0
    for key, last_row in connection.execute("SELECT field, last_row FROM worded").fetchall():
        table, column = source_of(key)
        seen = f"AND id <= {last_row}" if table == "activity" else ""
        missing += connection.execute(
            f'SELECT count(*) FROM (SELECT DISTINCT "{column}" AS text FROM {table} WHERE "{column}" IS NOT NULL {seen}) AS used '
            "LEFT JOIN wording ON wording.field = ?1 AND wording.text = used.text "
            "WHERE wording.words IS NOT coalesce(compared(?1, used.text), '')",
            (key,),
        ).fetchone()[0]
    if missing:
        return (
            "error",
            f"{missing} texts are not as rules compare them; delete the rows of the tables worded and wording, then score",
        )
    return "ok", "as rules compare them"


def stages(connection: sqlite3.Connection, known: list[str]) -> Finding:
    found = connection.execute(
        "SELECT stage, count(*) FROM lead WHERE stage NOT IN (SELECT value FROM json_each(?)) GROUP BY stage",
        (json.dumps(known),),
    ).fetchall()
    if not found:
        return "ok", "every lead is in a stage of the pipeline"
    listed = ", ".join(f"{stage} ({leads})" for stage, leads in found)
    return "warning", f"the pipeline has no such stages: {listed}; move these leads, or add the stages"


def owners(connection: sqlite3.Connection, known: list[str]) -> Finding:
    found = connection.execute(
        "SELECT owner, count(*) FROM lead WHERE owner NOT IN (SELECT value FROM json_each(?)) "
        "GROUP BY owner ORDER BY 2 DESC LIMIT 5",
        (json.dumps(known),),
    ).fetchall()
    if not found:
        return "ok", "every owner is in the rules"
    return "warning", "not in the rules: " + ", ".join(f"{owner} ({leads} leads)" for owner, leads in found)


def forgotten(connection: sqlite3.Connection) -> Finding:
    """People of whom the file may still hold bytes."""
    found = connection.execute("SELECT count(*) FROM forgotten WHERE proven_at IS NULL").fetchone()[0]
    return (
        ("ok", "nothing is left of them") if not found else ("error", f"{found} not proven to be gone: leadctl forget")
    )


def unfinished(connection: sqlite3.Connection) -> Finding:
    found = connection.execute("SELECT count(*) FROM operation WHERE finished_at IS NULL").fetchone()[0]
    return ("ok", "none") if not found else ("error", f"{found} operations are not finished")
