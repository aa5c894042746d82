-- expect: silent
CREATE TABLE customer (id int PRIMARY KEY, email text UNIQUE, tax_no text NOT NULL UNIQUE, name text, active boolean NOT NULL);

-- query
SELECT string_agg(c.name, ',' ORDER BY c.id) AS s FROM customer c;
