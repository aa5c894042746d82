-- expect: found
CREATE TABLE customer (id int PRIMARY KEY, email text UNIQUE, tax_no text NOT NULL UNIQUE, name text, active boolean NOT NULL);
CREATE TABLE purchase (id int PRIMARY KEY, customer_id int NOT NULL REFERENCES customer, total int NOT NULL, note text, state text NOT NULL CHECK (state IN ('new', 'paid')), placed date NOT NULL);
CREATE INDEX ON purchase (customer_id);

-- query
SELECT p.id FROM purchase p ORDER BY p.id OFFSET 50000 LIMIT 10;
