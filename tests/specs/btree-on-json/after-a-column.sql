-- expect: found
CREATE TABLE carts (id bigint PRIMARY KEY, content jsonb NOT NULL, shop int NOT NULL);
CREATE INDEX c1 ON carts (shop, content);

-- query
SELECT 1;
