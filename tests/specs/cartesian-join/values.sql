-- A written list of values is meant to be multiplied.
-- expect: silent
CREATE TABLE customer (id int PRIMARY KEY, name text NOT NULL, region_id int);

-- data
INSERT INTO customer VALUES (1, 'Ann', 1), (2, 'Bob', 1), (3, 'Cy', NULL);

-- query
SELECT c.name, v.n FROM customer c, (VALUES (1), (2)) AS v(n);

-- same
SELECT c.name, 1 AS n FROM customer c UNION ALL SELECT c.name, 2 FROM customer c;
