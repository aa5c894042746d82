-- expect: silent
CREATE TABLE orders (id bigint PRIMARY KEY, picked_by int, site text NOT NULL);
-- statistics
-- [tables.orders]
-- rows = 800_000
-- [tables.orders.columns.picked_by]
-- nulls = 0.3
-- distinct = 40

-- query
SELECT id, site FROM orders WHERE picked_by IS NOT NULL;
