INSERT INTO results (id, game_id, points, reached_at, player)
SELECT g, 1 + pg_temp.pick(g, 1, 20), (10 * least(60, pg_temp.pick(g, 2, 62)))::integer,
       timestamptz '2024-01-01 00:00+00' + pg_temp.pick(g, 3, 30000000) * interval '1 second', md5(g::text)
FROM generate_series(1, pg_temp.rows('results')) g;
