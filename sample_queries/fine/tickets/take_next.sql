-- A queue: workers skip what others have locked.
UPDATE tickets
SET agent_id = $1, status = 'waiting'
WHERE id = (
    SELECT id
    FROM tickets
    WHERE status = 'open'
      AND tenant_id = $2
    ORDER BY created_at
    LIMIT 1
    FOR UPDATE SKIP LOCKED)
RETURNING id, subject;
