-- expect: silent
CREATE TABLE stays (house int NOT NULL, room int NOT NULL, guest text NOT NULL, PRIMARY KEY (house, room));
-- statistics
-- [tables.stays]
-- rows = 900_000
-- [tables.stays.columns.house]
-- distinct = 4_000
-- [tables.stays.columns.room]
-- distinct = 300

-- query
SELECT guest FROM stays WHERE (house, room) IN ((1, 2), (3, 4));
