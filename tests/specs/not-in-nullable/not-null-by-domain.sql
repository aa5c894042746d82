-- The column's identity makes it NOT NULL.
-- expect: silent
CREATE TABLE customer (id int PRIMARY KEY, name text NOT NULL);
CREATE TABLE ticket (no int GENERATED ALWAYS AS IDENTITY, title text);

-- data
INSERT INTO customer VALUES (1, 'Ann'), (2, 'Bob'), (3, 'Cy');
INSERT INTO ticket (title) VALUES ('x'), ('y');

-- query
SELECT c.name FROM customer c WHERE c.id NOT IN (SELECT t.no FROM ticket t);

-- same
SELECT c.name FROM customer c WHERE NOT EXISTS (SELECT 1 FROM ticket t WHERE t.no = c.id);
