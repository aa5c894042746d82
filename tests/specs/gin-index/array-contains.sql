-- expect: found
CREATE TABLE carts (id bigint PRIMARY KEY, tags text[] NOT NULL, doc jsonb NOT NULL, words tsvector NOT NULL);
-- statistics
-- [tables.carts]
-- rows = 900_000

-- query
SELECT id FROM carts WHERE tags @> ARRAY['x'];
