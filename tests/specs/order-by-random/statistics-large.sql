-- expect: found
CREATE TABLE customer (id int PRIMARY KEY, email text UNIQUE, tax_no text NOT NULL UNIQUE, name text, active boolean NOT NULL);
CREATE TABLE purchase (id int PRIMARY KEY, customer_id int NOT NULL REFERENCES customer, total int NOT NULL, note text, state text NOT NULL CHECK (state IN ('new', 'paid')), placed date NOT NULL);
CREATE INDEX ON purchase (customer_id);
CREATE TABLE tag (purchase_id int REFERENCES purchase, tag text);
CREATE INDEX ON purchase (placed);
-- statistics
-- [tables.customer]
-- rows = 50_000
-- [tables.purchase]
-- rows = 900_000
-- [tables.purchase.columns.customer_id]
-- distinct = 50_000
-- [tables.tag]
-- rows = 500_000

-- query
SELECT t.tag FROM tag t ORDER BY random() LIMIT 1;
