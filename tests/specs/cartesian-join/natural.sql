-- NATURAL connects by the common column.
-- expect: silent
CREATE TABLE a (id int PRIMARY KEY, x int);
CREATE TABLE b (id int PRIMARY KEY, y int);

-- data
INSERT INTO a VALUES (1, 1), (2, 2);
INSERT INTO b VALUES (1, 5), (3, 6);

-- query
SELECT x, y FROM a NATURAL JOIN b;

-- naive
SELECT x, y FROM a CROSS JOIN b;
