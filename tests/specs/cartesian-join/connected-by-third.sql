-- A third table connects them.
-- expect: silent
CREATE TABLE customer (id int PRIMARY KEY, name text NOT NULL, region_id int);
CREATE TABLE orders (id int PRIMARY KEY, customer_id int, total int);
CREATE TABLE region (id int PRIMARY KEY, code text);

-- data
INSERT INTO customer VALUES (1, 'Ann', 1), (2, 'Bob', 1), (3, 'Cy', NULL);
INSERT INTO orders VALUES (10, 1, 5), (11, 2, 7), (12, NULL, 9);
INSERT INTO region VALUES (1, 'N'), (2, 'S');

-- query
SELECT r.code, o.total FROM region r, orders o, customer c WHERE o.customer_id = c.id AND c.region_id = r.id;

-- naive
SELECT r.code, o.total FROM region r CROSS JOIN orders o CROSS JOIN customer c;
