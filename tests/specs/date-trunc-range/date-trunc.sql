-- expect: found
CREATE TABLE users (id int PRIMARY KEY, qty int NOT NULL, price numeric NOT NULL, born date NOT NULL, created timestamp NOT NULL);
CREATE INDEX ON users (qty);
CREATE INDEX ON users (price);
CREATE INDEX ON users (born);
CREATE INDEX ON users (created);

-- query
SELECT id FROM users WHERE date_trunc('month', created) = '2024-02-01';
