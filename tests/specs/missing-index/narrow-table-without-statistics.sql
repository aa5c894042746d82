-- expect: found
CREATE TABLE w (k int PRIMARY KEY, x int NOT NULL, f int NOT NULL);

-- query
SELECT f FROM w WHERE x = 5;
