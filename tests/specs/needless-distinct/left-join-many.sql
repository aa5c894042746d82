-- expect: silent
CREATE TABLE customer (id int PRIMARY KEY, email text UNIQUE, tax_no text NOT NULL UNIQUE, name text, active boolean NOT NULL);
CREATE TABLE purchase (id int PRIMARY KEY, customer_id int NOT NULL REFERENCES customer, total int NOT NULL, note text, state text NOT NULL CHECK (state IN ('new', 'paid')), placed date NOT NULL);
CREATE INDEX ON purchase (customer_id);
CREATE TABLE tag (purchase_id int REFERENCES purchase, tag text);

-- query
SELECT DISTINCT c.id, t.tag FROM customer c LEFT JOIN purchase p ON p.customer_id = c.id LEFT JOIN tag t ON t.purchase_id = p.id;
