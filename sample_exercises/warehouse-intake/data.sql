INSERT INTO stock_moves (id, item_id, warehouse_id, moved_at, quantity, direction, note)
SELECT g, 1 + pg_temp.pick(g, 1, 4000), 1 + pg_temp.pick(g, 2, 40), timestamptz '2025-01-01 00:00+00' + g * interval '3 minutes',
       1 + pg_temp.pick(g, 3, 100), CASE WHEN pg_temp.unit(g, 4) < 0.5 THEN 'in' ELSE 'out' END, md5(g::text)
FROM generate_series(1, pg_temp.rows('stock_moves')) g;
