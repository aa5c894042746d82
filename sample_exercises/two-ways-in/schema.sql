CREATE TABLE people (
    id integer PRIMARY KEY,
    email text NOT NULL UNIQUE
);
CREATE TABLE parcels (
    id bigint PRIMARY KEY,
    sender_id integer NOT NULL REFERENCES people (id),
    receiver_id integer NOT NULL REFERENCES people (id),
    posted_on date NOT NULL,
    label text NOT NULL
);
CREATE INDEX parcels_sender_id ON parcels (sender_id);
CREATE INDEX parcels_receiver_id ON parcels (receiver_id);
