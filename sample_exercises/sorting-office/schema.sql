CREATE TABLE addresses (
    id integer PRIMARY KEY,
    city text NOT NULL,
    district text NOT NULL,
    region text NOT NULL,
    street text NOT NULL
);
CREATE TABLE deliveries (
    id bigint PRIMARY KEY,
    address_id integer NOT NULL,
    weight integer NOT NULL,
    delivered_on date NOT NULL
);
CREATE INDEX deliveries_address_id ON deliveries (address_id);
