-- expect: silent
CREATE TABLE w (a int, b int, c int, d int, e int, f int, PRIMARY KEY (a, b, c, d, e, f));

-- query
SELECT 1;
