-- A subquery is correlated with another column of the customer.
-- expect: silent
CREATE TABLE customer (id int PRIMARY KEY, name text NOT NULL, active boolean NOT NULL DEFAULT true);
CREATE TABLE orders (id int PRIMARY KEY, customer_id int NOT NULL REFERENCES customer, total int);
CREATE TABLE staff (name text NOT NULL);

-- data
INSERT INTO customer VALUES (1, 'Ann', true), (2, 'Bob', false), (3, 'Cy', true);
INSERT INTO orders VALUES (10, 1, 5), (11, 1, NULL), (12, 2, 9);
INSERT INTO staff VALUES ('Bob');

-- query
SELECT o.id FROM orders o JOIN customer c ON c.id = o.customer_id WHERE EXISTS (SELECT 1 FROM staff s WHERE s.name = c.name);

-- naive
SELECT o.id FROM orders o;
