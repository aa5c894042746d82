-- expect: found
CREATE TABLE orders (id bigint PRIMARY KEY, state text NOT NULL, placed_at timestamp NOT NULL);
-- statistics
-- [tables.orders]
-- rows = 5_000_000
-- [tables.orders.columns.state]
-- values = { shipped = 0.95, open = 0.03, failed = 0.002 }
-- distinct = 5

-- query
UPDATE orders SET state = 'failed' WHERE state = 'open' AND placed_at < now() - interval '30 days';
