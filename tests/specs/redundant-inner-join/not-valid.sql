-- The foreign key is NOT VALID.
-- expect: silent
CREATE TABLE customer (id int PRIMARY KEY, name text NOT NULL, active boolean NOT NULL DEFAULT true);
CREATE TABLE orders (id int PRIMARY KEY, customer_id int NOT NULL, total int);
ALTER TABLE orders ADD FOREIGN KEY (customer_id) REFERENCES customer NOT VALID;

-- data
INSERT INTO customer VALUES (1, 'Ann', true), (2, 'Bob', false), (3, 'Cy', true);
INSERT INTO orders VALUES (10, 1, 5), (11, 1, NULL), (12, 2, 9);
ALTER TABLE orders DISABLE TRIGGER ALL;
INSERT INTO orders VALUES (13, 99, 1);

-- query
SELECT o.id, o.total FROM orders o JOIN customer c ON c.id = o.customer_id;

-- naive
SELECT o.id, o.total FROM orders o;
