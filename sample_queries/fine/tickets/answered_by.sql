-- EXISTS with a selective index on the inner side.
SELECT t.id, t.subject
FROM tickets t
WHERE t.agent_id = $1
  AND EXISTS (
      SELECT 1
      FROM messages m
      WHERE m.ticket_id = t.id
        AND m.sent_at > t.created_at);
