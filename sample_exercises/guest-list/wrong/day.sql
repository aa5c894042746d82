CREATE INDEX ON bookings (arrival);
