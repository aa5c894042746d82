-- expect: found
CREATE TABLE customer (id int PRIMARY KEY, email text UNIQUE, tax_no text NOT NULL UNIQUE, name text, active boolean NOT NULL);

-- query
SELECT c.id, c.email FROM customer c WHERE c.email IS NULL UNION SELECT c.id, c.email FROM customer c WHERE c.email IS NOT NULL;
