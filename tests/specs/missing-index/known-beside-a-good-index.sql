-- expect: found
CREATE TABLE readings (id bigint PRIMARY KEY, city int NOT NULL, unit text NOT NULL, note text NOT NULL);
CREATE INDEX ON readings (city);
-- statistics
-- [tables.readings]
-- rows = 3_000_000
-- [tables.readings.columns.city]
-- distinct = 20_000
-- [tables.readings.columns.unit]
-- distinct = 90

-- query
SELECT note FROM readings WHERE city = 5 AND unit = 'f';
