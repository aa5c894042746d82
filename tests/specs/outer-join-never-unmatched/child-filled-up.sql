-- The order itself comes from an outer join, and may be missing.
-- expect: silent
CREATE TABLE customer (id int PRIMARY KEY, name text NOT NULL, active boolean NOT NULL DEFAULT true);
CREATE TABLE orders (id int PRIMARY KEY, customer_id int NOT NULL REFERENCES customer, total int);
CREATE TABLE parcel (id int PRIMARY KEY, order_id int);

-- data
INSERT INTO customer VALUES (1, 'Ann', true), (2, 'Bob', false), (3, 'Cy', true);
INSERT INTO orders VALUES (10, 1, 5), (11, 1, NULL), (12, 2, 9);
INSERT INTO parcel VALUES (1, 10), (2, NULL);

-- query
SELECT p.id, o.total, c.name FROM parcel p LEFT JOIN orders o ON o.id = p.order_id LEFT JOIN customer c ON c.id = o.customer_id;

-- naive
SELECT p.id, o.total, c.name FROM parcel p LEFT JOIN orders o ON o.id = p.order_id JOIN customer c ON c.id = o.customer_id;
