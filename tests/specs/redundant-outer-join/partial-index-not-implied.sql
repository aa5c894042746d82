-- The index is partial, and nothing says that the rows are in it.
-- expect: silent
CREATE TABLE customer (id int PRIMARY KEY, name text NOT NULL, email text, vip boolean);
CREATE TABLE orders (id int PRIMARY KEY, customer_id int, total int NOT NULL, email text);
CREATE UNIQUE INDEX customer_vip ON customer (email) WHERE vip;

-- data
INSERT INTO customer VALUES (1, 'Ann', 'a@x', true), (2, 'Bob', 'b@x', false), (3, 'Cy', NULL, NULL);
INSERT INTO orders VALUES (10, 1, 5, 'a@x'), (11, 1, 7, 'A@X'), (12, 2, 5, NULL), (13, NULL, 9, 'c@x'), (14, 8, 1, 'b@x');
INSERT INTO customer VALUES (4, 'Di', 'a@x', false);

-- query
SELECT o.id FROM orders o LEFT JOIN customer c ON c.email = o.email;

-- naive
SELECT o.id FROM orders o;
