-- The messages of a ticket in their order, from one index.
SELECT id, author, body, sent_at
FROM messages
WHERE ticket_id = $1
ORDER BY sent_at
LIMIT 50;
