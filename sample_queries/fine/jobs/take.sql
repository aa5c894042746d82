-- Workers take the oldest jobs, and skip what others have locked.
UPDATE jobs
SET state = 'running', attempts = attempts + 1
WHERE id IN (
    SELECT id
    FROM jobs
    WHERE state = 'queued'
      AND run_at <= now()
    ORDER BY run_at, id
    LIMIT 10
    FOR UPDATE SKIP LOCKED)
RETURNING id, payload;
