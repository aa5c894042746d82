-- Two are connected, the third is not.
-- expect: found
CREATE TABLE customer (id int PRIMARY KEY, name text NOT NULL, region_id int);
CREATE TABLE orders (id int PRIMARY KEY, customer_id int, total int);
CREATE TABLE region (id int PRIMARY KEY, code text);

-- data
INSERT INTO customer VALUES (1, 'Ann', 1), (2, 'Bob', 1), (3, 'Cy', NULL);
INSERT INTO orders VALUES (10, 1, 5), (11, 2, 7), (12, NULL, 9);
INSERT INTO region VALUES (1, 'N'), (2, 'S');

-- query
SELECT c.name, o.total FROM customer c JOIN orders o ON o.customer_id = c.id, region r WHERE r.code <> 'X';

-- same
SELECT c.name, o.total FROM customer c JOIN orders o ON o.customer_id = c.id CROSS JOIN region r;
