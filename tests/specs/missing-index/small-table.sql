-- expect: silent
CREATE TABLE orders (id bigint PRIMARY KEY, customer_id int NOT NULL, status text NOT NULL, placed_at timestamptz NOT NULL, total numeric(10,2) NOT NULL, note text);
-- statistics
-- [tables.orders]
-- rows = 300

-- query
SELECT id, total FROM orders WHERE customer_id = 42;
