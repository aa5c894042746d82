-- The index on agent_id leaves out the NULLs, which equality does not ask for.
SELECT id, subject, created_at
FROM tickets
WHERE agent_id = $1
  AND status <> 'closed'
ORDER BY created_at;
