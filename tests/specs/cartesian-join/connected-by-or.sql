-- OR over both connects them.
-- expect: silent
CREATE TABLE customer (id int PRIMARY KEY, name text NOT NULL, region_id int);
CREATE TABLE orders (id int PRIMARY KEY, customer_id int, total int);

-- data
INSERT INTO customer VALUES (1, 'Ann', 1), (2, 'Bob', 1), (3, 'Cy', NULL);
INSERT INTO orders VALUES (10, 1, 5), (11, 2, 7), (12, NULL, 9);

-- query
SELECT c.name, o.total FROM customer c, orders o WHERE o.customer_id = c.id OR (o.customer_id IS NULL AND c.region_id IS NULL);

-- naive
SELECT c.name, o.total FROM customer c CROSS JOIN orders o;
