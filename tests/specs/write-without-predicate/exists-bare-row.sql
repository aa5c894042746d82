-- expect: found
CREATE TABLE customer (id int PRIMARY KEY, email text UNIQUE, tax_no text NOT NULL UNIQUE, name text, active boolean NOT NULL);
CREATE TABLE purchase (id int PRIMARY KEY, customer_id int NOT NULL REFERENCES customer, total int NOT NULL, note text, state text NOT NULL CHECK (state IN ('new', 'paid')), placed date NOT NULL);
CREATE INDEX ON purchase (customer_id);
CREATE TABLE tag (purchase_id int REFERENCES purchase, tag text);

-- query
DELETE FROM tag WHERE EXISTS (SELECT 1);
