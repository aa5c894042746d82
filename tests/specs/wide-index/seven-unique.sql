-- expect: found
CREATE TABLE w (id bigint PRIMARY KEY, a int, b int, c int, d int, e int, f int, g int, h int, i int);
CREATE UNIQUE INDEX w1 ON w (a, b, c, d, e, f, g);

-- query
SELECT 1;
