-- The order comes through a CTE that only filters.
-- expect: found
CREATE TABLE customer (id int PRIMARY KEY, name text NOT NULL, active boolean NOT NULL DEFAULT true);
CREATE TABLE orders (id int PRIMARY KEY, customer_id int NOT NULL REFERENCES customer, total int);

-- data
INSERT INTO customer VALUES (1, 'Ann', true), (2, 'Bob', false), (3, 'Cy', true);
INSERT INTO orders VALUES (10, 1, 5), (11, 1, NULL), (12, 2, 9);

-- query
WITH big AS (SELECT id, customer_id FROM orders) SELECT b.id, c.name FROM big b LEFT JOIN customer c ON c.id = b.customer_id;
