-- Two independent many sides multiply each other's sums.
-- expect: found
CREATE TABLE customer (id int PRIMARY KEY, name text NOT NULL, email text UNIQUE);
CREATE TABLE orders (id int PRIMARY KEY, customer_id int NOT NULL REFERENCES customer, total int NOT NULL);
CREATE TABLE visit (id int PRIMARY KEY, customer_id int NOT NULL REFERENCES customer, pages int NOT NULL);

-- data
INSERT INTO customer VALUES (1, 'Ann', 'a@x'), (2, 'Bob', NULL), (3, 'Ann', NULL), (4, 'Di', 'd@x');
INSERT INTO orders VALUES (10, 1, 5), (11, 1, 7), (12, 2, 9), (13, 3, 5);
INSERT INTO visit VALUES (20, 1, 1), (21, 1, 2), (22, 2, 3), (23, 2, 3), (24, 4, 8);

-- query
SELECT c.id, sum(o.total) AS total, sum(v.pages) AS pages FROM customer c LEFT JOIN orders o ON o.customer_id = c.id LEFT JOIN visit v ON v.customer_id = c.id GROUP BY c.id;

-- naive
SELECT c.id, (SELECT sum(o.total) FROM orders o WHERE o.customer_id = c.id) AS total, (SELECT sum(v.pages) FROM visit v WHERE v.customer_id = c.id) AS pages FROM customer c;
