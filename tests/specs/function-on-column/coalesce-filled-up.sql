-- An outer join fills up a column that is declared NOT NULL: the rewrite keeps NULL.
-- expect: found
CREATE TABLE orders (id int PRIMARY KEY, customer_id int);
CREATE TABLE customer (id int PRIMARY KEY, rank int NOT NULL);
CREATE INDEX ON customer (rank);

-- data
INSERT INTO orders VALUES (1, 1), (2, NULL);
INSERT INTO customer VALUES (1, 5), (2, 0);

-- query
SELECT o.id FROM orders o LEFT JOIN customer c ON c.id = o.customer_id WHERE COALESCE(c.rank, 0) = 0;

-- naive
SELECT o.id FROM orders o LEFT JOIN customer c ON c.id = o.customer_id WHERE c.rank = 0;
