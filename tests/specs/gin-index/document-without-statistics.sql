-- expect: found
CREATE TABLE carts (id bigint PRIMARY KEY, doc jsonb NOT NULL);

-- query
SELECT id FROM carts WHERE doc @> '{"state": "open"}';
