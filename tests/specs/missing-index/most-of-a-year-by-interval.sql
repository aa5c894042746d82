-- the planner computes the bound: half of the rows
-- expect: silent
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

-- query
SELECT sum(total) FROM orders WHERE placed_at >= date '2021-01-01' AND placed_at < date '2021-01-01' + interval '3 years';
