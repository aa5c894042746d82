-- sum(bigint) is numeric.
-- expect: found
CREATE TABLE carriers (no int PRIMARY KEY, title text NOT NULL);
CREATE TABLE parcels (id int PRIMARY KEY, carrier_no bigint NOT NULL, grams int NOT NULL);
-- statistics
-- [tables.carriers]
-- rows = 50_000
-- [tables.carriers.columns.no]
-- distinct = -1
-- [tables.parcels]
-- rows = 20_000
-- [tables.parcels.columns.id]
-- distinct = -1
-- [tables.parcels.columns.carrier_no]
-- distinct = -1
-- [tables.parcels.columns.grams]
-- distinct = -1

-- query
SELECT c.title FROM (SELECT sum(p.carrier_no) AS total FROM parcels p WHERE p.id < 6 GROUP BY p.grams) s JOIN carriers c ON c.no = s.total;
