-- The predicate lets the rows without a partner through, so the join stays a left join.
-- expect: silent
CREATE TABLE person (id int PRIMARY KEY, email text UNIQUE, boss_id int, name text NOT NULL, team int);

-- data
INSERT INTO person VALUES (1, 'a@x', NULL, 'Ann', 1), (2, NULL, 1, 'Bob', 1), (3, NULL, 1, 'Cy', 2);

-- query
SELECT p.name, q.team FROM person p LEFT JOIN person q ON q.email = p.email WHERE COALESCE(q.team, 1) > 0;

-- naive
SELECT p.name, p.team FROM person p WHERE COALESCE(p.team, 1) > 0;
