-- expect: found
CREATE TABLE customers (id int PRIMARY KEY, name text NOT NULL);
CREATE TABLE orders (id int PRIMARY KEY, customer_id int NOT NULL, total int NOT NULL);
CREATE INDEX ON orders (customer_id);
-- statistics
-- [tables.customers]
-- rows = 200_000
-- [tables.orders]
-- rows = 900_000
-- [tables.orders.columns.customer_id]
-- distinct = 200_000

-- query
SELECT c.name, (SELECT sum(o.total) FROM orders o WHERE o.customer_id = c.id) FROM customers c;
