INSERT INTO towns (id, name) SELECT g, 'town ' || g FROM generate_series(1, pg_temp.rows('towns')) g;
INSERT INTO persons (id, name, gender, town_id, born)
SELECT g, md5(g::text), CASE WHEN u < 0.5 THEN 'f' WHEN u < 0.99 THEN 'm' ELSE 'x' END, 1 + pg_temp.pick(g, 2, 500),
       date '1945-01-01' + pg_temp.pick(g, 3, 27000)::integer
FROM generate_series(1, pg_temp.rows('persons')) g, LATERAL (SELECT pg_temp.unit(g, 1)) x(u);
