SELECT id, sent_at, author, body
FROM messages
WHERE room_id = 3
ORDER BY sent_at, id
OFFSET 20000 LIMIT 20;
