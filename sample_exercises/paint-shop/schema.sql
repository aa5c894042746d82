CREATE TABLE products (
    id integer PRIMARY KEY,
    price integer NOT NULL,
    properties jsonb NOT NULL
);
CREATE INDEX products_properties ON products (properties);
