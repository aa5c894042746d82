-- Ends the current assignment and begins another in one statement.
WITH ended AS (
    UPDATE assignments
    SET ended_at = now()
    WHERE ticket_id = $1
      AND ended_at IS NULL
    RETURNING ticket_id)
INSERT INTO assignments (ticket_id, agent_id)
SELECT ticket_id, $2
FROM ended;
