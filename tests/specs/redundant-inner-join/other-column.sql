-- The join goes along another column than the foreign key.
-- expect: silent
CREATE TABLE customer (id int PRIMARY KEY, name text NOT NULL, active boolean NOT NULL DEFAULT true);
CREATE TABLE orders (id int PRIMARY KEY, customer_id int NOT NULL REFERENCES customer, billed_to int NOT NULL);

-- data
INSERT INTO customer VALUES (1, 'Ann', true), (2, 'Bob', false), (3, 'Cy', true);
INSERT INTO orders VALUES (10, 1, 2), (11, 1, 99);

-- query
SELECT o.id FROM orders o JOIN customer c ON c.id = o.billed_to;

-- naive
SELECT o.id FROM orders o;
