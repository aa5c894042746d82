-- The CTE joins another table, and its rows are joined with their own table again.
-- expect: found
CREATE TABLE person (id int PRIMARY KEY, email text UNIQUE, boss_id int, name text NOT NULL, team int);
CREATE TABLE visit (id int PRIMARY KEY, person_id int NOT NULL, day date);

-- data
INSERT INTO person VALUES (1, 'a@x', NULL, 'Ann', 1), (2, NULL, 1, 'Bob', 1), (3, NULL, 1, 'Cy', 2);
INSERT INTO visit VALUES (1, 1, '2026-01-01'), (2, 1, '2026-01-02'), (3, 2, NULL);

-- query
WITH seen AS (SELECT p.id, p.name AS called, v.day FROM person p JOIN visit v ON v.person_id = p.id) SELECT s.day, q.name AS called FROM seen s JOIN person q ON q.id = s.id;
