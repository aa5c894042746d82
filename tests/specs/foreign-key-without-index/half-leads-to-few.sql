-- expect: silent
CREATE TABLE rooms (house int, number int, PRIMARY KEY (house, number));
CREATE TABLE stays (id bigint PRIMARY KEY, house int NOT NULL, number int NOT NULL, at date NOT NULL, FOREIGN KEY (house, number) REFERENCES rooms);
CREATE INDEX ON stays (house, at);
-- statistics
-- [tables.stays]
-- rows = 800_000
-- [tables.stays.columns.house]
-- distinct = 20_000

-- query
SELECT 1;
