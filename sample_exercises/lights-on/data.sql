INSERT INTO artists (id, name) SELECT g, 'artist ' || g FROM generate_series(1, pg_temp.rows('artists')) g;
INSERT INTO plays (id, artist_id, seconds, listener)
SELECT g, a, CASE WHEN a % 40 = 3 THEN 10 ELSE 0 END + CASE WHEN a % 40 = 3 THEN pg_temp.pick(g, 2, 20) ELSE 5 + pg_temp.pick(g, 2, 280) END, md5(g::text)
FROM generate_series(1, pg_temp.rows('plays')) g, LATERAL (SELECT 1 + pg_temp.pick(g, 1, pg_temp.rows('artists') * 9 / 10)) x(a);
