-- expect: silent
CREATE TABLE bookings (id int PRIMARY KEY, room int NOT NULL, during tstzrange NOT NULL);
CREATE INDEX ON bookings USING gist (during);
-- statistics
-- [tables.bookings]
-- rows = 400_000

-- query
SELECT room FROM bookings WHERE during @> '2026-03-05 02:00+00'::timestamptz;
