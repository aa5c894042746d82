SELECT t.id, t.subject, t.created_at
FROM tickets t
WHERE t.closed_at IS NULL AND t.subject LIKE '%refund%'
ORDER BY t.created_at DESC
LIMIT 20;
