-- LIMIT 1 has one row.
-- expect: silent
CREATE TABLE customer (id int PRIMARY KEY, name text NOT NULL, region_id int);
CREATE TABLE region (id int PRIMARY KEY, code text);

-- data
INSERT INTO customer VALUES (1, 'Ann', 1), (2, 'Bob', 1), (3, 'Cy', NULL);
INSERT INTO region VALUES (1, 'N'), (2, 'S');

-- query
SELECT c.name, r.code FROM customer c, (SELECT code FROM region ORDER BY id LIMIT 1) r;

-- same
SELECT c.name, (SELECT code FROM region ORDER BY id LIMIT 1) AS code FROM customer c;
