-- The select list of the subquery returns a set, which may be empty.
-- expect: silent
CREATE TABLE person (id int PRIMARY KEY, email text UNIQUE, boss_id int, name text NOT NULL, team int);

-- data
INSERT INTO person VALUES (1, 'a@x', NULL, 'Ann', 1), (2, NULL, 1, 'Bob', 1), (3, NULL, 1, 'Cy', 2);

-- query
SELECT p.name FROM person p WHERE EXISTS (SELECT generate_series(1, q.team - 1) FROM person q WHERE q.id = p.id);

-- naive
SELECT p.name FROM person p;
