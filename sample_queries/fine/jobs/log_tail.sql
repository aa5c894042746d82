-- The last lines of a job, from the primary key read backwards.
SELECT line, happened_at, message
FROM job_events
WHERE job_id = $1
ORDER BY line DESC
LIMIT 20;
