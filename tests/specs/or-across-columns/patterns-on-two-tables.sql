-- expect: found
CREATE EXTENSION pg_trgm;
CREATE TABLE bookings (id bigint PRIMARY KEY, reference text NOT NULL);
CREATE INDEX ON bookings USING gin (reference gin_trgm_ops);
CREATE TABLE guests (id bigint PRIMARY KEY, booking_id bigint NOT NULL REFERENCES bookings, name text NOT NULL);
CREATE INDEX ON guests (booking_id);
CREATE INDEX ON guests USING gin (name gin_trgm_ops);

-- query
SELECT b.id, g.id FROM bookings b JOIN guests g ON g.booking_id = b.id WHERE b.reference ILIKE '%rbk%' OR g.name ILIKE '%ali%';
