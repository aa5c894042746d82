-- The inner join above reads the side that is kept.
-- expect: silent
CREATE TABLE customer (id int PRIMARY KEY, name text NOT NULL, rank int);
CREATE TABLE orders (id int PRIMARY KEY, customer_id int, total int, note text, paid boolean);
CREATE TABLE badge (customer_id int NOT NULL, label text);

-- data
INSERT INTO customer VALUES (1, 'Ann', 1), (2, 'Bob', NULL), (3, 'Cy', 3);
INSERT INTO orders VALUES (10, 1, 5, 'x', true), (11, 1, NULL, NULL, NULL), (12, 2, 9, 'y', false), (13, 7, 4, 'z', true), (14, NULL, 1, 'w', NULL);
INSERT INTO badge VALUES (1, 'gold'), (3, 'new');

-- query
SELECT c.name, o.total, b.label FROM customer c LEFT JOIN orders o ON o.customer_id = c.id JOIN badge b ON b.customer_id = c.id;

-- naive
SELECT c.name, o.total, b.label FROM customer c JOIN orders o ON o.customer_id = c.id JOIN badge b ON b.customer_id = c.id;
