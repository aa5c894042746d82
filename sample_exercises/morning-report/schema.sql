CREATE TABLE orders (
    id bigint PRIMARY KEY,
    placed_at timestamp NOT NULL,
    customer text NOT NULL,
    total numeric(10, 2) NOT NULL
);
CREATE INDEX orders_placed_at ON orders (placed_at);
