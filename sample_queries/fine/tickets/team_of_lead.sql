-- The people below somebody, by the index on lead_id.
WITH RECURSIVE team AS (
    SELECT id, login, 1 AS depth
    FROM agents
    WHERE lead_id = $1
    UNION ALL
    SELECT a.id, a.login, t.depth + 1
    FROM agents a
    JOIN team t ON a.lead_id = t.id
    WHERE t.depth < 8)
SELECT id, login, depth
FROM team
ORDER BY depth, login;
