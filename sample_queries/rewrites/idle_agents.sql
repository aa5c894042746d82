-- Agents who have no ticket. agent_id may be NULL.
SELECT a.id, a.login
FROM agents a
WHERE a.id NOT IN (SELECT t.agent_id FROM tickets t);
