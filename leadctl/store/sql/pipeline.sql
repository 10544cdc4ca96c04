-- Leads, value and weighted value by stage; how long leads have stood there; how many are stuck.
-- :stages is JSON, a stage each: name, kind, probability (percent), stuck_after (days or null).
WITH stage AS (
  SELECT key AS place, value ->> 'name' AS name, value ->> 'kind' AS kind,
         value ->> 'probability' AS probability, value ->> 'stuck_after' AS stuck_after
  FROM json_each(:stages)
  UNION ALL  -- leads in a stage that the rules no longer have are not passed over
  SELECT 1000, lead.stage, NULL, 0, NULL FROM chosen JOIN lead ON lead.id = chosen.lead
  WHERE lead.stage NOT IN (SELECT value ->> 'name' FROM json_each(:stages)) GROUP BY lead.stage
),
standing AS (
  SELECT lead.stage, lead.value,
         julianday(:today) - julianday(coalesce(lead.stage_on, local_day(lead.captured_at))) AS age
  FROM chosen JOIN lead ON lead.id = chosen.lead
),
ranked AS (
  SELECT stage, age, row_number() OVER (PARTITION BY stage ORDER BY age) AS place, count(*) OVER (PARTITION BY stage) AS leads
  FROM standing WHERE age IS NOT NULL
),
median AS (
  SELECT stage, avg(age) AS age FROM ranked WHERE place IN ((leads + 1) / 2, (leads + 2) / 2) GROUP BY stage
)
SELECT stage.name AS stage,
       stage.kind AS kind,
       count(standing.stage) AS leads,
       round(coalesce(sum(standing.value), 0), 2) AS value,
       round(coalesce(sum(standing.value), 0) * stage.probability / 100.0, 2) AS weighted_value,
       median.age AS median_age_days,
       count(CASE WHEN standing.age > stage.stuck_after THEN 1 END) AS stuck
FROM stage
LEFT JOIN standing ON standing.stage = stage.name
LEFT JOIN median ON median.stage = stage.name
GROUP BY stage.place, stage.name
ORDER BY stage.place, stage.name
