-- expect: silent
CREATE TABLE lines (id bigint PRIMARY KEY, part int NOT NULL, quantity int NOT NULL, price int NOT NULL);
CREATE INDEX ON lines (part);
-- statistics
-- [tables.lines]
-- rows = 6_000_000
-- [tables.lines.columns.part]
-- distinct = 200_000
-- [tables.lines.columns.quantity]
-- distinct = 5000

-- query
SELECT sum(price) FROM lines l WHERE part = 5 AND quantity > (SELECT avg(quantity) FROM lines m WHERE m.part = l.part);
