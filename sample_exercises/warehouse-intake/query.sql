INSERT INTO stock_moves (id, item_id, warehouse_id, moved_at, quantity, direction, note)
SELECT 9000000 + n, 1 + (n * 7919) % 4000, 1 + n % 40, timestamptz '2026-06-01 00:00+00' + n * interval '1 second', n % 100, CASE n % 2 WHEN 0 THEN 'in' ELSE 'out' END, md5((n * 31)::text)
FROM generate_series(1, 1000) n;
