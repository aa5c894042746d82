-- Keyset pagination with a tie breaker.
SELECT id, author, body, sent_at
FROM messages
WHERE ticket_id = $1
  AND (sent_at, id) > ($2, $3)
ORDER BY sent_at, id
LIMIT 50;
