CREATE TABLE orders (
    id bigint PRIMARY KEY,
    customer_id integer NOT NULL,
    placed_on date NOT NULL,
    total numeric(10, 2) NOT NULL
);
CREATE TABLE order_lines (
    id bigint PRIMARY KEY,
    order_id bigint NOT NULL REFERENCES orders (id),
    product_no integer NOT NULL,
    quantity smallint NOT NULL,
    engraving text NOT NULL
);
