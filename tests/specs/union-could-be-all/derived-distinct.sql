-- expect: found
CREATE TABLE customer (id int PRIMARY KEY, email text UNIQUE, tax_no text NOT NULL UNIQUE, name text, active boolean NOT NULL);
CREATE TABLE purchase (id int PRIMARY KEY, customer_id int NOT NULL REFERENCES customer, total int NOT NULL, note text, state text NOT NULL CHECK (state IN ('new', 'paid')), placed date NOT NULL);
CREATE INDEX ON purchase (customer_id);
CREATE TABLE line (purchase_id int NOT NULL REFERENCES purchase, line_no int NOT NULL, sku text, qty int, PRIMARY KEY (purchase_id, line_no));

-- query
SELECT DISTINCT d.x FROM (SELECT total AS x FROM purchase UNION SELECT qty FROM line) d;
