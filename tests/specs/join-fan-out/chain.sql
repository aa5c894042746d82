-- The lines hang on the orders: nothing is counted twice.
-- expect: silent
CREATE TABLE customer (id int PRIMARY KEY, name text NOT NULL, email text UNIQUE);
CREATE TABLE orders (id int PRIMARY KEY, customer_id int NOT NULL REFERENCES customer, total int NOT NULL);
CREATE TABLE line (id int PRIMARY KEY, order_id int NOT NULL REFERENCES orders, qty int NOT NULL);

-- data
INSERT INTO customer VALUES (1, 'Ann', 'a@x'), (2, 'Bob', NULL), (3, 'Ann', NULL), (4, 'Di', 'd@x');
INSERT INTO orders VALUES (10, 1, 5), (11, 1, 7), (12, 2, 9), (13, 3, 5);
INSERT INTO line VALUES (1, 10, 1), (2, 10, 2), (3, 11, 4), (4, 12, 5);

-- query
SELECT c.id, sum(l.qty) AS qty FROM customer c LEFT JOIN orders o ON o.customer_id = c.id LEFT JOIN line l ON l.order_id = o.id GROUP BY c.id;

-- same
SELECT c.id, (SELECT sum(l.qty) FROM line l JOIN orders o ON o.id = l.order_id WHERE o.customer_id = c.id) AS qty FROM customer c;
