-- expect: found
CREATE TABLE orders (id bigint PRIMARY KEY, customer_id int NOT NULL, status text NOT NULL, placed_at timestamptz NOT NULL, total numeric(10,2) NOT NULL, note text);
CREATE INDEX ON orders (customer_id, placed_at, total);

-- query
SELECT id FROM orders ORDER BY customer_id, placed_at DESC, total LIMIT 10;
