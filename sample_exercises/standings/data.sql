INSERT INTO teams (id, name) SELECT g, 'team ' || g FROM generate_series(1, pg_temp.rows('teams')) g;
INSERT INTO matches (id, team_id, points, goals_for, goals_against, report)
SELECT g, t, CASE WHEN t % 15 = 4 THEN 0 ELSE (ARRAY[0, 0, 1, 3, 3])[1 + pg_temp.pick(g, 2, 5)] END, pg_temp.pick(g, 3, 6)::integer, pg_temp.pick(g, 4, 6)::integer, md5(g::text)
FROM generate_series(1, pg_temp.rows('matches')) g, LATERAL (SELECT 1 + pg_temp.pick(g, 1, pg_temp.rows('teams'))) x(t);
