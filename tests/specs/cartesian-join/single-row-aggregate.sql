-- An aggregate has one row: nothing is multiplied.
-- expect: silent
CREATE TABLE customer (id int PRIMARY KEY, name text NOT NULL, region_id int);
CREATE TABLE orders (id int PRIMARY KEY, customer_id int, total int);

-- data
INSERT INTO customer VALUES (1, 'Ann', 1), (2, 'Bob', 1), (3, 'Cy', NULL);
INSERT INTO orders VALUES (10, 1, 5), (11, 2, 7), (12, NULL, 9);

-- query
SELECT c.name, m.most FROM customer c, (SELECT max(total) AS most FROM orders) m;

-- same
SELECT c.name, (SELECT max(total) FROM orders) AS most FROM customer c;
