SELECT * FROM (SELECT id, sent_at, author, body FROM messages WHERE room_id = 3 ORDER BY sent_at, id OFFSET 20000) m ORDER BY sent_at, id LIMIT 20;
