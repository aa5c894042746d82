-- expect: found
CREATE TABLE carts (id bigint PRIMARY KEY, tags text[] NOT NULL, codes int[] NOT NULL, shop int NOT NULL);
CREATE INDEX c1 ON carts (codes);

-- query
SELECT 1;
