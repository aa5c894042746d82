CREATE TABLE customers (id int PRIMARY KEY, name text NOT NULL, country text NOT NULL);
CREATE TABLE orders (id int PRIMARY KEY, customer_id int NOT NULL REFERENCES customers, total numeric(10,2) NOT NULL, paid_at timestamptz);
CREATE INDEX ON orders (customer_id);
CREATE TABLE items (order_id int NOT NULL REFERENCES orders, line int NOT NULL, product text, PRIMARY KEY (order_id, line));
