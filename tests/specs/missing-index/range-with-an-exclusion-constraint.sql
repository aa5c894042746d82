-- expect: silent
CREATE EXTENSION btree_gist;
CREATE TABLE bookings (id int PRIMARY KEY, room int NOT NULL, during tstzrange NOT NULL, EXCLUDE USING gist (room WITH =, during WITH &&));
-- statistics
-- [tables.bookings]
-- rows = 400_000
-- [tables.bookings.columns.room]
-- distinct = 200

-- query
SELECT id FROM bookings WHERE room = 7 AND during && '[2026-03-05 02:00+00,2026-03-05 04:00+00)'::tstzrange;
