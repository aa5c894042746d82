-- The predicate stands around the derived table.
-- expect: found
CREATE TABLE customer (id int PRIMARY KEY, name text NOT NULL, rank int);
CREATE TABLE orders (id int PRIMARY KEY, customer_id int, total int, note text, paid boolean);

-- data
INSERT INTO customer VALUES (1, 'Ann', 1), (2, 'Bob', NULL), (3, 'Cy', 3);
INSERT INTO orders VALUES (10, 1, 5, 'x', true), (11, 1, NULL, NULL, NULL), (12, 2, 9, 'y', false), (13, 7, 4, 'z', true), (14, NULL, 1, 'w', NULL);

-- query
SELECT x.name, x.total FROM (SELECT c.name, o.total FROM customer c LEFT JOIN orders o ON o.customer_id = c.id) x WHERE x.total > 4;
