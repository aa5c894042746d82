INSERT INTO tenants (id, name) SELECT g, 'tenant ' || g FROM generate_series(1, pg_temp.rows('tenants')) g;
INSERT INTO tickets (id, tenant_id, status, subject, created_at)
SELECT g, 1 + pg_temp.pick(g, 1, 100),
       CASE WHEN u < 0.03 THEN 'open' WHEN u < 0.08 THEN 'spam' ELSE 'closed' END,
       'ticket about ' || md5(g::text), timestamptz '2023-01-01 00:00+00' + g * interval '97 seconds'
FROM generate_series(1, pg_temp.rows('tickets')) g, LATERAL (SELECT pg_temp.unit(g, 2)) x(u);
