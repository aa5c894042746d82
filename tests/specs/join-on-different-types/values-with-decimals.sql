-- The list is numeric by its second row.
-- expect: found
CREATE TABLE carriers (no int PRIMARY KEY, title text NOT NULL);
CREATE TABLE parcels (id int PRIMARY KEY, carrier_no int NOT NULL, grams int NOT NULL);
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
SELECT c.title FROM carriers c JOIN (VALUES (7), (9.5)) AS v (no) ON v.no = c.no;
