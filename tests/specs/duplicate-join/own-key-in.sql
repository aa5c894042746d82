-- IN looks each row up by its own key.
-- expect: found
CREATE TABLE person (id int PRIMARY KEY, email text UNIQUE, boss_id int, name text NOT NULL, team int);
CREATE TABLE visit (id int PRIMARY KEY, person_id int NOT NULL, day date);

-- data
INSERT INTO person VALUES (1, 'a@x', NULL, 'Ann', 1), (2, NULL, 1, 'Bob', 1), (3, NULL, 1, 'Cy', 2);
INSERT INTO visit VALUES (1, 1, '2026-01-01'), (2, 1, '2026-01-02'), (3, 2, NULL);

-- query
SELECT name FROM person WHERE id IN (SELECT id FROM person WHERE team = 1);
