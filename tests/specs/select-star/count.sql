-- expect: silent
CREATE TABLE doc (id int PRIMARY KEY, title text, body jsonb, a int, b int, c int, d int);

-- query
SELECT count(*) AS n FROM (SELECT * FROM doc) d;
