-- expect: silent
CREATE TABLE carts (id bigint PRIMARY KEY, tags text[] NOT NULL, codes int[] NOT NULL, shop int NOT NULL);
CREATE INDEX c1 ON carts USING gin (tags);

-- query
SELECT 1;
