"""What happened to a lead, as lines for reading."""

from __future__ import annotations

import sqlite3
from typing import Any

MOST_ACTIVITIES = 50
_SHOWN_FIRST = """
SELECT * FROM activity WHERE lead = :lead ORDER BY occurred_at DESC, id DESC LIMIT :most
"""
_MORE = "SELECT count(*) FROM activity WHERE lead = ?"
_TIMELINE = f"""
SELECT happened_at, what, detail FROM (
  SELECT operation.started_at AS happened_at, 0 AS sort, lead.id AS number, 'created' AS what, operation.command AS detail
    FROM lead JOIN operation ON operation.id = lead.created_by WHERE lead.id = :lead
  UNION ALL
  SELECT operation.started_at, 1, change.id, change.field || ' changed',
         CASE WHEN change.before IS NULL THEN '-' ELSE printf(CASE typeof(change.before) WHEN 'real' THEN '%.15g' ELSE '%s' END,
           change.before) END || ' -> '
         || CASE WHEN change.after IS NULL THEN '-' ELSE printf(CASE typeof(change.after) WHEN 'real' THEN '%.15g' ELSE '%s' END,
           change.after) END
         || '  (' || coalesce(operation.command, 'by another program') || ')'
    FROM change LEFT JOIN operation ON operation.id = change.operation
    WHERE change.noun = 'lead' AND change.row = :lead AND change.field IS NOT NULL
      AND change.field NOT IN
      ('stage', 'stage_on', 'owner', 'queue', 'email_state', 'email_kind', 'phone_state', 'extra', 'opted', 'opted_at')
  UNION ALL
  SELECT operation.started_at, 2, stage_change.id, 'moved to ' || stage_change.stage,
         'on ' || moved_on || coalesce(': ' || reason, '')
    FROM stage_change JOIN operation ON operation.id = stage_change.created_by WHERE stage_change.lead = :lead
  UNION ALL
  SELECT offered_at, 3, id, CASE WHEN owner IS NULL THEN 'put into the queue ' || queue ELSE 'given to ' || owner END,
         why || coalesce('; tell: ' || tell, '') FROM offer WHERE lead = :lead
  UNION ALL
  SELECT operation.started_at, 4, follow_up.id, 'follow-up on ' || due_on,
         coalesce(note, '') || CASE WHEN done_at IS NULL THEN '' ELSE ' (done ' || done_at || ')' END
    FROM follow_up JOIN operation ON operation.id = follow_up.created_by WHERE follow_up.lead = :lead
  UNION ALL
  SELECT operation.started_at, 5, doubt.id, 'in doubt', reason || coalesce(': lead ' || other, '')
    FROM doubt JOIN operation ON operation.id = doubt.created_by WHERE doubt.lead = :lead
  UNION ALL
  SELECT operation.started_at, 6, lifecycle_change.id,
         CASE WHEN lifecycle IS NULL THEN 'no longer ' || from_lifecycle ELSE 'became ' || lifecycle END,
         coalesce(lifecycle_change.reason, '')
    FROM lifecycle_change JOIN operation ON operation.id = lifecycle_change.created_by WHERE lifecycle_change.lead = :lead
  UNION ALL
  SELECT decided_at, 7, id, 'qualified: ' || replace(result, '_', '-'),
         coalesce((SELECT group_concat(key || ': ' || value, ', ') FROM json_each(answers)), '')
    FROM qualification WHERE lead = :lead
  UNION ALL
  SELECT operation.started_at, 7, merge.id, 'merged', 'lead ' || merge.gone || ' is part of it now'
         || coalesce(': ' || merge.why, '')
    FROM merge JOIN operation ON operation.id = merge.created_by WHERE merge.lead = :lead
  UNION ALL
  SELECT occurred_at, 8, id, replace(type, '_', ' '),
         substr(coalesce('; ' || topic, '') || coalesce('; ' || path, '') || coalesce('; ' || content, '')
         || coalesce('; ' || outcome, '') || coalesce('; ' || note, ''), 3) FROM ({_SHOWN_FIRST})
) ORDER BY happened_at, sort, number
"""


def timeline(connection: sqlite3.Connection, lead: int) -> tuple[list[tuple[Any, ...]], int]:
    """What happened to a lead, oldest first: when (UTC), what, and the detail; and how many older activities are left out."""
    rows = connection.execute(_TIMELINE, {"lead": lead, "most": MOST_ACTIVITIES}).fetchall()
    return rows, max(0, int(connection.execute(_MORE, (lead,)).fetchone()[0]) - MOST_ACTIVITIES)
