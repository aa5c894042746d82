-- The same by an anti-join: is it the same?
SELECT a.id, a.login
FROM agents a
WHERE NOT EXISTS (SELECT 1 FROM tickets t WHERE t.agent_id = a.id);
