INSERT INTO orders (id, placed_at, customer, total)
SELECT g, CASE pg_temp.pick(g, 1, 40) WHEN 0 THEN date_trunc('day', t) WHEN 1 THEN date_trunc('day', t) + interval '23:59:59.5' ELSE t END, md5(g::text), 1 + pg_temp.pick(g, 2, 900000) / 100.0
FROM generate_series(1, pg_temp.rows('orders')) g, LATERAL (SELECT timestamp '2024-06-01 00:00' + g * (interval '500 days' / pg_temp.rows('orders'))) x(t);
