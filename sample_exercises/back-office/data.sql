INSERT INTO orders (id, customer_id, placed_on, total)
SELECT g, 1 + pg_temp.pick(g, 1, 4000), date '2024-01-01' + pg_temp.pick(g, 2, 730)::integer, 1 + pg_temp.pick(g, 3, 900000) / 100.0
FROM generate_series(1, pg_temp.rows('orders')) g;
INSERT INTO order_lines (id, order_id, product_no, quantity, engraving)
SELECT g, 1 + pg_temp.pick(g, 4, pg_temp.rows('orders') * 7 / 8), 1 + pg_temp.pick(g, 5, 2000), 1 + pg_temp.pick(g, 6, 9), md5(g::text) || md5((-g)::text) || 'x'
FROM generate_series(1, pg_temp.rows('order_lines')) g;
