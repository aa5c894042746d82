INSERT INTO people (id, email) SELECT g, 'person' || g || '@example.org' FROM generate_series(1, pg_temp.rows('people')) g;
INSERT INTO parcels (id, sender_id, receiver_id, posted_on, label)
SELECT g, s, CASE WHEN pg_temp.unit(g, 3) < 0.3 THEN s ELSE 1 + pg_temp.pick(g, 2, pg_temp.rows('people')) END, date '2025-01-01' + pg_temp.pick(g, 4, 365)::integer, md5(g::text)
FROM generate_series(1, pg_temp.rows('parcels')) g, LATERAL (SELECT 1 + pg_temp.pick(g, 1, pg_temp.rows('people'))) x(s);
