-- The foreign key is to another table of the same shape.
-- expect: silent
CREATE TABLE customer (id int PRIMARY KEY, name text NOT NULL, active boolean NOT NULL DEFAULT true);
CREATE TABLE supplier (id int PRIMARY KEY, name text NOT NULL);
CREATE TABLE orders (id int PRIMARY KEY, customer_id int NOT NULL REFERENCES supplier, total int);

-- data
INSERT INTO customer VALUES (1, 'Ann', true), (2, 'Bob', false), (3, 'Cy', true);
INSERT INTO supplier VALUES (1, 'S'), (9, 'T');
INSERT INTO orders VALUES (10, 1, 1), (11, 9, 1);

-- query
SELECT o.id FROM orders o JOIN customer c ON c.id = o.customer_id;

-- naive
SELECT o.id FROM orders o;
