-- The partial unique index says that there is one at most.
SELECT a.agent_id, g.login
FROM assignments a
JOIN agents g ON g.id = a.agent_id
WHERE a.ticket_id = $1
  AND a.ended_at IS NULL;
