CREATE INDEX ON readings (taken_at DESC, seat_id DESC);
