-- The same constant fixes both keys: one row meets one row.
-- expect: silent
CREATE TABLE customer (id int PRIMARY KEY, name text NOT NULL, region_id int);
CREATE TABLE region (id int PRIMARY KEY, code text);

-- data
INSERT INTO customer VALUES (1, 'Ann', 1), (2, 'Bob', 1), (3, 'Cy', NULL);
INSERT INTO region VALUES (1, 'N'), (2, 'S');

-- query
SELECT c.name, r.code FROM customer c, region r WHERE c.id = 1 AND r.id = 1;

-- same
SELECT c.name, r.code FROM customer c JOIN region r ON r.id = c.id WHERE c.id = 1;
