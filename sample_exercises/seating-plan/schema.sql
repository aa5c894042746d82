CREATE TABLE readings (
    id bigint PRIMARY KEY,
    seat_id integer NOT NULL,
    taken_at timestamptz NOT NULL,
    occupied boolean NOT NULL,
    raw text NOT NULL
);
CREATE INDEX readings_at_seat ON readings (taken_at, seat_id);
