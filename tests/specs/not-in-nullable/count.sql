-- count() is never NULL.
-- expect: silent
CREATE TABLE customer (id int PRIMARY KEY, name text NOT NULL);
CREATE TABLE orders (id int PRIMARY KEY, customer_id int, email text, total int NOT NULL);

-- data
INSERT INTO customer VALUES (1, 'Ann'), (2, 'Bob'), (3, 'Cy');
INSERT INTO orders VALUES (10, 1, 'a@x', 5), (11, NULL, NULL, 7), (12, 1, NULL, 9);

-- query
SELECT c.name FROM customer c WHERE c.id NOT IN (SELECT count(*) FROM orders o GROUP BY o.customer_id);

-- same
SELECT c.name FROM customer c WHERE NOT EXISTS (SELECT 1 FROM orders o GROUP BY o.customer_id HAVING count(*) = c.id);
