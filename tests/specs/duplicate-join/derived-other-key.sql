-- The derived table shows another number under the key's name.
-- expect: silent
CREATE TABLE person (id int PRIMARY KEY, email text UNIQUE, boss_id int, name text NOT NULL, team int);
CREATE TABLE visit (id int PRIMARY KEY, person_id int NOT NULL, day date);

-- data
INSERT INTO person VALUES (1, 'a@x', NULL, 'Ann', 1), (2, NULL, 1, 'Bob', 1), (3, NULL, 1, 'Cy', 2);
INSERT INTO visit VALUES (7, 1, '2026-01-01'), (8, 1, '2026-01-02'), (3, 2, NULL);

-- query
SELECT p.name FROM (SELECT id, person_id, day FROM visit) x JOIN person p ON p.id = x.id;

-- naive
SELECT p.name FROM person p;
