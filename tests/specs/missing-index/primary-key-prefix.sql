-- expect: silent
CREATE TABLE lines (order_id bigint, line int, product_id int NOT NULL, PRIMARY KEY (order_id, line));
-- statistics
-- [tables.lines]
-- rows = 9_000_000
-- [tables.lines.columns.order_id]
-- distinct = 2_000_000

-- query
SELECT * FROM lines WHERE order_id = $1 ORDER BY line;
