-- What is to be done: planned actions that are due or overdue, then open leads that nobody has touched, best first.
-- Who opted out is left out. :first is a JSON list of the stage in which leads begin, :closed of the stages of kind won and lost.
SELECT lead, name, owner, due, state, days_late, action, grade FROM (
  SELECT lead.id AS lead, lead.name AS name, lead.owner AS owner, follow_up.due_on AS due,
         CASE WHEN follow_up.due_on < :today THEN 'overdue' ELSE 'due' END AS state,
         CAST(julianday(:today) - julianday(follow_up.due_on) AS INTEGER) AS days_late,
         coalesce(follow_up.note, 'follow up') AS action, score.grade AS grade,
         CASE WHEN follow_up.due_on < :today THEN 0 ELSE 1 END AS urgency, score.total AS total
  FROM follow_up
  JOIN chosen ON chosen.lead = follow_up.lead
  JOIN lead ON lead.id = follow_up.lead
  LEFT JOIN score ON score.lead = lead.id
  WHERE follow_up.done_at IS NULL AND follow_up.due_on <= :today AND (lead.opted IS NULL OR lead.opted <> 'out')
    AND lead.stage NOT IN (SELECT value FROM json_each(:closed))  -- won or lost: nothing is left to be done
  UNION ALL
  SELECT lead.id, lead.name, lead.owner, NULL, 'untouched',
         CAST(julianday(:today) - julianday(local_day(lead.captured_at)) AS INTEGER), 'first contact', score.grade,
         2, score.total
  FROM chosen
  JOIN lead ON lead.id = chosen.lead
  LEFT JOIN score ON score.lead = lead.id
  WHERE lead.stage IN (SELECT value FROM json_each(:first)) AND (lead.opted IS NULL OR lead.opted <> 'out')
    AND NOT EXISTS (SELECT 1 FROM stage_change WHERE stage_change.lead = lead.id)
    AND NOT EXISTS (SELECT 1 FROM follow_up WHERE follow_up.lead = lead.id)
)
ORDER BY urgency, CASE WHEN urgency < 2 THEN -days_late END, total IS NULL, total DESC, lead
