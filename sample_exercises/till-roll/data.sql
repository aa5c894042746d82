INSERT INTO sales (id, shop_id, sold_on, amount, clerk)
SELECT g, 1 + pg_temp.pick(g, 1, 150), date '2025-01-01' + pg_temp.pick(g, 2, 90)::integer, 1 + pg_temp.pick(g, 3, 20000) / 100.0, md5(g::text)
FROM generate_series(1, pg_temp.rows('sales')) g;
