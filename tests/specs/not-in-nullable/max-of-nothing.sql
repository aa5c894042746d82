-- max() of no rows is NULL.
-- expect: found
CREATE TABLE customer (id int PRIMARY KEY, name text NOT NULL);
CREATE TABLE orders (id int PRIMARY KEY, customer_id int, email text, total int NOT NULL);

-- data
INSERT INTO customer VALUES (1, 'Ann'), (2, 'Bob'), (3, 'Cy');

-- query
SELECT c.name FROM customer c WHERE c.id NOT IN (SELECT max(o.total) FROM orders o);

-- naive
SELECT c.name FROM customer c;
