-- expect: silent
CREATE TABLE sales (id bigint PRIMARY KEY, channel text NOT NULL, sold_on date NOT NULL, amount int NOT NULL);
CREATE INDEX ON sales (channel, sold_on);
-- statistics
-- [server]
-- version = 18
-- [tables.sales]
-- rows = 2_000_000
-- [tables.sales.columns.channel]
-- values = { web = 0.6, shop = 0.4 }
-- [tables.sales.columns.sold_on]
-- distinct = 1500

-- query
SELECT sum(amount) FROM sales WHERE sold_on = '2025-03-01';
