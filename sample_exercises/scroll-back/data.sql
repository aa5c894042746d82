INSERT INTO messages (id, room_id, sent_at, author, body)
SELECT g, g % 10, timestamptz '2024-01-01 00:00+00' + ((g + 7) / 20) * interval '1 minute', 'author ' || pg_temp.pick(g, 1, 500), md5(g::text)
FROM generate_series(1, pg_temp.rows('messages')) g;
