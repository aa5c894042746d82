-- The last message of each of a page of tickets.
SELECT t.id, t.subject, m.author, m.sent_at
FROM tickets t
CROSS JOIN LATERAL (
    SELECT author, sent_at
    FROM messages
    WHERE ticket_id = t.id
    ORDER BY sent_at DESC
    LIMIT 1) AS m
WHERE t.agent_id = $1
  AND t.status <> 'closed'
ORDER BY m.sent_at DESC;
