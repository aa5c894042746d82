-- The two sides are connected with each other by a key.
-- expect: silent
CREATE TABLE customer (id int PRIMARY KEY, name text NOT NULL, email text UNIQUE);
CREATE TABLE orders (id int PRIMARY KEY, customer_id int NOT NULL REFERENCES customer, total int NOT NULL);
CREATE TABLE payment (order_id int PRIMARY KEY REFERENCES orders, customer_id int NOT NULL REFERENCES customer, amount int NOT NULL);

-- data
INSERT INTO customer VALUES (1, 'Ann', 'a@x'), (2, 'Bob', NULL), (3, 'Ann', NULL), (4, 'Di', 'd@x');
INSERT INTO orders VALUES (10, 1, 5), (11, 1, 7), (12, 2, 9), (13, 3, 5);
INSERT INTO payment VALUES (10, 1, 5), (11, 1, 6), (12, 2, 9);

-- query
SELECT c.id, sum(o.total) AS total, sum(p.amount) AS amount FROM customer c LEFT JOIN orders o ON o.customer_id = c.id LEFT JOIN payment p ON p.customer_id = c.id AND p.order_id = o.id GROUP BY c.id;

-- same
SELECT c.id, (SELECT sum(o.total) FROM orders o WHERE o.customer_id = c.id) AS total, (SELECT sum(p.amount) FROM payment p WHERE p.customer_id = c.id) AS amount FROM customer c;
