-- One copy is a sample.
-- expect: silent
CREATE TABLE person (id int PRIMARY KEY, email text UNIQUE, boss_id int, name text NOT NULL, team int);

-- data
INSERT INTO person VALUES (1, 'a@x', NULL, 'Ann', 1), (2, NULL, 1, 'Bob', 1), (3, NULL, 1, 'Cy', 2);

-- query
SELECT p.name, q.name AS other FROM person p JOIN person q TABLESAMPLE BERNOULLI (0) ON q.id = p.id;

-- naive
SELECT p.name, p.name AS other FROM person p;
