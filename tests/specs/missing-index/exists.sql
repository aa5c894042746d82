-- expect: found
CREATE TABLE customers (id int PRIMARY KEY, email text NOT NULL UNIQUE, city text NOT NULL);
CREATE TABLE orders (id bigint PRIMARY KEY, customer_id int NOT NULL, status text NOT NULL, placed_at timestamptz NOT NULL, total numeric(10,2) NOT NULL, note text);
-- statistics
-- [tables.orders]
-- rows = 2_000_000
-- [tables.orders.columns.customer_id]
-- distinct = 40_000
-- [tables.orders.columns.status]
-- values = { shipped = 0.97, pending = 0.03 }
-- [tables.orders.columns.placed_at]
-- distinct = -1
-- min = "2020-01-01"
-- max = "2026-01-01"
-- [tables.customers]
-- rows = 40_000

-- query
SELECT c.email FROM customers c WHERE c.id = 7 AND EXISTS (SELECT 1 FROM orders o WHERE o.customer_id = c.id);
