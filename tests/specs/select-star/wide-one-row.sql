-- expect: silent
CREATE TABLE doc (id int PRIMARY KEY, title text, body jsonb, a int, b int, c int, d int);

-- query
SELECT * FROM doc WHERE id = 3;
