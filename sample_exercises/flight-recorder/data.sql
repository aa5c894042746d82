INSERT INTO log_lines (id, logged_at, severity, message)
SELECT g, timestamptz '2025-06-01 00:00+00' + g * (interval '20 days' / pg_temp.rows('log_lines')), pg_temp.pick(g, 1, 5)::integer, 'sensor value ' || md5(g::text)
FROM generate_series(1, pg_temp.rows('log_lines')) g;
