INSERT INTO passages (id, badge_no, door, passed_at)
SELECT g, 7000000 + pg_temp.pick(g, 1, 10000), 'door ' || pg_temp.pick(g, 2, 40), timestamptz '2025-01-01 00:00+00' + g * interval '41 seconds'
FROM generate_series(1, pg_temp.rows('passages')) g;
