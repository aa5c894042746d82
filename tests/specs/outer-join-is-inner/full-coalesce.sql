-- The merged column of a full join is NULL for neither side's rows.
-- expect: silent
CREATE TABLE customer (id int PRIMARY KEY, name text NOT NULL, rank int);
CREATE TABLE profile (id int PRIMARY KEY, bio text);

-- data
INSERT INTO customer VALUES (1, 'Ann', 1), (2, 'Bob', NULL), (3, 'Cy', 3);
INSERT INTO profile VALUES (1, 'a'), (9, 'b');

-- query
SELECT c.name, p.bio FROM customer c FULL JOIN profile p USING (id) WHERE id > 0;

-- naive
SELECT c.name, p.bio FROM customer c LEFT JOIN profile p USING (id) WHERE id > 0;
