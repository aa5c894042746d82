INSERT INTO documents (id, tenant_id, updated_at, name)
SELECT g, t, timestamptz '2024-01-01 00:00+00' + (CASE t WHEN 2 THEN 0.0 ELSE 0.2 END + pg_temp.unit(g, 3) * CASE t WHEN 2 THEN 0.2 ELSE 0.8 END) * interval '700 days', 'document ' || md5(g::text)
FROM generate_series(1, pg_temp.rows('documents')) g,
     LATERAL (SELECT CASE WHEN u < 0.56 THEN 1 WHEN u < 0.59 THEN 2 ELSE 3 + pg_temp.pick(g, 2, 398) END FROM (SELECT pg_temp.unit(g, 1)) y(u)) x(t);
