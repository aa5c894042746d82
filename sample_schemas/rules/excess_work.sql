CREATE TABLE customers (id int PRIMARY KEY, name text NOT NULL, country text NOT NULL);
CREATE TABLE orders (id int PRIMARY KEY, customer_id int NOT NULL REFERENCES customers, kind int NOT NULL, total numeric(10,2) NOT NULL, at timestamptz NOT NULL, note text NOT NULL, papers text NOT NULL);
CREATE INDEX ON orders (customer_id);
CREATE INDEX ON orders (at);
