-- The other table of the nullable side stays inner, and says so.
-- expect: found
CREATE TABLE person (id int PRIMARY KEY, email text UNIQUE, boss_id int, name text NOT NULL, team int);
CREATE TABLE orders (id int PRIMARY KEY, buyer_id int, payer_id int);

-- data
INSERT INTO person VALUES (1, 'a@x', NULL, 'Ann', 1), (2, NULL, 1, 'Bob', 1), (3, NULL, 1, 'Cy', 2);
INSERT INTO orders VALUES (10, 1, 2), (11, 1, 1), (12, NULL, 3), (13, 9, NULL);

-- query
SELECT p.name, o.payer_id FROM person p LEFT JOIN (person q JOIN orders o ON o.buyer_id = q.id) ON q.id = p.id WHERE q.team > 0;

-- naive
SELECT p.name, o.payer_id FROM person p LEFT JOIN orders o ON o.buyer_id = p.id WHERE p.team > 0;
