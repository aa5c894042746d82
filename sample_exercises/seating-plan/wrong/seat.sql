CREATE INDEX ON readings (seat_id);
