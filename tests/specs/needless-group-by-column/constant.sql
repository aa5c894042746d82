-- expect: found
CREATE TABLE customer (id int PRIMARY KEY, email text UNIQUE, tax_no text NOT NULL UNIQUE, name text, active boolean NOT NULL);

-- query
SELECT c.name, 'x' AS kind, count(*) AS n FROM customer c GROUP BY 1, 2;
