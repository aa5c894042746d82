-- A day of a table that is appended to: BRIN leaves the pages of that day.
SELECT date_trunc('hour', happened_at) AS hour, count(*) AS events
FROM job_events
WHERE happened_at >= '2026-10-05'
  AND happened_at < '2026-10-06'
GROUP BY hour
ORDER BY hour;
