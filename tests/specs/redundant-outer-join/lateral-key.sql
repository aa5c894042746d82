-- A lateral subquery that fixes a key.
-- expect: found
CREATE TABLE customer (id int PRIMARY KEY, name text NOT NULL, email text, vip boolean);
CREATE TABLE orders (id int PRIMARY KEY, customer_id int, total int NOT NULL, email text);

-- data
INSERT INTO customer VALUES (1, 'Ann', 'a@x', true), (2, 'Bob', 'b@x', false), (3, 'Cy', NULL, NULL);
INSERT INTO orders VALUES (10, 1, 5, 'a@x'), (11, 1, 7, 'A@X'), (12, 2, 5, NULL), (13, NULL, 9, 'c@x'), (14, 8, 1, 'b@x');

-- query
SELECT o.id FROM orders o LEFT JOIN LATERAL (SELECT c.id, c.name FROM customer c WHERE c.id = o.customer_id) c ON true;
