-- The customer connects two tables, and so does its key, which stands in both.
-- expect: found
CREATE TABLE customer (id int PRIMARY KEY, name text NOT NULL, active boolean NOT NULL DEFAULT true);
CREATE TABLE orders (id int PRIMARY KEY, customer_id int NOT NULL REFERENCES customer, total int);
CREATE TABLE ticket (id int PRIMARY KEY, customer_id int NOT NULL REFERENCES customer);

-- data
INSERT INTO customer VALUES (1, 'Ann', true), (2, 'Bob', false), (3, 'Cy', true);
INSERT INTO orders VALUES (10, 1, 5), (11, 1, NULL), (12, 2, 9);
INSERT INTO ticket VALUES (1, 1), (2, 3);

-- query
SELECT o.id, t.id AS ticket FROM orders o JOIN customer c ON c.id = o.customer_id JOIN ticket t ON t.customer_id = c.id;
