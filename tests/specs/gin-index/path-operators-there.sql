-- expect: silent
CREATE TABLE carts (id bigint PRIMARY KEY, tags text[] NOT NULL, doc jsonb NOT NULL, words tsvector NOT NULL);
CREATE INDEX ON carts USING gin (doc jsonb_path_ops);
-- statistics
-- [tables.carts]
-- rows = 900_000

-- query
SELECT id FROM carts WHERE doc @> '{"state": "open"}';
