-- WHERE makes the left self join an inner one.
-- expect: found
CREATE TABLE person (id int PRIMARY KEY, email text UNIQUE, boss_id int, name text NOT NULL, team int);

-- data
INSERT INTO person VALUES (1, 'a@x', NULL, 'Ann', 1), (2, NULL, 1, 'Bob', 1), (3, NULL, 1, 'Cy', 2);

-- query
SELECT p.name, q.team FROM person p LEFT JOIN person q ON q.email = p.email WHERE q.team > 0;

-- naive
SELECT p.name, p.team FROM person p WHERE p.team > 0;
