-- A batch at a time, by key; the events go with their jobs along the primary key.
WITH old AS (
    SELECT id
    FROM jobs
    WHERE tenant_id = $1
      AND id < $2
    ORDER BY id
    LIMIT 1000)
DELETE FROM jobs
USING old
WHERE jobs.id = old.id;
