CREATE TABLE customers (
    id integer PRIMARY KEY,
    name text NOT NULL,
    region text NOT NULL
);
CREATE INDEX customers_region ON customers (region);
CREATE TABLE invoices (
    id bigint PRIMARY KEY,
    customer_id integer NOT NULL REFERENCES customers (id),
    amount integer NOT NULL,
    memo text NOT NULL
);
CREATE INDEX invoices_customer_id ON invoices (customer_id);
CREATE TABLE payments (
    id bigint PRIMARY KEY,
    customer_id integer NOT NULL REFERENCES customers (id),
    amount integer NOT NULL,
    memo text NOT NULL
);
CREATE INDEX payments_customer_id ON payments (customer_id);
