-- PostgreSQL 18 skips over ten rooms
-- expect: silent
CREATE TABLE stays (id int PRIMARY KEY, room int NOT NULL, guest int NOT NULL);
CREATE INDEX ON stays (room, guest);

-- statistics
-- [server]
-- version = 180000
-- [tables.stays]
-- rows = 100_000
-- [tables.stays.columns.room]
-- distinct = 10
-- [tables.stays.columns.guest]
-- distinct = 20000

-- query
SELECT id FROM stays WHERE guest = 5;
