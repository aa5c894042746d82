CREATE TABLE customers (
    id integer PRIMARY KEY,
    name text NOT NULL,
    country char(2) NOT NULL
);
CREATE TABLE visits (
    id bigint PRIMARY KEY,
    customer_id integer NOT NULL REFERENCES customers (id),
    channel text NOT NULL,
    seen_at timestamptz NOT NULL,
    agent text NOT NULL
);
CREATE INDEX visits_customer_id ON visits (customer_id);
