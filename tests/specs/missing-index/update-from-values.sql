-- expect: found
CREATE TABLE products (id int PRIMARY KEY, sku text NOT NULL, price numeric NOT NULL);
-- statistics
-- [tables.products]
-- rows = 40_000
-- [tables.products.columns.sku]
-- distinct = -1

-- query
UPDATE products p SET price = v.price FROM (VALUES ('A-1', 5), ('A-2', 6)) AS v (sku, price) WHERE p.sku = v.sku;
