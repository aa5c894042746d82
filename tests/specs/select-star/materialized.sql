-- expect: found
CREATE TABLE doc (id int PRIMARY KEY, title text, body jsonb, a int, b int, c int, d int);

-- query
WITH d AS MATERIALIZED (SELECT * FROM doc) SELECT d.title FROM d WHERE d.a = 3;
