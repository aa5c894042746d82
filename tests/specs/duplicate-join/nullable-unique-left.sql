-- Left self join on a nullable unique column: a row with NULL does not meet itself.
-- expect: silent
CREATE TABLE person (id int PRIMARY KEY, email text UNIQUE, boss_id int, name text NOT NULL, team int);

-- data
INSERT INTO person VALUES (1, 'a@x', NULL, 'Ann', 1), (2, NULL, 1, 'Bob', 1), (3, NULL, 1, 'Cy', 2);

-- query
SELECT p.name, q.team FROM person p LEFT JOIN person q ON q.email = p.email;

-- naive
SELECT p.name, p.team FROM person p;
