-- The third table is filled up: its column may be NULL.
-- expect: silent
CREATE TABLE person (id int PRIMARY KEY, email text UNIQUE, boss_id int, name text NOT NULL, team int);
CREATE TABLE orders (id int PRIMARY KEY, buyer_id int, payer_id int);

-- data
INSERT INTO person VALUES (1, 'a@x', NULL, 'Ann', 1), (2, NULL, 1, 'Bob', 1), (3, NULL, 1, 'Cy', 2);
INSERT INTO orders VALUES (10, 1, 2), (11, 1, 1), (12, NULL, 3), (13, 9, NULL);

-- query
SELECT a.name, b.team FROM person a LEFT JOIN orders o ON o.buyer_id = a.id LEFT JOIN person b ON b.id = o.buyer_id;

-- naive
SELECT a.name, a.team FROM person a LEFT JOIN orders o ON o.buyer_id = a.id;
