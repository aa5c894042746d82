-- A value computed from the foreign key need not be there.
-- expect: silent
CREATE TABLE customer (id int PRIMARY KEY, name text NOT NULL, active boolean NOT NULL DEFAULT true);
CREATE TABLE orders (id int PRIMARY KEY, customer_id int NOT NULL REFERENCES customer, total int);

-- data
INSERT INTO customer VALUES (1, 'Ann', true), (2, 'Bob', false), (3, 'Cy', true);
INSERT INTO orders VALUES (10, 1, 5), (11, 1, NULL), (12, 2, 9);
INSERT INTO orders VALUES (14, 3, 0);

-- query
SELECT o.id, c.name FROM orders o LEFT JOIN customer c ON c.id = o.customer_id + 1;

-- naive
SELECT o.id, c.name FROM orders o JOIN customer c ON c.id = o.customer_id + 1;
