CREATE TABLE sales (
    id bigint PRIMARY KEY,
    shop_id integer NOT NULL,
    sold_on date NOT NULL,
    amount numeric(8, 2) NOT NULL,
    clerk text NOT NULL
) WITH (autovacuum_enabled = false);
CREATE INDEX sales_shop_id ON sales (shop_id);
