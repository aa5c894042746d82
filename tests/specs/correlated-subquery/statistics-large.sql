-- expect: found
CREATE TABLE customer (id int PRIMARY KEY, email text UNIQUE, tax_no text NOT NULL UNIQUE, name text, active boolean NOT NULL);
CREATE TABLE purchase (id int PRIMARY KEY, customer_id int NOT NULL REFERENCES customer, total int NOT NULL, note text, state text NOT NULL CHECK (state IN ('new', 'paid')), placed date NOT NULL);
CREATE INDEX ON purchase (customer_id);
CREATE INDEX ON purchase (placed);
-- statistics
-- [tables.customer]
-- rows = 50_000
-- [tables.purchase]
-- rows = 900_000
-- [tables.purchase.columns.customer_id]
-- distinct = 50_000

-- query
SELECT c.id, (SELECT sum(p.total) FROM purchase p WHERE p.customer_id = c.id) AS s FROM customer c;
