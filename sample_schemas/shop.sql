-- A web shop. Most of it is as it should be; the comments say where it is not.

CREATE TYPE order_status AS ENUM ('new', 'paid', 'shipped', 'returned', 'cancelled');

CREATE TABLE customers (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    email      text NOT NULL UNIQUE,
    name       text NOT NULL,
    country    char(2) NOT NULL,
    newsletter boolean NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE addresses (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    customer_id bigint NOT NULL REFERENCES customers,
    street      text NOT NULL,
    city        text NOT NULL,
    postcode    varchar(12) NOT NULL
);
CREATE INDEX addresses_customer_id ON addresses (customer_id);

-- One row for each customer at most.
CREATE TABLE loyalty_cards (
    customer_id bigint PRIMARY KEY REFERENCES customers,
    points      integer NOT NULL DEFAULT 0
);

CREATE TABLE products (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    sku         varchar(20) NOT NULL UNIQUE,
    title       text NOT NULL,
    description text,
    price       numeric(10, 2) NOT NULL CHECK (price >= 0),
    active      boolean NOT NULL DEFAULT true
);
-- A boolean has two values: the index separates next to nothing.
CREATE INDEX products_active ON products (active);
-- Long texts make a large index, and equality on them is never asked for.
CREATE INDEX products_description ON products (description);

CREATE TABLE orders (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    customer_id bigint NOT NULL REFERENCES customers,
    status      order_status NOT NULL DEFAULT 'new',
    ordered_at  timestamptz NOT NULL DEFAULT now(),
    total       numeric(12, 2) NOT NULL
);
CREATE INDEX orders_customer_id_ordered_at ON orders (customer_id, ordered_at);
-- No index on ordered_at alone: the reports by day read the whole table.

CREATE TABLE order_items (
    order_id   bigint NOT NULL REFERENCES orders,
    product_id bigint NOT NULL REFERENCES products,
    quantity   integer NOT NULL CHECK (quantity > 0),
    price      numeric(10, 2) NOT NULL,
    PRIMARY KEY (order_id, product_id)
);
-- No index on product_id: the foreign key alone makes none.
