-- On a unique column that may be NULL; the rows with NULL have to go.
-- expect: found
CREATE TABLE person (id int PRIMARY KEY, email text UNIQUE, boss_id int, name text NOT NULL, team int);

-- data
INSERT INTO person VALUES (1, 'a@x', NULL, 'Ann', 1), (2, NULL, 1, 'Bob', 1), (3, NULL, 1, 'Cy', 2);

-- query
SELECT p.name, q.team FROM person p JOIN person q ON q.email = p.email;

-- naive
SELECT p.name, p.team FROM person p;
