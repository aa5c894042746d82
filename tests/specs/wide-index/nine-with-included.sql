-- expect: found
CREATE TABLE w (id bigint PRIMARY KEY, a int, b int, c int, d int, e int, f int, g int, h int, i int);
CREATE INDEX w1 ON w (a) INCLUDE (b, c, d, e, f, g, h, i);

-- query
SELECT 1;
