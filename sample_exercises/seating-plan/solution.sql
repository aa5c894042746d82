CREATE INDEX ON readings (seat_id, taken_at);
