SELECT id, sent_at, author, body FROM messages WHERE room_id = 3 AND sent_at >= timestamptz '2024-01-07 22:40:00+00' ORDER BY sent_at, id LIMIT 20;
