-- The column is NOT NULL.
-- expect: silent
CREATE TABLE customer (id int PRIMARY KEY, name text NOT NULL);
CREATE TABLE orders (id int PRIMARY KEY, customer_id int NOT NULL, total int);

-- data
INSERT INTO customer VALUES (1, 'Ann'), (2, 'Bob'), (3, 'Cy');
INSERT INTO orders VALUES (10, 1, 5), (12, 1, 9);

-- query
SELECT c.name FROM customer c WHERE c.id NOT IN (SELECT o.customer_id FROM orders o);

-- same
SELECT c.name FROM customer c WHERE NOT EXISTS (SELECT 1 FROM orders o WHERE o.customer_id = c.id);
