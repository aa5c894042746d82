-- The customer is joined to something else first, which drops some.
-- expect: silent
CREATE TABLE customer (id int PRIMARY KEY, name text NOT NULL, active boolean NOT NULL DEFAULT true);
CREATE TABLE orders (id int PRIMARY KEY, customer_id int NOT NULL REFERENCES customer, total int);
CREATE TABLE badge (customer_id int NOT NULL, label text);

-- data
INSERT INTO customer VALUES (1, 'Ann', true), (2, 'Bob', false), (3, 'Cy', true);
INSERT INTO orders VALUES (10, 1, 5), (11, 1, NULL), (12, 2, 9);
INSERT INTO badge VALUES (1, 'gold');

-- query
SELECT o.id, c.name, b.label FROM orders o LEFT JOIN (customer c JOIN badge b ON b.customer_id = c.id) ON c.id = o.customer_id;

-- naive
SELECT o.id, c.name, b.label FROM orders o JOIN (customer c JOIN badge b ON b.customer_id = c.id) ON c.id = o.customer_id;
