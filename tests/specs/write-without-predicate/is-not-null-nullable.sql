-- expect: silent
CREATE TABLE customer (id int PRIMARY KEY, email text UNIQUE, tax_no text NOT NULL UNIQUE, name text, active boolean NOT NULL);

-- query
DELETE FROM customer c WHERE c.email IS NOT NULL;
