-- expect: found
CREATE TABLE kinds (id int PRIMARY KEY, name text NOT NULL);
CREATE TABLE things (id bigint PRIMARY KEY, kind_id int NOT NULL REFERENCES kinds, price int NOT NULL);
CREATE INDEX ON things (kind_id);
-- statistics
-- [tables.kinds]
-- rows = 20_000
-- [tables.things]
-- rows = 40_000_000
-- [tables.things.columns.kind_id]
-- distinct = 20_000

-- query
SELECT sum(t.price) FROM things t JOIN kinds k ON k.id = t.kind_id WHERE lower(k.name) = 'a';
