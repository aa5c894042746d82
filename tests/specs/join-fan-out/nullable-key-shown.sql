-- The unique column may be NULL, and DISTINCT merges the NULLs.
-- expect: silent
CREATE TABLE customer (id int PRIMARY KEY, name text NOT NULL, email text UNIQUE);
CREATE TABLE orders (id int PRIMARY KEY, customer_id int NOT NULL REFERENCES customer, total int NOT NULL);

-- data
INSERT INTO customer VALUES (1, 'Ann', 'a@x'), (2, 'Bob', NULL), (3, 'Ann', NULL), (4, 'Di', 'd@x');
INSERT INTO orders VALUES (10, 1, 5), (11, 1, 7), (12, 2, 9), (13, 3, 5);

-- query
SELECT DISTINCT c.email FROM customer c JOIN orders o ON o.customer_id = c.id;

-- naive
SELECT c.email FROM customer c WHERE EXISTS (SELECT 1 FROM orders o WHERE o.customer_id = c.id);
