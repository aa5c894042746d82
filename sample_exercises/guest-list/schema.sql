CREATE TABLE hotels (
    id integer PRIMARY KEY,
    name text NOT NULL
);
CREATE TABLE guests (
    id integer PRIMARY KEY,
    email text NOT NULL
);
CREATE TABLE bookings (
    id bigint PRIMARY KEY,
    guest_id integer REFERENCES guests (id),
    hotel_id integer NOT NULL REFERENCES hotels (id),
    arrival date NOT NULL,
    nights smallint NOT NULL,
    remark text
);
