-- What sources, campaigns or months cost from :first to :last, beside the leads captured there.
-- :by is source, campaign or month. temp.chosen holds the leads that were captured in that time.
-- The cents of an amount fall on its days so that the first n days have floor(cents * n / days): they always add up.
WITH RECURSIVE
piece AS (  -- each amount within the time asked for; where months are asked for, a piece for each of its months
  SELECT id, source, campaign, CAST(round(amount * 100) AS INTEGER) AS cents, from_day,
         CAST(julianday(to_day) - julianday(from_day) AS INTEGER) + 1 AS days,
         min(to_day, :last) AS until,
         max(from_day, :first) AS start,
         min(to_day, :last,
             CASE WHEN :by = 'month' THEN date(max(from_day, :first), 'start of month', '+1 month', '-1 day') ELSE to_day END
         ) AS finish
  FROM spend WHERE from_day <= :last AND to_day >= :first
  UNION ALL
  SELECT id, source, campaign, cents, from_day, days, until, date(finish, '+1 day'),
         min(until, date(finish, '+1 day', 'start of month', '+1 month', '-1 day'))
  FROM piece WHERE finish < until
),
part AS MATERIALIZED (
  SELECT CASE :by WHEN 'source' THEN source WHEN 'campaign' THEN campaign ELSE substr(start, 1, 7) END AS label,
         fold(source) AS source, fold(campaign) AS campaign,
         cents * (CAST(julianday(finish) - julianday(from_day) AS INTEGER) + 1) / days
         - cents * CAST(julianday(start) - julianday(from_day) AS INTEGER) / days AS cents
  FROM piece
),
paid AS MATERIALIZED (SELECT fold(label) AS key, min(label) AS label, sum(cents) AS cents FROM part GROUP BY fold(label)),
captured AS MATERIALIZED (
  SELECT fold(source) AS source, fold(campaign) AS campaign, month, leads FROM (
    SELECT lead.source, lead.campaign, CASE WHEN :by = 'month' THEN substr(local_day(lead.captured_at), 1, 7) END AS month,
           count(*) AS leads
    FROM chosen JOIN lead ON lead.id = chosen.lead GROUP BY 1, 2, 3
  )
),
bought AS MATERIALIZED (  -- what was paid for in each month
  SELECT label, 'source' AS what, source AS name FROM part WHERE :by = 'month' AND source IS NOT NULL
  UNION SELECT label, 'campaign', campaign FROM part WHERE :by = 'month' AND campaign IS NOT NULL
),
counted AS MATERIALIZED (
  SELECT CASE :by WHEN 'source' THEN source WHEN 'campaign' THEN campaign ELSE month END AS key, sum(leads) AS leads
  FROM captured
  WHERE :by <> 'month' OR (month, 'source', source) IN (SELECT label, what, name FROM bought)
    OR (month, 'campaign', campaign) IN (SELECT label, what, name FROM bought)
  GROUP BY 1
)
SELECT paid.label AS "group",
       paid.cents / 100.0 AS amount,
       ifnull(counted.leads, 0) AS leads,
       round(paid.cents / 100.0 / counted.leads, 2) AS cost_per_lead
FROM paid LEFT JOIN counted ON counted.key = paid.key
ORDER BY CASE WHEN :by = 'month' THEN paid.label END, paid.cents DESC, paid.label
