-- Of the leads captured in each group: won, lost, open; days from capture to win; whether the group is young.
-- temp.grouped says which lead belongs to which group. :won and :lost are JSON lists of stage names.
WITH counted AS (
  SELECT grouped.label AS label, grouped.sort AS sort, lead.id AS lead,
         lead.stage IN (SELECT value FROM json_each(:won)) AS won,
         lead.stage IN (SELECT value FROM json_each(:lost)) AS lost,
         julianday(:today) - julianday(local_day(lead.captured_at)) AS age,
         CASE WHEN lead.stage IN (SELECT value FROM json_each(:won)) AND lead.stage_on >= local_day(lead.captured_at)
              THEN julianday(lead.stage_on) - julianday(local_day(lead.captured_at)) END AS days_to_win
  FROM grouped JOIN lead ON lead.id = grouped.lead
),
wins AS (
  SELECT days_to_win, row_number() OVER (ORDER BY days_to_win) AS place, count(*) OVER () AS wins
  FROM (SELECT DISTINCT lead, days_to_win FROM counted WHERE days_to_win IS NOT NULL)
),
usual AS (  -- three quarters of all wins took at most so long; without wins 90 days
  SELECT coalesce((SELECT min(days_to_win) FROM wins WHERE place * 4 >= wins * 3), 90) AS days
),
ranked AS (
  SELECT label, days_to_win, row_number() OVER (PARTITION BY label ORDER BY days_to_win) AS place,
         count(*) OVER (PARTITION BY label) AS wins
  FROM counted WHERE days_to_win IS NOT NULL
),
median AS (
  SELECT label, avg(days_to_win) AS days FROM ranked WHERE place IN ((wins + 1) / 2, (wins + 2) / 2) GROUP BY label
)
SELECT counted.label AS "group",
       count(*) AS leads,
       sum(counted.won) AS won,
       sum(counted.lost) AS lost,
       count(*) - sum(counted.won) - sum(counted.lost) AS open,
       1.0 * sum(counted.won) / count(*) AS rate,
       NULL AS low,
       NULL AS high,
       median.days AS median_days_to_win,
       -- young: most of its leads have not had the time that wins usually take
       2 * sum(CASE WHEN counted.age < (SELECT days FROM usual) THEN 1 ELSE 0 END) > count(*) AS young
FROM counted LEFT JOIN median ON median.label IS counted.label
GROUP BY counted.label
ORDER BY min(counted.sort), count(*) DESC, counted.label
