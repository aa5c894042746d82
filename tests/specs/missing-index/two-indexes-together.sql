-- BitmapAnd leaves the few rows that are in both
-- expect: silent
CREATE TABLE orders (id bigint PRIMARY KEY, customer_id int NOT NULL, status text NOT NULL, placed_at timestamptz NOT NULL, total numeric(10,2) NOT NULL, note text);
CREATE INDEX ON orders (customer_id); CREATE INDEX ON orders (note);
-- statistics
-- [tables.orders]
-- rows = 2_000_000
-- [tables.orders.columns.customer_id]
-- distinct = 2_000
-- [tables.orders.columns.status]
-- values = { shipped = 0.97, pending = 0.03 }
-- [tables.orders.columns.placed_at]
-- distinct = -1
-- min = "2020-01-01"
-- max = "2026-01-01"
-- [tables.orders.columns.note]
-- distinct = 2_000
-- width = 8

-- query
SELECT id, total FROM orders WHERE customer_id = 42 AND note = 'x';
