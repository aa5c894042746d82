-- expect: found
CREATE TABLE doc (id int PRIMARY KEY, title text, body jsonb, a int, b int, c int, d int);

-- query
SELECT * FROM doc ORDER BY id;
