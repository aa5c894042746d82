INSERT INTO customers (id, name, country)
SELECT g, 'customer ' || g, CASE WHEN g % 80 = 7 THEN 'NO' ELSE (ARRAY['DE', 'FR', 'IT'])[1 + pg_temp.pick(g, 1, 3)] END
FROM generate_series(1, pg_temp.rows('customers')) g;
INSERT INTO visits (id, customer_id, channel, seen_at, agent)
SELECT g, c, CASE WHEN c % 27 = 19 THEN 'test' ELSE (ARRAY['web', 'web', 'shop', 'shop', 'test'])[1 + pg_temp.pick(g, 3, 5)] END,
       timestamptz '2025-01-01 00:00+00' + g * interval '71 seconds', 'agent ' || md5(g::text)
FROM generate_series(1, pg_temp.rows('visits')) g, LATERAL (SELECT 1 + pg_temp.pick(g, 2, pg_temp.rows('customers') * 9 / 10)) x(c);
