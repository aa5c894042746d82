-- A condition on a table that joins later does not make the first two unique.
-- expect: silent
CREATE TABLE orders (id int PRIMARY KEY, parent_id int NOT NULL);

-- data
INSERT INTO orders VALUES (1, 1), (2, 1);

-- query
SELECT count(DISTINCT a.id) AS n FROM orders a JOIN orders b ON b.parent_id = a.id JOIN orders c ON c.id = b.id;

-- naive
SELECT count(a.id) AS n FROM orders a JOIN orders b ON b.parent_id = a.id JOIN orders c ON c.id = b.id;
