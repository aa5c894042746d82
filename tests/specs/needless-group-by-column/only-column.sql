-- expect: silent
CREATE TABLE customer (id int PRIMARY KEY, email text UNIQUE, tax_no text NOT NULL UNIQUE, name text, active boolean NOT NULL);

-- query
SELECT c.name, count(*) AS n FROM customer c GROUP BY c.name;
