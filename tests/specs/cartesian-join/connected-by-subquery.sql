-- A subquery correlated with both connects them.
-- expect: silent
CREATE TABLE customer (id int PRIMARY KEY, name text NOT NULL, region_id int);
CREATE TABLE orders (id int PRIMARY KEY, customer_id int, total int);
CREATE TABLE link (customer_id int, order_id int);

-- data
INSERT INTO customer VALUES (1, 'Ann', 1), (2, 'Bob', 1), (3, 'Cy', NULL);
INSERT INTO orders VALUES (10, 1, 5), (11, 2, 7), (12, NULL, 9);
INSERT INTO link VALUES (1, 10), (3, 12);

-- query
SELECT c.name, o.total FROM customer c, orders o WHERE EXISTS (SELECT 1 FROM link l WHERE l.customer_id = c.id AND l.order_id = o.id);

-- naive
SELECT c.name, o.total FROM customer c CROSS JOIN orders o;
