-- NOT (x IN ...) is the same.
-- expect: found
CREATE TABLE customer (id int PRIMARY KEY, name text NOT NULL);
CREATE TABLE orders (id int PRIMARY KEY, customer_id int, email text, total int NOT NULL);

-- data
INSERT INTO customer VALUES (1, 'Ann'), (2, 'Bob'), (3, 'Cy');
INSERT INTO orders VALUES (10, 1, 'a@x', 5), (11, NULL, NULL, 7), (12, 1, NULL, 9);

-- query
SELECT c.name FROM customer c WHERE NOT (c.id IN (SELECT o.customer_id FROM orders o));

-- naive
SELECT c.name FROM customer c WHERE NOT EXISTS (SELECT 1 FROM orders o WHERE o.customer_id = c.id);
