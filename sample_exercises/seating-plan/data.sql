INSERT INTO readings (id, seat_id, taken_at, occupied, raw)
SELECT g, 1 + pg_temp.pick(g, 1, pg_temp.rows('readings') / 150), timestamptz '2024-01-01 00:00+00' + g * (interval '365 days' / pg_temp.rows('readings')), pg_temp.unit(g, 2) < 0.4, md5(g::text)
FROM generate_series(1, pg_temp.rows('readings')) g;
