-- expect: found
CREATE TABLE customer (id int PRIMARY KEY, email text UNIQUE, tax_no text NOT NULL UNIQUE, name text, active boolean NOT NULL);
CREATE TABLE purchase (id int PRIMARY KEY, customer_id int NOT NULL REFERENCES customer, total int NOT NULL, note text, state text NOT NULL CHECK (state IN ('new', 'paid')), placed date NOT NULL);
CREATE INDEX ON purchase (customer_id);
CREATE INDEX ON purchase (placed);

-- query
WITH d AS (SELECT p.id, p.customer_id, p.total FROM purchase p) SELECT a.id, b.id AS other FROM d a JOIN d b ON b.total = a.total WHERE a.customer_id = 1 AND b.customer_id = 2;
