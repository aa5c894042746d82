-- expect: silent
CREATE TABLE carts (id bigint PRIMARY KEY, tags text[] NOT NULL, doc jsonb NOT NULL, words tsvector NOT NULL);
CREATE INDEX ON carts USING gin (tags);
-- statistics
-- [tables.carts]
-- rows = 900_000

-- query
SELECT id FROM carts WHERE tags @> ARRAY['x'];
