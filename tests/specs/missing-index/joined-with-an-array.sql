-- expect: found
CREATE TABLE products (id int PRIMARY KEY, sku text NOT NULL, price numeric NOT NULL);
-- statistics
-- [tables.products]
-- rows = 40_000
-- [tables.products.columns.sku]
-- distinct = -1

-- query
SELECT p.id, u.n FROM unnest($1::text[]) WITH ORDINALITY AS u (sku, n) JOIN products p ON p.sku = u.sku;
